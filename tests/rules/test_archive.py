"""Record numbers and corrections: form, check character, and every reason against."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archive.records.rules import (
    CorrectionFacts,
    EntryFacts,
    is_record_number,
    reasons_against_deciding,
    reasons_against_proposing,
    record_number,
    state_of,
)
from app.archive.records.states import CorrectionKind, EntryState

ENTRY = EntryFacts(
    state=EntryState.IN_FORCE,
    starts_on=date(2026, 3, 1),
    ends_on=date(2026, 3, 20),
    planned_minutes=3600,
    credited_minutes=3500,
    score_hundredths=8000,
    program_name="养老护理员",
    has_open_correction=False,
)
OPEN = CorrectionFacts(
    is_open=True, proposed_by=UUID(int=1), decided_by=UUID(int=2), entry_state=EntryState.IN_FORCE
)
serials = st.integers(0, 99_999_999)


@given(serials, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(serial: int, position: int, shift: int) -> None:
    number = record_number("110105", 2026, serial)
    assert is_record_number(number)
    places = [index for index, char in enumerate(number[:-1]) if char.isdigit()]
    index = places[position]
    wrong = number[:index] + str((int(number[index]) + shift) % 10) + number[index + 1 :]
    assert not is_record_number(wrong)


@pytest.mark.parametrize(
    "text", ["", "R", "R110105-2026-00000001", "r110105-2026-00000001-5", "R１10105-2026-00000001-5"]
)
def test_what_is_no_record_number(text: str) -> None:
    assert not is_record_number(text)


@pytest.mark.parametrize(
    ("change", "kind", "changes", "codes"),
    [
        ({}, "supersede", {"score_hundredths": 9000}, []),
        ({}, "revoke", {}, []),
        ({"state": EntryState.REVOKED}, "revoke", {}, ["record_not_in_force"]),
        ({"state": EntryState.SUPERSEDED}, "supersede", {"score_hundredths": 1}, ["record_not_in_force"]),
        ({"has_open_correction": True}, "revoke", {}, ["correction_already_open"]),
        ({}, "supersede", {}, ["correction_empty"]),
        ({}, "supersede", {"score_hundredths": 8000}, ["correction_changes_nothing"]),
        ({}, "supersede", {"score_hundredths": 8000, "credited_minutes": 1}, []),
        ({}, "supersede", {"ends_on": date(2026, 2, 28)}, ["correction_period_backward"]),
        ({}, "supersede", {"ends_on": date(2026, 3, 1)}, []),
        ({}, "supersede", {"credited_minutes": 3600}, []),
        ({}, "supersede", {"credited_minutes": 3601}, ["correction_over_planned_hours"]),
        (
            {"has_open_correction": True},
            "supersede",
            {"credited_minutes": 9999, "ends_on": date(2020, 1, 1)},
            ["correction_already_open", "correction_period_backward", "correction_over_planned_hours"],
        ),
    ],
)
def test_reasons_against_proposing(change: dict, kind: str, changes: dict, codes: list[str]) -> None:
    reasons = reasons_against_proposing(replace(ENTRY, **change), kind=CorrectionKind(kind), changes=changes)
    assert [reason.code for reason in reasons] == codes


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"is_open": False}, ["correction_already_decided"]),
        ({"decided_by": UUID(int=1)}, ["second_person_required"]),
        ({"entry_state": EntryState.REVOKED}, ["record_not_in_force"]),
        (
            {"is_open": False, "decided_by": UUID(int=1)},
            ["correction_already_decided", "second_person_required"],
        ),
    ],
)
def test_reasons_against_deciding(change: dict, codes: list[str]) -> None:
    assert [reason.code for reason in reasons_against_deciding(replace(OPEN, **change))] == codes


def test_revocation_outweighs_supersession() -> None:
    entry = {"entry_id": UUID(int=1), "revoked_at": None}
    assert state_of(entry, []) is EntryState.IN_FORCE
    assert state_of(entry, [str(UUID(int=1))]) is EntryState.SUPERSEDED
    assert state_of({**entry, "revoked_at": "2026-01-01"}, [UUID(int=1)]) is EntryState.REVOKED
