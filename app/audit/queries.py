"""Reads of the audit trail (审计查询), for the audit administrator alone: database role ``auditor``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit

_COLUMNS = "event_id, at, principal_id, principal_kind, action, subject_kind, subject_id, request_id, details"
_CONDITIONS = {
    "principal_id": "principal_id = :principal_id",
    "action": "action = :action",
    "subject_kind": "subject_kind = :subject_kind",
    "subject_id": "subject_id = :subject_id",
    "since": "at >= :since",
    "until": "at < :until",
    "before": "event_id < :before",
}


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What is asked for; None does not restrict. The period is half-open."""

    principal_id: UUID | None = None
    action: str | None = None
    subject_kind: str | None = None
    subject_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_audit_events(
    unit: Unit, wanted: AuditFilter, *, before: UUID | None, limit: int
) -> Sequence[Any]:
    """Events, newest first (``event_id`` is a version 7 UUID, so its order is the order of time)."""
    given = {name: getattr(wanted, name) for name in AuditFilter.__slots__} | {"before": before}
    given = {name: value for name, value in given.items() if value is not None}
    where = " AND ".join(_CONDITIONS[name] for name in given) or "true"
    # Only the fixed texts above are put together; every value is a parameter.
    query = f"SELECT {_COLUMNS} FROM audit_event WHERE {where} ORDER BY event_id DESC LIMIT :limit"  # noqa: S608
    return (await unit.session.execute(text(query), {**given, "limit": limit})).all()


async def list_accesses(
    unit: Unit, *, since: datetime, until: datetime, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Any]:
    """Looks at persons in a period (half-open), newest first, and by whom; nobody looked at is named.

    The instants lie on disk in their order (``access_event_at``), so a day costs what that day holds.
    """
    at, access_id = after or (until, None)
    query = text("""
        SELECT event.access_id, event.at, event.subject, event.purpose, event.case_number,
          account.display_name AS who, house.name AS agency
        FROM access_event AS event
        JOIN principal AS account ON account.principal_id = event.principal_id
        JOIN agency AS house ON house.agency_id = event.agency_id
        WHERE event.at >= :since AND event.at < :until
          AND (CAST(:access_id AS uuid) IS NULL OR (event.at, event.access_id) < (:at, CAST(:access_id AS uuid)))
        ORDER BY event.at DESC, event.access_id DESC LIMIT :limit
    """)
    values = {"since": since, "until": until, "at": at, "access_id": access_id, "limit": limit}
    return (await unit.session.execute(query, values)).all()
