"""告知承诺制 (国办发〔2019〕24号 五(十七)): what an institution promised stands for the proof until it is checked.

The text lets places that can (有条件的地区) try it for 项目制培训, "简化流程，减少证明材料". Readings:

* Only 项目制, and only where the institution is paid: it applies, so it is the one that can promise.
* A promise replaces *papers*, never what a system says. A group that was looked into and found untrue stays untrue; who
  is insured, alive, certified or was present is asked as always; the record gate holds.
* Only an institution of good credit (信用良好) may promise; another proves beforehand.
* What was promised is checked afterwards (``app.subsidies.commitments``): a check that fails holds what is unpaid and
  opens a recovery case for what was paid.
"""

from dataclasses import replace

from app.kernel.errors import Citation
from app.kernel.money import in_yuan
from app.subsidies.entitlements.rules.facts import ClaimFacts, CommitmentFacts
from app.subsidies.entitlements.rules.reasoning import Case, fact, passed
from app.subsidies.entitlements.rules.rulebook import Terms
from app.subsidies.entitlements.rules.verdict import RuleReason, UsedFact
from app.subsidies.entitlements.states import (
    CREDIT_LABELS,
    WAIVED_LABELS,
    CreditTier,
    PayeeKind,
    WaivedProof,
)

COMMITMENT = Citation("国办发〔2019〕24号", "五(十七)")


def taken(facts: ClaimFacts, terms: Terms) -> ClaimFacts:
    """The facts with what may be taken on promise: an identity nobody has looked into, a fee no receipt shows."""
    promised = facts.commitment
    if promised is None or _why_not(facts, terms) is not None:
        return facts
    codes = _waived(terms)
    if WaivedProof.KEY_GROUP in codes:
        groups = tuple(
            replace(group, is_evidenced=True) if group.is_evidenced is None else group
            for group in facts.person.groups
        )
        facts = replace(facts, person=replace(facts.person, groups=groups))
    if WaivedProof.FEE in codes and facts.cost.fee_fen is None and promised.fee_fen is not None:
        facts = replace(facts, cost=replace(facts.cost, fee_fen=promised.fee_fen))
    return facts


def commitment(case: Case) -> RuleReason | None:
    """What the verdict took on promise, or why it took nothing; neither speaks against the claim."""
    promised = case.facts.commitment
    allowed = case.terms.find("claim_commitment_allowed")
    waives = case.terms.find("claim_commitment_waives")
    if promised is None or allowed is None or waives is None:
        return None
    why_not = _why_not(case.facts, case.terms)
    if why_not is not None:
        message = f"所作承诺（{promised.version}）不能代替证明材料：{why_not}；按一般程序核实"
    else:
        items = "、".join(WAIVED_LABELS[code] for code in WaivedProof if code in _waived(case.terms))
        message = f"机构已作告知承诺（{promised.version}），{items}以承诺代替，事后核查"
    return passed("commitment", message, allowed, waives, facts=_used(promised), citation=COMMITMENT)


def _why_not(facts: ClaimFacts, terms: Terms) -> str | None:
    allowed = terms.find("claim_commitment_allowed")
    promised, training = facts.commitment, facts.training
    if allowed is None or not allowed.flag:
        return "受理地没有实行补贴申领告知承诺制"
    if training is None or not training.is_project_based or facts.payee.kind is not PayeeKind.INSTITUTION:
        return "不是由培训机构申领的项目制培训"
    if promised is None or promised.credit is not CreditTier.GOOD:
        return "机构作出承诺时不属于信用良好"
    return None


def _waived(terms: Terms) -> frozenset[str]:
    waives = terms.find("claim_commitment_waives")
    return waives.codes if waives else frozenset()


def _used(promised: CommitmentFacts) -> tuple[UsedFact, ...]:
    return (
        fact("承诺日期", promised.signed_on),
        fact("机构信用", CREDIT_LABELS[promised.credit]),
        fact("承诺的每人培训费用", None if promised.fee_fen is None else in_yuan(promised.fee_fen)),
    )
