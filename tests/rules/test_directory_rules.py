"""Rules of the directories: standing has no gaps and no past, programs say everything that is published."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from app.directory.institutions.rules import (
    StandingChange,
    StandingPeriod,
    public_phone,
    reason_against_ending,
    reasons_against_standing_change,
)
from app.directory.institutions.states import MAY_FOLLOW, Standing
from app.directory.programs.rules import reasons_against_start
from app.kernel.periods import DatePeriod

TODAY = date(2026, 3, 2)
CHANGE = StandingChange(
    to=Standing.SUSPENDED,
    effective_on=TODAY,
    today=TODAY,
    last=StandingPeriod(Standing.ACTIVE, DatePeriod(date(2026, 1, 1)), None),
    last_filing_on=None,
)


def codes_of(change: StandingChange) -> list[str]:
    return [reason.code for reason in reasons_against_standing_change(change)]


@pytest.mark.parametrize("last", list(Standing))
@pytest.mark.parametrize("to", list(Standing))
def test_what_may_follow_what(last: Standing, to: Standing) -> None:
    change = replace(CHANGE, to=to, last=StandingPeriod(last, DatePeriod(date(2026, 1, 1)), None))
    final = ["standing_final"] if last is Standing.WITHDRAWN else ["standing_unchanged"]
    assert codes_of(change) == ([] if to in MAY_FOLLOW[last] else final)


@pytest.mark.parametrize(
    ("effective_on", "last_filing_on", "expected"),
    [
        (TODAY, None, []),
        (TODAY - timedelta(days=1), None, ["effective_day_past"]),
        (TODAY, TODAY, ["standing_day_used"]),
        (TODAY, TODAY - timedelta(days=1), []),
        (TODAY + timedelta(days=1), TODAY, []),
        (TODAY + timedelta(days=90), None, []),
        (TODAY + timedelta(days=91), None, ["effective_day_far"]),
    ],
)
def test_a_day_that_was_used_is_not_taken_back(
    effective_on: date, last_filing_on: date | None, expected: list[str]
) -> None:
    change = replace(CHANGE, effective_on=effective_on, last_filing_on=last_filing_on)
    assert codes_of(change) == expected


def test_each_standing_lasts_a_day_at_least() -> None:
    begun_today = StandingPeriod(Standing.ACTIVE, DatePeriod(TODAY), None)
    assert codes_of(replace(CHANGE, last=begun_today)) == ["standing_change_pending"]
    tomorrow = TODAY + timedelta(days=1)
    assert codes_of(replace(CHANGE, last=begun_today, effective_on=tomorrow)) == []


def test_a_designation_ends_neither_in_the_past_nor_before_it_began() -> None:
    began = date(2026, 1, 1)
    assert reason_against_ending(TODAY, today=TODAY, starts_on=began) == ()
    assert reason_against_ending(TODAY - timedelta(days=1), today=TODAY, starts_on=began)
    coming = TODAY + timedelta(days=5)
    assert reason_against_ending(coming, today=TODAY, starts_on=coming)
    assert reason_against_ending(coming + timedelta(days=1), today=TODAY, starts_on=coming) == ()


def test_a_program_version_begins_within_a_year() -> None:
    last = date(2026, 1, 1)

    def told(starts_on: date) -> list[str]:
        return [reason.code for reason in reasons_against_start(starts_on, today=TODAY, last_starts_on=last)]

    assert told(TODAY) == []
    assert told(TODAY - timedelta(days=1)) == ["effective_day_past"]
    assert told(last) == ["program_change_pending"]
    assert told(TODAY + timedelta(days=366)) == []
    assert told(TODAY + timedelta(days=367)) == ["effective_day_far"]


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("010-00000000", "010-00000000"),
        ("13900000000", None),
        ("+86 139 0000 0000", None),
        ("12345", "12345"),
    ],
)
def test_nobodys_mobile_phone_is_published(phone: str, shown: str | None) -> None:
    assert public_phone(phone) == shown
