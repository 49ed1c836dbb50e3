"""An institution proposes to correct attendance (提出考勤更正): a span that is to stand, or that it be struck."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import Range
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.clock import law_date
from app.kernel.errors import NotFound, Refused
from app.training.attendance.queries.sessions import policy_of, sessions_by_id, trainees_by_line
from app.training.attendance.rules.corrections import CorrectionFacts, reasons_against_correction
from app.training.attendance.tables import CorrectionRow

_OPENING = text(
    "SELECT division_code FROM course_opening WHERE opening_id = :opening_id AND institution_id = :institution_id"
)
_KNOWN = text("""
    SELECT
      EXISTS (SELECT FROM confirmed_presence WHERE person_id = :person_id AND session_id = :session_id) AS has_presence,
      EXISTS (SELECT FROM presence_correction
              WHERE person_id = :person_id AND session_id = :session_id AND decision IS NULL) AS has_open_correction
""")

_PROPOSED = ("person_id", "correction_id", "opening_id", "session_id", "during", "reason", "proposed_by")
"""The columns an institution's session may write; its time is the server's, its decision a filing officer's."""


async def propose_correction(
    unit: Unit,
    *,
    opening_id: UUID,
    session_id: UUID,
    line_id: UUID,
    present_from: datetime | None,
    present_until: datetime | None,
    strikes: bool,
    reason: str,
) -> CorrectionRow:
    """Raises NotFound for another institution's opening, Refused with every reason."""
    opening = await unit.session.scalar(
        _OPENING, {"opening_id": opening_id, "institution_id": unit.actor.institution()}
    )
    if opening is None:
        raise NotFound
    sessions = await sessions_by_id(unit, unit.actor.institution(), [session_id])
    session = sessions.get(session_id)
    if session is not None and session.opening_id != opening_id:
        session = None
    trainee = (await trainees_by_line(unit, [opening_id], [line_id])).get((opening_id, line_id))
    known = (
        await unit.session.execute(
            _KNOWN, {"person_id": trainee.person_id if trainee else None, "session_id": session_id}
        )
    ).one()
    on = law_date(session.starts_at) if session else unit.today
    reasons = reasons_against_correction(
        CorrectionFacts(
            session=session,
            trainee=trainee,
            present_from=present_from,
            present_until=present_until,
            strikes=strikes,
            has_presence=known.has_presence,
            has_open_correction=known.has_open_correction,
            window=policy_of(opening, on).reception,
            now=unit.now,
        )
    )
    if reasons or trainee is None:
        raise Refused(reasons)
    correction = CorrectionRow(
        person_id=trainee.person_id,
        correction_id=uuid7(),
        opening_id=opening_id,
        session_id=session_id,
        during=None if strikes else Range(present_from, present_until),
        reason=reason,
        proposed_at=unit.now,
        proposed_by=unit.actor.principal_id,
    )
    await _store(unit, correction)
    return correction


async def _store(unit: Unit, correction: CorrectionRow) -> None:
    """Only what a proposal says: the institution's session has no right to write a decision."""
    proposal = {column: getattr(correction, column) for column in _PROPOSED}
    await unit.session.execute(insert(CorrectionRow).values(proposal))
    subject = {"opening_id": str(correction.opening_id), "correction_id": str(correction.correction_id)}
    await record_event(
        unit,
        "presence_correction:proposed",
        subject_kind="presence_correction",
        subject_id=correction.correction_id,
        details={
            "opening_id": str(correction.opening_id),
            "session_id": str(correction.session_id),
            "strikes": correction.during is None,
        },
    )
    await announce(unit, "presence_correction.proposed", subject)
