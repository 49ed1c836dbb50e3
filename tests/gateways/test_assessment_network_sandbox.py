"""The sandbox's assessment network itself, and what both sides owe to the written contract."""

import logging
import re
import time
from collections import Counter
from datetime import date
from typing import Any

import httpx
import pytest

from app.gateways.assessment_facts import CertificateQuery, PersonQuery, same_certificate_number
from app.gateways.assessment_network import AssessmentNetwork
from app.gateways.message_signatures import content_digest
from app.sandbox.certificate_population import CertificatePopulation, Entry
from app.sandbox.main import SandboxConfig, create_app
from app.sandbox.population import Population, with_check_digit
from tests.gateways.certificates import SYSTEM, act, enter, holder, new_person, query, some
from tests.gateways.conftest import QUICK_NETWORK, Lines, assessment_key
from tests.gateways.recording import Contract, RecordingTransport
from tests.sandbox_server import SandboxServer

NUMBER_FORMS = {
    "vocational_qualification": r"[0-9]{2}(10992|72003)99[0-9][1-5][0-9]{5}|[0-9]{2}9999[1-5]9[0-9]{5}",
    "skill_level": r"[SY](0000|9901)[0-9]{2}99[0-9]{4}[0-9]{2}[1-5T][0-9]{6}",
    "special_skill": r"ZX[0-9]{2}99[0-9]{2}[0-9]{8}",
    "special_operation": r"T[0-9]{17}[0-9X]|991[0-9]{2}[1-5]999[0-9]{5}",
}


def population(seed: int = 20250307, people: int = 5_000) -> CertificatePopulation:
    holders = Population(seed=seed, people=people).listed(state=None, offset=0, limit=people)
    return CertificatePopulation(holders, seed=seed, certificates=60_000)


@pytest.fixture(scope="module")
def everything() -> list[Entry]:
    certificates = population()
    return [certificates.at(index) for index in range(len(certificates))]


def test_more_than_fifty_thousand_of_every_kind(everything: list[Entry]) -> None:
    kinds = Counter(entry.kind for entry in everything)
    assert len(everything) >= 50_000
    assert min(kinds[kind] for kind in NUMBER_FORMS) > 1_000
    assert Counter(entry.level for entry in everything)["special_technician"] > 1_000
    assert {len(e.certificate_number) for e in everything} == {13, 14, 16, 19, 22}
    assert 0.002 < sum(entry.state == "revoked" for entry in everything) / len(everything) < 0.02


def test_numbers_are_unique_and_of_their_form(everything: list[Entry]) -> None:
    assert len({entry.certificate_number for entry in everything}) == len(everything)
    for entry in everything:
        assert re.fullmatch(NUMBER_FORMS[entry.kind], entry.certificate_number), entry.kind
        digits = entry.certificate_number
        if entry.kind == "skill_level":
            assert digits[13:15] == f"{entry.issued_on:%y}"
            assert digits[15] == ("T" if entry.level == "special_technician" else entry.level[-1])
            assert digits.startswith(entry.issuer_code)
        if digits.startswith("T"):
            assert digits[1:] == entry.identity_number


def test_dates_and_holders_make_sense(everything: list[Entry]) -> None:
    for entry in everything:
        born = date.fromisoformat(entry.identity_number[6:14])
        assert entry.issued_on.year - born.year >= 16
        assert entry.issued_on < entry.uploaded_on < date(2026, 2, 1)
        assert (entry.valid_until is None) == (entry.kind != "special_operation")
        assert "样" in entry.name


def test_same_seed_makes_the_same_certificates_and_another_seed_others() -> None:
    first, again, other = population(), population(), population(seed=2)
    assert [first.at(index) for index in range(200)] == [again.at(index) for index in range(200)]
    assert [first.at(index) for index in range(200)] != [other.at(index) for index in range(200)]


def test_every_number_and_every_holder_leads_back(everything: list[Entry]) -> None:
    certificates = population()
    for index in range(0, len(everything), 7):
        assert certificates.index_of(everything[index].certificate_number) == index
        assert index in certificates.indexes_of_person(everything[index].identity_number)
    for number in ("", "T", "T110000199001019003", "S000011999999269999999", "00000000", "9" * 16, "9" * 14):
        assert certificates.index_of(number) is None


def test_few_people_hold_few_certificates() -> None:
    assert len(population(people=12)) <= 12 * 26
    assert len(population(people=1)) <= 26


def test_sandbox_starts_at_once() -> None:
    started = time.process_time()
    create_app(SandboxConfig())
    assert time.process_time() - started < 2


def test_entered_certificate_is_refused_when_its_number_is_taken(sandbox: SandboxServer) -> None:
    shown = enter(sandbox)
    certificate = {
        **new_person(),
        "certificate_number": shown["certificate"]["certificate_number"],
        "occupation_name": "电工",
        "issued_on": "2026-01-01",
    }
    answer = sandbox.control.post("/sandbox/certificates", json={"certificates": [certificate]})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    "kind", ["vocational_qualification", "skill_level", "special_skill", "special_operation"]
)
def test_entered_certificates_get_numbers_of_their_form(sandbox: SandboxServer, kind: str) -> None:
    made = [
        enter(sandbox, kind=kind, occupation_code=None, occupation_edition=None)["certificate"][
            "certificate_number"
        ]
        for _ in range(2)
    ]
    assert made[0] != made[1]
    assert {len(number) for number in made} <= {13, 14, 16, 19, 22}
    assert (
        sandbox.control.get("/sandbox/certificates", params={"limit": 1}).json()["certificates"][0][
            "certificate"
        ]["certificate_number"]
        == made[-1]
    )


@pytest.mark.parametrize("verb", ["publish", "revoke", "restore", "correct"])
def test_unknown_certificate_cannot_be_steered(sandbox: SandboxServer, verb: str) -> None:
    for certificate_id in ("R999999", "P999999999", "Px", "x"):
        answer = sandbox.control.post(f"/sandbox/certificates/{certificate_id}:{verb}", json={})
        assert answer.status_code == 404


@pytest.mark.parametrize("behavior", [{"duplicate_rate": 2}, {"wrong": "oddly"}, {"dwn": True}])
def test_unknown_behavior_is_refused(sandbox: SandboxServer, behavior: dict[str, object]) -> None:
    assert sandbox.control.put(f"/sandbox/behavior/{SYSTEM}", json=behavior).status_code == 422


def test_behavior_of_the_network_alone(sandbox: SandboxServer) -> None:
    sandbox.behave(SYSTEM, duplicate_rate=0.5, contradicting=True)
    found = sandbox.control.get(f"/sandbox/behavior/{SYSTEM}").json()
    assert (found["duplicate_rate"], found["contradicting"]) == (0.5, True)
    answer = sandbox.control.put("/sandbox/behavior/cardholder_base", json={"duplicate_rate": 0.5})
    assert answer.status_code == 422


@pytest.mark.anyio
async def test_population_certificate_can_be_revoked_and_corrected(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    shown = next(one for one in some(sandbox, 20, offset=40_000) if one["certificate"]["state"] == "valid")
    corrected = act(sandbox, shown, "correct", name="新样名")
    [old, new] = await network.check([query(shown), query(corrected)])
    assert (old.outcome, new.outcome) == ("name_mismatch", "matched")
    act(sandbox, shown, "revoke")
    [answer] = await network.check([query(corrected)])
    assert answer.outcome == "revoked"


@pytest.mark.anyio
async def test_replayed_altered_or_unsigned_request_is_refused_by_the_network(
    network: AssessmentNetwork, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    await network.check([query(enter(sandbox))])
    [request] = transport.sent

    def code(path: str, content: bytes, **changed: str) -> tuple[int, str]:
        headers = {**dict(request.headers), **{k.replace("_", "-"): v for k, v in changed.items()}}
        answer = sandbox.control.post(path, content=content, headers=headers)
        return answer.status_code, answer.json()["code"]

    path = request.url.path
    assert code(path, request.content) == (401, "nonce_replayed")
    altered = request.content.replace(b"matched", b"Matched").replace(b"vocational", b"Vocational")
    assert code(path, altered, content_digest=content_digest(altered)) == (401, "signature_invalid")
    assert code("/v1/certificate-searches", request.content) == (401, "signature_invalid")
    assert code(path, request.content, signature="") == (401, "signature_missing")


class ReplayingTransport(httpx.AsyncBaseTransport):
    """Somebody in the middle who answers every question with the first, rightly signed answer."""

    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport()
        self.first: tuple[httpx.Headers, bytes] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.first is None:
            response = await self.inner.handle_async_request(request)
            self.first = (response.headers, await response.aread())
        return httpx.Response(200, headers=self.first[0], stream=httpx.ByteStream(self.first[1]))

    async def aclose(self) -> None:
        await self.inner.aclose()


@pytest.mark.anyio
async def test_answer_to_an_earlier_question_is_not_accepted(sandbox: SandboxServer) -> None:
    client = AssessmentNetwork(
        base_url=sandbox.url,
        key=assessment_key(sandbox),
        pace=QUICK_NETWORK,
        transport=ReplayingTransport(),
    )
    shown = enter(sandbox)
    [first] = await client.check([query(shown)])
    [second] = await client.check([query(shown, name="李样错")])
    assert (first.outcome, second.outcome, second.failure) == ("matched", "unavailable", "signature")
    await client.aclose()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "behavior",
    [{}, {"down": True}, {"error_rate": 1.0}, {"rate_limit_retry_after_seconds": 60}],
    ids=str,
)
async def test_both_sides_keep_to_the_written_contract(
    network: AssessmentNetwork,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, Any],
) -> None:
    withdrawn = act(sandbox, enter(sandbox), "revoke")
    shown = enter(sandbox)
    kinds = ("vocational_qualification", "skill_level", "special_skill", "special_operation")
    queries = [query(withdrawn), query(shown), query(shown, name="𬭎"), query(shown, number="X" * 20)]
    queries += [query(one) for kind in kinds for one in some(sandbox, 20, kind=kind)]
    sandbox.behave(SYSTEM, **behavior)
    await network.check(queries)
    for person in (
        holder(shown),
        PersonQuery(**new_person()),
        PersonQuery(**{**shown["holder"], "name": "错"}),
    ):
        await network.certificates_of(person)
    contract = Contract("assessment-network.yaml")
    assert transport.exchanges
    assert [found for exchange in transport.exchanges for found in contract.defects(exchange)] == []


@pytest.mark.anyio
async def test_contract_examples_are_valid_and_departures_are_seen(
    network: AssessmentNetwork, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    contract = Contract("assessment-network.yaml")
    examples = 0
    for path in contract.document["paths"].values():
        contents = [path["post"]["requestBody"]["content"], path["post"]["responses"]["200"]["content"]]
        for media in (content["application/json"] for content in contents if "application/json" in content):
            if "example" in media:
                examples += 1
                assert contract.defects_of_schema(media["schema"], media["example"]) == []
    assert examples >= 8
    await network.check([query(enter(sandbox))])
    [exchange] = transport.exchanges
    exchange.body = exchange.body.replace(b'"matched"', b'"not_found"')
    assert contract.defects(exchange) != [], "a certificate is not shown when none was found"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "behavior",
    [{}, {"down": True}, {"wrong": "malformed_json"}, {"wrong": "contradicting"}, {"late_ms": 1_000}],
    ids=str,
)
async def test_no_log_record_holds_a_number_a_name_or_a_secret(
    network: AssessmentNetwork,
    sandbox: SandboxServer,
    caplog: pytest.LogCaptureFixture,
    written: Lines,
    behavior: dict[str, Any],
) -> None:
    shown = some(sandbox, 1)[0]
    asked = query(shown)
    page = await network.changes(None, 1)
    caplog.set_level(logging.DEBUG)
    sandbox.behave(SYSTEM, **behavior)
    answers = [await network.check([asked]), await network.certificates_of(holder(shown))]
    text = "\n".join([caplog.text, *(str(vars(record)) for record in caplog.records)])
    assert text
    text += str(written) + repr(asked) + repr(holder(shown)) + repr(answers) + repr(network) + repr(page)
    for secret in (*shown["holder"].values(), shown["certificate"]["certificate_number"]):
        assert secret not in text
    assert page.items[0].holder.identity_number not in text
    assert page.items[0].certificate.certificate_number not in text
    assert sandbox.config.assessment_secret not in text + repr(sandbox.config)


@pytest.mark.parametrize(
    "changes",
    [
        {"certificate_number": "abc12345"},
        {"certificate_number": "A" * 33},
        {"certificate_number": "S000011999999\n"},
        {"identity_number": "11010"},
        {"name": " "},
        {"name": "样" * 101},
    ],
    ids=str,
)
def test_query_outside_the_contract_is_a_defect_of_the_caller(changes: dict[str, str]) -> None:
    values = {
        "certificate_number": "S000011999999264900001",
        "identity_number": with_check_digit("11000019900101900"),
        "name": "王样安",
        **changes,
    }
    with pytest.raises(ValueError, match="has not the form of the contract") as raised:
        CertificateQuery(**values)
    [value] = changes.values()
    assert value.isspace() or value not in str(raised.value)


def test_old_numbers_are_compared_with_their_zeros() -> None:
    assert same_certificate_number("2099994900001", "0002099994900001")
    assert not same_certificate_number("2099994900001", "2099994900002")
    assert not same_certificate_number("S099994900001", "000S099994900001")
