"""Answers of the unemployment insurance that are rightly signed and contradict the question, or themselves."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.gateways.http import FailureKind
from app.gateways.insurance import LINES_MAX, UnemploymentInsurance
from app.gateways.insurance_facts import EmployerAnswer, EmployerOutcome, facts_of_document
from app.sandbox.main import SandboxConfig
from app.sandbox.message_signatures import Verifier
from tests.gateways.conftest import insurance_key
from tests.gateways.insured import AS_OF, EMPLOYER, assert_unavailable, employ, employee, new_person, query
from tests.gateways.recording import RecordingTransport
from tests.sandbox_server import SandboxServer


class LyingPlatform(RecordingTransport):
    """The sandbox's own answers, altered and rightly signed again."""

    alter: Callable[[dict[str, Any], int], None]
    config: SandboxConfig

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        document = json.loads(await response.aread())
        self.alter(document, len(self.sent))
        body = json.dumps(document).encode()
        verifier = Verifier({self.config.insurance_key_id: self.config.insurance_secret.encode()})
        headers = verifier.answer_headers(request, 200, body, forged=False)  # type: ignore[arg-type]
        return httpx.Response(
            200, headers={**headers, "Content-Type": "application/json"}, stream=httpx.ByteStream(body)
        )


def lying(sandbox: SandboxServer, alter: Callable[[dict[str, Any], int], None]) -> UnemploymentInsurance:
    transport = LyingPlatform()
    transport.alter, transport.config = alter, sandbox.config
    return UnemploymentInsurance(base_url=sandbox.url, key=insurance_key(sandbox), transport=transport)


LIES: dict[str, tuple[Callable[[dict[str, Any]], object], FailureKind | None]] = {
    "nothing": (lambda line: None, None),
    "partial and nobody silent": (lambda line: line.update(outcome="partial"), FailureKind.MISMATCHED),
    "whole and somebody silent": (
        lambda line: line["facts"].update(silent_regions=["320000"]),
        FailureKind.MISMATCHED,
    ),
    "of another day": (lambda line: line["facts"].update(as_of="2026-03-30"), FailureKind.MISMATCHED),
    "a day left out": (lambda line: line["facts"]["on_days"].pop(), FailureKind.MISMATCHED),
    "another month": (
        lambda line: line["facts"]["in_months"][0].update(month="2026-01"),
        FailureKind.MISMATCHED,
    ),
    "unknown with facts": (lambda line: line.update(outcome="person_unknown"), FailureKind.MISMATCHED),
    "answered without facts": (lambda line: line.pop("facts"), FailureKind.MISMATCHED),
    "evidence of another line": (lambda line: line.update(evidence_id="00000000"), FailureKind.MISMATCHED),
    "a count beyond bounds": (
        lambda line: line["facts"]["months"].update(own_region=961, total=961),
        FailureKind.MALFORMED,
    ),
    "a number as text": (lambda line: line["facts"]["months"].update(deemed="0"), FailureKind.MALFORMED),
    "a name": (lambda line: line["facts"].update(name="李样保"), FailureKind.MALFORMED),
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.anyio
async def test_signed_answer_at_odds_with_the_question_is_unavailable(
    sandbox: SandboxServer, lie: str
) -> None:
    change, failure = LIES[lie]
    person = new_person(sandbox)
    insurance = lying(sandbox, lambda document, _: [change(line) for line in document["lines"]])
    asked = query(person, on_days=(AS_OF,), in_months=("2026-02",))
    answers = await insurance.ask_facts([asked, asked])
    await insurance.aclose()
    if failure is None:
        assert [answer.outcome.value for answer in answers] == ["answered"] * 2
    else:
        assert_unavailable(answers, failure)


@pytest.mark.parametrize(
    "change",
    [
        lambda document, _: document.update(headcount=0),
        lambda document, _: document.update(as_of="2026-03-30"),
        lambda document, _: document.update(outcome="employer_unknown"),
        lambda document, _: document.update(headcount=None),
        lambda document, sent: document.update(headcount=300 + sent),
    ],
    ids=[
        "fewer than are insured",
        "of another day",
        "unknown with a list",
        "no headcount",
        "changing headcount",
    ],
)
@pytest.mark.anyio
async def test_signed_headcount_at_odds_with_the_list_is_unavailable(
    sandbox: SandboxServer, change: Callable[[dict[str, Any], int], None]
) -> None:
    people = [new_person(sandbox)] * (LINES_MAX + 1)
    code = employ(sandbox, people[0])
    insurance = lying(sandbox, change)
    answer = await insurance.check_employer(code, AS_OF, [employee(person) for person in people])
    assert answer == EmployerAnswer(outcome=EmployerOutcome.UNAVAILABLE, failure=FailureKind.MISMATCHED)
    await insurance.aclose()


STANDING = {"status": "paying", "division_code": "110000", "employer_code": None, "employer_kind": None}
FACTS = {
    "as_of": "2026-03-31",
    "months": {"own_region": 1, "deemed": 2, "other_provinces": 3, "total": 6},
    "standing": STANDING,
    "on_days": [],
    "in_months": [],
    "draws_pension": False,
    "deceased_on": None,
    "fund_reserve_months": 30,
    "silent_regions": [],
}
NEITHER = {**STANDING, "status": "neither"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"months": {**FACTS["months"], "total": 5}}, "sum"),
        ({"standing": {**STANDING, "division_code": None}, "fund_reserve_months": None}, "somewhere"),
        ({"standing": {**NEITHER, "employer_code": EMPLOYER, "employer_kind": "enterprise"}}, "employer"),
        ({"standing": {**STANDING, "employer_code": EMPLOYER}}, "go together"),
        ({"standing": {**NEITHER, "status": None}, "silent_regions": ["320000"]}, "nothing else"),
        ({"draws_pension": None}, "left open"),
        ({"standing": NEITHER, "silent_regions": ["320000"]}, "silent province"),
        ({"silent_regions": ["320000", "320000"]}, "silent once"),
        ({"deceased_on": "2026-03-30"}, "death"),
        ({"on_days": [{"day": "2026-04-02", "standing": STANDING}], "deceased_on": "2026-04-01"}, "death"),
        ({"fund_reserve_months": None}, "fund"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_facts_at_odds_with_themselves_are_refused(changes: dict[str, Any], why: str) -> None:
    assert facts_of_document(FACTS)
    with pytest.raises(ValueError, match=why):
        facts_of_document({**FACTS, **changes})
