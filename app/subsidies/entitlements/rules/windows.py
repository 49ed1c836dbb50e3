"""Until when a claim can be made: months as statutes count them, the last day included, stopped by a late network."""

from datetime import date, timedelta

from app.archive.certificates.rules.clock import Tolling
from app.archive.certificates.rules.clock import claim_window as certificate_window
from app.kernel.clock import day_in_words
from app.subsidies.entitlements.rules.facts import ClaimFacts, TollingFacts
from app.subsidies.entitlements.rules.reasoning import Case, fact, failed, passed
from app.subsidies.entitlements.rules.rulebook import Term, Terms
from app.subsidies.entitlements.rules.verdict import RuleReason, UsedFact
from app.subsidies.entitlements.states import BenefitKind

_MONTHS = {
    "skill_upgrade": "certificate_claim_window_months",
    "training": "training_claim_window_months",
    "living_allowance": "training_claim_window_months",
    "apprenticeship": "employer_claim_window_months",
    "work_based": "employer_claim_window_months",
    "retention": "employer_claim_window_months",
}


def last_claim_day(facts: ClaimFacts, terms: Terms, day: date) -> date | None:
    """The last day that still counts, with every stop of the clock; ``None`` when no value holds on the day."""
    months = terms.find(_MONTHS[facts.kind])
    ends = terms.find("claim_window_last_day")
    stops = terms.find("claim_window_tolling")
    if months is None or ends is None or stops is None:
        return None
    tollings = _stops(facts) if stops.option != "none" else ()
    window = certificate_window(
        day,
        [Tolling(stop.starts_on, stop.ended_on, stop.reason) for stop in tollings],
        facts.applied_on,
        months=months.number,
    )
    return window.last_day - timedelta(days=1 if ends.option == "day_before" else 0)


def claim_window(case: Case) -> RuleReason | None:
    """C6, trap 3: within the months from the day of issue (or of the end), the last day included."""
    facts, last_day = case.facts, case.last_claim_day
    if last_day is None:
        return None
    terms = _terms(case)
    stopped = sum(_days(stop, facts.applied_on) for stop in _stops(facts))
    used: tuple[UsedFact, ...] = (
        fact("起算日期", case.day),
        fact("末日", last_day),
        fact("申领日期", facts.applied_on),
    )
    if stopped:
        used += (fact("停止计算天数", stopped),)
    from_on, until_on, applied_on = (day_in_words(each) for each in (case.day, last_day, facts.applied_on))
    if facts.applied_on <= last_day:
        return passed(
            "claim_window",
            f"自{from_on}起算，末日{until_on}，在期限内",
            *terms,
            facts=used,
        )
    return failed(
        "claim_window",
        f"自{from_on}起算，末日为{until_on}，{applied_on}申领已逾期{(facts.applied_on - last_day).days}日",
        *terms,
        facts=used,
        until=last_day,
        remedy="期限已过，不能再申领；证书数据登载迟延的，可向经办机构申请认定停止计算的期间",
    )


def _terms(case: Case) -> tuple[Term, ...]:
    keys = (_MONTHS[case.facts.kind], "claim_window_last_day", "claim_window_tolling")
    found = [case.terms.find(key) for key in keys]
    return tuple(term for term in found if term is not None)


def _stops(facts: ClaimFacts) -> tuple[TollingFacts, ...]:
    """Only the clock of a certificate stands still: a training's end is known to the registry at once."""
    is_upgrade = facts.kind is BenefitKind.SKILL_UPGRADE
    return facts.certificate.tollings if is_upgrade and facts.certificate is not None else ()


def _days(stop: TollingFacts, on: date) -> int:
    return max(((stop.ended_on or on) - stop.starts_on).days, 0)
