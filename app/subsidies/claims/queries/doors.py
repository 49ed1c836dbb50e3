"""Claims and claimable entries as agencies and citizens reach them: through doors that store who looked (I10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.archive.records.states import Purpose
from app.db.crypto import KeyRing
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.identity.persons.actions.register_persons import NUMBER_FIELD
from app.kernel.clock import law_date, parse_instant
from app.kernel.errors import NotFound
from app.reference.divisions import prefix_of
from app.subsidies.claims.rules.facts import Filing
from app.subsidies.claims.rules.steps import Decided, Standing
from app.subsidies.claims.states import AppealOutcome, ClaimState
from app.subsidies.entitlements.rules.facts import CommitmentFacts
from app.subsidies.entitlements.states import BenefitKind, CreditTier, PayeeKind

_READ = text("""
    SELECT person_id, claim, steps, facts, number_sealed, name_sealed
    FROM read_claims(:actor, :agency, :purpose, :case_number, :request, :prefix, CAST(:claims AS uuid[]))
""")
_OWN = text("SELECT person_id, claim, steps, record_number FROM own_claim(:actor, :claim_id)")
_CLAIMABLE = text("""
    SELECT person_id, entry_id, record_number, facts, number_sealed, name_sealed
    FROM read_claimable(:actor, :agency, :purpose, :case_number, :request, CAST(:numbers AS text[]))
""")
_OWN_CLAIMABLE = text("""
    SELECT person_id, entry_id, record_number, facts, number_sealed, name_sealed
    FROM own_claimable(:actor, CAST(:numbers AS text[]))
""")
_BULK = text("""
    SELECT person_id, entry_id, NULL AS record_number, facts, number_sealed, name_sealed
    FROM claim_facts_of(CAST(:persons AS uuid[]), CAST(:entries AS uuid[]))
""")


@dataclass(frozen=True, slots=True)
class Who:
    """Whom the insurance platform and the bank are asked about; ``None`` what the registry does not hold."""

    person_id: UUID
    number: str | None = field(repr=False)
    name: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claimable:
    """An entry somebody may claim on, with everything a decision would rest on."""

    who: Who
    entry_id: UUID
    record_number: str | None
    picture: dict[str, Any]

    @property
    def entry_on(self) -> date:
        """The last day the entry covers: what chooses the version of the policy."""
        return date.fromisoformat(self.picture["entry"]["ends_on"])


@dataclass(frozen=True, slots=True)
class FoundClaim:
    """A claim with its steps and, for officers, the facts of its entry."""

    who: Who
    claim: dict[str, Any]
    steps: dict[str, Any]
    picture: dict[str, Any]

    @property
    def person_id(self) -> UUID:
        """Whose claim it is: the key its steps are stored under."""
        return self.who.person_id

    @property
    def claim_id(self) -> UUID:
        """The claim."""
        return UUID(self.claim["claim_id"])

    @property
    def number(self) -> str:
        """受理编号."""
        return str(self.claim["claim_number"])

    @property
    def division(self) -> str:
        """The payer's area."""
        return str(self.claim["division_code"])

    @property
    def is_supplement_answered(self) -> bool:
        """Whether papers were asked for and the answer has been given (补正)."""
        supplement = self.steps["supplement"]
        return supplement is not None and supplement["answered_at"] is not None

    @property
    def round(self) -> int:
        """Which round of deciding it is in, counted from 1."""
        return int(self.claim["round"])

    @property
    def applied_on(self) -> date:
        """The day of law on which it was filed: what deadlines are measured by."""
        return law_date(parse_instant(self.claim["submitted_at"]))

    @property
    def review(self) -> Mapping[str, Any] | None:
        """The review of the present round."""
        return next((each for each in self.steps["reviews"] if each["round"] == self.round), None)

    def filing(self) -> Filing:
        """What the claim says itself."""
        return Filing(
            kind=BenefitKind(self.claim["kind"]),
            payer_division=self.division,
            applied_on=self.applied_on,
            payee=PayeeKind(self.claim["payee_kind"]),
            account_id=self.claim["account_id"],
            voucher_id=self.claim["voucher_id"],
            apart=self.claim["claim_id"],
            commitment=_commitment(self.steps["commitment"]),
        )

    def standing(self, today: date) -> Standing:
        """Where it stands, as the rules of steps ask."""
        review, supplement = self.review, self.steps["supplement"]
        again = {
            each["round"] for each in self.steps["appeals"] if each["outcome"] == AppealOutcome.DECIDE_AGAIN
        }
        deciders = [each for each in self.steps["approvals"] if each["round"] in again]
        return Standing(
            state=ClaimState(self.claim["state"]),
            round=self.round,
            version=self.claim["version"],
            is_held=self.steps["is_held"],
            was_supplemented=supplement is not None,
            is_supplement_running=supplement is not None
            and supplement["answered_at"] is None
            and today <= date.fromisoformat(supplement["due_on"]),
            reviewed_verdict=None if review is None else review["verdict"],
            reviewed_by=None if review is None else UUID(review["reviewed_by"]),
            decided_before=frozenset(
                UUID(each[role]) for each in deciders for role in ("reviewed_by", "approved_by")
            ),
        )

    def decided(self, today: date) -> Decided:
        """As an appeal goes against it: its last decision was told when it came to its state."""
        return Decided(
            person_id=self.person_id,
            claim_id=self.claim_id,
            division=self.division,
            told_on=law_date(parse_instant(self.claim["state_since"])),
            standing=self.standing(today),
        )


async def read_claims(
    unit: Unit,
    keys: KeyRing,
    claims: Sequence[UUID],
    *,
    purpose: Purpose = Purpose.SUBSIDY_REVIEW,
    case_number: str | None = None,
) -> dict[UUID, FoundClaim]:
    """Claims of the officer's area by id; others are not there. Without a case, the claim is its own case."""
    rows = await unit.session.execute(
        _READ,
        {
            **_reader(unit, purpose, case_number),
            "prefix": prefix_of(unit.actor.division_code or ""),
            "claims": list(claims),
        },
    )
    found = [FoundClaim(_who(keys, row), row.claim, row.steps, row.facts) for row in rows]
    return {each.claim_id: each for each in found}


async def read_claim(unit: Unit, keys: KeyRing, claim_id: UUID) -> FoundClaim:
    """One claim of the officer's area for an act on it. Raises NotFound."""
    found = await read_claims(unit, keys, [claim_id])
    if claim_id not in found:
        raise NotFound
    return found[claim_id]


async def own_claim(unit: Unit, claim_id: UUID) -> FoundClaim:
    """One of the citizen's own claims. Raises NotFound."""
    row = (
        await unit.session.execute(_OWN, {"actor": unit.actor.principal_id, "claim_id": claim_id})
    ).one_or_none()
    if row is None:
        raise NotFound
    return FoundClaim(
        Who(row.person_id, None, None), {**row.claim, "record_number": row.record_number}, row.steps, {}
    )


async def read_claimable(
    unit: Unit, keys: KeyRing, *, purpose: Purpose, case_number: str, record_numbers: Sequence[str]
) -> list[Claimable]:
    """Entries by record number, for an officer; logged as a look at their persons."""
    rows = await unit.session.execute(
        _CLAIMABLE, {**_reader(unit, purpose, case_number), "numbers": list(record_numbers)}
    )
    return [_claimable(keys, row) for row in rows]


async def own_claimable(
    unit: Unit, keys: KeyRing, record_numbers: Sequence[str] | None = None
) -> list[Claimable]:
    """The citizen's own entries: those named, or all of them."""
    rows = await unit.session.execute(
        _OWN_CLAIMABLE,
        {
            "actor": unit.actor.principal_id,
            "numbers": None if record_numbers is None else list(record_numbers),
        },
    )
    return [_claimable(keys, row) for row in rows]


async def claimable_of(unit: Unit, keys: KeyRing, entries: Sequence[tuple[UUID, UUID]]) -> list[Claimable]:
    """Entries by ``(person_id, entry_id)``, in bulk, for the registry's own jobs (精准推送, reminders)."""
    rows = await unit.session.execute(
        _BULK, {"persons": [person for person, _ in entries], "entries": [entry for _, entry in entries]}
    )
    return [_claimable(keys, row) for row in rows if row.facts is not None]


def _commitment(stored: Mapping[str, Any] | None) -> CommitmentFacts | None:
    if stored is None:
        return None
    return CommitmentFacts(
        version=stored["version"],
        signed_on=law_date(parse_instant(stored["committed_at"])),
        credit=CreditTier(stored["credit"]),
        fee_fen=stored["fee_fen"],
    )


def _claimable(keys: KeyRing, row: Row[Any]) -> Claimable:
    return Claimable(_who(keys, row), row.entry_id, row.record_number, row.facts)


def _who(keys: KeyRing, row: Row[Any]) -> Who:
    number, name = row.number_sealed, row.name_sealed
    return Who(
        row.person_id,
        None if number is None else keys.open(number, name=NUMBER_FIELD, owner=row.person_id),
        None if name is None else keys.open(name, name=NAME_FIELD, owner=row.person_id),
    )


def _reader(unit: Unit, purpose: Purpose, case_number: str | None) -> dict[str, Any]:
    return {
        "actor": unit.actor.principal_id,
        "agency": unit.actor.agency(),
        "request": unit.actor.request_id,
        "purpose": purpose,
        "case_number": case_number,
    }
