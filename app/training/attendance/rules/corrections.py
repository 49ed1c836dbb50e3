"""考勤更正: an institution proposes with a reason, another person of the authority decides.

人社部发〔2025〕10号 三(三) demands supervision of the process; the time limit is an operating value (``unsourced``).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.kernel.errors import UNSOURCED, Citation, Reason
from app.training.attendance.rules.events import PROCESS_SUPERVISION, SessionFacts, TraineeFacts
from app.training.attendance.states import RUNNING_STATES, PresenceVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionFacts:
    """A proposal: a span that is to stand, or None to strike the presence."""

    session: SessionFacts | None
    trainee: TraineeFacts | None
    present_from: datetime | None
    present_until: datetime | None
    strikes: bool
    has_presence: bool
    has_open_correction: bool
    window: timedelta
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFacts:
    """A proposal as it is decided."""

    opening_state: str
    decision: str | None
    proposed_by: UUID
    decided_by: UUID
    verdict: PresenceVerdict
    verdict_reason: str | None


def reasons_against_correction(facts: CorrectionFacts) -> tuple[Reason, ...]:
    """Every reason not to take a proposal."""
    reasons = list(_span_reasons(facts))
    session, trainee = facts.session, facts.trainee
    if session is None:
        reasons.append(_reason("session_unknown", "session_id", "本班没有这个课次", "请核对课次编号"))
    else:
        reasons += _time_reasons(facts, session)
    if trainee is None:
        reasons.append(_reason("trainee_not_on_roster", "line_id", "该学员不在本班名册中", "请核对学员编号"))
    elif trainee.withdrawn_at is not None and session and trainee.withdrawn_at <= session.starts_at:
        reasons.append(
            _reason(
                "trainee_withdrawn", "line_id", "该学员在该课次之前已退出本班", "退出之后的课次不得更正考勤"
            )
        )
    if facts.has_open_correction:
        reasons.append(
            _reason(
                "correction_pending",
                "line_id",
                "该学员这一课次已有一份更正在等待核实",
                "请等待核实结果后再提出",
            )
        )
    if facts.strikes and session and trainee and not facts.has_presence:
        reasons.append(_reason("presence_absent", "line_id", "该学员这一课次没有已确认的到课", "无需撤销"))
    return tuple(reasons)


def reasons_against_deciding(facts: DecisionFacts) -> tuple[Reason, ...]:
    """Every reason not to decide a proposal."""
    reasons = []
    if facts.opening_state not in RUNNING_STATES:
        reasons.append(opening_not_open())
    if facts.decision is not None:
        reasons.append(already_decided())
    if facts.decided_by == facts.proposed_by:
        reasons.append(second_person_required())
    if facts.verdict is PresenceVerdict.REFUSED and not facts.verdict_reason:
        reasons.append(
            _reason(
                "decision_reason_required",
                "reason",
                "不予更正须说明理由",
                "请填写理由，机构将看到",
                UNSOURCED,
            )
        )
    return tuple(reasons)


def opening_not_open() -> Reason:
    """Attendance is corrected only while the opening gathers it."""
    return _reason(
        "opening_not_running",
        "opening_id",
        "本班不在培训期间，考勤不能更正",
        "结班后的差错请通过档案更正办理",
    )


def already_decided() -> Reason:
    """A proposal is decided once."""
    return _reason(
        "correction_decided", "correction_id", "这份更正已有处理结果", "如有新的情况，请另行提出更正"
    )


def correction_pending() -> Reason:
    """One open proposal a trainee and session."""
    return _reason(
        "correction_pending", "line_id", "该学员这一课次已有一份更正在等待核实", "请等待核实结果后再提出"
    )


def second_person_required() -> Reason:
    """Maker is not checker."""
    return _reason(
        "second_person_required", "correction_id", "提出人与核实人不得为同一人", "请由另一名备案人员核实"
    )


def correction_overlaps() -> Reason:
    """The corrected span would put the person at two places."""
    return _reason(
        "double_presence",
        "present_from",
        "更正后的时段与该学员在另一处已确认的到课重叠",
        "请先核实另一处的到课；不成立的更正请填写理由不予更正",
    )


def _span_reasons(facts: CorrectionFacts) -> list[Reason]:
    begins, ends = facts.present_from, facts.present_until
    if facts.strikes:
        if begins is not None or ends is not None:
            return [
                _reason("span_unexpected", "present_from", "撤销到课时不填写时段", "请去掉时段", UNSOURCED)
            ]
        return []
    if begins is None or ends is None:
        return [
            _reason("span_required", "present_from", "补记到课须写明起止时间", "请填写起止时间", UNSOURCED)
        ]
    if begins >= ends:
        return [
            _reason("span_backwards", "present_until", "结束时间须晚于开始时间", "请核对起止时间", UNSOURCED)
        ]
    session = facts.session
    if session is not None and not (session.starts_at <= begins and ends <= session.ends_at):
        return [
            _reason(
                "span_outside_session", "present_from", "更正的时段超出该课次", "时段须在课次起止时间之内"
            )
        ]
    return []


def _time_reasons(facts: CorrectionFacts, session: SessionFacts) -> list[Reason]:
    reasons = []
    if session.opening_state not in RUNNING_STATES:
        reasons.append(opening_not_open())
    if session.is_canceled:
        reasons.append(_reason("session_canceled", "session_id", "该课次已取消", "请核对课次编号"))
    if facts.now < session.ends_at:
        reasons.append(
            _reason("session_not_over", "session_id", "该课次尚未结束", "课次结束后方可更正", UNSOURCED)
        )
    if facts.now > session.ends_at + facts.window:
        reasons.append(
            _reason(
                "correction_window_over",
                "session_id",
                f"考勤更正须在课后{facts.window.days}日内提出",
                "逾期不再受理更正",
                UNSOURCED,
            )
        )
    return reasons


def _reason(
    code: str, field: str, message: str, remedy: str, citation: Citation = PROCESS_SUPERVISION
) -> Reason:
    return Reason(code=code, field=field, message=message, remedy=remedy, citation=citation)


REFUSED_BY_CONSTRAINT = {
    "presence_correction_one_open": correction_pending(),
    "presence_correction_second_person": second_person_required(),
}
"""What two people doing the same at once learn from the database."""
