"""职业培训补贴 (国办发〔2019〕24号 四(十一)(十二), 人社部发〔2025〕10号 四(六)), by the last day of the training.

Readings. The texts do not name the day that chooses the version; the training's last day is what its entry covers and
does not move with the claim. All levels up to 一级 count here (四(十一) names 技师、高级技师); 技能提升补贴 keeps to
五级至三级. Inside one occupation and level it is this subsidy or the other, whichever came first.
"""

from datetime import date

from app.subsidies.entitlements.rules import (
    commitment,
    gate,
    repetition,
    training_conditions,
    voucher_funding,
    windows,
)
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.kinds import KindRules
from app.subsidies.entitlements.rules.reasoning import Case
from app.subsidies.entitlements.rules.training_amount import amount_of
from app.subsidies.entitlements.rules.verdict import OnceOnlyKey, RuleReason


def day_of(facts: ClaimFacts) -> date | None:
    """The last day of the training."""
    return facts.training.ends_on if facts.training else None


def key_of(facts: ClaimFacts) -> OnceOnlyKey | None:
    """Line of the occupation and level, for life; shared with 技能提升补贴."""
    training = facts.training
    if training is None or training.benefit_line is None:
        return None
    return OnceOnlyKey(
        key_group="training_or_upgrade",
        benefit_line=training.benefit_line,
        level=training.level,
        period="life",
    )


def line_settled(case: Case) -> RuleReason | None:
    """Part 6."""
    return repetition.line_settled(case, case.facts.training.is_line_settled if case.facts.training else None)


def once_only(case: Case) -> RuleReason:
    """四(十二): 同一职业同一等级不可重复享受."""
    return repetition.once_only(case, key_of(case.facts))


def yearly_cap(case: Case) -> RuleReason | None:
    """四(十二): 原则上每人每年可享受不超过3次."""
    return repetition.yearly_cap(case, "training")


RULES = KindRules(
    in_force="training_key_groups",
    day_of=day_of,
    key_of=key_of,
    rules=(
        gate.record_gate,
        gate.person_alive,
        gate.after_entry,
        gate.opening_on_record,
        gate.in_directory,
        training_conditions.eligible_group,
        gate.no_pension,
        training_conditions.old_enough,
        training_conditions.training_place,
        training_conditions.payer_place,
        training_conditions.completed,
        training_conditions.attendance_share,
        training_conditions.certificate_obtained,
        training_conditions.online_evidence,
        windows.claim_window,
        line_settled,
        once_only,
        yearly_cap,
        repetition.not_both,
        voucher_funding.voucher_valid,
        voucher_funding.voucher_for_this,
        voucher_funding.institution_payee,
        commitment.commitment,
        gate.payee,
    ),
    amount_of=amount_of,
)
