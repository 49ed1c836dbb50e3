"""Reads of who could claim: the archive page by page for the pass, counts, and persons through a door."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.archive.records.states import Purpose
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.subsidies.entitlements.states import BenefitKind
from app.subsidies.outreach.states import KIND_OF_ENTRY

FIRST = (UUID(int=0), UUID(int=0))
"""Where a pass begins."""
_ENTRIES = text("""
    SELECT entry.person_id, entry.entry_id FROM record_entry AS entry
    WHERE entry.kind = ANY (:kinds) AND entry.revoked_at IS NULL AND entry.superseded_at IS NULL
      AND (entry.person_id, entry.entry_id) > (:after_person, :after_entry)
      AND NOT EXISTS (SELECT FROM claim WHERE claim.person_id = entry.person_id AND claim.entry_id = entry.entry_id
        AND claim.state NOT IN ('not_accepted', 'refused', 'withdrawn'))
    ORDER BY entry.person_id, entry.entry_id LIMIT :page
""")
_COUNTS = text("SELECT * FROM count_proactive(:prefix)")
_PERSONS = text("""
    SELECT person_id, entry_id, kind, division_code, amount_fen, last_claim_on, record_number, name_sealed
    FROM read_proactive(:actor, :agency, :purpose, :case_number, :request, :prefix, :kind, :after_person, :after_entry,
      :page)
""")
_LAST_PASS = text("""
    SELECT started_at, finished_at, entries, candidates FROM proactive_pass
    WHERE finished_at IS NOT NULL ORDER BY started_at DESC LIMIT 1
""")
_TAKE_UP = text("SELECT * FROM take_up(:prefix)")


async def entries_after(unit: Unit, after: tuple[UUID, UUID], page: int) -> list[tuple[UUID, UUID]]:
    """``(person_id, entry_id)`` of entries in force that nobody has claimed on, by person and entry."""
    rows = await unit.session.execute(
        _ENTRIES,
        {
            "kinds": [kind.value for kind in KIND_OF_ENTRY],
            "after_person": after[0],
            "after_entry": after[1],
            "page": page,
        },
    )
    return [(row.person_id, row.entry_id) for row in rows]


async def candidate_counts(unit: Unit, prefix: str) -> Sequence[Row[Any]]:
    """How many could claim and how much, by division and kind; no person."""
    return (await unit.session.execute(_COUNTS, {"prefix": prefix})).all()


async def last_pass(unit: Unit) -> Row[Any] | None:
    """As of when the candidates are known; None before the first pass has ended."""
    return (await unit.session.execute(_LAST_PASS)).one_or_none()


async def candidates_of_area(
    unit: Unit,
    prefix: str,
    kind: BenefitKind,
    *,
    purpose: Purpose,
    case_number: str,
    limit: int,
    cursor: str | None,
) -> Page[Row[Any]]:
    """Persons of an area who could claim; the access rows are stored by the same statement (I10)."""
    after = FIRST if cursor is None else decode_cursor(cursor, UUID, UUID)
    rows = (
        await unit.session.execute(
            _PERSONS,
            {
                "actor": unit.actor.principal_id,
                "agency": unit.actor.agency(),
                "request": unit.actor.request_id,
                "purpose": purpose,
                "case_number": case_number,
                "prefix": prefix,
                "kind": kind,
                "after_person": after[0],
                "after_entry": after[1],
                "page": limit,
            },
        )
    ).all()
    # A row more would be a look at somebody who is not shown: a full page may be followed by an empty one.
    more = encode_cursor(rows[-1].person_id, rows[-1].entry_id) if len(rows) == limit else None
    return Page(tuple(rows), more)


async def take_up(unit: Unit, prefix: str) -> Sequence[Row[Any]]:
    """Paid, on the way, unclaimed, by division and kind."""
    return (await unit.session.execute(_TAKE_UP, {"prefix": prefix})).all()
