"""Which events are taken, and what is noted about them.

An event is evidence: it is stored as sent and never changed. 人社部发〔2025〕10号 三(三) demands supervision of the
process; how long before, after and late an event may come is an operating value (``unsourced``).
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.kernel.clock import instant_in_words
from app.kernel.errors import UNSOURCED, Citation, Reason
from app.training.attendance.states import RUNNING_STATES, EventKind, EventMark
from app.training.openings.states import Delivery

CLOCK_TOLERANCE = timedelta(minutes=1)
"""How far a source's clock may run ahead of the registry's."""
STUDY_MINUTES_MAX = 1440
SCORE_HUNDREDTHS_MAX = 10000
PROCESS_SUPERVISION = Citation(document="人社部发〔2025〕10号", clause="三(三)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """A session of the sending institution, with the state of its opening."""

    session_id: UUID
    opening_id: UUID
    opening_state: str
    division_code: str
    starts_at: datetime
    ends_at: datetime
    delivery: Delivery
    is_canceled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TraineeFacts:
    """A line of the roster the session belongs to."""

    person_id: UUID
    line_id: UUID
    opening_id: UUID
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendancePolicy:
    """Operating values of a division on a day: how early, how late, how long afterwards."""

    margin: timedelta
    late_after: timedelta
    reception: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEvent:
    """One event as its source sent it. ``minutes`` of a study record; ``score_hundredths`` (0–10000) of a test."""

    event_id: str
    session_id: UUID
    line_id: UUID
    kind: EventKind
    occurred_at: datetime
    minutes: int | None = None
    score_hundredths: int | None = None

    def digest(self) -> bytes:
        """SHA-256 of what was sent: tells a repetition from another event under the same id."""
        content = (
            self.event_id,
            self.session_id,
            self.line_id,
            self.kind.value,
            self.occurred_at.astimezone(UTC).isoformat(),
            self.minutes,
            self.score_hundredths,
        )
        return hashlib.sha256("\x1f".join(map(str, content)).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableEvent:
    """One event of a batch whose form is wrong: refused by itself. ``event_id`` is None when it has no valid one."""

    event_id: str | None
    reasons: tuple[Reason, ...]


def reasons_against_event(
    event: SentEvent,
    *,
    session: SessionFacts | None,
    trainee: TraineeFacts | None,
    policy: AttendancePolicy | None,
    now: datetime,
) -> tuple[Reason, ...]:
    """Every reason not to take an event. ``session`` and ``trainee`` are None when absent or another institution's."""
    reasons = list(_form_reasons(event))
    if event.occurred_at > now + CLOCK_TOLERANCE:
        reasons.append(_from_future(event))
    if session is None or policy is None:
        return (*reasons, _session_unknown())
    reasons += _session_reasons(event, session, policy, now)
    if trainee is None:
        reasons.append(
            _reason(
                "trainee_not_on_roster", "line_id", "该学员不在本班名册中", "请核对学员编号，或先办理名册变更"
            )
        )
    elif trainee.withdrawn_at is not None and event.occurred_at >= trainee.withdrawn_at:
        reasons.append(
            _reason("trainee_withdrawn", "line_id", "该学员在此之前已退出本班", "退出之后的考勤不予接收")
        )
    return tuple(reasons)


def marks_of_event(
    event: SentEvent,
    *,
    session: SessionFacts,
    latest_known_at: datetime | None,
    policy: AttendancePolicy,
    now: datetime,
) -> tuple[EventMark, ...]:
    """What is noted: received late, overtaken by a later event of the same trainee and session, outside the session."""
    marks = []
    if now - event.occurred_at > policy.late_after:
        marks.append(EventMark.LATE)
    if latest_known_at is not None and event.occurred_at < latest_known_at:
        marks.append(EventMark.OUT_OF_ORDER)
    if not session.starts_at <= event.occurred_at <= session.ends_at:
        marks.append(EventMark.OUTSIDE_SESSION)
    return tuple(marks)


def event_id_reused() -> Reason:
    """The id was used for another content; the first one stands."""
    return _reason(
        "event_id_reused",
        "event_id",
        "这个事件编号已用于另一条内容",
        "每条事件使用不重复的编号；更正已发送的考勤请由机构提出考勤更正",
        UNSOURCED,
    )


def double_presence() -> Reason:
    """The person is confirmed elsewhere at that time; which class is not said to a source or an institution."""
    return _reason(
        "double_presence",
        "occurred_at",
        "该学员在这一时段已在另一处确认到课，本条仅作为证据保存，不计入出勤",
        "请核对学员身份；确有差错的，提出考勤更正，由备案人员核实",
    )


def opening_closed() -> Reason:
    """The class is closed; its attendance is final."""
    return _reason("opening_closed", "session_id", "本班已结班，不再接收考勤", "结班后考勤不得补传")


def _form_reasons(event: SentEvent) -> list[Reason]:
    reasons = []
    is_record, is_test = event.kind is EventKind.STUDY_RECORD, event.kind is EventKind.TEST
    if is_record and (event.minutes is None or not 1 <= event.minutes <= STUDY_MINUTES_MAX):
        reasons.append(
            _reason(
                "minutes_required",
                "minutes",
                "学习记录须写明学习分钟数（1至1440）",
                "请补充 minutes",
                UNSOURCED,
            )
        )
    if not is_record and event.minutes is not None:
        reasons.append(
            _reason("minutes_unexpected", "minutes", "只有学习记录带分钟数", "请去掉 minutes", UNSOURCED)
        )
    score = event.score_hundredths
    if is_test and (score is None or not 0 <= score <= SCORE_HUNDREDTHS_MAX):
        reasons.append(
            _reason(
                "score_required",
                "score_hundredths",
                "测试须写明成绩（0至10000，单位为百分之一分）",
                "请补充 score_hundredths",
                UNSOURCED,
            )
        )
    if not is_test and score is not None:
        reasons.append(
            _reason(
                "score_unexpected", "score_hundredths", "只有测试带成绩", "请去掉 score_hundredths", UNSOURCED
            )
        )
    return reasons


def _session_reasons(
    event: SentEvent, session: SessionFacts, policy: AttendancePolicy, now: datetime
) -> list[Reason]:
    reasons = []
    state = session.opening_state
    if state == "closed":
        reasons.append(opening_closed())
    elif state == "canceled":
        reasons.append(_reason("opening_canceled", "session_id", "本班已取消", "请核对课次编号"))
    elif state not in RUNNING_STATES:
        reasons.append(
            _reason(
                "opening_not_on_record",
                "session_id",
                "本班尚未备案，不得开课",
                "请先完成开班备案，再上课考勤",
            )
        )
    if session.is_canceled:
        reasons.append(_reason("session_canceled", "session_id", "该课次已取消", "请核对课次编号"))
    elif event.occurred_at < session.starts_at - policy.margin:
        reasons.append(
            _reason(
                "session_not_begun",
                "occurred_at",
                f"该课次{instant_in_words(session.starts_at)}开始，事件早于可考勤的时间",
                f"课前{_minutes(policy.margin)}分钟内方可考勤",
                UNSOURCED,
            )
        )
    elif event.occurred_at > session.ends_at + policy.margin:
        reasons.append(
            _reason(
                "session_over",
                "occurred_at",
                f"该课次{instant_in_words(session.ends_at)}结束，事件晚于可考勤的时间",
                f"课后{_minutes(policy.margin)}分钟内方可考勤",
                UNSOURCED,
            )
        )
    if now > session.ends_at + policy.reception:
        reasons.append(
            _reason(
                "reception_over",
                "occurred_at",
                f"该课次的考勤只接收到课后第{policy.reception.days}日",
                "逾期的考勤不再接收",
                UNSOURCED,
            )
        )
    return reasons


def _from_future(event: SentEvent) -> Reason:
    return _reason(
        "event_from_future",
        "occurred_at",
        f"事件时间{instant_in_words(event.occurred_at)}晚于登记系统的当前时间",
        "请校准设备或平台的时钟后重新发送",
        UNSOURCED,
    )


def _session_unknown() -> Reason:
    return _reason("session_unknown", "session_id", "没有这个课次", "请使用课次清单中给出的编号", UNSOURCED)


def _reason(
    code: str, field: str, message: str, remedy: str, citation: Citation = PROCESS_SUPERVISION
) -> Reason:
    return Reason(code=code, field=field, message=message, remedy=remedy, citation=citation)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
