"""A filing officer ends a source (停用考勤设备、平台): what it sends from now on is refused; what it sent stays."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import Refused
from app.training.attendance.queries.sources import find_source
from app.training.attendance.rules.sources import reasons_against_revocation
from app.training.attendance.tables import SourceRow


async def revoke_source(unit: Unit, *, source_id: UUID, reason: str) -> SourceRow:
    """Raises NotFound outside the officer's area, Refused when revoked already."""
    source = await find_source(unit, source_id)
    reasons = reasons_against_revocation(source.revoked_at)
    if reasons:
        raise Refused(reasons)
    changed = await unit.session.execute(
        update(SourceRow)
        .where(col(SourceRow.source_id) == source_id, col(SourceRow.revoked_at).is_(None))
        .values(revoked_at=unit.now)
        .returning(col(SourceRow.source_id))
        .execution_options(synchronize_session=False)
    )
    if changed.one_or_none() is None:
        raise Refused(reasons_against_revocation(unit.now))
    await unit.session.refresh(source)
    await record_event(
        unit,
        "attendance_source:revoked",
        subject_kind="attendance_source",
        subject_id=source_id,
        details={"reason": reason},
    )
    return source
