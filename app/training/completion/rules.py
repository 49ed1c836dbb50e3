"""Pure rules of closing: what stands against it, and who earned an entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.kernel.errors import UNSOURCED, Citation, Reason

RESULT_CLAUSE = Citation("人社部发〔2025〕10号", "三(三)")
RECORD_CLAUSE = Citation("“十四五”职业技能培训规划", "(十九)")
_PASSED = frozenset({"pass", "exempt"})


class Verdict(StrEnum):
    """What a trainee's class came to."""

    EARNED = "earned"
    NOT_EARNED = "not_earned"
    IDENTITY_PENDING = "identity_pending"


@dataclass(frozen=True, slots=True)
class TraineeFacts:
    """One trainee at closing. ``outcome`` is the confirmed one: a pass of any attempt, else that of the last."""

    line_id: UUID
    person_id: UUID
    masked_name: str
    sheet_line: int | None
    is_matched: bool
    identity_check_id: UUID | None
    credited_minutes: int
    outcome: str | None
    attempt: int | None
    score_hundredths: int | None
    has_unconfirmed_result: bool

    @property
    def shown(self) -> str:
        """Who it is, as far as a refusal may say: the masked name and the line of the imported roster, if any."""
        return (
            self.masked_name
            if self.sheet_line is None
            else f"{self.masked_name}（名册第 {self.sheet_line} 行）"
        )


@dataclass(frozen=True, slots=True)
class ClosingFacts:
    """A class at closing. ``attendance_bp_min`` is the policy value, in basis points of the planned minutes."""

    state: str
    now: datetime
    last_session_ends_at: datetime | None
    held_sessions: int
    planned_minutes: int
    attendance_bp_min: int
    attendance_citation: Citation
    open_corrections: int
    trainees: Sequence[TraineeFacts]


@dataclass(frozen=True, slots=True)
class TraineeVerdict:
    """Whether a trainee earned an entry, with every reason when not."""

    trainee: TraineeFacts
    verdict: Verdict
    reasons: tuple[Reason, ...]


def reasons_against_closing(facts: ClosingFacts) -> tuple[Reason, ...]:
    """Every reason why the class cannot close now."""
    reasons = []
    if facts.state == "closed":
        return (_reason("opening_already_closed", "这个班已经结班", "无需再次办理"),)
    if facts.state != "running":
        reasons.append(
            _reason(
                "opening_not_running",
                "只有进行中的班可以结班",
                "请先完成备案并按计划开课",
                citation=RESULT_CLAUSE,
            )
        )
    if facts.held_sessions == 0:
        reasons.append(
            _reason(
                "no_session_held",
                "没有任何一次课有签到记录",
                "请按计划上课，由登记的考勤设备或平台上报签到",
                citation=RESULT_CLAUSE,
            )
        )
    if facts.last_session_ends_at is not None and facts.now < facts.last_session_ends_at:
        reasons.append(_reason("sessions_not_over", "课程还没有上完", "请在最后一次课结束后办理结班"))
    if facts.open_corrections:
        reasons.append(
            _reason(
                "presence_correction_open",
                f"还有 {facts.open_corrections} 项考勤更正没有办结",
                "请等待经办机构办结，或撤回更正",
            )
        )
    for trainee in facts.trainees:
        if trainee.has_unconfirmed_result:
            reasons.append(
                _reason(
                    "result_not_confirmed",
                    "这名学员的考核结果还没有经第二人确认",
                    "请由另一名工作人员确认成绩",
                    field=f"roster.{trainee.line_id}",
                    value=trainee.shown,
                    citation=RESULT_CLAUSE,
                )
            )
        elif trainee.outcome is None:
            reasons.append(
                _reason(
                    "assessment_missing",
                    "这名学员没有考核结果",
                    "请登记其考核结果（合格、不合格、缺考或免考）",
                    field=f"roster.{trainee.line_id}",
                    value=trainee.shown,
                    citation=RESULT_CLAUSE,
                )
            )
    return tuple(reasons)


def judge_all(facts: ClosingFacts) -> tuple[TraineeVerdict, ...]:
    """What the class came to for everybody on its roster, in the order of the facts."""
    return tuple(
        judge(
            trainee,
            planned_minutes=facts.planned_minutes,
            attendance_bp_min=facts.attendance_bp_min,
            citation=facts.attendance_citation,
        )
        for trainee in facts.trainees
    )


def judge(
    trainee: TraineeFacts, *, planned_minutes: int, attendance_bp_min: int, citation: Citation
) -> TraineeVerdict:
    """Whether this trainee earned an entry: hours met, assessment passed, identity matched."""
    reasons = []
    rate_bp = trainee.credited_minutes * 10_000 // planned_minutes if planned_minutes else 0
    if rate_bp < attendance_bp_min:
        reasons.append(
            _reason(
                "hours_not_met",
                f"确认课时 {trainee.credited_minutes} 分钟，为计划的 {rate_bp / 100:.2f}%，"
                f"未达到 {attendance_bp_min / 100:.2f}%",
                "课时有误的，应在结班前申请考勤更正",
                citation=citation,
            )
        )
    if trainee.outcome not in _PASSED:
        reasons.append(
            _reason(
                "assessment_not_passed", "考核没有合格", "可以参加补考后重新参加培训", citation=RESULT_CLAUSE
            )
        )
    if reasons:
        return TraineeVerdict(trainee, Verdict.NOT_EARNED, tuple(reasons))
    if not trainee.is_matched:
        return TraineeVerdict(
            trainee,
            Verdict.IDENTITY_PENDING,
            (
                _reason(
                    "identity_not_yet_matched",
                    "实名核验尚未通过，暂不归档",
                    "系统会自动重试；核验通过后即归档",
                    citation=RECORD_CLAUSE,
                ),
            ),
        )
    return TraineeVerdict(trainee, Verdict.EARNED, ())


def _reason(
    code: str,
    message: str,
    remedy: str,
    *,
    field: str | None = None,
    value: str | None = None,
    citation: Citation = UNSOURCED,
) -> Reason:
    return Reason(code=code, message=message, remedy=remedy, field=field, value=value, citation=citation)
