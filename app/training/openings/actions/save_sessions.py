"""Saving the session plan of a draft (课次安排): the list given is the list that holds."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert, update
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import InvalidInput, Reason
from app.training.openings.actions.revise_draft import next_version
from app.training.openings.queries.contents import sessions_of, teachers_of
from app.training.openings.queries.scope import draft_to_edit
from app.training.openings.rules.clauses import FIVE_PARTS
from app.training.openings.rules.facts import Session
from app.training.openings.rules.sessions import reasons_against_plan_form
from app.training.openings.tables import SessionRow

_COLUMNS = ("teacher_id", "starts_at", "ends_at", "hours_kind", "delivery", "venue")


async def save_sessions(unit: Unit, *, opening_id: UUID, version: int, sessions: Sequence[Session]) -> None:
    """Replace the plan. A session that says the same as a stored one is that one and keeps its id.

    Raises InvalidInput with every session that cannot be stored, NotFound, Refused (not editable) and
    PreconditionFailed. What is merely not allowed (too long a day, too few hours) is told by the defects.
    """
    row = await draft_to_edit(unit, opening_id, version=version)
    known = {teacher.teacher_id for teacher in await teachers_of(unit.session, opening_id)}
    reasons = [*reasons_against_plan_form(sessions), *_teacher_reasons(sessions, known)]
    if reasons:
        raise InvalidInput(reasons)
    stored = {_said(session): session for session in await sessions_of(unit.session, opening_id)}
    wanted = {_said(session): session for session in sessions}
    gone = [session.session_id for said, session in stored.items() if said not in wanted]
    fresh = [
        {"session_id": session.session_id, "opening_id": opening_id}
        | {name: getattr(session, name) for name in _COLUMNS}
        for said, session in wanted.items()
        if said not in stored
    ]
    if gone:
        await unit.session.execute(
            update(SessionRow)
            .where(col(SessionRow.session_id).in_(gone))
            .values(canceled_at=unit.now)
            .execution_options(synchronize_session=False)
        )
    if fresh:
        await unit.session.execute(insert(SessionRow.__table__).values(fresh))  # type: ignore[attr-defined]
    await next_version(unit, row)
    await record_event(
        unit,
        "opening:sessions_saved",
        subject_kind="opening",
        subject_id=opening_id,
        details={"count": len(sessions)},
    )


def _said(session: Session) -> tuple[object, ...]:
    return tuple(getattr(session, name) for name in _COLUMNS)


def _teacher_reasons(sessions: Sequence[Session], known: set[UUID]) -> list[Reason]:
    return [
        Reason(
            code="session_teacher_unknown",
            message=f"第{position}个课次所填教师不在本班次的授课师资中",
            remedy="请先保存授课师资，再用其中的教师编号排课",
            field=f"sessions.{position - 1}.teacher_id",
            value=str(session.teacher_id),
            citation=FIVE_PARTS,
        )
        for position, session in enumerate(sessions, start=1)
        if session.teacher_id not in known
    ]
