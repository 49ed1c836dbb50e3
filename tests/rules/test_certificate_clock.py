"""The 12 months after the issue of a certificate: last day, leap days, and the days on which the clock stands."""

from datetime import date

import pytest

from app.archive.certificates.rules.clock import Tolling, claim_window
from app.archive.certificates.rules.transitions import (
    AnswerFacts,
    Step,
    Turn,
    next_state,
    turn_of,
    upload_due_on,
    wait_answered,
    wait_unanswered,
)
from app.archive.certificates.states import AnswerOutcome, CertificateState, TollingReason

LATE, DOWN = TollingReason.NETWORK_UPLOAD_LATE, TollingReason.NETWORK_UNAVAILABLE
S, A = CertificateState, AnswerOutcome


def tolling(starts: str, ended: str | None, reason: TollingReason = LATE) -> Tolling:
    return Tolling(date.fromisoformat(starts), date.fromisoformat(ended) if ended else None, reason)


@pytest.mark.parametrize(
    ("issued", "last"),
    [("2025-03-10", "2026-03-10"), ("2024-02-29", "2025-02-28"), ("2023-02-28", "2024-02-28")],
)
def test_the_last_day_bears_the_same_number_or_is_the_month_s_last(issued: str, last: str) -> None:
    on_last = date.fromisoformat(last)
    window = claim_window(date.fromisoformat(issued), [], on_last)
    assert (window.last_day, window.days_left, window.is_open) == (on_last, 1, True)
    late = claim_window(date.fromisoformat(issued), [], date.fromordinal(on_last.toordinal() + 1))
    assert (late.days_left, late.is_open) == (0, False)


@pytest.mark.parametrize(
    ("tollings", "on", "stopped", "last", "standing"),
    [
        ([tolling("2025-04-01", "2025-04-11")], "2025-06-01", 10, "2026-03-20", None),
        ([tolling("2025-04-01", None)], "2025-04-08", 7, "2026-03-17", LATE),
        # Two stops that share days count them once.
        (
            [tolling("2025-04-01", "2025-04-11", DOWN), tolling("2025-04-06", "2025-04-16")],
            "2025-06-01",
            15,
            "2026-03-25",
            None,
        ),
        # A stop before the issue, and one inside another.
        ([tolling("2025-03-01", "2025-03-12")], "2025-06-01", 2, "2026-03-12", None),
        (
            [tolling("2025-04-01", "2025-04-21"), tolling("2025-04-05", "2025-04-06")],
            "2025-06-01",
            20,
            "2026-03-30",
            None,
        ),
        # After the window was over nothing begins again; on its last day it still does.
        ([tolling("2026-03-11", "2026-04-11")], "2026-06-01", 0, "2026-03-10", None),
        ([tolling("2026-03-10", "2026-03-15")], "2026-03-15", 5, "2026-03-15", None),
        # One that has not begun yet.
        ([tolling("2025-07-01", None)], "2025-06-01", 0, "2026-03-10", None),
        ([tolling("2025-04-01", "2025-04-01")], "2025-06-01", 0, "2026-03-10", None),
    ],
)
def test_the_clock_stands_for_each_day_once(
    tollings: list[Tolling], on: str, stopped: int, last: str, standing: TollingReason | None
) -> None:
    window = claim_window(date(2025, 3, 10), tollings, date.fromisoformat(on))
    assert (window.stopped_days, window.last_day.isoformat(), window.standing) == (stopped, last, standing)


def facts(**changes: object) -> AnswerFacts:
    given = {
        "complete_through": date(2025, 3, 1),
        "upload_due_on": date(2025, 4, 14),
        "valid_until": None,
        "is_held_by_another": False,
        "today": date(2025, 4, 1),
        **changes,
    }
    return AnswerFacts(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "outcome", "changes", "to"),
    [
        (S.SUBMITTED, A.MATCHED, {}, S.MATCHED),
        (S.SUBMITTED, A.NOT_FOUND, {}, S.PENDING_UPLOAD),
        (S.SUBMITTED, A.NAME_MISMATCH, {}, S.NAME_MISMATCH),
        (S.SUBMITTED, A.NUMBER_MISMATCH, {}, S.NAME_MISMATCH),
        (S.SUBMITTED, A.REVOKED, {}, S.REVOKED),
        (S.PENDING_UPLOAD, A.NOT_FOUND, {}, None),
        # Complete through the last day of the allowance is not enough: a day later is.
        (S.PENDING_UPLOAD, A.NOT_FOUND, {"complete_through": date(2025, 4, 14)}, None),
        (S.PENDING_UPLOAD, A.NOT_FOUND, {"complete_through": date(2025, 4, 15)}, S.NOT_FOUND_FINAL),
        (S.SUBMITTED, A.NOT_FOUND, {"complete_through": date(2025, 4, 15)}, S.NOT_FOUND_FINAL),
        (S.PENDING_UPLOAD, A.NOT_FOUND, {"complete_through": None}, None),
        (S.PENDING_UPLOAD, A.NOT_FOUND, {"upload_due_on": None}, None),
        (S.NAME_MISMATCH, A.NOT_FOUND, {}, None),
        (S.MATCHED, A.NOT_FOUND, {"complete_through": date(2025, 4, 15)}, None),
        (S.REVOKED, A.NOT_FOUND, {"complete_through": date(2025, 4, 15)}, None),
        (S.MATCHED, A.MATCHED, {}, None),
        (S.MATCHED, A.NAME_MISMATCH, {}, S.NAME_MISMATCH),
        (S.MATCHED, A.REVOKED, {}, S.REVOKED),
        (S.REVOKED, A.MATCHED, {}, S.MATCHED),
        (S.REVOKED, A.CORRECTED, {}, S.MATCHED),
        (S.REVOKED, A.NAME_MISMATCH, {}, None),
        (S.NOT_FOUND_FINAL, A.MATCHED, {}, S.MATCHED),
        (S.EXPIRED, A.REVOKED, {}, S.REVOKED),
        (S.EXPIRED, A.NUMBER_MISMATCH, {"valid_until": date(2025, 3, 31)}, S.NAME_MISMATCH),
        (S.EXPIRED, A.MATCHED, {"valid_until": date(2026, 1, 1)}, S.MATCHED),
        (S.EXPIRED, A.MATCHED, {"valid_until": date(2025, 3, 31)}, None),
        (S.MATCHED, A.MATCHED, {"valid_until": date(2025, 3, 31)}, S.EXPIRED),
        (S.MATCHED, A.MATCHED, {"valid_until": date(2025, 4, 1)}, None),
        (S.SUBMITTED, A.MATCHED, {"is_held_by_another": True}, None),
        (S.PENDING_UPLOAD, A.CORRECTED, {"is_held_by_another": True}, None),
        (S.MATCHED, A.REVOKED, {"is_held_by_another": True}, S.REVOKED),
    ],
)
def test_what_an_answer_makes_of_a_state(
    state: S, outcome: A, changes: dict[str, object], to: S | None
) -> None:
    steps = next_state(state, outcome, facts(**changes))
    assert (steps[-1].to if steps else None) is to


def test_confirmed_after_its_validity_it_takes_both_steps() -> None:
    steps = next_state(S.SUBMITTED, A.MATCHED, facts(valid_until=date(2025, 3, 31)))
    assert steps == (Step(S.MATCHED, "network_matched"), Step(S.EXPIRED, "validity_over"))


def test_the_allowance_counts_working_days_and_never_guesses_holidays() -> None:
    # 25 working days from 2025-03-03; 清明节 (2025-04-04) is none of them.
    assert upload_due_on(date(2025, 3, 3), 25) == date(2025, 4, 8)
    # Not published: weekdays, and three more that 清明节 could take.
    assert upload_due_on(date(2299, 3, 3), 25) == date(2299, 4, 12)
    assert upload_due_on(date(1999, 12, 1), 25) == date(2000, 2, 14)


def test_waits_grow_and_end() -> None:
    waits = [wait_unanswered(attempt).total_seconds() for attempt in (0, 1, 2, 3, 7, 60)]
    assert waits == [30, 30, 60, 120, 1800, 1800]
    assert wait_answered(S.NOT_FOUND_FINAL) is None
    waiting = wait_answered(S.PENDING_UPLOAD)
    assert waiting is not None
    assert waiting.days == 1


@pytest.mark.parametrize(
    ("before", "after", "was_confirmed", "turn"),
    [
        (S.MATCHED, S.REVOKED, True, Turn.REVOKED),
        (S.SUBMITTED, S.REVOKED, False, Turn.REVOKED),
        (S.MATCHED, S.NAME_MISMATCH, True, Turn.DISOWNED),
        (S.SUBMITTED, S.NAME_MISMATCH, False, None),
        (S.REVOKED, S.MATCHED, True, Turn.RESTORED),
        (S.REVOKED, S.EXPIRED, True, Turn.RESTORED),
        (S.NAME_MISMATCH, S.MATCHED, True, Turn.RESTORED),
        (S.NAME_MISMATCH, S.MATCHED, False, None),
        (S.PENDING_UPLOAD, S.MATCHED, False, None),
        (S.MATCHED, S.EXPIRED, True, None),
        (S.EXPIRED, S.NAME_MISMATCH, True, Turn.DISOWNED),
        (S.REVOKED, S.REVOKED, True, None),
    ],
)
def test_who_relied_on_it_hears_of_a_turn_and_of_nothing_else(
    before: S, after: S, was_confirmed: bool, turn: Turn | None
) -> None:
    assert turn_of(before, after, was_confirmed=was_confirmed) is turn
