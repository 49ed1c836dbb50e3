"""Changing what a draft says of the class, and counting its versions."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import Conflict
from app.training.openings.actions.create_opening import require_program
from app.training.openings.queries.scope import draft_to_edit
from app.training.openings.tables import OpeningRow


async def revise_draft(unit: Unit, *, opening_id: UUID, version: int, changes: dict[str, Any]) -> None:
    """Change name, size, venue, division or program of a draft; ``changes`` holds only what is to change.

    Raises NotFound, Refused (not editable, program or division unknown) and PreconditionFailed.
    """
    row = await draft_to_edit(unit, opening_id, version=version)
    if changes.keys() & {"program_id", "program_version", "division_code"}:
        program_id = changes.get("program_id", row.program_id)
        same_program = program_id == row.program_id
        wanted = changes.get("program_version", row.program_version if same_program else None)
        division_code = changes.get("division_code", row.division_code)
        changes = {
            **changes,
            "program_version": await require_program(unit, program_id, wanted, division_code),
        }
    await next_version(unit, row, **changes)
    await record_event(
        unit,
        "opening:revised",
        subject_kind="opening",
        subject_id=opening_id,
        details={"fields": sorted(changes)},
    )


async def next_version(unit: Unit, row: OpeningRow, **columns: Any) -> None:
    """Set columns and count the version up, if nobody was faster. Raises Conflict otherwise."""
    changed = await unit.session.execute(
        update(OpeningRow)
        .where(
            col(OpeningRow.opening_id) == row.opening_id,
            col(OpeningRow.version) == row.version,
            col(OpeningRow.state) == row.state,
        )
        .values(version=row.version + 1, **columns)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict
