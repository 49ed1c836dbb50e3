"""一次性留工培训补助 (国新办 2022-05-12): once, per insured employee, to a small enterprise hit hard; 2022 only."""

from app.kernel.errors import Citation
from app.kernel.money import in_yuan
from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements.rules import employers, gate, repetition, windows
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.kinds import Amount, KindRules
from app.subsidies.entitlements.rules.reasoning import Case, all_of, fact, judged, passed
from app.subsidies.entitlements.rules.verdict import OnceOnlyKey, RuleReason
from app.subsidies.entitlements.states import EmployerKind

PHASE = Citation("国新办政策例行吹风会（2022年5月12日）", "桂桢答（阶段性政策之一）")


def key_of(facts: ClaimFacts) -> OnceOnlyKey | None:
    """The year."""
    if facts.listing is None:
        return None
    return OnceOnlyKey(
        key_group="retention", benefit_line="none", level=SkillLevel.NONE, period=facts.listing.period
    )


def hard_hit_employer(case: Case) -> RuleReason | None:
    """C19: 受疫情严重影响暂时无法正常生产经营的中小微企业."""
    term, listing = case.terms.find("retention_employers"), case.facts.listing
    if term is None or listing is None:
        return None
    employer = listing.employer
    is_enterprise = None if employer.kind is None else employer.kind is EmployerKind.ENTERPRISE
    return judged(
        "hard_hit_employer",
        all_of(
            "small_medium_micro" in term.codes,
            is_enterprise,
            employer.is_small_or_medium,
            employer.is_hard_hit,
        ),
        f"用人单位须为{term.version.value}",
        term,
        facts=(
            fact("企业", is_enterprise),
            fact("中小微企业", employer.is_small_or_medium),
            fact("受疫情严重影响", employer.is_hard_hit),
        ),
        remedy="大型企业和未受严重影响的企业不在范围之内；划型有误的请申请更正",
        missing="等待企业划型和受影响情况核实",
    )


def insured_employee(case: Case) -> RuleReason | None:
    """C19: 每名参保职工."""
    term, listing = case.terms.find("retention_person_fen"), case.facts.listing
    if term is None or listing is None:
        return None
    return judged(
        "insured_employee",
        listing.is_insured_there,
        "须为该单位参加失业保险的职工",
        term,
        facts=(fact("由该单位参保", listing.is_insured_there),),
        remedy="未由该单位参保的职工不计；参保记录有误的请申请更正",
        missing="等待失业保险经办机构答复",
    )


def once_only(case: Case) -> RuleReason:
    """一次性: once for the person, whichever employer asks."""
    return repetition.once_only(case, key_of(case.facts), PHASE)


def amount_of(case: Case) -> Amount:
    """No more than 500 yuan; a division may set less."""
    term, listing = case.terms.find("retention_person_fen"), case.facts.listing
    if term is None or listing is None:
        return Amount(None, ())
    used = (fact("年度", listing.period),)
    return Amount(term.number, (passed("amount", f"每名参保职工{in_yuan(term.number)}", term, facts=used),))


RULES = KindRules(
    in_force="retention_person_fen",
    day_of=employers.day_of,
    key_of=key_of,
    rules=(
        gate.record_gate,
        gate.person_alive,
        gate.after_entry,
        gate.no_pension,
        employers.listing_confirmed,
        hard_hit_employer,
        insured_employee,
        employers.payer_place,
        windows.claim_window,
        once_only,
        gate.payee_is_employer,
        gate.payee,
    ),
    amount_of=amount_of,
)
