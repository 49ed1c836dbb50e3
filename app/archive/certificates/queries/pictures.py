"""What is known of one certificate, read from the picture that ``certificate_picture`` draws for every channel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from app.archive.certificates.rules.clock import ClaimWindow, Tolling, claim_window
from app.archive.certificates.rules.linking import BodyScope, CertificateFacts, EntryFacts, OccupationRef
from app.archive.certificates.states import CertificateKind, CertificateState, TollingReason
from app.policy.values import value_of
from app.reference.skill_levels import SkillLevel, facts_of

_WINDOW_SINCE = date(2017, 1, 1)
_CLAIMABLE = frozenset(
    {
        CertificateState.SUBMITTED,
        CertificateState.PENDING_UPLOAD,
        CertificateState.MATCHED,
        CertificateState.NAME_MISMATCH,
    }
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A certificate with its number opened; ``columns`` is what the database drew."""

    number: str
    columns: Mapping[str, Any]

    @property
    def certificate_id(self) -> UUID:
        """Its id, the name it goes by outside."""
        return UUID(self.columns["certificate_id"])

    @property
    def person_id(self) -> UUID:
        """Whose it is said to be."""
        return UUID(self.columns["person_id"])

    @property
    def kind(self) -> CertificateKind:
        """Its kind."""
        return CertificateKind(self.columns["kind"])

    @property
    def state(self) -> CertificateState:
        """What the network has said so far."""
        return CertificateState(self.columns["state"])

    @property
    def issued_on(self) -> date:
        """核发之日."""
        return date.fromisoformat(self.columns["issued_on"])

    @property
    def last_confirmed_at(self) -> datetime | None:
        """When the network last confirmed it."""
        at = self.columns["last_confirmed_at"]
        return None if at is None else datetime.fromisoformat(at)

    @property
    def is_in_conflict(self) -> bool:
        """Whether the network confirms the number, but another person of this registry holds it."""
        return bool(self.columns["is_held_by_another"]) and self.columns["last_outcome"] in {
            "matched",
            "corrected",
        }

    def window(self, on: date) -> ClaimWindow | None:
        """The 12 months as they stand on ``on``; None where there is nothing to claim on."""
        if self.issued_on < _WINDOW_SINCE or self.state not in _CLAIMABLE:
            return None
        tollings = [
            Tolling(
                starts_on=date.fromisoformat(each["starts_on"]),
                ended_on=None if each["ended_on"] is None else date.fromisoformat(each["ended_on"]),
                reason=TollingReason(each["reason"]),
            )
            for each in self.columns["tollings"]
        ]
        months = value_of("certificate_claim_window_months", on=self.issued_on).number
        return claim_window(self.issued_on, tollings, on, months=months)

    def facts(self, scopes: Sequence[Mapping[str, Any]] | None) -> CertificateFacts:
        """What the rules of linking ask."""
        level = SkillLevel(self.columns["skill_level"])
        opening_id = self.columns["opening_id"]
        return CertificateFacts(
            person_id=self.person_id,
            members=frozenset(UUID(each) for each in self.columns["members"]),
            kind=self.kind,
            state=self.state,
            occupation=_occupation(self.columns),
            trade_name=self.columns["trade_name"],
            skill_level=level.value,
            level_rank=facts_of(level).rank,
            issued_on=self.issued_on,
            valid_until=_day(self.columns["valid_until"]),
            review_due_on=_day(self.columns["review_due_on"]),
            body_scopes=None if scopes is None else tuple(_scope(each) for each in scopes),
            opening_id=None if opening_id is None else UUID(opening_id),
            # Own certificates have no rival: their numbers are the registry's.
            is_holder=bool(self.columns["is_holder"]) or opening_id is not None,
            is_linked=self.columns["link"] is not None,
            was_unlinked=self.columns["was_unlinked"],
        )


def entry_facts(entry: Mapping[str, Any]) -> EntryFacts:
    """A completion as ``entries_to_prove`` drew it."""
    occupation = _occupation(entry)
    assert occupation is not None
    return EntryFacts(
        person_id=UUID(entry["person_id"]),
        entry_id=UUID(entry["entry_id"]),
        record_number=entry["record_number"],
        is_in_force=entry["is_in_force"],
        occupation=occupation,
        skill_level=entry["skill_level"],
        ends_on=date.fromisoformat(entry["ends_on"]),
        opening_id=None if entry["opening_id"] is None else UUID(entry["opening_id"]),
        is_proved=entry["is_proved"],
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _occupation(columns: Mapping[str, Any]) -> OccupationRef | None:
    if columns["occupation_code"] is None:
        return None
    return OccupationRef(columns["occupation_edition"], columns["occupation_code"])


def _scope(columns: Mapping[str, Any]) -> BodyScope:
    occupation = _occupation(columns)
    assert occupation is not None
    ends = columns["ends_before"]
    return BodyScope(
        occupation=occupation,
        lowest_rank=columns["lowest_rank"],
        highest_rank=columns["highest_rank"],
        starts_on=date.fromisoformat(columns["starts_on"]),
        ends_before=None if ends is None else date.fromisoformat(ends),
    )
