"""Keeps what somebody typed and has not sent (表单草稿), sealed, for its author alone."""

from collections.abc import Sequence
from uuid import UUID

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.identity.accounts.rules import DRAFT_KEPT

Fields = Sequence[tuple[str, str]]
"""Names and values of a form in their order, as a browser sends them."""

_KEEP = text("""
    INSERT INTO form_draft (draft_id, principal_id, place, fields_sealed, expires_at)
    VALUES (:draft_id, :principal_id, :place, :sealed, clock_timestamp() + :kept)
    ON CONFLICT (principal_id, place) DO UPDATE
      SET fields_sealed = excluded.fields_sealed, saved_at = clock_timestamp(), expires_at = excluded.expires_at
    RETURNING draft_id
""")
_READ = text("""
    SELECT place, fields_sealed FROM form_draft
    WHERE principal_id = :principal_id AND (place = :place OR draft_id = :draft_id) AND expires_at > clock_timestamp()
""")
_DROP = text("DELETE FROM form_draft WHERE principal_id = :principal_id AND place = :place")


async def keep_draft(unit: Unit, keys: KeyRing, *, principal_id: UUID, place: str, fields: Fields) -> UUID:
    """Keep the fields of the form at ``place`` (its address) for a week, instead of what was kept of it before."""
    sealed = keys.seal_bytes(orjson.dumps(list(fields)), aad=_label(principal_id, place))
    kept: UUID = (
        await unit.session.execute(
            _KEEP,
            {
                "draft_id": uuid7(),
                "principal_id": principal_id,
                "place": place,
                "sealed": sealed,
                "kept": DRAFT_KEPT,
            },
        )
    ).scalar_one()
    return kept


async def read_draft(
    unit: Unit, keys: KeyRing, *, place: str | None = None, draft_id: UUID | None = None
) -> tuple[str, Fields] | None:
    """Place and fields of a draft of the caller's own, by place or id; None when there is none."""
    wanted = {"principal_id": unit.actor.principal_id, "place": place, "draft_id": draft_id}
    row = (await unit.session.execute(_READ, wanted)).one_or_none()
    if row is None:
        return None
    opened = keys.open_bytes(row.fields_sealed, aad=_label(unit.actor.principal_id, row.place))
    return row.place, [(name, value) for name, value in orjson.loads(opened)]


async def drop_draft(unit: Unit, *, place: str) -> None:
    """Forget the caller's draft of a form: it was sent."""
    await unit.session.execute(_DROP, {"principal_id": unit.actor.principal_id, "place": place})


def _label(principal_id: UUID, place: str) -> bytes:
    return b"form_draft.fields" + principal_id.bytes + place.encode()
