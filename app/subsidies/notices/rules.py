"""Pure rules of notices: what may be put on one, what a line shows, until when, and who may object how often.

Sources: 人社部发〔2017〕40号 五(三) (公示补贴发放情况); 展翅行动通知二(五) (信息公示 is a monitoring point).
How long and how masked no text at hand says: the length is a policy value, the masking that of ``app.kernel.masking``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.kernel.errors import UNSOURCED, Citation, Reason
from app.kernel.masking import mask_name_public
from app.policy.values import value_of
from app.reference.calendar import DueDay, due_after
from app.reference.divisions import name_of
from app.reference.occupations import occupations
from app.reference.skill_levels import SkillLevel
from app.reference.skill_levels import facts_of as level_facts
from app.subsidies.claims.states import STATE_LABELS, ClaimState
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind

NOTICE = Citation("人社部发〔2017〕40号", "五(三)")
LINES_MAX = 1000
"""Lines of one notice; what is left goes onto the next."""
OBJECTIONS_PER_HOUR = 5
"""From one network address; ours, no text says it."""

REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "objection_decided_by_others": Reason(
        code="objection_decided_by_others",
        message="审核、审批过这件申领的人不能处理针对它的异议",
        remedy="请由没有参与该件审核、审批的经办人或监督检查人员处理",
        citation=Citation("人力资源社会保障部办公厅2018年4月22日通知", "二(五)"),
    ),
    "claim_clearance_after_notice": Reason(
        code="claim_clearance_after_notice",
        message="公示期未满，或者有异议尚未了结",
        remedy="请等公示期满、异议处理完毕",
        citation=NOTICE,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticeable:
    """An approved claim as the door hands it out for a notice. ``name`` never leaves unmasked."""

    claim_id: str
    claim_number: str
    kind: BenefitKind
    state: ClaimState
    division_code: str
    amount_fen: int | None
    name: str = field(repr=False)
    occupation_edition: int | None
    occupation_code: str | None
    skill_level: str | None
    institution_name: str | None
    is_held: bool


def reasons_against_noticing(claim: Noticeable, line: int | None = None) -> tuple[Reason, ...]:
    """All that keeps a claim off a notice; ``line`` is its place in the list that was asked for, from 1."""
    reasons = []
    if claim.state is not ClaimState.APPROVED or claim.amount_fen is None:
        reasons.append(
            Reason(
                code="claim_not_approved",
                field="claim_ids",
                value=claim.claim_number,
                line=line,
                message=f"申领{claim.claim_number}现为“{STATE_LABELS[claim.state]}”，只有已批准、尚未公示的才能公示",
                remedy="请从名单中去掉这一件，批准后再公示",
                citation=NOTICE,
            )
        )
    if claim.is_held:
        reasons.append(
            Reason(
                code="claim_held",
                field="claim_ids",
                value=claim.claim_number,
                line=line,
                message=f"申领{claim.claim_number}已被暂停办理，或者身份合并后的重复享受尚待认定",
                remedy="请先解除暂停、认定重复享受，再公示",
            )
        )
    return tuple(reasons)


def shown_of(claim: Noticeable, on: date) -> dict[str, str | int]:
    """The public line: the whitelist of ``public_notice_line_whitelist``, absent what is not known."""
    assert claim.amount_fen is not None
    shown: dict[str, str | int | None] = {
        "name": mask_name_public(claim.name),
        "benefit": KIND_LABELS[claim.kind],
        "occupation": _occupation(claim.occupation_edition, claim.occupation_code),
        "level": _level(claim.skill_level),
        "institution": claim.institution_name,
        "amount_fen": claim.amount_fen,
        "division": name_of(claim.division_code, on) or claim.division_code,
    }
    return {key: value for key, value in shown.items() if value is not None}


def ends_on(published_on: date, division: str) -> date:
    """The last day shown: the notice is up at once, its working days count from the day after (民法典 第二百零一条).

    Where a year's holidays are not published the notice stays up longer, never shorter. Raises ``PolicyUndefined``.
    """
    days = value_of("notice_working_days", on=published_on, division=division).number
    return due_after(published_on, days).on


def answer_due_on(filed_on: date, division: str) -> DueDay:
    """Until when an objection is to be decided. Raises ``PolicyUndefined``."""
    days = value_of("objection_answer_working_days", on=filed_on, division=division).number
    return due_after(filed_on, days)


def unknown_claims(asked: Sequence[str], found: Sequence[str]) -> tuple[Reason, ...]:
    """Claims that are not there, or not in the officer's area."""
    known = set(found)
    return tuple(
        Reason(
            code="claim_unknown",
            field="claim_ids",
            value=claim_id,
            line=line,
            message="没有这件申领，或者不在您的辖区",
            remedy="请核对名单；其他地区受理的，由受理地公示",
        )
        for line, claim_id in enumerate(asked, start=1)
        if claim_id not in known
    )


NOTHING_TO_NOTICE = Reason(
    code="nothing_to_notice",
    field="kinds",
    message="所选地区、补贴种类没有已批准待公示的申领",
    remedy="请核对地区和补贴种类；已暂停办理的不列入",
)
NOTICE_OVER = Reason(
    code="notice_over",
    message="没有这份公示，或者公示期已满，名单不再公开",
    remedy="公示期满后不再受理异议；发现虚报冒领的，请向经办机构或人力资源社会保障部门投诉举报",
    citation=NOTICE,
)
LINE_SETTLED = Reason(
    code="notice_line_settled",
    message="这一条已不在公示中（申领人撤回，或者已退回重新审核）",
    remedy="无需再提异议；重新审核批准后会再次公示",
)
TOO_MANY_OBJECTIONS = Reason(
    code="objections_too_many",
    message=f"同一网络地址每小时最多提出{OBJECTIONS_PER_HOUR}条异议",
    remedy="请稍后再提；情况较多的，可一次向经办机构书面反映",
    citation=UNSOURCED,
)
ALREADY_DECIDED = Reason(
    code="objection_already_decided",
    message="这条异议已经处理过",
    remedy="请重新读取；对处理结果不服的，当事人可依法申请救济",
)


def _occupation(edition: int | None, code: str | None) -> str | None:
    if edition is None or code is None:
        return None
    found = occupations().get().find(edition, code)
    return None if found is None else found.name


def _level(code: str | None) -> str | None:
    return None if code in (None, SkillLevel.NONE) else level_facts(SkillLevel(code)).name
