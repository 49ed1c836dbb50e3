"""企业新型学徒制 (国办发〔2019〕24号 四(十一)): per person and year of the programme, to the enterprise.

每人每年4000元以上 is a floor that the bundles hold to. The rise to 5000 (人社部发〔2021〕39号) is not confirmed and not
applied. A year not completed is paid by full months; the parameter knows the two other readings.
"""

from app.kernel.errors import Citation
from app.kernel.money import in_yuan
from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements.rules import employers, gate, repetition, windows
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.kinds import Amount, KindRules
from app.subsidies.entitlements.rules.reasoning import Case, all_of, fact, failed, judged, passed, unknown
from app.subsidies.entitlements.rules.verdict import OnceOnlyKey, RuleReason
from app.subsidies.entitlements.states import EmployerKind

TO_ENTERPRISE = Citation("国办发〔2019〕24号", "四(十一)")
_YEAR = 12


def key_of(facts: ClaimFacts) -> OnceOnlyKey | None:
    """Line of the occupation and the year of the programme."""
    listing = facts.listing
    if listing is None or listing.benefit_line is None:
        return None
    return OnceOnlyKey(
        key_group="apprenticeship",
        benefit_line=listing.benefit_line,
        level=SkillLevel.NONE,
        period=listing.period,
    )


def apprentice_of_enterprise(case: Case) -> RuleReason | None:
    """C15: an employee of an enterprise, under contract."""
    listing = case.facts.listing
    if listing is None:
        return None
    kind = listing.employer.kind
    is_enterprise = None if kind is None else kind is EmployerKind.ENTERPRISE
    return judged(
        "apprentice_of_enterprise",
        all_of(is_enterprise, listing.has_contract),
        "学徒须为企业职工，并已签订劳动合同和培养协议",
        citation=TO_ENTERPRISE,
        facts=(fact("用人单位为企业", is_enterprise), fact("已签合同", listing.has_contract)),
        remedy="只有企业招用的学徒可以享受；合同漏登的请企业补登",
        missing="请企业登记单位类型和学徒合同",
    )


def once_only(case: Case) -> RuleReason:
    """Each year of the programme once."""
    return repetition.once_only(case, key_of(case.facts), TO_ENTERPRISE)


def amount_of(case: Case) -> Amount:
    """The year's standard; a year not completed by full months, in whole or not at all, as the policy says."""
    term, part = case.terms.find("apprenticeship_year_fen"), case.terms.find("apprenticeship_part_year")
    listing = case.facts.listing
    if term is None or part is None or listing is None:
        return Amount(None, ())
    months = listing.months_served
    used = (fact("实际在训月数", months), fact("年度", listing.period))
    if months is None and part.option != "full":
        remedy = "请企业登记本年度实际在训月数"
        return Amount(None, (unknown("amount", "实际在训月数未查明", term, part, facts=used, remedy=remedy),))
    served = _YEAR if part.option == "full" or months is None else min(months, _YEAR)
    if served < 1 or (part.option == "whole_year" and served < _YEAR):
        remedy = "不满一年的不予补贴" if part.option == "whole_year" else "不满一个月的不予补贴"
        message = f"实际在训{served}个月，{remedy}"
        return Amount(None, (failed("amount", message, term, part, facts=used, remedy=remedy),))
    fen = term.number * served // _YEAR
    message = f"每人每年{in_yuan(term.number)}，在训{served}个月，计{in_yuan(fen)}"
    return Amount(fen, (passed("amount", message, term, part, facts=used),))


RULES = KindRules(
    in_force="apprenticeship_year_fen",
    day_of=employers.day_of,
    key_of=key_of,
    rules=(
        gate.record_gate,
        gate.person_alive,
        gate.after_entry,
        gate.no_pension,
        gate.opening_on_record,
        employers.listing_confirmed,
        apprentice_of_enterprise,
        employers.payer_place,
        windows.claim_window,
        once_only,
        gate.payee_is_employer,
        gate.payee,
    ),
    amount_of=amount_of,
)
