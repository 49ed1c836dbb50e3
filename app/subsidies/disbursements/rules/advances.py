"""How much of a class's expected subsidy may be paid in advance (预拨, 国办发〔2019〕24号 四(十二))."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.kernel.errors import Reason
from app.kernel.money import in_yuan, share_of
from app.policy.values import PolicyValue, value_of
from app.subsidies.disbursements.rules.refusals import PREPAYMENT
from app.subsidies.entitlements.states import CreditTier

PROJECT = {"project_based", "job_skill_project"}
"""训练种类 of 项目制培训, whose money goes to the institution."""
_ON_RECORD = {"on_record", "running", "closed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceFacts:
    """The class as the registry holds it. ``trainees`` are those on its roster now."""

    division_code: str
    state: str
    training_type: str
    institution_kind: str
    skill_level: str
    trainees: int
    credit: CreditTier


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvanceCap:
    """The most that may be paid in advance: ``share_bp`` of ``base_fen``, and which value says so."""

    base_fen: int
    share_bp: int
    value: PolicyValue

    @property
    def most_fen(self) -> int:
        """The cap in fen, rounded down."""
        return share_of(self.base_fen, self.share_bp)


def cap_of(facts: AdvanceFacts, today: date) -> AdvanceCap:
    """From the roster and the amounts of today: what the class would bring if every trainee earned the subsidy."""
    amounts: Mapping[str, int] = value_of("training_amounts", on=today, division=facts.division_code).numbers
    share = value_of("prepayment_share_bp", on=today, division=facts.division_code)
    if facts.credit is CreditTier.GOOD:
        # 信用支付 (国办发〔2019〕24号 五(十七)): never less than what everybody gets.
        trusted = value_of("credit_prepayment_share_bp", on=today, division=facts.division_code)
        share = max(share, trusted, key=lambda value: value.number)
    each = amounts.get(facts.skill_level, amounts["none"])
    return AdvanceCap(base_fen=each * facts.trainees, share_bp=share.number, value=share)


def reasons_against_advancing(facts: AdvanceFacts, amount_fen: int | None, today: date) -> tuple[Reason, ...]:
    """Every reason. Without an amount the whole cap is meant."""
    reasons = []
    cases = value_of("prepayment_cases", on=today, division=facts.division_code).codes
    is_project = facts.training_type in PROJECT and "project_based" in cases
    is_enterprise = facts.institution_kind == "enterprise" and "enterprise" in cases
    if not (is_project or is_enterprise):
        reasons.append(
            Reason(
                code="advance_not_foreseen",
                message="只有项目制培训和企业开展的培训可以先行拨付",
                remedy="其他班次请在结班后申领",
                field="opening_id",
                citation=PREPAYMENT,
            )
        )
    if facts.state not in _ON_RECORD:
        reasons.append(
            Reason(
                code="opening_not_on_record",
                message="该班次没有备案登记，或已取消",
                remedy="备案通过后才能预拨",
                field="opening_id",
            )
        )
    cap = cap_of(facts, today)
    if cap.most_fen == 0:
        reasons.append(
            Reason(
                code="advance_nothing_expected",
                message="该班次名册上没有学员，或当地不预拨，可预拨额为0元",
                remedy="请先报送学员名册",
                field="opening_id",
                citation=cap.value.citation,
            )
        )
    elif amount_fen is not None and amount_fen > cap.most_fen:
        reasons.append(
            Reason(
                code="advance_over_share",
                message=f"预拨{in_yuan(amount_fen)}超过上限{in_yuan(cap.most_fen)}"
                f"（预计补贴{in_yuan(cap.base_fen)}的{cap.share_bp / 100:g}%）",
                remedy=f"请填写不超过{in_yuan(cap.most_fen)}的金额",
                field="amount_fen",
                value=str(amount_fen),
                citation=cap.value.citation,
            )
        )
    return tuple(reasons)
