"""Guide pages and the rules browser: the very values that decisions read, by division and day, with their clauses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.policy_values import (
    PolicyValueOut,
    PolicyVersionsOut,
    get_policy_value,
    list_policy_values,
)
from app.kernel.errors import InvalidInput, NotFound, Reason
from app.kernel.paging import MAX_PAGE_LIMIT
from app.policy.loader import packaged_book
from app.policy.wording import in_words
from app.portals.public.naming import Names, place_asked
from app.reference.divisions import NATION
from app.subsidies.entitlements.rules.evaluate import RULES_OF_KIND
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()

Code = Annotated[str, Query(max_length=40)]
Text = Annotated[str, Query(max_length=60)]
_NO_DAY = Reason(
    code="day_unreadable", message="看不懂这个日期", remedy="请写成 2026-03-01 的样子", field="on"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """The policy keys of one subsidy by the question they answer."""

    who: tuple[str, ...]
    how_much: tuple[str, ...]
    until_when: tuple[str, ...]
    what_is_needed: tuple[str, ...] = ()
    how_often: tuple[str, ...] = ()
    where: tuple[str, ...] = ()


_EVERY_KIND_WHO = ("pension_excluded_kinds",)
_LAST_DAY = ("claim_window_last_day", "claim_window_tolling")
_ONCE = ("once_only_unit",)
_OWN_ACCOUNT = ("own_account_kinds",)
_COMMITMENT = ("claim_commitment_allowed", "claim_commitment_waives")
GUIDES: Mapping[BenefitKind, Guide] = {
    BenefitKind.SKILL_UPGRADE: Guide(
        who=(
            "skill_upgrade_claimants",
            "skill_upgrade_employers",
            "skill_upgrade_status_at",
            "skill_upgrade_insured_months",
            "skill_upgrade_months_as_of",
            "skill_upgrade_counted_months",
            *_EVERY_KIND_WHO,
        ),
        how_much=("skill_upgrade_amounts", "skill_upgrade_shortage_bp"),
        until_when=("certificate_claim_window_months", *_LAST_DAY),
        what_is_needed=(
            "skill_upgrade_levels",
            "skill_upgrade_certificate_kinds",
            "skill_upgrade_training_required",
            "certificate_confirmed_within_days",
            *_OWN_ACCOUNT,
        ),
        how_often=(
            "skill_upgrade_yearly_cap",
            "skill_upgrade_shortage_extra",
            "skill_upgrade_cap_year",
            "skill_upgrade_no_downgrade",
            "skill_upgrade_no_downgrade_scope",
            "skill_upgrade_training_exclusion",
            "skill_upgrade_exclusion_direction",
            *_ONCE,
        ),
        where=("skill_upgrade_payer_place",),
    ),
    BenefitKind.TRAINING: Guide(
        who=(
            "training_key_groups",
            "training_free_groups",
            "training_places",
            "roster_age_min",
            *_EVERY_KIND_WHO,
        ),
        how_much=(
            "training_amounts",
            "training_factors_bp",
            "training_factor_range_bp",
            "cost_shares_bp",
            "stable_employment_within_months",
            "stable_employment_months",
        ),
        until_when=("training_claim_window_months", *_LAST_DAY),
        what_is_needed=(
            "opening_parts",
            "training_attendance_bp",
            "assessment_required",
            "training_certificate_required",
            "training_certificate_kinds",
            "certificate_confirmed_within_days",
            *_COMMITMENT,
            *_OWN_ACCOUNT,
        ),
        how_often=(
            "training_yearly_cap",
            "training_shortage_extra",
            "training_cap_year",
            "skill_upgrade_training_exclusion",
            "skill_upgrade_exclusion_direction",
            *_ONCE,
        ),
        where=("training_payer_place",),
    ),
    BenefitKind.LIVING_ALLOWANCE: Guide(
        who=("living_allowance_groups", "living_allowance_counts_within", *_EVERY_KIND_WHO),
        how_much=("living_allowance_day_fen", "living_allowance_online"),
        until_when=("training_claim_window_months", *_LAST_DAY),
        what_is_needed=("opening_parts", *_COMMITMENT, *_OWN_ACCOUNT),
        how_often=("living_allowance_yearly_max", *_ONCE),
        where=("training_payer_place",),
    ),
    BenefitKind.APPRENTICESHIP: Guide(
        who=_EVERY_KIND_WHO,
        how_much=("apprenticeship_year_fen", "apprenticeship_part_year"),
        until_when=("employer_claim_window_months", *_LAST_DAY),
        what_is_needed=("opening_parts", "certificate_confirmed_within_days"),
        how_often=_ONCE,
    ),
    BenefitKind.WORK_BASED: Guide(
        who=("work_based_groups", "work_based_insured_groups", "work_based_widened", *_EVERY_KIND_WHO),
        how_much=("work_based_month_fen", "work_based_months_max", "work_based_months_scope"),
        until_when=("employer_claim_window_months", *_LAST_DAY),
        how_often=_ONCE,
    ),
    BenefitKind.RETENTION: Guide(
        who=("retention_employers",),
        how_much=("retention_person_fen",),
        until_when=("employer_claim_window_months", *_LAST_DAY),
        how_often=_ONCE,
    ),
}
"""What is told of each subsidy; a test holds it against the keys that the rules read."""
STEPS = (
    "claim_acceptance_working_days",
    "claim_supplement_working_days",
    "claim_review_working_days",
    "claim_approval_working_days",
    "notice_working_days",
    "objection_answer_working_days",
    "claim_payment_working_days",
)
REMEDIES = ("reconsideration_days", "reconsideration_body", "litigation_months")
QUESTIONS = {
    "who": "谁可以领",
    "how_much": "领多少",
    "until_when": "什么时候之前申领",
    "what_is_needed": "需要什么",
    "how_often": "能领几次，和什么不能重复",
    "where": "在哪里申领",
}


@router.get("/guide")
async def list_guides_page(page: PageOf, division: Code = "", on: Code = "") -> Response:
    """Every subsidy, and whether there is a policy for it in that place on that day."""
    async with page.reading() as unit:
        day, within, places = _asked(unit, division, on)
    in_force = {
        kind: next(packaged_book().chain_of(RULES_OF_KIND[kind].in_force, on=day, division=within), None)
        for kind in BenefitKind
    }
    return page.show(
        "public/guides.html",
        kinds=KIND_LABELS,
        in_force=in_force,
        rule_of={kind: rules.in_force for kind, rules in RULES_OF_KIND.items()},
        places=places,
        asked={"division": division, "on": day.isoformat()},
        day=day,
    )


@router.get("/guide/{kind}")
async def show_guide_page(page: PageOf, kind: str, division: Code = "", on: Code = "") -> Response:
    """One subsidy in one place on one day, question by question."""
    if kind not in set(BenefitKind):
        raise NotFound
    benefit = BenefitKind(kind)
    async with page.reading() as unit:
        day, within, places = _asked(unit, division, on)
    guide = GUIDES[benefit]
    parts = {word: _values(getattr(guide, name), day, within) for name, word in QUESTIONS.items()}
    return page.show(
        "public/guide.html",
        kind=benefit,
        title=KIND_LABELS[benefit],
        is_in_force=bool(_values((RULES_OF_KIND[benefit].in_force,), day, within)),
        parts={word: values for word, values in parts.items() if values},
        steps=_values(STEPS, day, within),
        remedies=_values(REMEDIES, day, within),
        names=Names(day),
        places=places,
        place=Names(day).division(within),
        asked={"division": division, "on": day.isoformat()},
        day=day,
    )


@router.get("/rules")
async def list_rules_page(page: PageOf, division: Code = "", on: Code = "", text: Text = "") -> Response:
    """Which value each rule reads in a place on a day."""
    async with page.reading() as unit:
        day, within, places = _asked(unit, division, on)
        found = await list_policy_values(unit, as_of=day, division=within, limit=MAX_PAGE_LIMIT)
    sought = text.strip()
    return page.show(
        "public/rules.html",
        values=[value for value in found.items if sought in value.title or sought in (value.document or "")],
        names=Names(day),
        places=places,
        asked={"division": division, "on": day.isoformat(), "text": sought},
        day=day,
    )


@router.get("/rules/{key}")
async def show_rule_page(page: PageOf, key: str, division: Code = "", on: Code = "") -> Response:
    """Why a value holds: what the division or those above it set, and every version there ever was."""
    async with page.reading() as unit:
        day, within, places = _asked(unit, division, on)
        found: PolicyVersionsOut = await get_policy_value(unit, key, as_of=day, division=within)
    return page.show(
        "public/rule.html",
        rule=found,
        bounds=_bounds(found),
        names=Names(day),
        places=places,
        place=Names(day).division(within),
        asked={"division": division, "on": day.isoformat()},
        day=day,
    )


def _asked(unit: Unit, division: str, on: str) -> tuple[date, str, list[tuple[str, str]]]:
    """The day and the division asked for (today and the whole country by default). Raises InvalidInput."""
    try:
        day = date.fromisoformat(on) if on else unit.today
    except ValueError:
        raise InvalidInput([_NO_DAY]) from None
    within, places = place_asked(division, day)
    return day, within or NATION, places


def _bounds(rule: PolicyVersionsOut) -> tuple[str, str] | None:
    """Between which values lower divisions may set their own, in words."""
    bounds = rule.applied.bounds if rule.applied else None
    if bounds is None:
        return None
    known = packaged_book().keys[rule.key]
    return in_words(bounds.least, known), in_words(bounds.most, known)


def _values(keys: tuple[str, ...], on: date, division: str) -> list[PolicyValueOut]:
    """The values that hold; a key without one on that day is not told."""
    book = packaged_book()
    nearest = (next(book.chain_of(key, on=on, division=division), None) for key in keys)
    return [PolicyValueOut.of(value) for value in nearest if value is not None]
