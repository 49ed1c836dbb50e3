"""Rules of assessments, pure: when one may be scheduled, which results may be entered, who may confirm them.

人社部发〔2025〕10号 三(三): 培训结束，及时组织结业考核或职业技能等级评价. How soon, and how often one may sit again, no
text at hand says (``unsourced``). Whether a score passes is said by the pass mark of the 考核方案 that was filed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.kernel.clock import instant_in_words
from app.kernel.errors import UNSOURCED, Citation, Reason
from app.training.assessments.states import ASSESSING_STATES, SCORED, SINGLE_SCORE, AssessmentMethod, Outcome

COMPLETION_ASSESSMENT = Citation(document="人社部发〔2025〕10号", clause="三(三)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFacts:
    """A class whose next assessment is scheduled. ``candidates`` may sit it, ``open_results`` of the last are open."""

    opening_state: str
    attempt: int
    scheduled_at: datetime
    now: datetime
    training_ends_at: datetime | None
    deadline: timedelta
    resits_max: int
    candidates: int
    open_results: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateFacts:
    """A trainee who may sit an attempt, with the newest revision of the result, if any."""

    person_id: UUID
    line_id: UUID
    outcome: Outcome | None = None
    score_hundredths: int | None = None
    exemption_reason: str | None = None
    revision: int = 0
    entered_by: UUID | None = None
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingFacts:
    """An assessment whose results are entered or confirmed; candidates by line id.

    ``pass_mark_hundredths`` is that of the filed 考核方案 (6000 is 60 points); None when no plan was filed, which
    filing does not let through.
    """

    opening_state: str
    attempt: int
    method: AssessmentMethod
    pass_mark_hundredths: int | None
    scheduled_at: datetime
    now: datetime
    lines: frozenset[UUID]
    candidates: Mapping[UUID, CandidateFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenResult:
    """One result as typed. ``score_hundredths`` is 0–10000 (8650 is 86.50 points)."""

    line_id: UUID
    outcome: Outcome
    score_hundredths: int | None = None
    exemption_reason: str | None = None

    def equals(self, candidate: CandidateFacts) -> bool:
        """Whether this is what the newest revision already says."""
        return (self.outcome, self.score_hundredths, self.exemption_reason) == (
            candidate.outcome,
            candidate.score_hundredths,
            candidate.exemption_reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenResult:
    """A result as the confirming person saw it."""

    line_id: UUID
    revision: int


def reasons_against_scheduling(facts: ScheduleFacts) -> tuple[Reason, ...]:
    """Every reason not to schedule the next attempt."""
    reasons = list(_state_reasons(facts.opening_state))
    if facts.scheduled_at <= facts.now:
        reasons.append(
            _reason(
                "assessment_in_past",
                "scheduled_at",
                "考核时间已经过去",
                "考核须事先安排，请填写将来的时间",
                UNSOURCED,
            )
        )
    ends = facts.training_ends_at
    if ends is not None and facts.scheduled_at < ends:
        reasons.append(
            _reason(
                "assessment_before_training_ends",
                "scheduled_at",
                f"末次课{instant_in_words(ends)}结束，考核不得早于培训结束",
                "请把考核安排在末次课之后",
            )
        )
    if ends is not None and facts.attempt == 1 and facts.scheduled_at > ends + facts.deadline:
        reasons.append(
            _reason(
                "assessment_too_late",
                "scheduled_at",
                f"培训结束后{facts.deadline.days}日内须组织考核",
                f"请安排在{instant_in_words(ends + facts.deadline)}之前",
                UNSOURCED,
            )
        )
    if facts.attempt > 1:
        reasons += _resit_reasons(facts)
    return tuple(reasons)


def reasons_against_entering(facts: SittingFacts, results: Sequence[GivenResult]) -> tuple[Reason, ...]:
    """Every reason against a batch of results, row by row."""
    reasons = list(_state_reasons(facts.opening_state))
    if facts.now < facts.scheduled_at:
        reasons.append(
            _reason(
                "assessment_not_held",
                "attempt",
                f"考核安排在{instant_in_words(facts.scheduled_at)}，尚未举行",
                "考核举行之后方可录入成绩",
            )
        )
    times = Counter(result.line_id for result in results)
    for position, result in enumerate(results):
        place = f"results.{position}"
        if times[result.line_id] > 1:
            reasons.append(
                _reason(
                    "line_repeated",
                    f"{place}.line_id",
                    "同一学员在本次录入中出现多次",
                    "每名学员只保留一行",
                    UNSOURCED,
                )
            )
        reasons += _candidate_reasons(facts, result.line_id, place)
        reasons += _content_reasons(result, place)
        reasons += _mark_reasons(facts, result.outcome, result.score_hundredths, place)
    return tuple(reasons)


def reasons_against_confirming(
    facts: SittingFacts, seen: Sequence[SeenResult], *, confirmed_by: UUID, is_person: bool
) -> tuple[Reason, ...]:
    """Every reason against confirming the results just as they were seen.

    ``is_person`` is whether an operator confirms: an institution's system may enter results, but as the second pair
    of eyes it would let one human do both.
    """
    reasons = list(_state_reasons(facts.opening_state))
    if not is_person:
        reasons.append(person_required())
    if not seen:
        reasons.append(
            _reason("nothing_to_confirm", "results", "没有待确认的成绩", "请先录入成绩", UNSOURCED)
        )
    times = Counter(result.line_id for result in seen)
    for position, result in enumerate(seen):
        place = f"results.{position}"
        if times[result.line_id] > 1:
            reasons.append(
                _reason(
                    "line_repeated", f"{place}.line_id", "同一学员出现多次", "每名学员只保留一行", UNSOURCED
                )
            )
        found = _candidate_reasons(facts, result.line_id, place)
        reasons += found
        candidate = facts.candidates.get(result.line_id)
        if candidate is None or found:
            continue
        if candidate.outcome is None:
            reasons.append(
                _reason("result_missing", f"{place}.line_id", "该学员尚未录入成绩", "请先录入成绩再确认")
            )
        elif candidate.revision != result.revision:
            reasons.append(
                _reason(
                    "result_changed",
                    f"{place}.revision",
                    "该学员的成绩在您查看之后已更改",
                    "请重新查看后再确认",
                    UNSOURCED,
                )
            )
        if candidate.entered_by == confirmed_by:
            reasons.append(second_person_required(f"{place}.line_id"))
        if candidate.outcome is not None:
            reasons += _mark_reasons(facts, candidate.outcome, candidate.score_hundredths, place)
    return tuple(reasons)


def unconfirmed(facts: SittingFacts) -> list[SeenResult]:
    """Every result that waits for confirmation, as it stands now."""
    return [
        SeenResult(line_id=line_id, revision=candidate.revision)
        for line_id, candidate in sorted(facts.candidates.items())
        if candidate.outcome is not None and not candidate.is_confirmed
    ]


def second_person_required(field: str | None = None) -> Reason:
    """Maker is not checker."""
    return Reason(
        code="second_person_required",
        field=field,
        message="成绩的录入人与确认人不得为同一人",
        remedy="请由本机构另一名经办人确认",
        citation=UNSOURCED,
    )


def person_required() -> Reason:
    """A system is not a second person."""
    return Reason(
        code="person_required",
        message="成绩须由机构的经办人本人确认，机器接入账号不能确认",
        remedy="请由录入人之外的另一名经办人登录后确认",
        citation=UNSOURCED,
    )


def result_confirmed(field: str | None = None) -> Reason:
    """A confirmed result is final."""
    return Reason(
        code="result_confirmed",
        field=field,
        message="该学员本次考核成绩已确认，不能再更改",
        remedy="确有差错的，结班建档后通过档案更正办理",
        citation=UNSOURCED,
    )


def _resit_reasons(facts: ScheduleFacts) -> list[Reason]:
    reasons = []
    if facts.attempt > 1 + facts.resits_max:
        reasons.append(
            _reason(
                "resit_limit_reached",
                "attempt",
                f"补考最多{facts.resits_max}次",
                "不再安排补考；学员可重新参加培训",
                UNSOURCED,
            )
        )
    if facts.open_results:
        reasons.append(
            _reason(
                "previous_results_open",
                "attempt",
                f"上一次考核还有{facts.open_results}名学员没有已确认的成绩",
                "请先录入并确认上一次考核的全部成绩",
                UNSOURCED,
            )
        )
    elif not facts.candidates:
        reasons.append(
            _reason("no_resit_candidates", "attempt", "没有不合格或缺考的学员", "无需安排补考", UNSOURCED)
        )
    return reasons


def _candidate_reasons(facts: SittingFacts, line_id: UUID, place: str) -> list[Reason]:
    candidate = facts.candidates.get(line_id)
    if line_id not in facts.lines:
        return [
            _reason(
                "trainee_not_on_roster", f"{place}.line_id", "该学员不在本班名册中或已退出", "请核对学员编号"
            )
        ]
    if candidate is None:
        return [
            _reason(
                "not_a_resit_candidate",
                f"{place}.line_id",
                "补考只限上一次不合格或缺考的学员",
                "请去掉这一行",
                UNSOURCED,
            )
        ]
    return [result_confirmed(f"{place}.line_id")] if candidate.is_confirmed else []


def _content_reasons(result: GivenResult, place: str) -> list[Reason]:
    reasons = []
    scored, exempt = result.outcome in SCORED, result.outcome is Outcome.EXEMPT
    if scored and result.score_hundredths is None:
        reasons.append(
            _reason(
                "score_required", f"{place}.score_hundredths", "合格、不合格须有成绩", "请填写成绩", UNSOURCED
            )
        )
    if not scored and result.score_hundredths is not None:
        reasons.append(
            _reason(
                "score_unexpected", f"{place}.score_hundredths", "缺考、免考没有成绩", "请去掉成绩", UNSOURCED
            )
        )
    if exempt != bool(result.exemption_reason):
        code, message, remedy = (
            ("exemption_reason_required", "免考须写明理由", "请填写免考理由")
            if exempt
            else ("exemption_reason_unexpected", "只有免考填写免考理由", "请去掉免考理由")
        )
        reasons.append(_reason(code, f"{place}.exemption_reason", message, remedy, UNSOURCED))
    return reasons


def _mark_reasons(
    facts: SittingFacts, outcome: Outcome, score_hundredths: int | None, place: str
) -> list[Reason]:
    """Outcome against the filed pass mark.

    A pass below it is never right. A fail at or above it is right where the score is a sum or another body's word
    (综合、等级评价: the practical part alone may fail a trainee), else the two contradict each other.
    """
    mark = facts.pass_mark_hundredths
    if mark is None or score_hundredths is None or outcome not in SCORED:
        return []
    if outcome is Outcome.PASS and score_hundredths < mark:
        code, against, instead = "score_below_pass_mark", "低于", "不合格，可安排补考"
    elif outcome is Outcome.FAIL and score_hundredths >= mark and facts.method in SINGLE_SCORE:
        code, against, instead = "score_reaches_pass_mark", "已达到", "合格"
    else:
        return []
    return [
        Reason(
            code=code,
            field=f"{place}.score_hundredths",
            value=f"{score_hundredths / 100:.2f} 分",
            message=f"成绩{against}备案考核方案的合格分数 {mark / 100:g} 分，与所填的考核结果矛盾",
            remedy=f"请核对成绩；成绩无误的，应登记为{instead}",
            citation=COMPLETION_ASSESSMENT,
        )
    ]


def _state_reasons(opening_state: str) -> tuple[Reason, ...]:
    if opening_state in ASSESSING_STATES:
        return ()
    return (
        _reason(
            "opening_not_running",
            "opening_id",
            "本班不在备案后、结班前的阶段",
            "考核只在开班备案之后、结班之前安排和录入",
        ),
    )


def _reason(
    code: str, field: str, message: str, remedy: str, citation: Citation = COMPLETION_ASSESSMENT
) -> Reason:
    return Reason(code=code, field=field, message=message, remedy=remedy, citation=citation)


REFUSED_BY_CONSTRAINT = {
    "assessment_confirmation_by_person": person_required(),
    "assessment_confirmation_confirmed_by_fkey": person_required(),
    "assessment_confirmation_second_person": second_person_required(),
    "assessment_confirmation_pkey": result_confirmed(),
    "completion_assessment_pkey": Reason(
        code="assessment_already_scheduled",
        message="这一次考核刚刚已由他人安排",
        remedy="请刷新后查看",
        citation=UNSOURCED,
    ),
}
"""What two people doing the same at once learn from the database."""
