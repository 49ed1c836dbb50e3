"""What an institution has to do next for a class, and by when: what the work list of a portal says of each."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.training.openings.states import OpeningState


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressFacts:
    """How far a class is. ``written_parts`` of three; ``open_results`` are trainees without a confirmed result."""

    state: OpeningState
    now: datetime
    written_parts: int
    has_teachers: bool
    has_sessions: bool
    trainees: int
    not_matched: int
    pending_checks: int
    open_results: int
    first_session_at: datetime | None
    last_session_ends_at: datetime | None


class Urgency(StrEnum):
    """Who is to act: the institution at once, the institution in time, or somebody else."""

    NOW = "now"
    SOON = "soon"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class NextStep:
    """One sentence, who is to act, and the instant until which (none where there is none)."""

    sentence: str
    urgency: Urgency
    until: datetime | None = None


def next_step(facts: ProgressFacts) -> NextStep:
    """The step that a live class waits for."""
    if facts.state in {OpeningState.DRAFT, OpeningState.RETURNED}:
        return _before_filing(facts)
    if facts.state is OpeningState.FILED:
        return NextStep("已申报，等待经办机构审核，暂不需要您办理", Urgency.WAITING, facts.first_session_at)
    if facts.state is OpeningState.ON_RECORD:
        if facts.first_session_at is not None and facts.first_session_at <= facts.now:
            return NextStep("首次课已到时间，还没有签到，请核对考勤设备", Urgency.NOW)
        return NextStep("已备案，请在首次课前准备好考勤设备", Urgency.SOON, facts.first_session_at)
    return _after_opening(facts)


def _before_filing(facts: ProgressFacts) -> NextStep:
    """Everything that is still missing, in the order in which it is asked."""
    if facts.state is OpeningState.RETURNED:
        return NextStep("已退回，请按告知的问题补正后重新申报", Urgency.NOW, facts.first_session_at)
    missing = [
        word
        for word, is_there in (
            ("书面材料", facts.written_parts == 3),
            ("授课师资", facts.has_teachers),
            ("课次安排", facts.has_sessions),
            ("学员名册", facts.trainees > 0),
        )
        if not is_there
    ]
    if missing:
        return NextStep(f"还缺{'、'.join(missing)}", Urgency.SOON, facts.first_session_at)
    if facts.not_matched:
        return NextStep(
            f"{facts.not_matched}名学员未通过实名核验，请对照证件核对", Urgency.NOW, facts.first_session_at
        )
    if facts.pending_checks:
        return NextStep(f"{facts.pending_checks}名学员正在实名核验", Urgency.WAITING, facts.first_session_at)
    return NextStep("材料已填齐，请核对并申报", Urgency.NOW, facts.first_session_at)


def _after_opening(facts: ProgressFacts) -> NextStep:
    if facts.last_session_ends_at is not None and facts.now < facts.last_session_ends_at:
        return NextStep("正在上课", Urgency.WAITING, facts.last_session_ends_at)
    if facts.open_results:
        return NextStep(f"课已上完，还有{facts.open_results}名学员的考核成绩没有确认", Urgency.NOW)
    return NextStep("成绩已全部确认，可以结班", Urgency.NOW)
