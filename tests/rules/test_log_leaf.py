"""A leaf says what kind of entry it is and nothing else; with its salt it speaks of exactly one entry."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archive.log.rules.leaves import SEALED_FIELDS, content_of, leaf_of_entry, speaks_of
from app.archive.log.rules.tree import leaf_hash
from app.kernel.canonical_json import canonical_json

SALT = bytes(range(32))
ENTRY = {
    **dict.fromkeys(SEALED_FIELDS),
    "person_id": UUID(int=1),
    "entry_id": UUID(int=2),
    "kind": "completion",
    "record_number": "R110105-2026-00000001-9",
    "appended_at": datetime(2026, 5, 11, 1, 2, 3, 4, tzinfo=UTC),
    "program_name": "焊工(初级)𠮷",
    "division_code": "110105",
    "starts_on": date(2026, 5, 1),
    "ends_on": date(2026, 5, 10),
    "credited_minutes": 240,
}
CHANGES = {
    "person_id": UUID(int=3),
    "entry_id": UUID(int=3),
    "kind": "certificate",
    "record_number": "R110105-2026-00000002-7",
    "appended_at": datetime(2026, 5, 11, 1, 2, 3, 5, tzinfo=UTC),
    "appended_by": UUID(int=3),
    "identity_check_id": UUID(int=3),
    "opening_id": UUID(int=3),
    "attempt": 1,
    "outcome": "pass",
    "program_id": UUID(int=3),
    "program_version": 1,
    "program_name": "焊工",
    "occupation_edition": 2022,
    "occupation_code": "6-18-02-04",
    "skill_level": "level_5",
    "institution_id": UUID(int=3),
    "institution_name": "x",
    "division_code": "110106",
    "starts_on": date(2026, 5, 2),
    "ends_on": date(2026, 5, 11),
    "planned_minutes": 240,
    "credited_minutes": 241,
    "score_hundredths": 6000,
    "certificate_id": UUID(int=3),
    "attended_days": 1,
    "listing_id": UUID(int=3),
    "period": "2026-05",
    "supersedes": UUID(int=3),
    "correction_id": UUID(int=3),
}


def test_a_leaf_can_be_made_again_by_anybody_who_has_entry_and_salt() -> None:
    """Written out by hand from the documented form, with the standard library alone."""
    content = json.dumps(
        {
            **dict.fromkeys(SEALED_FIELDS),
            "person_id": "00000000-0000-0000-0000-000000000001",
            "entry_id": "00000000-0000-0000-0000-000000000002",
            "kind": "completion",
            "record_number": "R110105-2026-00000001-9",
            "appended_at": "2026-05-11T01:02:03.000004Z",
            "program_name": "焊工(初级)𠮷",
            "division_code": "110105",
            "starts_on": "2026-05-01",
            "ends_on": "2026-05-10",
            "credited_minutes": 240,
        },
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()
    commitment = hashlib.sha256(SALT + content).hexdigest()
    leaf = f'{{"commitment":"{commitment}","kind":"completion","type":"entry","v":1}}'.encode()
    assert leaf_of_entry(ENTRY, SALT) == leaf
    assert leaf_hash(leaf) == hashlib.sha256(b"\0" + leaf).digest()


@pytest.mark.parametrize("name", SEALED_FIELDS)
def test_any_change_of_an_entry_shows(name: str) -> None:
    leaf = leaf_of_entry(ENTRY, SALT)
    assert speaks_of(leaf, ENTRY, SALT)
    assert not speaks_of(leaf, {**ENTRY, name: CHANGES[name]}, SALT)


def test_what_is_set_later_and_the_zone_of_an_instant_change_nothing() -> None:
    leaf = leaf_of_entry(ENTRY, SALT)
    moved = ENTRY["appended_at"].astimezone(timezone(timedelta(hours=8)))
    assert speaks_of(leaf, {**ENTRY, "appended_at": moved, "revoked_at": moved}, SALT)


def test_without_the_salt_a_leaf_cannot_be_tied_to_its_entry() -> None:
    assert not speaks_of(leaf_of_entry(ENTRY, SALT), ENTRY, bytes(32))
    with pytest.raises(ValueError, match="salt"):
        leaf_of_entry(ENTRY, b"short")


def test_a_leaf_tells_nothing_of_anybody() -> None:
    assert json.loads(leaf_of_entry(ENTRY, SALT)).keys() == {"v", "type", "kind", "commitment"}


def test_a_field_that_is_not_there_and_a_value_without_form_are_refused() -> None:
    with pytest.raises(KeyError):
        leaf_of_entry({name: value for name, value in ENTRY.items() if name != "period"}, SALT)
    with pytest.raises(TypeError):
        leaf_of_entry({**ENTRY, "period": 0.5}, SALT)


@given(name=st.text(), number=st.integers(-(2**53) + 1, 2**53 - 1))
def test_fast_canonical_json_is_that_of_rfc_8785(name: str, number: int) -> None:
    entry = {**ENTRY, "program_name": name, "credited_minutes": number}
    try:
        content = canonical_json(content_of("entry", entry))
    except UnicodeEncodeError:
        with pytest.raises(TypeError):
            leaf_of_entry(entry, SALT)
        return
    said = {
        "v": 1,
        "type": "entry",
        "kind": "completion",
        "commitment": hashlib.sha256(SALT + content).hexdigest(),
    }
    assert leaf_of_entry(entry, SALT) == canonical_json(said)


def test_a_number_that_others_would_round_has_no_leaf() -> None:
    with pytest.raises(ValueError, match="round"):
        leaf_of_entry({**ENTRY, "credited_minutes": 2**53}, SALT)
