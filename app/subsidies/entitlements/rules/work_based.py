"""以工代训 (国办发〔2019〕24号 四(十一); 2020 interview): per person and month, at most six months, to the employer.

Who: 贫困劳动力 at any employer; 就业困难人员 and 零就业家庭成员 at insured enterprises; from 2020-05-22 to the end of
2021 small enterprises that absorb such persons or stood still, and enterprises of five industries. Judged by the
month's last day. Reading: the six months are counted per person, whoever employs him; the parameter knows the other.
"""

from app.kernel.errors import Citation
from app.kernel.money import in_yuan
from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements.rules import employers, gate, repetition, windows
from app.subsidies.entitlements.rules.facts import ClaimFacts, EmployerFacts
from app.subsidies.entitlements.rules.groups import HeldGroups, held_groups
from app.subsidies.entitlements.rules.kinds import Amount, KindRules
from app.subsidies.entitlements.rules.reasoning import (
    Case,
    all_of,
    any_of,
    fact,
    failed,
    judged,
    passed,
    unknown,
)
from app.subsidies.entitlements.rules.rulebook import Term
from app.subsidies.entitlements.rules.verdict import OnceOnlyKey, RuleReason
from app.subsidies.entitlements.states import (
    EMPLOYER_LABELS,
    INDUSTRY_LABELS,
    BenefitKind,
    EmployerKind,
    Industry,
)

WORK = Citation("国办发〔2019〕24号", "四(十一)")
_PRODUCERS = frozenset({EmployerKind.ENTERPRISE, EmployerKind.COOPERATIVE, EmployerKind.POVERTY_WORKSHOP})


def key_of(facts: ClaimFacts) -> OnceOnlyKey | None:
    """The month, of whichever employer."""
    if facts.listing is None:
        return None
    return OnceOnlyKey(
        key_group="work_based", benefit_line="none", level=SkillLevel.NONE, period=facts.listing.period
    )


def who_and_where(case: Case) -> RuleReason | None:
    """C16: one of the pairs of person and employer that the texts name."""
    poor, insured, widened = (
        case.terms.find(key)
        for key in ("work_based_groups", "work_based_insured_groups", "work_based_widened")
    )
    listing = case.facts.listing
    if poor is None or insured is None or widened is None or listing is None:
        return None
    employer = listing.employer
    held = held_groups(case.facts.person, listing.starts_on)
    is_enterprise = _is(employer.kind, frozenset({EmployerKind.ENTERPRISE}))
    answers = [
        all_of(_is(employer.kind, _PRODUCERS), held.belongs(poor.codes)),
        all_of(is_enterprise, employer.is_insured, held.belongs(insured.codes)),
        *_widened(widened, employer, held, poor.codes | insured.codes, is_enterprise),
    ]
    return judged(
        "who_and_where",
        any_of(*answers),
        f"身份：{held.words()}；用人单位与人员须属于可以开展以工代训的范围",
        poor,
        insured,
        widened,
        facts=(
            fact("月初身份", held.words()),
            fact("单位类型", EMPLOYER_LABELS[employer.kind] if employer.kind else None),
            fact("单位参保", employer.is_insured),
            fact("中小微企业", employer.is_small_or_medium),
            fact("停工停业", employer.is_suspended),
            fact("行业", INDUSTRY_LABELS[employer.industry] if employer.industry else None),
        ),
        remedy="该月的人员或单位不在范围之内；身份、单位类型或行业登记有误的，请先更正",
        missing="等待人员身份或单位情况核实",
    )


def _is(kind: EmployerKind | None, kinds: frozenset[EmployerKind]) -> bool | None:
    return None if kind is None else kind in kinds


def _widened(
    term: Term, employer: EmployerFacts, held: HeldGroups, codes: frozenset[str], is_enterprise: bool | None
) -> list[bool | None]:
    answers: list[bool | None] = []
    if "small_absorbing" in term.codes:
        answers.append(all_of(is_enterprise, employer.is_small_or_medium, held.belongs(codes)))
    if "small_suspended" in term.codes:
        answers.append(all_of(is_enterprise, employer.is_small_or_medium, employer.is_suspended))
    named = term.codes & {industry.value for industry in Industry}
    if named:
        of_industry = None if employer.industry is None else employer.industry.value in named
        answers.append(all_of(is_enterprise, of_industry))
    return answers


def months_left(case: Case) -> RuleReason | None:
    """C16, trap 12, M31: at most six months; the month claimed is the one that must still fit."""
    most, scope = case.terms.find("work_based_months_max"), case.terms.find("work_based_months_scope")
    listing = case.facts.listing
    if most is None or scope is None or listing is None:
        return None
    own = listing.employer.employer_id if scope.option == "person_employer" else None
    past = [each for each in case.facts.history if each.kind is BenefitKind.WORK_BASED]
    months = {each.period for each in past if own in {None, each.employer_id}} - {listing.period}
    used = (fact("已享受月数", len(months)), fact("本月", listing.period))
    message = f"已享受{len(months)}个月，最长{most.number}个月（{scope.version.value}）"
    if len(months) >= most.number:
        remedy = "月数已满，不能再申领"
        return failed("months_left", message, most, scope, facts=used, remedy=remedy)
    unclear = own is not None and any(each.employer_id is None for each in past)
    if unclear or not case.facts.is_history_complete:
        remedy = "由经办机构核对各地、各单位已享受的月数"
        return unknown("months_left", message, most, scope, facts=used, remedy=remedy)
    return passed("months_left", message, most, scope, facts=used)


def has_worked(case: Case) -> RuleReason | None:
    """The month was worked and paid: training on the job, not a name on a list (M31)."""
    listing = case.facts.listing
    if listing is None:
        return None
    return judged(
        "has_worked",
        listing.has_worked,
        f"{listing.period}须在岗以工代训并领取工资",
        citation=WORK,
        facts=(fact("在岗并领取工资", listing.has_worked),),
        remedy="该月未在岗或未发工资的不能申领",
        missing="请用人单位报送该月工资发放记录",
    )


def once_only(case: Case) -> RuleReason:
    """Each month once."""
    return repetition.once_only(case, key_of(case.facts), WORK)


def amount_of(case: Case) -> Amount:
    """The month's standard."""
    term, listing = case.terms.find("work_based_month_fen"), case.facts.listing
    if term is None or listing is None:
        return Amount(None, ())
    used = (fact("月份", listing.period),)
    return Amount(term.number, (passed("amount", f"每人每月{in_yuan(term.number)}", term, facts=used),))


RULES = KindRules(
    in_force="work_based_month_fen",
    day_of=employers.day_of,
    key_of=key_of,
    rules=(
        gate.record_gate,
        gate.person_alive,
        gate.after_entry,
        gate.no_pension,
        employers.listing_confirmed,
        who_and_where,
        has_worked,
        months_left,
        employers.payer_place,
        windows.claim_window,
        once_only,
        gate.payee_is_employer,
        gate.payee,
    ),
    amount_of=amount_of,
)
