"""The assessment network's client against the sandbox over real HTTP: questions about certificates and people."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.gateways.assessment_facts import (
    CertificateAnswer,
    CertificateOutcome,
    PersonAnswer,
    PersonQuery,
    SearchOutcome,
)
from app.gateways.assessment_network import AssessmentNetwork
from app.gateways.assessment_wire import LINES_MAX
from app.gateways.circuit import CircuitBreaker, CircuitState
from app.gateways.http import FailureKind, Pace
from app.gateways.message_signatures import SharedKey
from tests.gateways.certificates import SYSTEM, act, enter, holder, new_person, query, some
from tests.gateways.conftest import QUICK_NETWORK, WITH_PATIENCE, assessment_key
from tests.gateways.recording import RecordingTransport
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio


def assert_unavailable(answers: list[CertificateAnswer], failure: FailureKind) -> None:
    assert answers
    for answer in answers:
        assert answer == CertificateAnswer(outcome=CertificateOutcome.UNAVAILABLE, failure=failure)


async def test_each_case_has_its_outcome_in_the_order_asked(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    shown, other = enter(sandbox), enter(sandbox)
    withdrawn = act(sandbox, enter(sandbox), "revoke")
    answers = await network.check(
        [
            query(withdrawn),
            query(shown),
            query(shown, name="李样错"),
            query(shown, identity_number=other["holder"]["identity_number"]),
            query(shown, number="S000011999999269000999"),
            query(withdrawn, name="李样错"),
        ]
    )
    assert [answer.outcome.value for answer in answers] == [
        "revoked",
        "matched",
        "name_mismatch",
        "number_mismatch",
        "not_found",
        "name_mismatch",
    ]
    assert len({answer.evidence_id for answer in answers}) == len(answers)
    for answer in answers:
        assert answer.failure is None
        assert answer.answered_at is not None
        assert abs(answer.answered_at - datetime.now(UTC)) < timedelta(minutes=1)
        assert answer.data_complete_through is not None
    assert [answer.certificate is not None for answer in answers] == [True, True, False, False, False, False]


async def test_answer_shows_what_the_network_has(network: AssessmentNetwork, sandbox: SandboxServer) -> None:
    shown = enter(sandbox, level="level_3", trade="维修电工", issued_on="2026-01-31")
    [answer] = await network.check([query(shown)])
    found = answer.certificate
    assert found is not None
    assert (found.occupation_code, found.occupation_edition, found.trade) == (
        "6-31-01-03",
        "2022",
        "维修电工",
    )
    assert (found.level, found.issued_on, found.revision) == ("level_3", date(2026, 1, 31), 1)
    assert (found.state, found.revoked_on) == ("valid", None)


@pytest.mark.parametrize(
    "kind", ["vocational_qualification", "skill_level", "special_skill", "special_operation"]
)
async def test_every_kind_of_the_population_matches_its_holder(
    network: AssessmentNetwork, sandbox: SandboxServer, kind: str
) -> None:
    shown = [one for one in some(sandbox, 40, kind=kind) if one["certificate"]["state"] == "valid"]
    answers = await network.check([query(one) for one in shown])
    assert {answer.outcome for answer in answers} == {CertificateOutcome.MATCHED}
    assert {answer.certificate.kind.value for answer in answers if answer.certificate} == {kind}
    has_validity = {bool(answer.certificate and answer.certificate.valid_until) for answer in answers}
    assert has_validity == {kind == "special_operation"}


async def test_old_number_is_found_with_000_in_front_as_well(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    old = next(
        one
        for one in some(sandbox, 500, kind="vocational_qualification")
        if len(one["certificate"]["certificate_number"]) == 13 and one["certificate"]["state"] == "valid"
    )
    number = old["certificate"]["certificate_number"]
    answers = await network.check([query(old), query(old, number=f"000{number}")])
    assert [answer.outcome for answer in answers] == [CertificateOutcome.MATCHED] * 2
    assert {answer.certificate.certificate_number for answer in answers if answer.certificate} == {number}


@pytest.mark.parametrize("spelling", ["阿依样·测", "阿依样•测", "阿依样．测", " 阿依样.测 "])
async def test_one_name_in_many_spellings_matches(
    network: AssessmentNetwork, sandbox: SandboxServer, spelling: str
) -> None:
    shown = enter(sandbox, **{**new_person(), "name": "阿依样·测"})
    [answer] = await network.check([query(shown, name=spelling)])
    assert answer.outcome is CertificateOutcome.MATCHED


async def test_not_uploaded_yet_can_be_told_from_final(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    """An issuer that keeps one certificate back is complete only up to the day before it; others are complete."""
    hidden = enter(sandbox, hidden=True, issuer_code="S000011997701", issued_on="2025-03-15")
    elsewhere = query(hidden, number="S000044990001255999999")
    late, final = await network.check([query(hidden), elsewhere])
    assert (late.outcome, final.outcome) == (CertificateOutcome.NOT_FOUND, CertificateOutcome.NOT_FOUND)
    assert late.data_complete_through == date(2025, 3, 14)
    assert final.data_complete_through is not None
    assert final.data_complete_through > date(2025, 3, 15)
    act(sandbox, hidden, "publish")
    [answer] = await network.check([query(hidden)])
    assert answer.outcome is CertificateOutcome.MATCHED


async def test_certificate_appears_on_the_day_it_is_uploaded(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    def set_day(today: str) -> None:
        day = {"today": today, "upload_lag_days": 10}
        sandbox.control.put("/sandbox/assessment-network", json=day).raise_for_status()

    set_day("2027-05-01")
    shown = enter(sandbox, visible_from="2027-05-10", issued_on="2027-04-28", issuer_code="S000011997702")
    [before] = await network.check([query(shown)])
    assert (before.outcome, before.data_complete_through) == ("not_found", date(2027, 4, 21))
    set_day("2027-05-10")
    [after] = await network.check([query(shown)])
    assert (after.outcome, after.data_complete_through) == ("matched", date(2027, 4, 30))
    assert after.certificate is not None
    assert after.certificate.uploaded_on == date(2027, 5, 10)


@WITH_PATIENCE
async def test_more_than_a_batch_is_asked_in_several_requests(
    network: AssessmentNetwork, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    shown = [one for one in some(sandbox, 1_300) if one["certificate"]["state"] == "valid"][:1_201]
    queries = [query(one) for one in shown]
    queries[700] = query(shown[700], name="李样错")
    answers = await network.check(queries)
    assert len(transport.sent) == -(-1_201 // LINES_MAX)
    assert [index for index, answer in enumerate(answers) if answer.outcome != "matched"] == [700]


async def test_nothing_asked_is_nothing_sent(
    network: AssessmentNetwork, transport: RecordingTransport
) -> None:
    assert await network.check([]) == []
    assert transport.sent == []


async def test_all_certificates_of_a_person(network: AssessmentNetwork, sandbox: SandboxServer) -> None:
    first = enter(sandbox)
    person = first["holder"]
    second = act(sandbox, enter(sandbox, **person, level="level_3", issued_on="2026-02-10"), "revoke")
    answer = await network.certificates_of(holder(first))
    assert answer.outcome is SearchOutcome.FOUND
    assert {(one.certificate_number, one.state.value) for one in answer.certificates} == {
        (first["certificate"]["certificate_number"], "valid"),
        (second["certificate"]["certificate_number"], "revoked"),
    }
    mismatch = await network.certificates_of(
        PersonQuery(identity_number=person["identity_number"], name="李样错")
    )
    assert (mismatch.outcome, mismatch.certificates) == (SearchOutcome.NAME_MISMATCH, ())
    nobody = await network.certificates_of(PersonQuery(**new_person()))
    assert (nobody.outcome, nobody.certificates, nobody.failure) == (SearchOutcome.NONE, (), None)
    assert nobody.evidence_id


async def test_person_of_the_population_has_the_certificates_that_checks_confirm(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    shown = some(sandbox, 1)[0]
    answer = await network.certificates_of(holder(shown))
    assert shown["certificate"]["certificate_number"] in {
        one.certificate_number for one in answer.certificates
    }
    checked = await network.check(
        [query(shown, number=one.certificate_number) for one in answer.certificates]
    )
    assert {one.outcome.value for one in checked} <= {"matched", "revoked", "name_mismatch"}


MISBEHAVIOR: list[tuple[dict[str, Any], FailureKind, int]] = [
    ({"down": True}, FailureKind.SERVER_ERROR, 3),
    ({"error_rate": 1.0}, FailureKind.SERVER_ERROR, 3),
    ({"delay_ms": [1_000, 1_000]}, FailureKind.TIMEOUT, 3),
    ({"late_ms": 1_000}, FailureKind.TIMEOUT, 3),
    ({"wrong": "truncated"}, FailureKind.CONNECTION, 3),
    ({"wrong": "malformed_json"}, FailureKind.MALFORMED, 1),
    ({"wrong": "oversize"}, FailureKind.OVERSIZE, 1),
    ({"wrong": "bad_signature"}, FailureKind.SIGNATURE, 1),
    ({"wrong": "unsigned"}, FailureKind.SIGNATURE, 1),
    ({"wrong": "contradicting"}, FailureKind.MISMATCHED, 1),
    ({"wrong": "wrong_reference"}, FailureKind.MISMATCHED, 1),
    ({"wrong": "wrong_count"}, FailureKind.MISMATCHED, 1),
    ({"wrong": "outdated"}, FailureKind.MISMATCHED, 1),
    ({"rate_limit_retry_after_seconds": 60}, FailureKind.THROTTLED, 1),
]


@pytest.mark.parametrize(("behavior", "failure", "attempts"), MISBEHAVIOR, ids=str)
async def test_misbehavior_is_unavailable_and_never_matched_or_not_found(
    network: AssessmentNetwork,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, Any],
    failure: FailureKind,
    attempts: int,
) -> None:
    shown = some(sandbox, 2)
    queries = [query(one) for one in shown] + [query(shown[0], number="S000011999999269000999")]
    sandbox.behave(SYSTEM, **behavior)
    assert_unavailable(await network.check(queries), failure)
    assert len(transport.sent) == attempts


@pytest.mark.parametrize(("behavior", "failure", "attempts"), MISBEHAVIOR, ids=str)
async def test_search_that_misbehaves_is_unavailable_and_never_empty(
    network: AssessmentNetwork,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, Any],
    failure: FailureKind,
    attempts: int,
) -> None:
    person = holder(some(sandbox, 1)[0])
    sandbox.behave(SYSTEM, **behavior)
    answer = await network.certificates_of(person)
    assert answer == PersonAnswer(outcome=SearchOutcome.UNAVAILABLE, failure=failure)
    assert len(transport.sent) == attempts


async def test_network_that_changes_its_mind_is_told_as_it_answers(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    """Each answer is right in form and signature: only who keeps them, with evidence and time, sees two."""
    shown = enter(sandbox)
    sandbox.behave(SYSTEM, contradicting=True)
    answers = [(await network.check([query(shown)]))[0] for _ in range(4)]
    assert [answer.outcome.value for answer in answers] == ["matched", "not_found"] * 2
    assert len({answer.evidence_id for answer in answers}) == 4


async def test_passing_fault_is_overcome_with_a_new_signature(
    network: AssessmentNetwork, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    shown = enter(sandbox)
    sandbox.behave(SYSTEM, down=True, remaining=2)
    [answer] = await network.check([query(shown)])
    assert answer.outcome is CertificateOutcome.MATCHED
    assert len({request.headers["signature"] for request in transport.sent}) == 3
    assert len({request.content for request in transport.sent}) == 1


async def test_short_retry_after_is_waited_for_and_a_long_one_respected(
    network: AssessmentNetwork, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    shown = enter(sandbox)
    sandbox.behave(SYSTEM, rate_limit_retry_after_seconds=1, remaining=1)
    started = time.monotonic()
    [answer] = await network.check([query(shown)])
    assert answer.outcome is CertificateOutcome.MATCHED
    assert time.monotonic() - started >= 1
    sandbox.behave(SYSTEM, rate_limit_retry_after_seconds=60, remaining=1)
    assert_unavailable(await network.check([query(shown)]), FailureKind.THROTTLED)
    assert_unavailable(await network.check([query(shown)]), FailureKind.CIRCUIT_OPEN)
    assert len(transport.sent) == 3


async def test_circuit_opens_spares_the_network_and_recovers(
    network: AssessmentNetwork,
    sandbox: SandboxServer,
    circuit: CircuitBreaker,
    transport: RecordingTransport,
) -> None:
    shown = enter(sandbox)
    sandbox.behave(SYSTEM, down=True)
    for _ in range(5):
        await network.check([query(shown)])
    assert circuit.state is CircuitState.OPEN
    assert len(transport.sent) == 4, "after the fourth failure nothing more is sent"
    sandbox.behave(SYSTEM)
    await asyncio.sleep(0.35)
    [answer] = await network.check([query(shown)])
    assert (answer.outcome, circuit.state) == (CertificateOutcome.MATCHED, CircuitState.CLOSED)


async def test_thirty_percent_failures_give_no_false_final_state(sandbox: SandboxServer) -> None:
    shown = [one for one in some(sandbox, 2_100) if one["certificate"]["state"] == "valid"][:2_000]
    sandbox.behave(SYSTEM, error_rate=0.3, delay_ms=[0, 120])
    client = AssessmentNetwork(
        base_url=sandbox.url,
        key=assessment_key(sandbox),
        pace=Pace(attempt_seconds=0.3, deadline_seconds=1, attempts=2, backoff_seconds=0.01),
        circuit=CircuitBreaker(open_seconds=0.05),
    )
    waiting = {one["certificate"]["certificate_number"]: query(one) for one in shown}
    final: list[CertificateOutcome] = []
    deadline = time.monotonic() + 60
    while waiting and time.monotonic() < deadline:
        batch = list(waiting.values())[:100]
        for asked, answer in zip(batch, await client.check(batch), strict=True):
            if answer.outcome is not CertificateOutcome.UNAVAILABLE:
                final.append(answer.outcome)
                del waiting[asked.certificate_number]
    assert (len(final), set(final)) == (2_000, {CertificateOutcome.MATCHED})
    await client.aclose()


async def test_wrong_secret_of_ours_is_unavailable_and_does_not_open_the_circuit(
    sandbox: SandboxServer, circuit: CircuitBreaker
) -> None:
    shown = enter(sandbox)
    key = SharedKey("registry", b"another secret of thirty-two bytes or more")
    client = AssessmentNetwork(base_url=sandbox.url, key=key, pace=QUICK_NETWORK, circuit=circuit)
    for _ in range(6):
        assert_unavailable(await client.check([query(shown)]), FailureKind.CALLER_REJECTED)
    assert circuit.state is CircuitState.CLOSED
    await client.aclose()
