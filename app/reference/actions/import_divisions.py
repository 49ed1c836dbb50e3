"""Loads a new official edition of the divisions: what it adds, renames and no longer has, from its day on."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.kernel.errors import InvalidInput
from app.reference.actions.record_load import Provenance, lock_lists, record_load
from app.reference.queries import read_divisions
from app.reference.rules import (
    DivisionChanges,
    ListRow,
    division_changes,
    reasons_against_division_edition,
)


async def import_divisions(
    session: AsyncSession, rows: Sequence[ListRow], *, edition_on: date, provenance: Provenance
) -> DivisionChanges:
    """Apply a complete list (code, name) that speaks of the day ``edition_on``; returns what it changed.

    Raises ``InvalidInput`` with every defect of every row; then nothing is stored. The same list twice is
    refused the second time only by its day: with a later day it changes nothing. Runs as
    ``registry_owner``.
    """
    await lock_lists(session)
    known = await read_divisions(session)
    reasons = reasons_against_division_edition(rows, known, edition_on)
    if reasons:
        raise InvalidInput(reasons)
    changes = division_changes(rows, known, edition_on, provenance.source)
    await _apply(session, changes, edition_on)
    await record_load(
        session,
        provenance,
        list_name="divisions",
        origin="imported",
        rows_read=len(rows),
        rows_changed=changes.count,
    )
    return changes


async def _apply(session: AsyncSession, changes: DivisionChanges, edition_on: date) -> None:
    await session.execute(
        text(
            "UPDATE division SET in_force = daterange(lower(in_force), :edition_on)"
            " WHERE code = ANY(CAST(:codes AS text[])) AND upper_inf(in_force)"
        ),
        {"edition_on": edition_on, "codes": list(changes.ended)},
    )
    begun = {
        "codes": [row.code for row in changes.begun],
        "names": [row.name for row in changes.begun],
        "levels": [row.level.value for row in changes.begun],
        "sources": [row.source for row in changes.begun],
    }
    await session.execute(
        text("INSERT INTO division_code (code) SELECT unnest(CAST(:codes AS text[])) ON CONFLICT DO NOTHING"),
        {"codes": begun["codes"]},
    )
    await session.execute(
        text(
            "INSERT INTO division (code, in_force, name, level, source, origin)"
            " SELECT code, daterange(:edition_on, NULL), name, level, source, 'imported'"
            " FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]), CAST(:levels AS text[]),"
            "   CAST(:sources AS text[])) AS begun (code, name, level, source)"
        ),
        {"edition_on": edition_on, **begun},
    )
    # A later release must not write its packaged history over a code whose history was continued here.
    await session.execute(
        text("UPDATE division SET origin = 'imported' WHERE code = ANY(CAST(:codes AS text[]))"),
        {"codes": [*changes.ended, *begun["codes"]]},
    )
