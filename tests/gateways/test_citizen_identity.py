"""Citizen sign-in against the sandbox over real HTTP: who is let in, and what must let nobody in."""

import base64
import json
import re
import time
from dataclasses import replace
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
import pytest

from app.gateways.circuit import CircuitBreaker, CircuitState
from app.gateways.citizen_identity import (
    Assurance,
    CitizenIdentity,
    CitizenIdentityGateway,
    SignInAttempt,
)
from app.gateways.http import Pace
from app.kernel.errors import Unauthenticated, UpstreamUnavailable
from tests.gateways.conftest import QUICK, REDIRECT_URI, Lines
from tests.gateways.recording import Contract, RecordingTransport
from tests.sandbox_server import SandboxServer, running_sandbox

pytestmark = pytest.mark.anyio

SYSTEM = "citizen_identity"


def signed_in(
    sandbox: SandboxServer,
    gateway: CitizenIdentityGateway,
    attempt: SignInAttempt,
    number: str,
    assurance: str = "substantial",
) -> dict[str, str]:
    """What the browser brings back after the synthetic person has signed in."""
    answer = sandbox.control.post(
        "/oidc/sandbox-login",
        json={
            "authorization_url": gateway.authorization_url(attempt),
            "social_security_number": number,
            "assurance": assurance,
        },
    )
    answer.raise_for_status()
    return dict(parse_qsl(urlsplit(answer.json()["redirect_to"]).query))


async def finish(
    gateway: CitizenIdentityGateway, attempt: SignInAttempt, brought: dict[str, str]
) -> CitizenIdentity:
    return await gateway.exchange(
        attempt, code=brought["code"], state=brought["state"], issuer=brought.get("iss")
    )


async def test_citizen_signs_in(gateway: CitizenIdentityGateway, sandbox: SandboxServer) -> None:
    person = sandbox.person()
    identities = []
    for _ in range(2):
        attempt = SignInAttempt.new()
        brought = signed_in(sandbox, gateway, attempt, person["social_security_number"])
        identities.append(await finish(gateway, attempt, brought))
    first, second = identities
    assert first.social_security_number == person["social_security_number"]
    assert first.name == person["name"]
    assert first.is_card_verified
    assert first.assurance is Assurance.SUBSTANTIAL
    assert first.subject == second.subject
    assert person["social_security_number"] not in first.subject


async def test_browser_page_leads_to_the_same_sign_in(
    gateway: CitizenIdentityGateway, sandbox: SandboxServer
) -> None:
    person = sandbox.person()
    attempt = SignInAttempt.new()
    page = sandbox.control.get(gateway.authorization_url(attempt))
    assert page.status_code == 200
    assert "虚构" in page.text
    [transaction, *_] = re.findall(r'name="transaction" value="([^"]+)"', page.text)
    form = {"transaction": transaction, "social_security_number": person["social_security_number"]}
    back = sandbox.control.post("/oidc/sign-in", data=form)
    assert back.status_code == 303
    location = back.headers["location"]
    assert location.startswith(f"{REDIRECT_URI}?")
    assert person["social_security_number"] not in location
    identity = await finish(gateway, attempt, dict(parse_qsl(urlsplit(location).query)))
    assert identity.social_security_number == person["social_security_number"]
    assert sandbox.control.post("/oidc/sign-in", data=form).status_code == 400, "a page is used once"


async def test_citizen_who_cancels_comes_back_without_a_code(
    gateway: CitizenIdentityGateway, sandbox: SandboxServer
) -> None:
    attempt = SignInAttempt.new()
    page = sandbox.control.get(gateway.authorization_url(attempt))
    [transaction, *_] = re.findall(r'name="transaction" value="([^"]+)"', page.text)
    back = sandbox.control.post("/oidc/sign-in", data={"transaction": transaction, "decision": "deny"})
    brought = parse_qs(urlsplit(back.headers["location"]).query)
    assert brought["error"] == ["access_denied"]
    assert brought["state"] == [attempt.state]
    assert "code" not in brought


async def test_address_names_no_person_and_differs_each_time(gateway: CitizenIdentityGateway) -> None:
    one, other = SignInAttempt.new(), SignInAttempt.new()
    assert gateway.authorization_url(one) != gateway.authorization_url(other)
    query = parse_qs(urlsplit(gateway.authorization_url(one)).query)
    assert one.verifier not in gateway.authorization_url(one)
    assert query["code_challenge_method"] == ["S256"]
    assert one.state not in repr(one)


@pytest.mark.parametrize("state", ["card_lost", "card_canceled"])
async def test_lost_or_canceled_card_is_not_verified(
    gateway: CitizenIdentityGateway, sandbox: SandboxServer, state: str
) -> None:
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, sandbox.person(state)["social_security_number"])
    assert not (await finish(gateway, attempt, brought)).is_card_verified


async def test_deceased_person_cannot_sign_in(
    gateway: CitizenIdentityGateway, sandbox: SandboxServer
) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        signed_in(sandbox, gateway, SignInAttempt.new(), sandbox.person("deceased")["social_security_number"])


async def test_low_assurance_is_refused_with_a_remedy(
    gateway: CitizenIdentityGateway, sandbox: SandboxServer
) -> None:
    attempt = SignInAttempt.new()
    brought = signed_in(
        sandbox, gateway, attempt, sandbox.person()["social_security_number"], assurance="basic"
    )
    with pytest.raises(Unauthenticated) as refused:
        await finish(gateway, attempt, brought)
    assert refused.value.code == "citizen_assurance_too_low"
    assert "社保卡密码" in refused.value.reasons[0].remedy


@pytest.mark.parametrize("change", ["state", "nonce", "verifier"])
async def test_callback_of_another_sign_in_is_refused(
    gateway: CitizenIdentityGateway, sandbox: SandboxServer, change: str
) -> None:
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, sandbox.person()["social_security_number"])
    other = replace(attempt, **{change: getattr(SignInAttempt.new(), change)})
    with pytest.raises(Unauthenticated) as refused:
        await finish(gateway, other, brought)
    assert refused.value.code == "citizen_sign_in_outdated"


@pytest.mark.parametrize("issuer", [None, "http://127.0.0.1/oidc"])
async def test_callback_without_the_pinned_issuer_is_refused_before_anything_is_sent(
    gateway: CitizenIdentityGateway,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    issuer: str | None,
) -> None:
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, sandbox.person()["social_security_number"])
    with pytest.raises(Unauthenticated):
        await gateway.exchange(attempt, code=brought["code"], state=brought["state"], issuer=issuer)
    assert transport.sent == []


async def test_code_is_good_once(gateway: CitizenIdentityGateway, sandbox: SandboxServer) -> None:
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, sandbox.person()["social_security_number"])
    await finish(gateway, attempt, brought)
    with pytest.raises(Unauthenticated):
        await finish(gateway, attempt, brought)


@pytest.mark.parametrize(
    "behavior",
    [
        {"down": True},
        {"error_rate": 1.0},
        {"delay_ms": [900, 900]},
        {"late_ms": 900},
        {"rate_limit_retry_after_seconds": 1},
        {"wrong": "truncated"},
        {"wrong": "malformed_json"},
        {"wrong": "oversize"},
        {"wrong": "bad_signature"},
        {"wrong": "unsigned"},
        {"wrong": "contradicting"},
        {"wrong": "wrong_count"},
        {"wrong": "outdated"},
    ],
    ids=str,
)
async def test_misbehaving_gateway_lets_nobody_in_and_gets_the_code_once(
    gateway: CitizenIdentityGateway,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, object],
) -> None:
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, sandbox.person()["social_security_number"])
    sandbox.behave(SYSTEM, **behavior)
    with pytest.raises(UpstreamUnavailable) as failed:
        await finish(gateway, attempt, brought)
    assert failed.value.code == "citizen_identity_unavailable"
    assert [request.url.path for request in transport.sent].count("/oidc/token") == 1


async def test_token_for_another_sign_in_is_refused(
    gateway: CitizenIdentityGateway, sandbox: SandboxServer
) -> None:
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, sandbox.person()["social_security_number"])
    sandbox.behave(SYSTEM, wrong="wrong_reference")
    with pytest.raises(Unauthenticated):
        await finish(gateway, attempt, brought)


@pytest.mark.parametrize("seconds_off", [-700, 700])
async def test_outdated_or_future_token_is_refused(sandbox: SandboxServer, seconds_off: int) -> None:
    gateway = CitizenIdentityGateway(
        issuer=sandbox.issuer,
        client_id=sandbox.config.citizen_client_id,
        client_secret=sandbox.config.citizen_client_secret,
        redirect_uri=REDIRECT_URI,
        pace=QUICK,
        unix_time=lambda: time.time() + seconds_off,
    )
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, sandbox.person()["social_security_number"])
    with pytest.raises(UpstreamUnavailable):
        await finish(gateway, attempt, brought)
    await gateway.aclose()


async def test_wrong_client_secret_is_ours_to_mend_not_the_citizens(sandbox: SandboxServer) -> None:
    gateway = CitizenIdentityGateway(
        issuer=sandbox.issuer,
        client_id=sandbox.config.citizen_client_id,
        client_secret="not the secret",
        redirect_uri=REDIRECT_URI,
        pace=QUICK,
    )
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, sandbox.person()["social_security_number"])
    with pytest.raises(UpstreamUnavailable):
        await finish(gateway, attempt, brought)
    await gateway.aclose()


@pytest.mark.parametrize(("keys_refresh_seconds_min", "is_let_in"), [(0.0, True), (30.0, False)])
async def test_new_signing_key_is_read_when_a_token_names_it_but_not_too_often(
    keys_refresh_seconds_min: float, is_let_in: bool
) -> None:
    attempt = SignInAttempt.new()
    with running_sandbox() as before:
        gateway = CitizenIdentityGateway(
            issuer=before.issuer,
            client_id=before.config.citizen_client_id,
            client_secret=before.config.citizen_client_secret,
            redirect_uri=REDIRECT_URI,
            pace=QUICK,
            keys_refresh_seconds_min=keys_refresh_seconds_min,
        )
        number = before.person()["social_security_number"]
        await finish(gateway, attempt, signed_in(before, gateway, attempt, number))
    with running_sandbox(port=urlsplit(before.url).port or 0) as restarted:
        brought = signed_in(restarted, gateway, attempt, number)
        if is_let_in:
            assert (await finish(gateway, attempt, brought)).social_security_number == number
        else:
            with pytest.raises(UpstreamUnavailable):
                await finish(gateway, attempt, brought)
    await gateway.aclose()


async def test_circuit_opens_for_sign_in_too(
    gateway: CitizenIdentityGateway,
    sandbox: SandboxServer,
    circuit: CircuitBreaker,
    transport: RecordingTransport,
) -> None:
    sandbox.behave(SYSTEM, down=True)
    for _ in range(6):
        attempt = SignInAttempt.new()
        with pytest.raises(UpstreamUnavailable):
            await gateway.exchange(attempt, code="c" * 32, state=attempt.state, issuer=sandbox.issuer)
    assert circuit.state is CircuitState.OPEN
    assert len(transport.sent) == 4


@pytest.mark.parametrize("behavior", [{}, {"down": True}, {"wrong": "wrong_count"}], ids=str)
async def test_no_log_record_holds_a_number_a_name_or_a_secret(
    gateway: CitizenIdentityGateway,
    sandbox: SandboxServer,
    caplog: pytest.LogCaptureFixture,
    written: Lines,
    behavior: dict[str, object],
) -> None:
    person = sandbox.person()
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, person["social_security_number"])
    caplog.clear()
    sandbox.behave(SYSTEM, **behavior)
    shown = ""
    try:
        shown = repr(await finish(gateway, attempt, brought))
    except UpstreamUnavailable as failed:
        shown = repr(failed) + repr(failed.__cause__) + repr(failed.reasons)
    text = caplog.text + str([vars(record) for record in caplog.records]) + str(written) + shown
    assert caplog.records
    for secret in (
        person["social_security_number"],
        person["name"],
        sandbox.config.citizen_client_secret,
        brought["code"],
        attempt.verifier,
    ):
        assert secret not in text


async def test_both_sides_keep_to_the_written_contract(
    gateway: CitizenIdentityGateway, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    contract = Contract("citizen-identity.yaml")
    attempt = SignInAttempt.new()
    brought = signed_in(sandbox, gateway, attempt, sandbox.person()["social_security_number"])
    await finish(gateway, attempt, brought)
    with pytest.raises(Unauthenticated):
        await finish(gateway, attempt, brought)
    sandbox.behave(SYSTEM, down=True)
    with pytest.raises(UpstreamUnavailable):
        await finish(gateway, attempt, brought)
    assert [exchange.status for exchange in transport.exchanges] == [200, 200, 400, 503]
    assert [contract.defects(exchange) for exchange in transport.exchanges] == [[]] * 4

    id_token = json.loads(transport.exchanges[0].body)["id_token"]
    payload = id_token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    schema = {"$ref": "#/components/schemas/IdTokenClaims"}
    assert contract.defects_of_schema(schema, claims) == []
    assert contract.defects_of_schema(schema, {**claims, "phone": "1"}) != []

    query = dict(parse_qsl(urlsplit(gateway.authorization_url(attempt)).query))
    parameters = contract.document["paths"]["/oidc/authorize"]["get"]["parameters"]
    assert query.keys() == {parameter["name"] for parameter in parameters}
    for parameter in parameters:
        assert contract.defects_of_schema(parameter["schema"], query[parameter["name"]]) == []


async def test_authorization_request_of_a_stranger_is_not_redirected(
    gateway: CitizenIdentityGateway, sandbox: SandboxServer
) -> None:
    url = gateway.authorization_url(SignInAttempt.new())
    for wrong in (
        url.replace("sign-in%2Fcitizen%2Fcallback", "elsewhere"),
        url.replace("127.0.0.1%2Fsign-in", "example.org%2Fsign-in"),
        url.replace("code_challenge_method=S256", "code_challenge_method=plain"),
        url.replace(sandbox.config.citizen_client_id, "stranger"),
    ):
        assert wrong != url
        answer = sandbox.control.get(wrong)
        assert answer.status_code == 400
        assert "location" not in answer.headers


def test_default_pace_is_bounded() -> None:
    pace = Pace()
    assert pace.attempt_seconds <= 5
    assert pace.attempts <= 3
