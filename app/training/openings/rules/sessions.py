"""Rules of the session plan: lengths, days, teachers, hours by kind, and what overlaps."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from uuid import UUID

from app.kernel.clock import SHANGHAI, day_in_words, instant_in_words, law_date
from app.kernel.errors import Reason
from app.training.openings.rules.clauses import FIVE_PARTS
from app.training.openings.rules.facts import FilingFacts, FilingLimits, Session, TeachingPlan
from app.training.openings.states import HOURS_NAMES, Delivery, HoursKind


def reasons_against_sessions(facts: FilingFacts) -> list[Reason]:
    """Every reason against the plan of sessions."""
    if not facts.sessions:
        return [
            Reason(
                code="sessions_missing",
                message="没有安排课次",
                remedy="请按教学计划填写每次课的时间、教师、地点和课时类别",
                field="sessions",
                citation=FIVE_PARTS,
            )
        ]
    known = {teacher.teacher_id for teacher in facts.teachers}
    required = facts.plan.hours if facts.plan else facts.directory.program_hours
    return [
        *(reason for session in facts.sessions for reason in session_reasons(session, known, facts.limits)),
        *(
            _not_online(session)
            for session in facts.sessions
            if session.delivery is Delivery.ONLINE and not facts.directory.program_is_online
        ),
        *day_reasons(facts.sessions, facts.limits),
        *(_outside_plan(facts.sessions, facts.plan) if facts.plan else ()),
        *hour_reasons(facts.sessions, required, facts.limits),
    ]


def session_reasons(session: Session, teachers: Iterable[UUID], limits: FilingLimits) -> list[Reason]:
    """What one session gets wrong by itself."""
    reasons, shown = [], when(session)
    if session.minutes > limits.session_minutes_max.number:
        reasons.append(
            Reason(
                code="session_too_long",
                message=f"{shown}的课次长{session.minutes}分钟，超过单次上限{limits.session_minutes_max.number}分钟",
                remedy="请拆成几次课",
                field="sessions",
                value=f"{session.minutes}分钟",
                citation=limits.session_minutes_max.citation,
            )
        )
    if session.teacher_id not in teachers:
        reasons.append(
            Reason(
                code="session_teacher_unknown",
                message=f"{shown}的课次所填教师不在本班次的授课师资中",
                remedy="请先在授课师资中登记该教师，或改由已登记的教师授课",
                field="sessions",
                value=str(session.teacher_id),
                citation=FIVE_PARTS,
            )
        )
    return reasons


def day_reasons(sessions: Iterable[Session], limits: FilingLimits) -> list[Reason]:
    """Days (Asia/Shanghai) on which more is taught than the policy allows."""
    minutes: Counter[date] = Counter()
    for session in sessions:
        minutes[law_date(session.starts_at)] += session.minutes
    most = limits.hours_per_day_max.number * limits.class_hour_minutes.number
    return [
        Reason(
            code="day_too_long",
            message=f"{day_in_words(day)}共安排{planned}分钟，超过每日上限{limits.hours_per_day_max.number}课时（{most}分钟）",
            remedy="请把部分课次移到其他日期",
            field="sessions",
            value=str(day),
            citation=limits.hours_per_day_max.citation,
        )
        for day, planned in sorted(minutes.items())
        if planned > most
    ]


def hour_reasons(
    sessions: Iterable[Session], required: Mapping[HoursKind, int], limits: FilingLimits
) -> list[Reason]:
    """Kinds of hours of which less is planned than is required (class hours)."""
    minutes: Counter[HoursKind] = Counter()
    for session in sessions:
        minutes[session.hours_kind] += session.minutes
    size = limits.class_hour_minutes.number
    return [
        Reason(
            code="planned_hours_short",
            message=f"{HOURS_NAMES[kind]}课次合计{minutes[kind]}分钟，少于应有的{hours}课时（{hours * size}分钟）",
            remedy=f"请增加{HOURS_NAMES[kind]}课次",
            field="sessions",
            value=f"{minutes[kind]}分钟",
            citation=FIVE_PARTS,
        )
        for kind, hours in required.items()
        if minutes[kind] < hours * size
    ]


def reasons_against_plan_form(sessions: Sequence[Session]) -> tuple[Reason, ...]:
    """What makes a plan impossible to store: a session that ends before it starts, two at once in one class."""
    reasons = [
        Reason(
            code="session_ends_before_start",
            message=f"{when(session)}的课次结束时间不晚于开始时间",
            remedy="请更正开始和结束时间",
            field="sessions",
            value=session.ends_at.isoformat(),
        )
        for session in sessions
        if session.ends_at <= session.starts_at
    ]
    ordered = sorted(sessions, key=lambda session: (session.starts_at, session.ends_at))
    return (*reasons, *(_overlap(one, other) for one, other in pairwise(ordered) if one.overlaps(other)))


def teacher_flags(
    sessions: Iterable[Session], elsewhere: Iterable[tuple[str, str, Session]], names: Mapping[UUID, str]
) -> tuple[Reason, ...]:
    """Notes for the authority: a teacher of this class is at another class of the institution at the same time.

    ``elsewhere`` is (teacher's name, name of the other class, session). A note, not a reason: two teachers may bear
    one name.
    """
    theirs = list(elsewhere)
    return tuple(
        Reason(
            code="teacher_double_booked",
            message=f"教师“{name}”在{when(session)}同时排在班次“{other}”",
            remedy="请核对是否同一人；是同一人的，请调整其中一个班次",
            field="sessions",
            value=when(session),
            citation=FIVE_PARTS,
        )
        for session in sessions
        for name, other, their in theirs
        if names.get(session.teacher_id) == name and session.overlaps(their)
    )


def when(session: Session) -> str:
    """A session's time for people, in Beijing time."""
    return f"{instant_in_words(session.starts_at)}—{session.ends_at.astimezone(SHANGHAI):%H:%M}"


def _overlap(one: Session, other: Session) -> Reason:
    return Reason(
        code="sessions_overlap",
        message=f"{when(one)}与{when(other)}的课次时间重叠",
        remedy="同一班次不能同时上两次课，请调整时间",
        field="sessions",
        value=when(other),
    )


def _not_online(session: Session) -> Reason:
    return Reason(
        code="delivery_not_in_program",
        message=f"{when(session)}的课次为线上，而项目的培训方式不含线上",
        remedy="请改为线下，或选用含线上培训方式的项目",
        field="sessions",
        value=session.delivery,
        citation=FIVE_PARTS,
    )


def _outside_plan(sessions: Iterable[Session], plan: TeachingPlan) -> list[Reason]:
    return [
        Reason(
            code="session_outside_plan",
            message=f"{when(session)}的课次不在教学计划的起止日期{day_in_words(plan.starts_on)}至{day_in_words(plan.ends_on)}之内",
            remedy="请调整课次时间，或更正教学计划的起止日期",
            field="sessions",
            value=str(law_date(session.starts_at)),
            citation=FIVE_PARTS,
        )
        for session in sessions
        if not plan.starts_on <= law_date(session.starts_at) <= plan.ends_on
    ]
