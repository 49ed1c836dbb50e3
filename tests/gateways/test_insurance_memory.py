"""What the insurance said is used again for five minutes, for the same question only; silence is asked again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import cast

import pytest

from app.gateways.insurance import UnemploymentInsurance
from app.gateways.insurance_facts import InsuranceAnswer, InsuranceOutcome, InsuranceQuery
from app.gateways.insurance_memory import KEPT_S, RememberedInsurance
from app.kernel.identifiers.citizen import check_digit_of

pytestmark = pytest.mark.anyio

SEVENTEEN = "11010519491001901"
QUERY = InsuranceQuery(
    identity_number=SEVENTEEN + check_digit_of(SEVENTEEN), name="测试学员", as_of=date(2026, 3, 1)
)


class Platform:
    """Counts what it is asked; says nothing while it is silent."""

    def __init__(self) -> None:
        self.asked: list[InsuranceQuery] = []
        self.is_silent = False

    async def ask_facts(self, queries: Sequence[InsuranceQuery]) -> list[InsuranceAnswer]:
        self.asked += queries
        if self.is_silent:
            return [InsuranceAnswer(outcome=InsuranceOutcome.UNAVAILABLE) for _ in queries]
        return [
            InsuranceAnswer(
                outcome=InsuranceOutcome.PERSON_UNKNOWN,
                evidence_id=f"evidence-{len(self.asked)}",
                answered_at=datetime.now(UTC),
            )
            for _ in queries
        ]


class Remembering:
    """The memory over a platform that counts, with a clock that is set."""

    def __init__(self) -> None:
        self.platform, self.now = Platform(), 0.0
        self.memory = RememberedInsurance(
            cast(UnemploymentInsurance, self.platform), monotonic=lambda: self.now
        )


async def test_the_same_question_is_answered_from_memory_for_five_minutes() -> None:
    here = Remembering()
    first = await here.memory.ask_facts([QUERY])
    here.now = KEPT_S - 1
    assert await here.memory.ask_facts([QUERY, QUERY]) == first * 2
    assert here.platform.asked == [QUERY]
    here.now = KEPT_S
    assert await here.memory.ask_facts([QUERY]) != first
    assert here.platform.asked == [QUERY, QUERY]


@pytest.mark.parametrize(
    "other",
    [
        replace(QUERY, name="测试学员二"),
        replace(QUERY, as_of=date(2026, 3, 2)),
        replace(QUERY, on_days=(date(2026, 1, 1),)),
        replace(QUERY, in_months=("2026-01",)),
        replace(QUERY, identity_number="11010519491001902" + check_digit_of("11010519491001902")),
    ],
)
async def test_another_person_or_day_is_another_question(other: InsuranceQuery) -> None:
    here = Remembering()
    (first,) = await here.memory.ask_facts([QUERY])
    second, again = await here.memory.ask_facts([other, QUERY])
    assert here.platform.asked == [QUERY, other]
    assert second.evidence_id != first.evidence_id
    assert again == first


async def test_silence_is_asked_again() -> None:
    here = Remembering()
    here.platform.is_silent = True
    assert (await here.memory.ask_facts([QUERY]))[0].outcome is InsuranceOutcome.UNAVAILABLE
    here.platform.is_silent = False
    assert (await here.memory.ask_facts([QUERY]))[0].outcome is InsuranceOutcome.PERSON_UNKNOWN
    assert len(here.platform.asked) == 2
