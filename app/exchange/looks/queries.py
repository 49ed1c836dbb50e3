"""The access list of a person: one page over everything that let somebody look, newest first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.exchange.looks.states import LookChannel
from app.kernel.clock import parse_instant
from app.kernel.paging import Page, decode_cursor, encode_cursor

# Each branch is cut to the page by its own index before they are put together.
_LOOKS = text("""
    WITH member AS MATERIALIZED (SELECT person_group(:person_id) AS person_id)
    SELECT * FROM (
      (SELECT 'agency' AS channel, look.at, look.access_id AS look_id, look.principal_id, look.subject, look.purpose,
         look.case_number, NULL AS source_region, NULL::uuid AS proof_id
       FROM access_event AS look JOIN member USING (person_id)
       WHERE CAST(:before AS timestamptz) IS NULL OR (look.at, look.access_id) < (:before, :before_id)
       ORDER BY look.at DESC, look.access_id DESC LIMIT :page)
      UNION ALL
      (SELECT 'share', look.at, look.look_id, NULL, 'record', NULL, NULL, look.source_region, look.share_id
       FROM share_look AS look JOIN member USING (person_id)
       WHERE CAST(:before AS timestamptz) IS NULL OR (look.at, look.look_id) < (:before, :before_id)
       ORDER BY look.at DESC, look.look_id DESC LIMIT :page)
      UNION ALL
      (SELECT 'document', look.at, look.look_id, NULL, document.kind, NULL, NULL, look.source_region, look.document_id
       FROM document_look AS look JOIN member USING (person_id)
       JOIN issued_document AS document
         ON document.person_id = look.person_id AND document.document_id = look.document_id
       WHERE CAST(:before AS timestamptz) IS NULL OR (look.at, look.look_id) < (:before, :before_id)
       ORDER BY look.at DESC, look.look_id DESC LIMIT :page)
    ) AS looks ORDER BY at DESC, look_id DESC LIMIT :page
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look. An agency has ``principal_id``, ``purpose`` and ``case_number``; a stranger ``source_region``."""

    channel: LookChannel
    at: datetime
    look_id: UUID
    principal_id: UUID | None
    subject: str
    purpose: str | None
    case_number: str | None
    source_region: str | None
    proof_id: UUID | None


async def looks_at_me(unit: Unit, *, limit: int, cursor: str | None) -> Page[Look]:
    """Everybody who looked at the caller, merged identities included, newest first."""
    before, before_id = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    asked = {"person_id": unit.actor.person_id, "before": before, "before_id": before_id, "page": limit + 1}
    rows = (await unit.session.execute(_LOOKS, asked)).all()
    more = None
    if len(rows) > limit:
        more = encode_cursor(rows[limit - 1].at.isoformat(), rows[limit - 1].look_id)
    looks = tuple(Look(**{**row._mapping, "channel": LookChannel(row.channel)}) for row in rows[:limit])
    return Page(looks, more)
