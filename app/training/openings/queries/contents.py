"""What an opening consists of: parts, teachers, sessions, documents; and reading them as facts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.training.openings.rules.facts import AssessmentPlan, Session, Teacher, TeachingPlan
from app.training.openings.states import Delivery, HoursKind, PartKind
from app.training.openings.tables import DocumentRow, PartRow, SessionRow, TeacherRow


async def parts_of(session: AsyncSession, opening_id: UUID) -> Mapping[PartKind, PartRow]:
    """The written parts that were saved."""
    rows = await session.scalars(
        select(PartRow).where(col(PartRow.opening_id) == opening_id).execution_options(populate_existing=True)
    )
    return {PartKind(row.part): row for row in rows}


async def teachers_of(session: AsyncSession, opening_id: UUID) -> tuple[Teacher, ...]:
    """Teachers who are not removed."""
    rows = await session.scalars(
        select(TeacherRow)
        .where(col(TeacherRow.opening_id) == opening_id, col(TeacherRow.removed_at).is_(None))
        .order_by(col(TeacherRow.teacher_id))
        .execution_options(populate_existing=True)
    )
    return tuple(
        Teacher(
            teacher_id=row.teacher_id, name=row.name, qualification=row.qualification, subject=row.subject
        )
        for row in rows
    )


async def sessions_of(session: AsyncSession, opening_id: UUID) -> tuple[Session, ...]:
    """Sessions that are not canceled, by time."""
    rows = await session.scalars(
        select(SessionRow)
        .where(col(SessionRow.opening_id) == opening_id, col(SessionRow.canceled_at).is_(None))
        .order_by(col(SessionRow.starts_at))
        .execution_options(populate_existing=True)
    )
    return tuple(session_fact(row) for row in rows)


async def documents_of(session: AsyncSession, opening_id: UUID) -> Sequence[DocumentRow]:
    """Documents that are not removed, oldest first."""
    rows = await session.scalars(
        select(DocumentRow)
        .where(col(DocumentRow.opening_id) == opening_id, col(DocumentRow.removed_at).is_(None))
        .order_by(col(DocumentRow.uploaded_at), col(DocumentRow.document_id))
    )
    return rows.all()


def session_fact(row: SessionRow) -> Session:
    """A stored session as a fact."""
    return Session(
        session_id=row.session_id,
        teacher_id=row.teacher_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        hours_kind=HoursKind(row.hours_kind),
        delivery=Delivery(row.delivery),
        venue=row.venue,
    )


def plan_fact(content: Mapping[str, Any]) -> TeachingPlan:
    """A stored teaching plan as a fact; hours are the sum of its modules."""
    hours: Counter[HoursKind] = Counter()
    for module in content["modules"]:
        hours[HoursKind(module["hours_kind"])] += int(module["hours"])
    return TeachingPlan(
        starts_on=date.fromisoformat(content["starts_on"]),
        ends_on=date.fromisoformat(content["ends_on"]),
        hours=hours,
    )


def assessment_fact(content: Mapping[str, Any]) -> AssessmentPlan:
    """A stored assessment plan as a fact."""
    return AssessmentPlan(planned_on=date.fromisoformat(content["planned_on"]))
