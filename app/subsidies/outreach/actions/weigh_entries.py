"""Weigh entries: what could be claimed on each today, by the facts and rules of the decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.archive.records.states import EntryKind
from app.gateways.insurance import UnemploymentInsurance
from app.subsidies.claims.actions.ask_insurance import Case, OpenUnit, know_insurance
from app.subsidies.claims.actions.evaluate_eligibility import evaluate_eligibility
from app.subsidies.claims.actions.prepare_claim import prepare_claim
from app.subsidies.claims.queries.doors import Claimable
from app.subsidies.claims.rules.facts import Filing
from app.subsidies.entitlements.rules.verdict import Verdict
from app.subsidies.entitlements.states import BenefitKind, PayeeKind
from app.subsidies.outreach.rules import is_worth_asking
from app.subsidies.outreach.states import KIND_OF_ENTRY


@dataclass(frozen=True, slots=True)
class Weighed:
    """An entry with the subsidy it could lead to. ``division`` is the payer's, None while nobody knows it."""

    claimable: Claimable
    kind: BenefitKind
    division: str | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Platform:
    """The insurance platform, how old an answer may be, and where answers are kept (None: not at all)."""

    insurance: UnemploymentInsurance
    max_age_hours: int
    open_unit: OpenUnit | None


async def weigh_entries(
    platform: Platform, claimables: Sequence[Claimable], *, now: datetime, today: date
) -> list[Weighed]:
    """One verdict for each entry that a person can claim on, in the given order.

    The platform is asked, in one go and outside any transaction, only about those whom nothing else keeps from it.
    """
    weighed = [each for claimable in claimables if (each := _weigh(claimable, today)) is not None]
    asking = [each for each in weighed if each.verdict.missing and is_worth_asking(each.verdict)]
    await know_insurance(
        platform.insurance,
        platform.open_unit,
        [Case(each.claimable.who, each.claimable.picture, each.kind, today) for each in asking],
        now=now,
        max_age_hours=platform.max_age_hours,
    )
    asked = {id(each) for each in asking}
    return [_again(each, today) if id(each) in asked else each for each in weighed]


def _again(weighed: Weighed, today: date) -> Weighed:
    return _weigh(weighed.claimable, today) or weighed


def _weigh(claimable: Claimable, today: date) -> Weighed | None:
    kind = KIND_OF_ENTRY.get(EntryKind(claimable.picture["entry"]["kind"]))
    if kind is None:
        return None
    prepared = prepare_claim(claimable, kind, declared=None, account_id=None, today=today)
    division = prepared.route.division
    filing = Filing(
        kind=kind,
        # Where nobody knows the payer the values of the entry's place are shown; the verdict says what is open.
        payer_division=division or claimable.picture["entry"]["division_code"],
        applied_on=today,
        payee=PayeeKind.PERSON,
        account_id=None if prepared.account_id is None else str(prepared.account_id),
    )
    judged = evaluate_eligibility(claimable.who, claimable.picture, filing, today=today)
    return Weighed(claimable, kind, division, judged.verdict)
