"""Carrying out an accepted change (变更执行): the rows it touches, only those still to be held."""

from typing import Any
from uuid import UUID

from sqlalchemy import Update, column, exists, table, text, update
from sqlmodel import col
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.kernel.errors import Refused
from app.training.openings.rules.changes import (
    SESSION_HELD,
    TRAINEE_NOT_ON_ROSTER,
    Proposal,
    SessionAdded,
    SessionCanceled,
    SessionMoved,
    TeacherReplaced,
    TraineeWithdrawn,
    VenueChanged,
)
from app.training.openings.states import Delivery
from app.training.openings.tables import SessionRow

_HELD = table("session_held", column("session_id"))
_ADD = text("""
    INSERT INTO course_session (session_id, opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue)
    VALUES (:session_id, :opening_id, :teacher_id, :starts_at, :ends_at, :hours_kind, :delivery, :venue)
""")
_ADD_TEACHER = text("""
    INSERT INTO opening_teacher (opening_id, teacher_id, name, qualification, subject)
    VALUES (:opening_id, :successor, :name, :qualification, :subject)
""")
_REMOVE_TEACHER = text(
    "UPDATE opening_teacher SET removed_at = :now WHERE opening_id = :opening_id AND teacher_id = :teacher_id"
)
_WITHDRAW_TRAINEE = text("SELECT withdraw_trainee(:opening_id, CAST(:change_no AS smallint))")


async def carry_out_change(
    unit: Unit, opening_id: UUID, change_no: int, proposal: Proposal
) -> dict[str, Any]:
    """Write what an accepted change says; returns the columns of the opening itself that change with it.

    Raises Refused when a session was held or a trainee left in the meantime.
    """
    own = {"opening_id": opening_id}
    match proposal:
        case SessionMoved():
            await _change_one(
                unit, opening_id, proposal.session_id, starts_at=proposal.starts_at, ends_at=proposal.ends_at
            )
        case SessionCanceled():
            await _change_one(unit, opening_id, proposal.session_id, canceled_at=unit.now)
        case SessionAdded():
            await unit.session.execute(_ADD, {**own, **_columns_of(proposal)})
        case TeacherReplaced():
            await _replace_teacher(unit, opening_id, proposal)
        case VenueChanged(session_id=UUID() as session_id, venue=venue):
            await _change_one(unit, opening_id, session_id, venue=venue)
        case VenueChanged(venue=venue):
            onsite = _still_to_be_held(opening_id).where(col(SessionRow.delivery) == Delivery.ONSITE)
            await unit.session.execute(onsite.values(venue=venue))
            return {"venue": venue}
        case TraineeWithdrawn():
            withdrawn = await unit.session.execute(_WITHDRAW_TRAINEE, {**own, "change_no": change_no})
            if withdrawn.scalar_one() != 1:
                raise Refused([TRAINEE_NOT_ON_ROSTER])
    return {}


def _still_to_be_held(opening_id: UUID) -> Update:
    return (
        update(SessionRow)
        .where(
            col(SessionRow.opening_id) == opening_id,
            col(SessionRow.canceled_at).is_(None),
            ~exists().where(_HELD.c.session_id == col(SessionRow.session_id)),
        )
        .execution_options(synchronize_session=False)
    )


async def _change_one(unit: Unit, opening_id: UUID, session_id: UUID, **columns: Any) -> None:
    one = _still_to_be_held(opening_id).where(col(SessionRow.session_id) == session_id)
    changed = await unit.session.execute(one.values(**columns))
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused([SESSION_HELD])


async def _replace_teacher(unit: Unit, opening_id: UUID, proposal: TeacherReplaced) -> None:
    named = {"opening_id": opening_id, "successor": uuid7(), "teacher_id": proposal.teacher_id}
    said = {"name": proposal.name, "qualification": proposal.qualification, "subject": proposal.subject}
    await unit.session.execute(_ADD_TEACHER, {**named, **said})
    theirs = _still_to_be_held(opening_id).where(col(SessionRow.teacher_id) == proposal.teacher_id)
    await unit.session.execute(theirs.values(teacher_id=named["successor"]))
    await unit.session.execute(_REMOVE_TEACHER, {**named, "now": unit.now})


def _columns_of(proposal: SessionAdded) -> dict[str, Any]:
    return {
        "session_id": proposal.session_id,
        "teacher_id": proposal.teacher_id,
        "starts_at": proposal.starts_at,
        "ends_at": proposal.ends_at,
        "hours_kind": proposal.hours_kind,
        "delivery": proposal.delivery,
        "venue": proposal.venue,
    }
