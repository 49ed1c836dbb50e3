"""The unemployment insurance's client against the sandbox over real HTTP: facts, and never a guess."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.gateways.circuit import CircuitBreaker, CircuitState
from app.gateways.http import FailureKind
from app.gateways.insurance import LINES_MAX, UnemploymentInsurance
from app.gateways.insurance_facts import (
    ContributionMonths,
    EmployerAnswer,
    EmployerOutcome,
    InsuranceFacts,
    InsuranceOutcome,
    InsuranceQuery,
    InsuredStatus,
    facts_document,
    facts_of_document,
)
from app.sandbox.insurance_register import DEFAULT_EMPLOYER
from app.sandbox.population import with_check_digit
from tests.gateways.conftest import FAULTS, MISBEHAVIORS, WITH_PATIENCE, Lines
from tests.gateways.insured import (
    AS_OF,
    EMPLOYER,
    SYSTEM,
    assert_unavailable,
    employ,
    employee,
    new_person,
    query,
)
from tests.gateways.recording import Contract, RecordingTransport
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio


async def facts_of(
    insurance: UnemploymentInsurance, person: dict[str, str], **changes: Any
) -> InsuranceFacts:
    [answer] = await insurance.ask_facts([query(person, **changes)])
    assert answer.facts is not None
    return answer.facts


async def test_registered_person_is_an_ordinary_employee_unless_told_otherwise(
    insurance: UnemploymentInsurance, sandbox: SandboxServer
) -> None:
    [answer] = await insurance.ask_facts([query(new_person(sandbox))])
    assert answer.outcome is InsuranceOutcome.ANSWERED
    assert answer.answered_at is not None
    assert abs(answer.answered_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert answer.facts is not None
    assert answer.facts.standing.status is InsuredStatus.PAYING
    assert answer.facts.standing.division_code == "110000"
    assert answer.facts.standing.employer_code == DEFAULT_EMPLOYER
    assert answer.facts.months.total == 14 * 12 + 3
    assert answer.facts.draws_pension is True, "born in 1949"
    assert answer.facts.silent_regions == ()


async def test_months_are_counted_by_province_each_once_up_to_the_month_asked_for(
    insurance: UnemploymentInsurance, sandbox: SandboxServer
) -> None:
    person = new_person(
        sandbox,
        spells=[
            {"starts_on": "2020-01-15", "ends_before": "2020-07-01", "division_code": "320500"},
            {"starts_on": "2020-06-10", "division_code": "110105"},
        ],
        deemed_months=7,
        other_months={"330000": 5},
    )
    for as_of, own, elsewhere in (
        (date(2020, 1, 14), 0, 5),  # not insured yet: nothing is of an own region
        (date(2020, 1, 15), 1, 5),
        (date(2020, 5, 31), 5, 5),  # insured in 江苏
        (date(2020, 12, 1), 6, 11),  # in 北京; June was paid for in 江苏 first
        (date(2021, 1, 31), 7, 11),
    ):
        facts = await facts_of(insurance, person, as_of=as_of)
        assert facts.months == ContributionMonths(
            own_region=own, deemed=7, other_provinces=elsewhere, total=own + elsewhere + 7
        ), as_of


async def test_status_at_days_and_in_months_as_they_were_asked(
    insurance: UnemploymentInsurance, sandbox: SandboxServer
) -> None:
    person = new_person(
        sandbox,
        spells=[
            {"starts_on": "2021-01-01", "ends_before": "2021-06-16", "employer_code": EMPLOYER},
            {"status": "drawing_benefit", "starts_on": "2021-06-16", "ends_before": "2021-09-01"},
        ],
    )
    facts = await facts_of(
        insurance,
        person,
        on_days=(date(2021, 9, 1), date(2021, 8, 31), date(2021, 6, 15), date(2020, 12, 31)),
        in_months=("2021-06", "2021-07", "2020-12"),
    )
    assert [point.standing.status for point in facts.on_days] == [
        "neither",
        "drawing_benefit",
        "paying",
        "neither",
    ]
    assert [point.standing.status for point in facts.in_months] == ["paying", "drawing_benefit", "neither"]
    assert facts.in_months[0].standing.employer_code == EMPLOYER
    assert facts.standing.status is InsuredStatus.NEITHER
    assert facts.standing.division_code == "110000", "the last 参保地"
    assert facts.on_days[3].standing.division_code is None, "never insured until then"


async def test_silent_province_makes_the_answer_partial_and_never_a_no(
    insurance: UnemploymentInsurance, sandbox: SandboxServer
) -> None:
    here = new_person(sandbox, other_months={"320000": 20})
    elsewhere = new_person(sandbox, spells=[{"starts_on": "2015-01-01", "division_code": "320500"}])
    nowhere = new_person(sandbox, spells=[])
    whole = await insurance.ask_facts([query(each) for each in (here, elsewhere, nowhere)])
    sandbox.control.put(
        "/sandbox/unemployment-insurance", json={"silent_regions": ["320000"]}
    ).raise_for_status()
    partial = await insurance.ask_facts([query(each) for each in (here, elsewhere, nowhere)])
    assert [answer.outcome.value for answer in whole + partial] == ["answered"] * 3 + ["partial"] * 3
    facts = [answer.facts for answer in partial if answer.facts is not None]
    assert [each.silent_regions for each in facts] == [("320000",)] * 3
    assert [each.standing.status for each in facts] == [InsuredStatus.PAYING, None, None]
    assert [answer.facts.standing.status for answer in whole if answer.facts] == [
        "paying",
        "paying",
        "neither",
    ]
    assert whole[0].facts is not None
    assert whole[0].facts.months.total - facts[0].months.total == 20
    assert facts[1].months.total == 0


async def test_pension_death_and_fund_reserve_are_told(
    insurance: UnemploymentInsurance, sandbox: SandboxServer
) -> None:
    person = new_person(sandbox, pension_from="2026-04-01", deceased_on="2026-05-02")
    sandbox.control.put(
        "/sandbox/unemployment-insurance", json={"fund_reserve_months": {"110000": 14}}
    ).raise_for_status()
    before = await facts_of(insurance, person)
    after = await facts_of(insurance, person, as_of=date(2026, 6, 1))
    assert (before.draws_pension, before.deceased_on) == (False, date(2026, 5, 2))
    assert (after.draws_pension, after.standing.status) == (True, InsuredStatus.NEITHER)
    assert before.fund_reserve_months == 14


async def test_unknown_number_and_wrong_name_are_told_alike(
    insurance: UnemploymentInsurance, sandbox: SandboxServer
) -> None:
    person = new_person(sandbox)
    nobody = {"social_security_number": with_check_digit("11000018700101998"), "name": "李样保"}
    answers = await insurance.ask_facts([query(person, name="李样错"), query(nobody), query(person)])
    assert [answer.outcome.value for answer in answers] == ["person_unknown", "person_unknown", "answered"]
    assert answers[0].facts is None
    assert len({answer.evidence_id for answer in answers}) == 3


@WITH_PATIENCE
async def test_more_than_a_batch_is_asked_in_several_requests(
    insurance: UnemploymentInsurance, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    found = sandbox.control.get("/sandbox/persons", params={"limit": 450, "offset": 2_000}).json()["persons"]
    queries = [query(person) for person in found]
    queries[300] = query(found[300], name="李样错")
    answers = await insurance.ask_facts(queries)
    assert len(transport.sent) == -(-450 // LINES_MAX)
    assert [i for i, answer in enumerate(answers) if answer.outcome == "person_unknown"] == [300]
    statuses = {answer.facts.standing.status for answer in answers if answer.facts}
    assert statuses == set(InsuredStatus), "the generated population knows all of them"
    for answer in answers:
        if answer.facts is not None:
            document = facts_document(answer.facts)
            assert facts_of_document(document) == answer.facts


async def test_nothing_asked_is_nothing_sent(
    insurance: UnemploymentInsurance, transport: RecordingTransport
) -> None:
    assert await insurance.ask_facts([]) == []
    assert transport.sent == []


@pytest.mark.parametrize(
    ("behavior", "failure", "attempts"),
    [
        *MISBEHAVIORS,
        ({"wrong": "contradicting"}, FailureKind.MALFORMED, 1),
        ({"wrong": "wrong_count"}, FailureKind.MISMATCHED, 1),
    ],
    ids=str,
)
async def test_misbehavior_is_unavailable_and_never_a_fact(
    insurance: UnemploymentInsurance,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, object],
    failure: FailureKind,
    attempts: int,
) -> None:
    people = [new_person(sandbox), new_person(sandbox)]
    sandbox.behave(SYSTEM, **behavior)
    assert_unavailable(await insurance.ask_facts([query(person) for person in people]), failure)
    assert len(transport.sent) == attempts


async def test_passing_fault_is_overcome_with_a_new_signature(
    insurance: UnemploymentInsurance, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    person = new_person(sandbox)
    sandbox.behave(SYSTEM, down=True, remaining=2)
    [answer] = await insurance.ask_facts([query(person)])
    assert answer.outcome is InsuranceOutcome.ANSWERED
    assert len({request.headers["signature"] for request in transport.sent}) == 3
    assert len({request.content for request in transport.sent}) == 1


async def test_circuit_opens_spares_the_platform_and_recovers(
    insurance: UnemploymentInsurance,
    sandbox: SandboxServer,
    circuit: CircuitBreaker,
    transport: RecordingTransport,
) -> None:
    person = new_person(sandbox)
    sandbox.behave(SYSTEM, down=True)
    for _ in range(5):
        await insurance.ask_facts([query(person)])
    assert insurance.circuit is circuit
    assert circuit.state is CircuitState.OPEN
    assert len(transport.sent) == 4, "after the fourth failure nothing more is sent"
    sandbox.behave(SYSTEM)
    await asyncio.sleep(0.35)
    [answer] = await insurance.ask_facts([query(person)])
    assert answer.outcome is InsuranceOutcome.ANSWERED


async def test_employers_list_is_checked_person_by_person_with_the_headcount(
    insurance: UnemploymentInsurance, sandbox: SandboxServer
) -> None:
    own, other = new_person(sandbox), new_person(sandbox)
    code = employ(sandbox, own, headcount=48, insured_from="2022-05-01")
    stranger = {"social_security_number": with_check_digit("11000018700101997"), "name": "李样保"}
    listed = [employee(each) for each in (other, own, stranger, {**own, "name": "李样错"})]
    answer = await insurance.check_employer(code, date(2022, 6, 30), listed)
    assert (answer.outcome, answer.headcount) == (EmployerOutcome.ANSWERED, 48)
    assert [each.outcome.value for each in answer.employees] == [
        "not_insured",
        "insured",
        "person_unknown",
        "person_unknown",
    ]
    early = await insurance.check_employer(code, date(2022, 4, 30), [employee(own)])
    assert [each.outcome.value for each in early.employees] == ["not_insured"]
    assert (await insurance.check_employer(code, AS_OF, [])).headcount == 48


async def test_unknown_employer_and_long_lists(
    insurance: UnemploymentInsurance, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    people = sandbox.control.get("/sandbox/persons", params={"limit": 401, "offset": 1_000}).json()["persons"]
    unknown = await insurance.check_employer("91110000MA0NYWHERE", AS_OF, [employee(people[0])])
    assert unknown.outcome is EmployerOutcome.EMPLOYER_UNKNOWN
    assert (unknown.headcount, unknown.employees) == (None, ())
    transport.sent.clear()
    code = employ(sandbox, people[400])
    answer = await insurance.check_employer(code, AS_OF, [employee(person) for person in people])
    assert len(transport.sent) == 3
    assert [i for i, each in enumerate(answer.employees) if each.outcome == "insured"] == [400]
    assert answer.headcount == 1
    with pytest.raises(ValueError, match="credit_code"):
        await insurance.check_employer("91110000MA0NOWHERE", AS_OF, [])  # O is no character of it


@pytest.mark.parametrize(
    ("behavior", "failure"),
    [
        ({"down": True}, FailureKind.SERVER_ERROR),
        *(
            ({"wrong": wrong}, FailureKind.MISMATCHED)
            for wrong in ("contradicting", "wrong_reference", "wrong_count", "outdated")
        ),
        ({"wrong": "unsigned"}, FailureKind.SIGNATURE),
    ],
    ids=str,
)
async def test_misbehavior_leaves_the_list_unchecked(
    insurance: UnemploymentInsurance,
    sandbox: SandboxServer,
    behavior: dict[str, object],
    failure: FailureKind,
) -> None:
    person = new_person(sandbox)
    code = employ(sandbox, person, headcount=3)
    sandbox.behave(SYSTEM, **behavior)
    answer = await insurance.check_employer(code, AS_OF, [employee(person)])
    assert answer == EmployerAnswer(outcome=EmployerOutcome.UNAVAILABLE, failure=failure)


@pytest.mark.parametrize("behavior", FAULTS, ids=str)
async def test_both_sides_keep_to_the_written_contract(
    insurance: UnemploymentInsurance,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, object],
) -> None:
    person = new_person(sandbox, deceased_on="2025-01-01", own_months=40)
    drawing = new_person(sandbox, spells=[{"status": "drawing_benefit", "starts_on": "2021-01-01"}])
    alone = new_person(sandbox, spells=[{"starts_on": "2021-01-01", "employed": False}])
    code = employ(sandbox, new_person(sandbox))
    queries = [
        query(person, on_days=(AS_OF,), in_months=("2024-12",)),
        query(drawing),
        query(alone),
        query(new_person(sandbox, spells=[])),
        query(person, name="𬭎"),
    ]
    for silent in ([], ["320000", "330000"]):
        sandbox.control.put("/sandbox/unemployment-insurance", json={"silent_regions": silent})
        sandbox.behave(SYSTEM, **behavior)
        await insurance.ask_facts(queries)
    await insurance.check_employer(code, AS_OF, [employee(person), employee(drawing)])
    await insurance.check_employer("91110000MA0NYWHERE", AS_OF, [])
    contract = Contract("unemployment-insurance.yaml")
    assert transport.exchanges
    assert [found for exchange in transport.exchanges for found in contract.defects(exchange)] == []


async def test_contract_examples_are_valid_and_departures_are_seen(
    insurance: UnemploymentInsurance, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    contract = Contract("unemployment-insurance.yaml")
    for path in contract.document["paths"].values():
        for content in (path["post"]["requestBody"]["content"], path["post"]["responses"]["200"]["content"]):
            media = content["application/json"]
            assert contract.defects_of_schema(media["schema"], media["example"]) == []
    await insurance.ask_facts([query(new_person(sandbox))])
    [exchange] = transport.exchanges
    exchange.body = exchange.body.replace(b'"paying"', b'"neither"', 1)
    assert contract.defects(exchange) != [], "only contributions have an employer"


@pytest.mark.parametrize(
    "behavior",
    [{}, {"down": True}, {"wrong": "malformed_json"}, {"wrong": "contradicting"}, {"late_ms": 400}],
    ids=str,
)
async def test_no_log_record_holds_a_number_a_name_or_a_secret(
    insurance: UnemploymentInsurance,
    sandbox: SandboxServer,
    caplog: pytest.LogCaptureFixture,
    written: Lines,
    behavior: dict[str, object],
) -> None:
    person = new_person(sandbox)
    asked = query(person)
    sandbox.behave(SYSTEM, **behavior)
    answers = await insurance.ask_facts([asked])
    checked = await insurance.check_employer(DEFAULT_EMPLOYER, AS_OF, [employee(person)])
    assert caplog.records
    assert bool(written) is bool(behavior)
    text = "\n".join([caplog.text, *(str(vars(record)) for record in caplog.records)])
    text += str(written) + repr([asked, answers, checked, insurance, employee(person)])
    for secret in (*person.values(), sandbox.config.insurance_secret):
        assert secret not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"identity_number": "11010"},
        {"name": " "},
        {"in_months": ("2026-13",)},
        {"in_months": ("2026-01", "2026-01")},
        {"on_days": tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(41))},
    ],
    ids=lambda changes: str(changes)[:40],
)
def test_query_outside_the_contract_is_a_defect_of_the_caller(changes: dict[str, Any]) -> None:
    values = {"identity_number": with_check_digit("11000019900101900"), "name": "王样安", "as_of": AS_OF}
    with pytest.raises(ValueError, match="has not the form of the contract"):
        InsuranceQuery(**{**values, **changes})
