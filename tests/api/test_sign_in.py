"""Signing in: two factors, pacing, sessions, systems, citizens, and what ends all of it."""

import asyncio
import base64

import httpx
import pyotp
import pytest

from app.access.actor import Actor, AdministratorKind, PrincipalKind
from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.identity.accounts.actions.forget_expired import forget_expired
from app.kernel.clock import utc_now
from tests.builders.accounts import (
    PASSWORD,
    activated,
    invited_officer,
    me,
    officer_account,
    redeem,
    refresh,
    token,
)
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio


def code_of(answer: httpx.Response) -> str:
    return answer.json()["code"]


async def guard(registry: Registry) -> tuple[int, bool]:
    owner = await registry.owner()
    row = await owner.fetchrow("SELECT failures, locked_until FROM sign_in_guard")
    return row["failures"], row["locked_until"] is not None


async def test_an_officer_signs_in_with_password_and_second_factor(registry: Registry) -> None:
    account = await officer_account(registry)
    answer = await account.sign_in()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 600)
    shown = (await me(registry, answer.json()["access_token"])).json()
    assert (shown["kind"], shown["division_code"], shown["permissions"]) == ("officer", "110000", [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "another password entirely"},
        {"totp": "000000"},
        {"username": "nobody.here"},
        {"totp": "１２３４５６"},
    ],
    ids=["password", "second factor", "login name", "full-width digits"],
)
async def test_nobody_learns_which_part_was_wrong(registry: Registry, wrong: dict[str, str]) -> None:
    account = await officer_account(registry)
    answer = await account.sign_in(**wrong)
    assert answer.status_code == 401
    body = answer.json() | {"request_id": None}
    assert body["code"] == "invalid_grant"
    unknown = (await account.sign_in(username="somebody.else", password="x" * 20)).json() | {
        "request_id": None
    }
    assert body == unknown


async def test_a_one_time_password_serves_once(registry: Registry) -> None:
    account = await officer_account(registry)
    shown = account.code()
    assert (await account.sign_in(totp=shown)).status_code == 200
    assert code_of(await account.sign_in(totp=shown)) == "invalid_grant"
    assert (await account.sign_in()).status_code == 200


async def test_an_earlier_step_does_not_serve_after_a_later_one(registry: Registry) -> None:
    account = await officer_account(registry)
    earlier, later = account.code(), account.code()
    assert (await account.sign_in(totp=later)).status_code == 200
    assert code_of(await account.sign_in(totp=earlier)) == "invalid_grant"


@pytest.mark.parametrize("login_name", ["li.hua", "nobody.here"], ids=["known", "unknown"])
async def test_five_failures_lock_known_and_unknown_names_alike(registry: Registry, login_name: str) -> None:
    account = await officer_account(registry)
    refusals = []
    for _ in range(5):
        answer = await account.sign_in(username=login_name, password="wrong wrong wrong", totp="000000")
        refusals.append(code_of(answer))
        await registry.advance(seconds=5)
    assert refusals == ["invalid_grant"] * 5
    locked = await account.sign_in(username=login_name)
    assert (locked.status_code, codes(locked)) == (429, ["sign_in_locked"])
    assert 800 < int(locked.headers["retry-after"]) <= 900
    await registry.advance(minutes=15)
    assert (await account.sign_in()).status_code == 200


async def test_failures_are_paced_before_the_lock(registry: Registry) -> None:
    account = await officer_account(registry)
    for _ in range(2):
        assert (await account.sign_in(password="wrong wrong wrong", totp="000000")).status_code == 401
    paced = await account.sign_in()
    assert (paced.status_code, codes(paced)) == (429, ["sign_in_paced"])
    await registry.advance(seconds=2)
    assert (await account.sign_in()).status_code == 200
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM sign_in_guard") == 0


async def test_guesses_that_come_at_once_are_counted_before_they_are_judged(registry: Registry) -> None:
    account = await officer_account(registry)
    answers = await asyncio.gather(
        *(account.sign_in(password=f"wrong guess {n:04}", totp="000000") for n in range(12))
    )
    assert sorted({answer.status_code for answer in answers}) == [401, 429]
    assert sum(answer.status_code == 401 for answer in answers) <= 2
    failures, _ = await guard(registry)
    assert failures <= 2


async def test_the_typed_name_is_kept_nowhere(registry: Registry) -> None:
    await token(registry, grant_type="password", username="mypasswordtyped", password="x" * 20, totp="000000")
    owner = await registry.owner()
    events = await owner.fetch("SELECT * FROM audit_event WHERE action = 'sign_in:refused'")
    guards = await owner.fetch("SELECT * FROM sign_in_guard")
    assert (len(events), len(guards)) == (1, 1)
    assert "mypasswordtyped" not in str(events) + str(guards)


async def test_a_weak_password_does_not_use_up_the_code(registry: Registry) -> None:
    invitation = await invited_officer(registry)
    answer = await redeem(registry, invitation["activation_code"], "li.hua123456")
    assert answer.status_code == 422
    assert codes(answer) == ["password_common", "password_contains_login_name"]
    assert codes(await redeem(registry, invitation["activation_code"], "aaaa")) == [
        "password_too_short",
        "password_repetitive",
    ]
    typed = invitation["activation_code"].lower().replace("-", " ")
    assert (await redeem(registry, typed)).status_code == 200
    assert codes(await redeem(registry, typed)) == ["activation_code_invalid"]


async def test_an_activation_code_expires_and_is_given_to_one_of_two(registry: Registry) -> None:
    code = (await invited_officer(registry))["activation_code"]
    answers = await asyncio.gather(redeem(registry, code), redeem(registry, code))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    late = (await invited_officer(registry, login_name="wang.fang"))["activation_code"]
    await registry.advance(days=7)
    assert codes(await redeem(registry, late)) == ["activation_code_invalid"]


async def test_the_authenticator_address_makes_the_same_codes(registry: Registry) -> None:
    invitation = await invited_officer(registry)
    shown = (await redeem(registry, invitation["activation_code"])).json()
    parsed = pyotp.parse_uri(shown["otpauth_uri"])
    assert isinstance(parsed, pyotp.TOTP)
    assert (parsed.secret, parsed.name) == (shown["totp_secret"], "li.hua")


async def test_secrets_are_stored_sealed_or_as_digests(registry: Registry) -> None:
    account = await officer_account(registry)
    issued = (await account.sign_in()).json()
    owner = await registry.owner()
    for table in ("password_credential", "totp_credential", "activation", "refresh_token", "idempotency_key"):
        stored = str([tuple(row) for row in await owner.fetch(f"SELECT * FROM {table}")])
        assert PASSWORD not in stored
        assert account.totp_secret not in stored
        assert issued["refresh_token"] not in stored
        assert 'activation_code":"' not in stored


async def test_a_refresh_token_serves_once_and_its_reuse_ends_the_sign_in(registry: Registry) -> None:
    account = await officer_account(registry)
    first, elsewhere = (await account.sign_in()).json(), (await account.sign_in()).json()
    second = (await refresh(registry, first["refresh_token"])).json()
    assert (await me(registry, second["access_token"])).status_code == 200
    assert code_of(await refresh(registry, first["refresh_token"])) == "invalid_grant"
    assert code_of(await refresh(registry, second["refresh_token"])) == "invalid_grant"
    for issued in (first, second):
        assert code_of(await me(registry, issued["access_token"])) == "token_no_longer_valid"
    assert (await me(registry, elsewhere["access_token"])).status_code == 200
    assert (await refresh(registry, elsewhere["refresh_token"])).status_code == 200


async def test_two_refreshes_at_once_do_not_both_succeed(registry: Registry) -> None:
    issued = (await (await officer_account(registry)).sign_in()).json()
    answers = await asyncio.gather(*(refresh(registry, issued["refresh_token"]) for _ in range(4)))
    assert sum(answer.status_code == 200 for answer in answers) == 1


async def test_a_session_ends_when_idle_and_in_any_case_after_twelve_hours(registry: Registry) -> None:
    account = await officer_account(registry)
    idle = (await account.sign_in()).json()
    issued = (await account.sign_in()).json()
    for _ in range(24):
        await registry.advance(minutes=29, seconds=30)
        answer = await refresh(registry, issued["refresh_token"])
        assert answer.status_code == 200
        issued = answer.json()
    assert code_of(await refresh(registry, idle["refresh_token"])) == "invalid_grant"
    await registry.advance(minutes=20)
    assert code_of(await refresh(registry, issued["refresh_token"])) == "invalid_grant"


async def test_signing_out_ends_the_sign_in_everywhere(registry: Registry) -> None:
    account = await officer_account(registry)
    first = (await account.sign_in()).json()
    second = (await refresh(registry, first["refresh_token"])).json()
    header = {"Authorization": f"Bearer {first['access_token']}"}
    assert (await registry.client.post("/v1/oauth/revoke", headers=header)).status_code == 204
    for issued in (first, second):
        assert code_of(await me(registry, issued["access_token"])) == "token_no_longer_valid"
    assert code_of(await refresh(registry, second["refresh_token"])) == "invalid_grant"


async def test_a_token_without_a_session_is_denied_by_its_own_id(registry: Registry) -> None:
    officer = await registry.officer()
    other = registry.sign_in(officer.actor)
    assert (await officer.post("/v1/oauth/revoke")).status_code == 204
    assert (await officer.get("/v1/me")).status_code == 401
    assert (await other.get("/v1/me")).status_code == 200


async def test_the_token_endpoint_names_what_is_missing(registry: Registry) -> None:
    answer = await token(registry, grant_type="password", username="li.hua")
    assert (answer.status_code, code_of(answer)) == (422, "invalid_request")
    assert [reason["field"] for reason in answer.json()["reasons"]] == ["password", "totp"]
    unsupported = await token(registry, grant_type="implicit")
    assert (unsupported.status_code, code_of(unsupported)) == (422, "unsupported_grant_type")


async def agency_client(registry: Registry) -> dict[str, str]:
    security = await registry.administrator(AdministratorKind.SECURITY)
    body = {"agency_id": str(await registry.agency()), "display_name": "核验系统"}
    return (await security.post("/v1/agency-clients", json=body)).json()


async def test_a_system_signs_in_with_its_secret_in_form_or_header(registry: Registry) -> None:
    client = await agency_client(registry)
    shown = {"client_id": client["client_id"], "client_secret": client["client_secret"]}
    by_form = await token(registry, grant_type="client_credentials", **shown)
    assert by_form.status_code == 200
    assert by_form.json()["refresh_token"] is None
    pair = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
    by_header = await registry.client.post(
        "/v1/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {pair}"},
    )
    shown_to = (await me(registry, by_header.json()["access_token"])).json()
    assert shown_to["kind"] == "agency_client"


@pytest.mark.parametrize("wrong", [{"client_secret": "guess"}, {"client_id": "agency-client-000000000000"}])
async def test_a_system_with_a_wrong_secret_is_refused(registry: Registry, wrong: dict[str, str]) -> None:
    client = await agency_client(registry)
    shown = {"client_id": client["client_id"], "client_secret": client["client_secret"]} | wrong
    answer = await token(registry, grant_type="client_credentials", **shown)
    assert (answer.status_code, code_of(answer)) == (401, "invalid_client")


async def test_people_do_not_sign_in_as_systems(registry: Registry) -> None:
    account = await officer_account(registry)
    owner = await registry.owner()
    # No such row can be laid; the sign-in would not believe it either.
    await owner.execute("ALTER TABLE client_credential DROP CONSTRAINT client_credential_of_a_system")
    await owner.execute(
        "INSERT INTO client_credential (client_id, principal_id, principal_kind, secret_digest)"
        " VALUES ('c', $1, 'officer', sha256('s'))",
        account.principal_id,
    )
    answer = await token(registry, grant_type="client_credentials", client_id="c", client_secret="s")
    assert code_of(answer) == "invalid_client"


async def test_every_kind_of_caller_sees_who_it_is(registry: Registry) -> None:
    owner = await registry.owner()
    principal_id = await owner.fetchval(
        "INSERT INTO principal (kind, display_name) VALUES ('peer_region', '邻省登记系统') RETURNING principal_id"
    )
    peer = registry.sign_in(Actor(principal_id, PrincipalKind.PEER_REGION, "邻省登记系统"))
    assert (await peer.get("/v1/me")).json()["kind"] == "peer_region"
    assert (await peer.get("/v1/agencies")).status_code == 200
    auditor = await registry.administrator(AdministratorKind.AUDIT)
    assert (await auditor.get("/v1/me")).json()["administrator"] == "audit"


async def test_what_expired_is_forgotten_and_nothing_else(registry: Registry) -> None:
    account = await officer_account(registry)
    issued = (await account.sign_in()).json()
    await token(registry, grant_type="password", username="nobody", password="x" * 20, totp="000000")

    async def forget() -> int:
        async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
            return await forget_expired(unit)

    assert await forget() == 0
    assert (await refresh(registry, issued["refresh_token"])).status_code == 200
    await registry.advance(days=2)
    assert await forget() == 3


async def test_a_rotated_key_is_published_first_and_a_compromised_one_ends_at_once(
    registry: Registry,
) -> None:
    system = await registry.administrator(AdministratorKind.SYSTEM)
    kids = {key["kid"] for key in (await registry.client.get("/.well-known/jwks.json")).json()["keys"]}
    change = await system.post("/v1/signing-keys:rotate", json={})
    assert change.status_code == 200
    keys = (await registry.client.get("/.well-known/jwks.json")).json()["keys"]
    assert {key["kid"] for key in keys} == kids | {change.json()["kid"]}
    assert all(set(key) == {"kty", "crv", "alg", "use", "kid", "x", "y"} for key in keys)
    assert (await system.get("/v1/me")).status_code == 200
    assert (await registry.sign_in(system.actor).get("/v1/me")).status_code == 200

    emergency = await system.post("/v1/signing-keys:rotate", json={"is_compromised": True})
    assert emergency.status_code == 200
    published = (await registry.client.get("/.well-known/jwks.json")).json()["keys"]
    assert [key["kid"] for key in published] == [emergency.json()["kid"]]
    assert code_of(await system.get("/v1/me")) == "token_invalid"
    assert (await registry.sign_in(system.actor).get("/v1/me")).status_code == 200
    assert utc_now().isoformat() >= emergency.json()["signs_from"][:19]


async def test_rights_changed_after_a_token_was_issued_kill_it_to_the_millisecond(registry: Registry) -> None:
    officer = await registry.officer()
    owner = await registry.owner()
    await owner.execute(
        "UPDATE principal SET tokens_not_before = clock_timestamp() WHERE principal_id = $1",
        officer.actor.principal_id,
    )
    assert (await officer.get("/v1/me")).status_code == 401
    await asyncio.sleep(0.002)
    assert (await registry.sign_in(officer.actor).get("/v1/me")).status_code == 200


async def test_one_who_never_activated_cannot_sign_in(registry: Registry) -> None:
    await invited_officer(registry)
    answer = await token(registry, grant_type="password", username="li.hua", password="", totp="000000")
    assert code_of(answer) == "invalid_request"
    answer = await token(registry, grant_type="password", username="li.hua", password="x" * 16, totp="000000")
    assert code_of(answer) == "invalid_grant"


async def test_a_suspended_account_is_refused_like_a_wrong_password(registry: Registry) -> None:
    account = await activated(registry, await invited_officer(registry))
    owner = await registry.owner()
    await owner.execute(
        "UPDATE principal SET suspended_at = now() WHERE principal_id = $1", account.principal_id
    )
    assert code_of(await account.sign_in()) == "invalid_grant"
