"""How much 职业培训补贴: the standard of the level, factors up and down, the share of the cost, the voucher's face.

人社部发〔2025〕10号 四(六): 差异化 by shortage, level, consumables, contract or payroll, domestic-service agreement,
stable employment; 政府补一点、企业出一点、个人付一点. Factors are multiplied, kept within the policy's range, and every
product is rounded down to the fen. Free training (国办发〔2019〕24号 四(十一)) leaves the person nothing to pay.
"""

from app.kernel.errors import Citation
from app.kernel.money import in_yuan, share_of
from app.kernel.periods import add_months
from app.reference.skill_levels import SkillLevel, facts_of
from app.subsidies.entitlements.rules.certificate import LEVEL_NAMES
from app.subsidies.entitlements.rules.facts import TrainingFacts
from app.subsidies.entitlements.rules.groups import HeldGroups, held_groups
from app.subsidies.entitlements.rules.kinds import Amount
from app.subsidies.entitlements.rules.reasoning import Case, fact, failed, judged, passed, unknown
from app.subsidies.entitlements.rules.rulebook import Term
from app.subsidies.entitlements.rules.verdict import RuleReason, Shares
from app.subsidies.entitlements.rules.voucher_funding import within_face
from app.subsidies.entitlements.states import EmploymentProof

_WHOLE_BP = 10_000
_HIGH_RANK = facts_of(SkillLevel.LEVEL_3).rank
_HIGH_CONSUMABLES = 2
SHARED = Citation("人社部发〔2025〕10号", "四(六)")


def amount_of(case: Case) -> Amount:
    """The government's part of one person's training."""
    amounts, training = case.terms.find("training_amounts"), case.facts.training
    if amounts is None or training is None:
        return Amount(None, ())
    base = amounts.numbers.get(training.level.value)
    if base is None:
        return Amount(None, (_no_standard(amounts, training),))
    differentiated = _differentiated(case, base, training)
    factors = differentiated.reasons
    level = fact("等级", LEVEL_NAMES[training.level])
    if differentiated.fen is None:
        return Amount(None, (passed("amount", f"标准{in_yuan(base)}", amounts, facts=(level,)), *factors))
    fen, words = within_face(case, differentiated.fen)
    standard = passed(
        "amount", f"{LEVEL_NAMES[training.level]}标准{in_yuan(base)}{words}", amounts, facts=(level,)
    )
    shared = _shared(case, fen, training)
    return Amount(shared.fen, (standard, *factors, *shared.reasons), shared.shares)


def _no_standard(amounts: Term, training: TrainingFacts) -> RuleReason:
    return failed(
        "amount",
        f"{LEVEL_NAMES[training.level]}没有补贴标准",
        amounts,
        facts=(fact("等级", LEVEL_NAMES[training.level]),),
        remedy="请以有补贴标准的等级申领",
    )


def _differentiated(case: Case, base: int, training: TrainingFacts) -> Amount:
    """The standard times every factor that holds; a factor that would change nothing asks for no fact."""
    table, limits = case.terms.find("training_factors_bp"), case.terms.find("training_factor_range_bp")
    if table is None or limits is None:
        return Amount(base, ())
    holding = {
        "shortage": case.facts.is_shortage,
        "high_skill": facts_of(training.level).rank >= _HIGH_RANK,
        "consumables": _consumables(case),
        "contract_or_payroll": _proof(case, {EmploymentProof.LABOR_CONTRACT, EmploymentProof.PAYROLL}),
        "domestic_service_agreement": _proof(case, {EmploymentProof.DOMESTIC_SERVICE_AGREEMENT}),
        "stable_employment": _stable(case, training),
    }
    mattering = {code: answer for code, answer in holding.items() if table.numbers[code] != _WHOLE_BP}
    if not mattering:
        return Amount(base, ())
    used = tuple(fact(table.names[code], answer) for code, answer in mattering.items())
    if None in mattering.values():
        waiting = "、".join(table.names[code] for code, answer in mattering.items() if answer is None)
        remedy = "等待核实；核实前不能确定金额"
        return Amount(
            None, (unknown("factors", f"{waiting}未查明", table, limits, facts=used, remedy=remedy),)
        )
    fen = base
    for code, answer in mattering.items():
        fen = share_of(fen, table.numbers[code]) if answer else fen
    fen = min(max(fen, share_of(base, limits.numbers["least"])), share_of(base, limits.numbers["most"]))
    applied = "、".join(table.names[code] for code, answer in mattering.items() if answer) or "无"
    return Amount(
        fen, (passed("factors", f"适用系数：{applied}；计{in_yuan(fen)}", table, limits, facts=used),)
    )


def _consumables(case: Case) -> bool | None:
    grade = case.facts.cost.consumables_grade
    return None if grade is None else grade >= _HIGH_CONSUMABLES


def _proof(case: Case, kinds: set[EmploymentProof]) -> bool | None:
    """Only proof that was verified moves the amount; proof not yet looked into leaves it open."""
    found = [each.is_verified for each in case.facts.employment if each.proof in kinds]
    return True if True in found else None if None in found else False


def _stable(case: Case, training: TrainingFacts) -> bool | None:
    within, lasting = (
        case.terms.find("stable_employment_within_months"),
        case.terms.find("stable_employment_months"),
    )
    if within is None or lasting is None:
        return False
    until = add_months(training.ends_on, within.number)
    found = [
        None
        if each.is_verified is None or each.months_lasted is None
        else each.months_lasted >= lasting.number
        for each in case.facts.employment
        if training.ends_on <= each.dated_on <= until and each.is_verified is not False
    ]
    return True if True in found else None if None in found else False


def _shared(case: Case, fen: int, training: TrainingFacts) -> Amount:
    """The cost is paid once: the government's part never exceeds its share, nor what others leave of the fee."""
    shares, free = case.terms.find("cost_shares_bp"), case.terms.find("training_free_groups")
    cost, held = case.facts.cost, held_groups(case.facts.person, training.starts_on)
    is_free = held.belongs(free.codes) if free else False
    paid = Shares(government_fen=fen, employer_fen=cost.employer_fen, person_fen=cost.person_fen)
    if free is not None and is_free is not False and cost.person_fen > 0:
        return Amount(fen, (_charged(cost.person_fen, held, free, is_free=is_free),), paid)
    government_bp = shares.numbers["government"] if shares else _WHOLE_BP
    if government_bp == _WHOLE_BP and cost.employer_fen == cost.person_fen == 0:
        # Nobody shares the cost: the standard is what the policy sets, whatever the fee was.
        return Amount(fen, (), paid)
    if cost.fee_fen is None:
        return Amount(None, (_fee_unknown(shares),))
    if is_free and shares:
        government_bp += shares.numbers["person"]
    left = max(cost.fee_fen - cost.employer_fen - cost.person_fen, 0)
    kept = min(fen, share_of(cost.fee_fen, government_bp), left)
    reason = judged(
        "cost_shares",
        kept > 0,
        f"政府承担{in_yuan(kept)}，不超过培训费用的{government_bp / 100:g}%和企业、个人出资后的余额",
        *((shares,) if shares else ()),
        citation=SHARED,
        facts=(
            fact("培训费用", in_yuan(cost.fee_fen)),
            fact("企业出资", in_yuan(cost.employer_fen)),
            fact("个人付费", in_yuan(cost.person_fen)),
        ),
        remedy="费用已由企业和个人付清的，不再补贴",
        missing="",
    )
    shared = Shares(government_fen=kept, employer_fen=cost.employer_fen, person_fen=cost.person_fen)
    return Amount(kept, (reason,), shared)


def _charged(person_fen: int, held: HeldGroups, free: Term, *, is_free: bool | None) -> RuleReason:
    return judged(
        "free_training",
        None if is_free is None else False,
        f"免费培训人员已付{in_yuan(person_fen)}",
        free,
        facts=(fact("个人付费", in_yuan(person_fen)), fact("身份", held.words())),
        remedy="培训机构应退还向免费培训人员收取的费用后再申领",
        missing="等待认定部门核实是否属于免费培训人员；属于的应退还所收费用",
    )


def _fee_unknown(shares: Term | None) -> RuleReason:
    return unknown(
        "cost_shares",
        "培训费用由多方分担，费用总额未查明，不能计算政府承担的部分",
        *((shares,) if shares else ()),
        citation=SHARED,
        facts=(fact("培训费用", None),),
        remedy="请培训机构登记每人培训费用",
    )
