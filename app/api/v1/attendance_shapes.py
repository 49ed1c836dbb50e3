"""Wire shapes of 过程监督: what sources send, what institutions and officers read."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.json_schema import SkipJsonSchema

from app.archive.records.states import Purpose
from app.training.attendance.actions.receive_events import EventAnswer
from app.training.attendance.queries.presence import (
    CorrectionView,
    OpeningAttendance,
    SessionAttendance,
    TraineeAttendance,
)
from app.training.attendance.queries.sessions import SourceSession
from app.training.attendance.rules.events import SentEvent, UnreadableEvent
from app.training.attendance.states import EventKind, EventMark, EventResult, PresenceVerdict
from app.training.openings.states import Delivery
from app.web.problems import ReasonOut, reason_out
from app.web.validation import reasons_of_validation
from app.web.wire import CaseNumber, Input, Instant, Moment, Output, Why

EVENTS_MAX = 500


class EventIn(Input):
    """一条考勤事件."""

    event_id: str = Field(
        pattern=r"^[A-Za-z0-9._:-]{1,64}$",
        examples=["evt-20260301-0001"],
        description="来源自编、不重复的编号；重发同一事件时保持不变",
    )
    session_id: UUID
    line_id: UUID = Field(description="学员编号，见课次清单")
    kind: EventKind = Field(examples=["sign_in"])
    occurred_at: Instant = Field(examples=["2026-03-01T09:00:00+08:00"])
    minutes: Annotated[int, Field(ge=1, le=1440)] | None = Field(
        default=None, description="学习记录的分钟数", examples=[45]
    )
    score_hundredths: Annotated[int, Field(ge=0, le=10000)] | None = Field(
        default=None, description="测试成绩，百分之一分", examples=[8650]
    )

    def stated(self) -> SentEvent:
        """As the act takes it."""
        return SentEvent(**self.model_dump())


_EVENT_ID = TypeAdapter(Annotated[str, EventIn.model_fields["event_id"]])


def _by_itself(value: object, _: ValidatorFunctionWrapHandler) -> EventIn | UnreadableEvent:
    """Read one event; a malformed one is answered by itself and refuses none of the others."""
    try:
        return EventIn.model_validate(value)
    except ValidationError as error:
        event_id = value.get("event_id") if isinstance(value, dict) else None
        try:
            event_id = _EVENT_ID.validate_python(event_id)
        except ValidationError:
            event_id = None
        return UnreadableEvent(event_id=event_id, reasons=reasons_of_validation(error))


class EventsIn(Input):
    """一批考勤事件；逐条判断，一条有误不影响其他各条."""

    # Any is an UnreadableEvent; named here, it would be described as something a request may hold.
    events: list[Annotated[EventIn | SkipJsonSchema[Any], WrapValidator(_by_itself)]] = Field(
        min_length=1, max_length=EVENTS_MAX
    )

    def stated(self) -> list[SentEvent | UnreadableEvent]:
        """As the act takes them."""
        return [event.stated() if isinstance(event, EventIn) else event for event in self.events]


class EventAnswerOut(Output):
    """对一条事件的答复：accepted 已接收，repeated 此前已接收，refused 未接收（附原因）."""

    event_id: str | None = Field(description="事件编号无法识别时为 null，以 answers 中的位置对应")
    result: EventResult
    marks: list[EventMark] = Field(description="late 晚到，out_of_order 乱序，outside_session 在课次时间之外")
    reasons: list[ReasonOut]

    @classmethod
    def of(cls, position: int, answer: EventAnswer) -> "EventAnswerOut":
        """With the place of the event in the fields of its reasons."""
        reasons = [reason_out(reason) for reason in answer.reasons]
        for reason in reasons:
            reason["field"] = ".".join(filter(None, ("events", str(position), reason["field"])))
        return cls.model_validate(
            {
                "event_id": answer.event_id,
                "result": answer.result,
                "marks": answer.marks,
                "reasons": reasons,
            }
        )


class EventsOut(Output):
    """逐条答复，顺序与上传相同."""

    accepted: int
    repeated: int
    refused: int
    answers: list[EventAnswerOut]

    @classmethod
    def of(cls, given: list[EventAnswer]) -> "EventsOut":
        """With counts."""
        results = [answer.result for answer in given]
        return cls(
            accepted=results.count(EventResult.ACCEPTED),
            repeated=results.count(EventResult.REPEATED),
            refused=results.count(EventResult.REFUSED),
            answers=[EventAnswerOut.of(position, answer) for position, answer in enumerate(given)],
        )


class TraineeReferenceOut(Output):
    """设备所见的学员：编号与遮盖后的姓名."""

    line_id: UUID
    name: str = Field(examples=["张*"])


class SourceSessionOut(Output):
    """设备所见的一个课次."""

    session_id: UUID
    opening_name: str = Field(examples=["养老护理员初级班"])
    starts_at: datetime
    ends_at: datetime
    delivery: Delivery
    venue: str
    trainees: list[TraineeReferenceOut]

    @classmethod
    def of(cls, seen: SourceSession) -> "SourceSessionOut":
        """From the query."""
        return cls(
            session_id=seen.session.session_id,
            opening_name=seen.opening_name,
            starts_at=seen.session.starts_at,
            ends_at=seen.session.ends_at,
            delivery=seen.session.delivery,
            venue=seen.venue,
            trainees=[TraineeReferenceOut(line_id=line_id, name=name) for line_id, name in seen.trainees],
        )


class SourceSessionsOut(Output):
    """一天的课次."""

    items: list[SourceSessionOut]


class SessionAttendanceOut(Output):
    """一名学员一个课次的到课."""

    session_id: UUID
    present_from: datetime | None
    present_until: datetime | None
    credited_minutes: int
    is_corrected: bool
    is_refused_double: bool = Field(description="同一时段已在别处确认到课，本课次不计")
    missing: list[EventKind] = Field(description="还缺哪类记录")

    @classmethod
    def of(cls, seen: SessionAttendance) -> "SessionAttendanceOut":
        """From the query."""
        return cls(
            session_id=seen.session_id,
            present_from=seen.begins_at,
            present_until=seen.ends_at,
            credited_minutes=seen.credited_minutes,
            is_corrected=seen.is_corrected,
            is_refused_double=seen.is_refused_double,
            missing=list(seen.missing),
        )


class TraineeAttendanceOut(Output):
    """一名学员的出勤."""

    line_id: UUID
    name: str = Field(examples=["张测试"])
    withdrawn_at: datetime | None
    credited_minutes: int
    attendance_rate_bp: int = Field(description="出勤率，万分之一", examples=[9500])
    sessions: list[SessionAttendanceOut]

    @classmethod
    def of(cls, seen: TraineeAttendance) -> "TraineeAttendanceOut":
        """From the query."""
        return cls(
            line_id=seen.line_id,
            name=seen.name,
            withdrawn_at=seen.withdrawn_at,
            credited_minutes=seen.credited_minutes,
            attendance_rate_bp=seen.attendance_rate_bp,
            sessions=[SessionAttendanceOut.of(each) for each in seen.sessions],
        )


class AttendanceOut(Output):
    """一个班的出勤，由设备和平台上传的事件推导."""

    opening_id: UUID
    planned_minutes: int
    items: list[TraineeAttendanceOut]
    next_cursor: str | None

    @classmethod
    def of(cls, opening_id: UUID, seen: OpeningAttendance) -> "AttendanceOut":
        """From the query."""
        return cls(
            opening_id=opening_id,
            planned_minutes=seen.planned_minutes,
            items=[TraineeAttendanceOut.of(each) for each in seen.trainees.items],
            next_cursor=seen.trainees.next_cursor,
        )


class PresenceCorrectionIn(Input):
    """提出考勤更正：补记（填写起止时间）或撤销（strikes 为 true）."""

    session_id: UUID
    line_id: UUID
    present_from: Instant | None = Field(default=None, examples=["2026-03-01T09:00:00+08:00"])
    present_until: Instant | None = Field(default=None, examples=["2026-03-01T12:00:00+08:00"])
    strikes: bool = Field(default=False, description="撤销这一课次的到课")
    reason: Why = Field(examples=["考勤机当日断电，有现场签到表为证"])


class ProposedCorrectionOut(Output):
    """已提出、等待核实的更正."""

    correction_id: UUID
    opening_id: UUID
    proposed_at: datetime


class PresenceCorrectionOut(Output):
    """本机构提出的一份更正."""

    correction_id: UUID
    session_id: UUID
    line_id: UUID
    name: str
    present_from: Moment | None
    present_until: Moment | None
    reason: str
    proposed_at: Moment
    decision: PresenceVerdict | None
    decision_reason: str | None
    decided_at: Moment | None

    @classmethod
    def of(cls, seen: CorrectionView) -> "PresenceCorrectionOut":
        """From the query."""
        return cls.model_validate(_chosen(cls.model_fields, seen))


class CorrectionsOut(Output):
    """更正清单."""

    items: list[PresenceCorrectionOut]
    next_cursor: str | None


class CorrectionReadIn(Input):
    """查看的事由；会向本人公开."""

    purpose: Purpose = Field(examples=["filing_review"])
    case_number: CaseNumber


class OfficerCorrectionOut(PresenceCorrectionOut):
    """经办人所见的更正：附现有的到课."""

    session_starts_at: Moment
    session_ends_at: Moment
    standing_from: Moment | None
    standing_until: Moment | None
    proposed_by: UUID


class OfficerCorrectionsOut(Output):
    """一个班的全部更正."""

    items: list[OfficerCorrectionOut]


class PresenceDecisionIn(Input):
    """核实结果；不予更正须写理由."""

    decision: PresenceVerdict = Field(examples=["accepted"])
    reason: Why | None = Field(default=None, examples=["现场签到表核对无误"])


class DecidedOut(Output):
    """核实结果."""

    correction_id: UUID
    decision: PresenceVerdict


def _chosen(fields: Any, seen: CorrectionView) -> dict[str, Any]:
    return {"name": seen.name} | {name: value for name, value in seen.fields.items() if name in fields}
