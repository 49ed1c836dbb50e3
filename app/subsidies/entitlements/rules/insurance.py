"""Unemployment insurance: cumulative months, status, kind of employer, and the place that pays.

Months are cumulative, never consecutive (人社部发〔2017〕40号 一(一)), and only ever grow: months counted up to an
earlier day prove the threshold for a later one, and too few up to a later day disprove it for an earlier one.
"""

from app.kernel.clock import day_in_words
from app.kernel.errors import Citation
from app.reference.divisions import area_name, prefix_of
from app.subsidies.entitlements.rules.facts import MonthsFacts
from app.subsidies.entitlements.rules.reasoning import Case, fact, failed, judged, passed, unknown
from app.subsidies.entitlements.rules.verdict import RuleReason
from app.subsidies.entitlements.states import InsuranceStatus

STATUS_WORDS = {
    InsuranceStatus.INSURED: "参保缴费",
    InsuranceStatus.DRAWING: "领取失业保险金",
    InsuranceStatus.NEITHER: "未参保也未领金",
    InsuranceStatus.UNKNOWN: "未查明",
}
PAYER = Citation("人社部发〔2017〕40号", "二(一)")


def insured_months(case: Case) -> RuleReason | None:
    """C1, C2: enough cumulative months, 视同缴费 and those of other provinces where the policy counts them."""
    least = case.terms.find("skill_upgrade_insured_months")
    as_of = case.terms.find("skill_upgrade_months_as_of")
    counted = case.terms.find("skill_upgrade_counted_months")
    if least is None or as_of is None or counted is None:
        return None
    wanted = case.day if as_of.option == "issue" else case.facts.applied_on
    terms = (least, as_of, counted)
    best: tuple[MonthsFacts, int] | None = None
    for months in case.facts.insurance.months:
        known, is_whole = _sum(months, counted.codes)
        if months.as_of <= wanted and known >= least.number:
            return passed(
                "insured_months",
                f"截至{day_in_words(months.as_of)}累计缴费{known}个月，不少于{least.number}个月",
                *terms,
                facts=(fact("累计缴费月数", known), fact("截至", months.as_of)),
            )
        if months.as_of >= wanted and is_whole and known < least.number:
            best = (months, known)
    if best is not None:
        months, known = best
        lacking = least.number - known
        return failed(
            "insured_months",
            f"截至{day_in_words(months.as_of)}累计缴费{known}个月，少于{least.number}个月",
            *terms,
            facts=(fact("累计缴费月数", known), fact("截至", months.as_of)),
            remedy=_remedy(as_of.option, lacking),
            until=case.last_claim_day if as_of.option == "application" else None,
        )
    return unknown(
        "insured_months",
        f"截至{day_in_words(wanted)}的累计缴费月数未查明（须满{least.number}个月）",
        *terms,
        facts=(fact("累计缴费月数", None), fact("须查明至", wanted)),
        remedy="等待失业保险经办机构答复；视同缴费或在其他省份的月数查不到的，可以提交异地缴费证明",
    )


def _remedy(as_of: str, lacking: int) -> str:
    if as_of == "application":
        return f"还差{lacking}个月；在申领期限内缴满后可以再次申领，其他省份或视同缴费月数漏计的请申请补记"
    return f"证书核发之日还差{lacking}个月，不能补足；月数漏计的请向失业保险经办机构申请补记"


def _sum(months: MonthsFacts, counted: frozenset[str]) -> tuple[int, bool]:
    """The months known so far of those that count, and whether that is all of them."""
    total, is_whole = 0, True
    for code, number in (
        ("own", months.own),
        ("deemed", months.deemed),
        ("other_provinces", months.other_provinces),
    ):
        if code in counted:
            is_whole = is_whole and number is not None
            total += number or 0
    return total, is_whole


def insured_status(case: Case) -> RuleReason | None:
    """C1, C3, trap 10: contributing, or (from 2022) drawing the benefit, at issue or at application."""
    who = case.terms.find("skill_upgrade_claimants")
    when = case.terms.find("skill_upgrade_status_at")
    if who is None or when is None:
        return None
    insurance = case.facts.insurance
    looked_at = {
        "issue": (insurance.status_at_issue,),
        "application": (insurance.status_at_application,),
        "either": (insurance.status_at_issue, insurance.status_at_application),
    }[when.option]
    admitted = {InsuranceStatus.INSURED}
    if "benefit_recipient" in who.codes:
        admitted.add(InsuranceStatus.DRAWING)
    used = (
        fact("核发当月状态", STATUS_WORDS[insurance.status_at_issue]),
        fact("申领当日状态", STATUS_WORDS[insurance.status_at_application]),
    )
    found = next((status for status in looked_at if status in admitted), None)
    if found is not None:
        return passed("insured_status", f"身份为{STATUS_WORDS[found]}", who, when, facts=used)
    if InsuranceStatus.UNKNOWN in looked_at:
        return unknown(
            "insured_status",
            f"参保或领金身份未查明（按{when.version.value}认定）",
            who,
            when,
            facts=used,
            remedy="等待失业保险经办机构答复",
        )
    return failed(
        "insured_status",
        f"按{when.version.value}认定，身份为{STATUS_WORDS[looked_at[-1]]}；可申领的为{who.version.value}",
        who,
        when,
        facts=used,
        remedy="参保或领金记录有误的，请向失业保险经办机构申请更正后再申领",
    )


def enterprise_employee(case: Case) -> RuleReason | None:
    """§1.6 contradiction 1: 企业职工 (2017) against 在职职工 (2022). Who draws the benefit has no employer."""
    scope = case.terms.find("skill_upgrade_employers")
    if scope is None or scope.option == "any":
        return None
    insurance = case.facts.insurance
    statuses = {insurance.status_at_issue, insurance.status_at_application}
    if InsuranceStatus.DRAWING in statuses and InsuranceStatus.INSURED not in statuses:
        return None
    return judged(
        "enterprise_employee",
        insurance.is_enterprise_employee,
        "申领人须为企业职工",
        scope,
        facts=(fact("参保单位为企业", insurance.is_enterprise_employee),),
        remedy="该时期的规定只及于企业职工；参保单位性质登记有误的，请申请更正",
        missing="等待失业保险经办机构查明参保单位的性质",
    )


def insurance_payer(case: Case) -> RuleReason | None:
    """C6: the agency of the 参保地, which may be the county, or the prefecture or province it is pooled in."""
    place = case.terms.find("skill_upgrade_payer_place")
    if place is None:
        return None
    division, payer = case.facts.insurance.division, case.facts.payer_division
    insured_at = division and area_name(division)
    return judged(
        "payer_place",
        None if division is None else same_area(payer, division),
        f"由失业保险参保地受理；参保地{insured_at or '未查明'}，受理地{area_name(payer)}",
        place,
        facts=(fact("参保地", insured_at), fact("受理地", area_name(payer))),
        remedy="请向失业保险参保地的经办机构申领，本件将转至该地",
        missing="等待失业保险经办机构答复参保地",
    )


def same_area(one: str, other: str) -> bool:
    """Whether one of two divisions lies in the other, by the form of their codes (also for codes since abolished)."""
    return one.startswith(prefix_of(other)) or other.startswith(prefix_of(one))
