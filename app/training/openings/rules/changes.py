"""Rules of changes after filing (变更): typed proposals, and every reason against one.

The same rules judge a proposal when it is made and when the authority decides, because the verdict may have changed
in between (a session was held, its time came).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.kernel.errors import Reason
from app.training.openings.rules.clauses import FIVE_PARTS
from app.training.openings.rules.facts import FilingLimits, Session, Teacher
from app.training.openings.rules.sessions import day_reasons, hour_reasons, session_reasons, when
from app.training.openings.states import (
    CHANGEABLE,
    STATE_NAMES,
    ChangeKind,
    Delivery,
    HoursKind,
    OpeningState,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMoved:
    """Another time for a session."""

    kind: Literal[ChangeKind.SESSION_TIME] = ChangeKind.SESSION_TIME
    session_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAdded:
    """A further session; ``session_id`` is given by the proposal, so that accepting twice adds once."""

    kind: Literal[ChangeKind.SESSION_ADDED] = ChangeKind.SESSION_ADDED
    session_id: UUID
    teacher_id: UUID
    starts_at: datetime
    ends_at: datetime
    hours_kind: HoursKind
    delivery: Delivery
    venue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCanceled:
    """A session that will not be held."""

    kind: Literal[ChangeKind.SESSION_CANCELED] = ChangeKind.SESSION_CANCELED
    session_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherReplaced:
    """Somebody else teaches what ``teacher_id`` has not yet taught."""

    kind: Literal[ChangeKind.TEACHER] = ChangeKind.TEACHER
    teacher_id: UUID
    name: str
    qualification: str
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueChanged:
    """Another place for one session, or (without ``session_id``) for the class and its remaining onsite sessions."""

    kind: Literal[ChangeKind.VENUE] = ChangeKind.VENUE
    session_id: UUID | None
    venue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TraineeWithdrawn:
    """A trainee leaves the class (退学)."""

    kind: Literal[ChangeKind.TRAINEE_WITHDRAWN] = ChangeKind.TRAINEE_WITHDRAWN
    line_id: UUID


Proposal = SessionMoved | SessionAdded | SessionCanceled | TeacherReplaced | VenueChanged | TraineeWithdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFacts:
    """What a change is judged by. ``sessions`` are those not canceled; ``on_roster`` is None when the judge may not
    know (the authority holds no right on roster lines; its door answers at the act).
    """

    now: datetime
    state: OpeningState
    sessions: tuple[Session, ...]
    held: frozenset[UUID]
    teachers: tuple[Teacher, ...]
    required_hours: Mapping[HoursKind, int]
    program_is_online: bool
    limits: FilingLimits
    on_roster: bool | None


def reasons_against_change(proposal: Proposal, facts: ChangeFacts) -> tuple[Reason, ...]:
    """Every reason; empty when the change may be proposed or accepted."""
    if facts.state not in CHANGEABLE:
        return (
            Reason(
                code="opening_not_changeable",
                message=f"班次目前为“{STATE_NAMES[facts.state]}”，不能变更",
                remedy="备案前请直接修改草稿；已结班或已取消的班次不再变更",
                field="state",
                value=STATE_NAMES[facts.state],
                citation=FIVE_PARTS,
            ),
        )
    reasons: Iterable[Reason] = ()
    match proposal:
        case SessionMoved():
            reasons = _move_reasons(proposal, facts)
        case SessionAdded():
            reasons = _addition_reasons(proposal, facts)
        case SessionCanceled():
            reasons = _cancellation_reasons(proposal, facts)
        case TeacherReplaced():
            reasons = _teacher_reasons(proposal, facts)
        case VenueChanged(session_id=UUID() as session_id):
            reasons = _open_session(session_id, facts)[1]
        case TraineeWithdrawn() if facts.on_roster is False:
            reasons = [TRAINEE_NOT_ON_ROSTER]
    return tuple(reasons)


def _move_reasons(proposal: SessionMoved, facts: ChangeFacts) -> Iterable[Reason]:
    session, reasons = _open_session(proposal.session_id, facts)
    if session is None:
        return reasons
    moved = replace(session, starts_at=proposal.starts_at, ends_at=proposal.ends_at)
    others = [other for other in facts.sessions if other.session_id != session.session_id]
    return [*reasons, *_time_reasons(moved, others, facts)]


def _addition_reasons(proposal: SessionAdded, facts: ChangeFacts) -> Iterable[Reason]:
    added = Session(
        session_id=proposal.session_id,
        teacher_id=proposal.teacher_id,
        starts_at=proposal.starts_at,
        ends_at=proposal.ends_at,
        hours_kind=proposal.hours_kind,
        delivery=proposal.delivery,
        venue=proposal.venue,
    )
    if added.delivery is Delivery.ONLINE and not facts.program_is_online:
        yield Reason(
            code="delivery_not_in_program",
            message="项目的培训方式不含线上，不能增加线上课次",
            remedy="请改为线下",
            field="proposal.delivery",
            value=added.delivery,
            citation=FIVE_PARTS,
        )
    yield from _time_reasons(added, facts.sessions, facts, hours=False)


def _cancellation_reasons(proposal: SessionCanceled, facts: ChangeFacts) -> Iterable[Reason]:
    session, reasons = _open_session(proposal.session_id, facts)
    yield from reasons
    if session is not None:
        rest = [other for other in facts.sessions if other.session_id != session.session_id]
        yield from hour_reasons(rest, facts.required_hours, facts.limits)


def _teacher_reasons(proposal: TeacherReplaced, facts: ChangeFacts) -> Iterable[Reason]:
    if proposal.teacher_id not in {teacher.teacher_id for teacher in facts.teachers}:
        yield Reason(
            code="session_teacher_unknown",
            message="所填教师不在本班次的授课师资中",
            remedy="请从本班次的授课师资中选择被替换的教师",
            field="proposal.teacher_id",
            value=str(proposal.teacher_id),
            citation=FIVE_PARTS,
        )
    if any(
        (teacher.name, teacher.subject) == (proposal.name, proposal.subject) for teacher in facts.teachers
    ):
        yield Reason(
            code="teacher_listed_twice",
            message=f"教师“{proposal.name}”已经登记讲授“{proposal.subject}”",
            remedy="请填写另一位教师",
            field="proposal.name",
            value=proposal.name,
        )


def _open_session(session_id: UUID, facts: ChangeFacts) -> tuple[Session | None, list[Reason]]:
    """The session if it is still to be held, and why it is not."""
    session = next((known for known in facts.sessions if known.session_id == session_id), None)
    if session is None:
        return None, [
            Reason(
                code="session_unknown",
                message="本班次没有这一课次，或该课次已取消",
                remedy="请从本班次的课次中选择",
                field="proposal.session_id",
                value=str(session_id),
            )
        ]
    return session, [SESSION_HELD] if session_id in facts.held else []


def _time_reasons(
    session: Session, others: Iterable[Session], facts: ChangeFacts, *, hours: bool = True
) -> Iterable[Reason]:
    rest = tuple(others)
    if session.ends_at <= session.starts_at:
        yield Reason(
            code="session_ends_before_start",
            message="课次结束时间不晚于开始时间",
            remedy="请更正开始和结束时间",
            field="proposal.ends_at",
            value=session.ends_at.isoformat(),
        )
        return
    if session.starts_at <= facts.now:
        yield Reason(
            code="change_late",
            message=f"新的课次时间{when(session)}已经过去",
            remedy="变更须在上课前办理，请填写以后的时间",
            field="proposal.starts_at",
            value=session.starts_at.isoformat(),
            citation=FIVE_PARTS,
        )
    for other in rest:
        if session.overlaps(other):
            yield Reason(
                code="sessions_overlap",
                message=f"新的课次时间与{when(other)}的课次重叠",
                remedy="请另选时间",
                field="proposal.starts_at",
                value=session.starts_at.isoformat(),
            )
    yield from session_reasons(session, {teacher.teacher_id for teacher in facts.teachers}, facts.limits)
    yield from day_reasons([session, *_same_day(session, rest)], facts.limits)
    if hours:
        yield from hour_reasons([session, *rest], facts.required_hours, facts.limits)


def _same_day(session: Session, others: Iterable[Session]) -> list[Session]:
    day = when(session)[:10]
    return [other for other in others if when(other)[:10] == day]


SESSION_HELD = Reason(
    code="session_held",
    message="该课次已经有签到，不能再变更",
    remedy="请对尚未上课的课次申请变更；已上课次的考勤请走考勤更正",
    field="proposal.session_id",
    citation=FIVE_PARTS,
)
TRAINEE_NOT_ON_ROSTER = Reason(
    code="trainee_not_on_roster",
    message="名册中没有这名学员，或已经退出",
    remedy="请从名册中选择在册学员",
    field="proposal.line_id",
)
