"""What a citizen's own entries entitle to: the decision's own rules over everything that is known now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.archive.records.states import EntryKind, EntryState
from app.exchange.extracts.queries import shown_to_me
from app.exchange.shares.queries import entries_shown
from app.exchange.shares.rules import ShownEntry
from app.kernel.money import with_sign
from app.subsidies.claims.actions.ask_insurance import Case, know_insurance
from app.subsidies.claims.actions.evaluate_eligibility import evaluate_eligibility
from app.subsidies.claims.actions.prepare_claim import Prepared, prepare_claim
from app.subsidies.claims.queries.doors import Claimable, own_claimable
from app.subsidies.claims.queries.lists import ListedClaim, own_claims
from app.subsidies.claims.rules.facts import Filing
from app.subsidies.claims.states import ENTRY_KIND_OF, PAYEES_OF, ClaimState
from app.subsidies.entitlements.rules.verdict import Verdict
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind, Outcome, PayeeKind
from app.web.pages.page import Page

BENEFIT_OF: Mapping[EntryKind, BenefitKind] = {
    entry: kind for kind, entry in ENTRY_KIND_OF.items() if PayeeKind.PERSON in PAYEES_OF[kind]
}
"""Which subsidy somebody may claim for themselves on an entry of a kind; a kind leads to one at most."""
_CLAIMS_MAX = 200


@dataclass(frozen=True, slots=True)
class Considered:
    """An entry, the subsidy it may lead to, what the rules say on a day, and the claim if there is one already."""

    on: date
    entry: ShownEntry
    kind: BenefitKind
    prepared: Prepared
    verdict: Verdict
    claim: ListedClaim | None

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        return verdict_in_a_sentence(self.verdict)


async def consider(
    page: Page, record_number: str | None = None, *, declared: str | None = None
) -> tuple[date, list[Considered]]:
    """Today, and every entry in force that may be claimed on, or the one named; nothing is stored."""
    async with page.reading() as unit:
        keys = page.parts.keys
        numbers = None if record_number is None else [record_number]
        claimables = await own_claimable(unit, keys, numbers)
        shown = {each.record_number: each for each in entries_shown(keys, await shown_to_me(unit, None))}
        claims = (await own_claims(unit, cursor=None, limit=_CLAIMS_MAX)).items
        now, today = unit.now, unit.today
    chosen = [(each, entry, kind) for each, entry, kind in _claimable(claimables, shown)]
    await know_insurance(
        page.parts.insurance_for_pages,
        None,
        [Case(each.who, each.picture, kind, today) for each, _, kind in chosen],
        now=now,
        max_age_hours=page.parts.settings.insurance_answer_hours,
    )
    found = []
    for each, entry, kind in chosen:
        prepared = prepare_claim(each, kind, declared=declared, account_id=None, today=today)
        filing = Filing(
            kind=kind,
            # Where nobody knows the payer the values of the entry's place are shown; the verdict says what is open.
            payer_division=prepared.route.division or each.picture["entry"]["division_code"],
            applied_on=today,
            payee=PayeeKind.PERSON,
            account_id=None if prepared.account_id is None else str(prepared.account_id),
        )
        verdict = evaluate_eligibility(each.who, each.picture, filing, today=today).verdict
        found.append(Considered(today, entry, kind, prepared, verdict, _claim_on(claims, entry, kind)))
    return today, found


def verdict_in_a_sentence(verdict: Verdict) -> str:
    """What the rules say, as somebody reads it once."""
    name = KIND_LABELS[verdict.kind]
    if verdict.outcome is Outcome.ELIGIBLE:
        return f"按现在查到的情况，您可以领取{name} {with_sign(verdict.amount_fen)}。"
    if verdict.outcome is Outcome.INELIGIBLE:
        return f"按现在查到的情况，您不能领取{name}：有{len(verdict.failed)}项条件不符合。"
    return f"能不能领取{name}，现在还不能下结论：有{len(verdict.missing)}项情况没有查明。"


def _claimable(
    claimables: Sequence[Claimable], shown: Mapping[str, ShownEntry]
) -> list[tuple[Claimable, ShownEntry, BenefitKind]]:
    found = []
    for each in claimables:
        entry = shown.get(each.record_number or "")
        if entry is not None and entry.state is EntryState.IN_FORCE and entry.kind in BENEFIT_OF:
            found.append((each, entry, BENEFIT_OF[entry.kind]))
    return found


def _claim_on(claims: Sequence[ListedClaim], entry: ShownEntry, kind: BenefitKind) -> ListedClaim | None:
    return next(
        (
            claim
            for claim in claims
            if claim.record_number == entry.record_number
            and claim.kind is kind
            and claim.state is not ClaimState.WITHDRAWN
        ),
        None,
    )
