"""Changing the standing (暂停、恢复、退出): the current period ends where the new one begins, no day is lost."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.directory.institutions.queries import require_institution_in_scope, standings_of
from app.directory.institutions.rules import StandingChange, reasons_against_standing_change
from app.directory.institutions.states import Standing
from app.kernel.errors import Conflict, Refused

_LAST_FILING = text(
    "SELECT max(law_date(filed_at)) FROM opening_filing WHERE institution_id = :institution_id"
)
_END = text("""
    UPDATE institution_standing SET in_force = daterange(lower(in_force), :effective_on)
    WHERE institution_id = :institution_id AND upper_inf(in_force) AND standing = :standing
""")
_BEGIN = text("""
    INSERT INTO institution_standing (institution_id, standing, in_force, reason, document_number, decided_by)
    VALUES (:institution_id, :standing, daterange(:effective_on, NULL), :reason, :document_number, :actor)
""")


async def change_standing(
    unit: Unit,
    *,
    institution_id: UUID,
    to: Standing,
    effective_on: date | None,
    reason: str,
    document_number: str | None,
) -> None:
    """Suspend, restore or withdraw an institution from ``effective_on`` (today when absent).

    Raises NotFound outside the agency's area, Refused with every reason, Conflict when somebody was faster. A day
    on which a filing rested on the standing cannot be taken back; the database holds that too
    (``opening_filing_standing_fkey``).
    """
    await require_institution_in_scope(unit, institution_id)
    effective = effective_on or unit.today
    last = (await standings_of(unit.session, institution_id))[-1]
    last_filing = await unit.session.execute(_LAST_FILING, {"institution_id": institution_id})
    reasons = reasons_against_standing_change(
        StandingChange(
            to=to,
            effective_on=effective,
            today=unit.today,
            last=last,
            last_filing_on=last_filing.scalar_one() if last.standing is Standing.ACTIVE else None,
        )
    )
    if reasons:
        raise Refused(reasons)
    change = {"institution_id": institution_id, "effective_on": effective}
    ended = await unit.session.execute(_END, {**change, "standing": last.standing})
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict
    begun = {"standing": to, "reason": reason, "document_number": document_number}
    await unit.session.execute(_BEGIN, {**change, **begun, "actor": unit.actor.principal_id})
    details = {"from": last.standing, "to": to, "effective_on": effective.isoformat()}
    await record_event(
        unit,
        "institution:standing_changed",
        subject_kind="institution",
        subject_id=institution_id,
        details=details,
    )
    await announce(unit, "institution:standing_changed", {"institution_id": str(institution_id), **details})
