"""Judge an entry or a claim: the same facts and the same rules for the dry run and for the decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.kernel.errors import InvalidInput
from app.kernel.identifiers import check_identity_number
from app.reference.divisions import was_in_force
from app.subsidies.claims.queries.doors import Who
from app.subsidies.claims.queries.insured import insured_of
from app.subsidies.claims.rules.attesting import Attested, with_attested
from app.subsidies.claims.rules.facts import Filing, Picture, facts_of
from app.subsidies.entitlements.rules.evaluate import evaluate
from app.subsidies.entitlements.rules.facts import ClaimFacts
from app.subsidies.entitlements.rules.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and the facts it rests on."""

    facts: ClaimFacts
    verdict: Verdict


def evaluate_eligibility(
    who: Who, picture: Picture, filing: Filing, *, today: date, attested: Sequence[Attested] = ()
) -> Judged:
    """The verdict on ``filing``. Raises ``InvalidInput`` for attested facts that cannot stand."""
    facts = facts_of(
        picture,
        filing,
        insured=insured_of(filing.kind, picture, filing.applied_on),
        born_on=_born_on(who.number, today),
    )
    facts, reasons = with_attested(facts, attested)
    if reasons:
        raise InvalidInput(reasons)
    return Judged(facts, evaluate(facts))


def _born_on(number: str | None, today: date) -> date | None:
    if number is None:
        return None
    checked = check_identity_number(number, on=today, area_known=was_in_force)
    return None if checked.value is None else checked.value.born_on
