"""What stands against a step, said before the database would refuse it: all reasons at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.kernel.errors import Citation, Reason
from app.subsidies.claims.states import STATE_LABELS, STEP_LABELS, TAKEN_FROM, ClaimState, Step
from app.subsidies.entitlements.rules.verdict import Verdict
from app.subsidies.entitlements.states import Outcome

_APART = Citation("人力资源社会保障部办公厅2018年4月22日通知", "二(五)")
_ONCE = Citation("人力资源社会保障部办公厅2018年4月22日通知", "二(四)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a claim stands, and who decided about it: what every step is measured by."""

    state: ClaimState
    round: int
    version: int
    is_held: bool
    was_supplemented: bool = False
    is_supplement_running: bool = False
    """Whether the claimant still has time to answer what was asked for."""
    reviewed_verdict: str | None = None
    reviewed_by: UUID | None = None
    decided_before: frozenset[UUID] = frozenset()
    """Who reviewed or approved a round that was appealed against with success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A claim as somebody goes against what was decided of it; ``told_on``: from when the period runs."""

    person_id: UUID
    claim_id: UUID
    division: str
    told_on: date
    standing: Standing


def reasons_against(
    step: Step, standing: Standing, *, actor: UUID, expected_version: int | None = None
) -> tuple[Reason, ...]:
    """Every reason why this person cannot take this step now."""
    reasons = []
    if expected_version is not None and expected_version != standing.version:
        reasons.append(
            Reason(
                code="claim_changed",
                field="version",
                message="这件申领在您读取之后已有变化",
                remedy="请重新读取后再办理",
            )
        )
    if standing.state not in TAKEN_FROM[step]:
        reasons.append(
            Reason(
                code="claim_step_in_order",
                value=STATE_LABELS[standing.state],
                message=f"这件申领现为“{STATE_LABELS[standing.state]}”，不能{STEP_LABELS[step]}",
                remedy="请重新读取申领，按当前环节办理",
            )
        )
        return tuple(reasons)
    if step is Step.REQUEST_SUPPLEMENT and standing.was_supplemented:
        reasons.append(_supplemented)
    if step is Step.DECLINE and standing.is_supplement_running:
        reasons.append(_still_running)
    if step is Step.APPROVE and standing.is_held:
        reasons.append(_held)
    if step in {Step.APPROVE, Step.REFUSE, Step.SEND_BACK} and standing.reviewed_by == actor:
        reasons.append(_second_person)
    if step in {Step.REVIEW, Step.APPROVE, Step.REFUSE} and actor in standing.decided_before:
        reasons.append(_others)
    if step in {Step.APPROVE, Step.REFUSE}:
        wanted = Outcome.ELIGIBLE if step is Step.APPROVE else Outcome.INELIGIBLE
        if standing.reviewed_verdict != wanted:
            reasons.append(_follows_review)
    return tuple(reasons)


def reasons_against_reviewing(verdict: Verdict) -> tuple[Reason, ...]:
    """A fact that is missing is neither yes nor no: the claim waits, its day and its places are kept."""
    if verdict.outcome is not Outcome.UNDECIDED:
        return ()
    return tuple(
        Reason(
            code="verdict_undecided",
            field=missing.code,
            message=f"尚不能作出审核结论：{missing.message}",
            remedy=missing.remedy or "请查明后再审核",
            citation=missing.citation,
        )
        for missing in verdict.missing
    )


def not_accepted_reasons(codes: Sequence[str], explanation: str) -> tuple[Reason, ...]:
    """不予受理: the officer's grounds, each from the list, with the explanation in the officer's words."""
    return tuple(
        Reason(
            code=code,
            message=f"{NOT_ACCEPTED_GROUNDS[code][0]}：{explanation}",
            remedy=NOT_ACCEPTED_GROUNDS[code][1],
            citation=NOT_ACCEPTED_GROUNDS[code][2],
        )
        for code in codes
    )


NOT_ACCEPTED_GROUNDS: dict[str, tuple[str, str, Citation | None]] = {
    "other_agency": (
        "不属于本机构受理范围",
        "请向有受理权限的经办机构重新提交；原申领占用的次数已经退回",
        Citation("人社部发〔2017〕40号", "二(一)"),
    ),
    "not_claimant": ("申领人不是可以申领的人", "请由本人（或规定的机构、用人单位）提交", None),
    "supplement_missing": (
        "逾期没有补正，或补正后仍不齐全",
        "补齐后可以重新申领，申领日期以重新提交为准",
        _ONCE,
    ),
    "no_such_policy": ("申领事项没有政策依据", "请核对补贴种类和依据日期", None),
    "withdrawn_by_evidence": ("所依据的档案已被撤销或更正", "请以更正后的档案重新申领", None),
}
"""Grounds of 不予受理: title, remedy, clause."""

_supplemented = Reason(
    code="supplement_asked_once",
    message="这件申领已经告知过补正；须一次性告知全部内容，不能再次要求",
    remedy="请依据已有材料受理或不予受理",
    citation=_ONCE,
)
_still_running = Reason(
    code="supplement_still_running",
    message="申领人的补正期限还没有届满",
    remedy="请等待补正，或者在期限届满之后办理",
    citation=_ONCE,
)
_held = Reason(
    code="claim_not_held",
    message="这件申领已被暂停办理，或者本人的身份合并尚有重复享受待认定",
    remedy="请先由有审批权限的另一名经办人解除暂停",
)
_second_person = Reason(
    code="claim_approval_second_person",
    message="审核人不能审批自己审核的申领",
    remedy="请由另一名有审批权限的经办人办理",
    citation=_APART,
)
_others = Reason(
    code="claim_decided_again_by_others",
    message="作出原决定的人不能再次办理被申诉的申领",
    remedy="请由没有参与原决定的经办人办理",
    citation=_APART,
)
_follows_review = Reason(
    code="claim_approval_follows_review",
    message="审批结论与审核结论不一致：审核符合的只能批准，审核不符合的只能不予发放",
    remedy="认为审核有误的，请退回重审并写明理由",
)
