"""What each refusal of a submitted line means, which clause stands behind it, and what can be done.

The door answers by a code (``SubmitOutcome``); nothing of a refused line is kept, so it may be submitted again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from app.kernel.clock import day_in_words
from app.kernel.errors import Citation, Reason
from app.policy.values import PolicyUndefined, value_of
from app.subsidies.claims.states import SubmitOutcome
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind

_GATE = Citation("人社部发〔2025〕10号", "五(十一)")
_ONCE = Citation("国办发〔2019〕24号", "四(十二)")
_OWN = Citation("人社部发〔2017〕40号", "二(三)")

REASON_OF_OUTCOME: Mapping[SubmitOutcome, Reason] = {
    SubmitOutcome.ENTRY_UNKNOWN: Reason(
        code="entry_unknown",
        field="record_number",
        message="没有找到可由您申领的这条培训档案",
        remedy="请核对档案编号；本人申领请用“我的培训档案”中的编号，机构只能为本机构培训（用工）的人员申领",
        citation=_GATE,
    ),
    SubmitOutcome.ENTRY_OF_OTHER_KIND: Reason(
        code="entry_of_other_kind",
        field="kind",
        message="这条档案不是该项补贴所依据的种类",
        remedy="技能提升补贴依据证书档案，职业培训补贴依据结业档案，生活费补贴依据出勤档案，请改选补贴种类或档案编号",
        citation=_GATE,
    ),
    SubmitOutcome.ENTRY_NOT_IN_FORCE: Reason(
        code="entry_not_in_force",
        field="record_number",
        message="这条档案已被更正或撤销，不能再据以申领",
        remedy="已更正的，请用更正后的档案编号申领；对撤销有异议的，请向作出撤销的经办机构提出",
        citation=_GATE,
    ),
    SubmitOutcome.ENTRY_WITHOUT_OCCUPATION: Reason(
        code="entry_without_occupation",
        field="record_number",
        message="这条档案没有对应到职业，无法认定是否重复享受",
        remedy="请经办机构按职业分类大典核定证书的职业后再申领",
        citation=_ONCE,
    ),
    SubmitOutcome.ENTRY_OUTDATED: Reason(
        code="entry_outdated",
        field="record_number",
        message="证书已更正，职业、等级或核发日期与这条档案不再一致",
        remedy="请经办机构撤销这条档案，按更正后的证书重新归档，再用新的档案编号申领；证书更正有误的，请向评价机构提出",
        citation=_GATE,
    ),
    SubmitOutcome.PAYEE_NOT_OF_ENTRY: Reason(
        code="payee_not_of_entry",
        field="payee_kind",
        message="收款机构不是这条档案的培训机构或用人单位",
        remedy="补贴只能发给本人，或者档案载明的培训机构、用人单位",
        citation=_OWN,
    ),
    SubmitOutcome.CLASS_PREPAID: Reason(
        code="class_prepaid",
        field="record_number",
        message="这个班的补贴已经预拨给培训机构，由机构申领并冲抵，不再另行发给本人",
        remedy="请由培训机构提交申领；预拨款已由机构退回的，退清后本人可以申领。不知情的请向受理地经办机构反映",
        citation=Citation("国办发〔2019〕24号", "四(十二)"),
    ),
    SubmitOutcome.PAYEE_NOT_ALLOWED: Reason(
        code="payee_not_allowed",
        field="payee_kind",
        message="这项补贴不能发给所选的收款人",
        remedy="技能提升补贴、生活费补贴只发给本人；学徒制、以工代训和留工补助由用人单位申领；职业培训补贴两者均可",
        citation=_OWN,
    ),
    SubmitOutcome.BENEFIT_ALREADY_HELD: Reason(
        code="benefit_already_held",
        field="record_number",
        message="同一职业同一等级（同一期间）的补贴已经享受或正在申领，各地通查，每人只能享受一次",
        remedy="在其他地区正在办理的，可先撤回那一件再提交；已经享受的不能再次申领",
        citation=_ONCE,
    ),
    SubmitOutcome.BENEFIT_HELD_ELSEWHERE: Reason(
        code="benefit_held_elsewhere",
        field="record_number",
        message="外省登记机构正在办理或者已经发放同一职业同一等级（同一期间）的补贴，本地已向其出具未申领证明",
        remedy="外省不再发放的，待其解除或证明到期后再提交；已经发放的不能再次申领",
        citation=_ONCE,
    ),
    SubmitOutcome.YEARLY_CAP_REACHED: Reason(
        code="yearly_cap_reached",
        field="record_number",
        message="本年度享受此项补贴的次数已满",
        remedy="正在办理而不打算继续的，可以撤回以腾出次数；按申领年度计次的地区，可在下一年度申领",
        citation=_ONCE,
    ),
    SubmitOutcome.SLOT_RULE_MISSING: Reason(
        code="slot_rule_missing",
        field="division_code",
        message="受理地没有适用于该日期的享受次数规定，暂时不能提交",
        remedy="请联系受理地经办机构发布政策取值后再提交；证书和档案不受影响",
    ),
}
"""Every outcome but ``submitted``."""

_PAYING_TEXT: Mapping[BenefitKind, Citation] = {
    BenefitKind.LIVING_ALLOWANCE: Citation("国办发〔2019〕24号", "四(十一)"),
    BenefitKind.APPRENTICESHIP: Citation("国办发〔2019〕24号", "四(十一)"),
    BenefitKind.WORK_BASED: Citation("国办发〔2019〕24号", "四(十一)"),
    BenefitKind.RETENTION: Citation("国新办政策例行吹风会（2022年5月12日）", "桂桢答（阶段性政策之一）"),
}
"""The text of a kind whose once-only key is its own; 技能提升补贴 and 职业培训补贴 share one (``once_only_unit``)."""


def reason_of(outcome: SubmitOutcome, kind: BenefitKind, *, entry_on: date, division: str) -> Reason:
    """Why a line was refused, with the clause and the number that held on the day of its entry."""
    known = REASON_OF_OUTCOME[outcome]
    try:
        if outcome is SubmitOutcome.BENEFIT_ALREADY_HELD:
            own = _PAYING_TEXT.get(kind)
            return replace(
                known, citation=own or value_of("once_only_unit", on=entry_on, division=division).citation
            )
        if outcome is SubmitOutcome.YEARLY_CAP_REACHED:
            return _cap_reached(known, kind, entry_on, division)
    except PolicyUndefined:
        return known
    return known


def _cap_reached(known: Reason, kind: BenefitKind, entry_on: date, division: str) -> Reason:
    if kind is BenefitKind.WORK_BASED:
        most = value_of("work_based_months_max", on=entry_on, division=division)
        scope = value_of("work_based_months_scope", on=entry_on, division=division)
        whose = "本人在该单位的月数" if scope.option == "person_employer" else "本人的月数"
        return replace(
            known,
            message=f"以工代训补贴最长{most.number}个月（{scope.key.options[scope.option]}），{whose}已满",
            remedy="正在办理而不打算继续的月份，可以撤回以腾出月数；已经享受满的不能再申领",
            citation=most.citation,
        )
    if kind is BenefitKind.LIVING_ALLOWANCE:
        cap = value_of("living_allowance_yearly_max", on=entry_on, division=division)
        return replace(
            known,
            message=f"{KIND_LABELS[kind]}每人每年{cap.number}次，{entry_on.year}年度的次数已满",
            remedy="正在办理而不打算继续的，可以撤回以腾出次数；下一年度的培训可以再申领",
            citation=cap.citation,
        )
    cap = value_of(f"{kind.value}_yearly_cap", on=entry_on, division=division)
    extra = value_of(f"{kind.value}_shortage_extra", on=entry_on, division=division).number
    more = f"，紧缺急需职业（工种）另加{extra}次" if extra else ""
    return replace(
        known,
        message=f"{KIND_LABELS[kind]}每人每年{cap.number}次{more}，依据日期{day_in_words(entry_on)}所适用年度的次数已满",
        citation=cap.citation,
    )
