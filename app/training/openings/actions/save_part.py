"""Saving a written part of a draft: 教学计划, 教材教学资源清单 or 考核方案."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.training.openings.actions.revise_draft import next_version
from app.training.openings.queries.scope import draft_to_edit
from app.training.openings.states import PartKind

_SAVE = text("""
    INSERT INTO opening_part (opening_id, part, content, saved_by)
    VALUES (:opening_id, :part, CAST(:content AS jsonb), :actor)
    ON CONFLICT (opening_id, part) DO UPDATE
      SET content = excluded.content, saved_at = excluded.saved_at, saved_by = excluded.saved_by
""")


async def save_part(
    unit: Unit, *, opening_id: UUID, version: int, part: PartKind, content: dict[str, Any]
) -> None:
    """Store or replace a part. Raises NotFound, Refused (not editable) and PreconditionFailed."""
    row = await draft_to_edit(unit, opening_id, version=version)
    await unit.session.execute(
        _SAVE,
        {
            "opening_id": opening_id,
            "part": part,
            "content": orjson.dumps(content).decode(),
            "actor": unit.actor.principal_id,
        },
    )
    await next_version(unit, row)
    await record_event(
        unit, "opening:part_saved", subject_kind="opening", subject_id=opening_id, details={"part": part}
    )
