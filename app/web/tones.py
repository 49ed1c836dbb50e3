"""Status tags of the portals: a word of a vocabulary with what it tells at a glance.

``tag("claim", state)`` in Python, ``{{ ui.tag("claim", state) }}`` in templates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.archive.certificates import states as certificates
from app.archive.records import states as records
from app.directory.institutions import states as institutions
from app.exchange.comparisons import states as comparisons
from app.exchange.peers import states as peers
from app.exchange.shares import states as shares
from app.identity.persons import states as persons
from app.subsidies.claims import states as claims
from app.subsidies.disbursements import states as disbursements
from app.subsidies.entitlements import states as entitlements
from app.subsidies.listings import states as listings
from app.subsidies.messages import states as messages
from app.subsidies.notices import states as notices
from app.subsidies.recoveries import states as recoveries
from app.subsidies.vouchers import states as vouchers
from app.training.assessments.states import Outcome, ResultState
from app.training.attendance.states import (
    Held,
    PresenceVerdict,
    SourceStanding,
)
from app.training.openings.states import (
    ChangeDecision,
    OpeningState,
)
from app.training.rosters.states import LineState
from app.web.words import Part, word


class Tone(StrEnum):
    """What a tag tells at a glance, always beside its word: not begun, waiting, good, mind this, bad, over."""

    DRAFT = "draft"
    WAITING = "waiting"
    GOOD = "good"
    MIND = "mind"
    BAD = "bad"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Tag:
    """A word and its tone."""

    word: str
    tone: Tone


_TONES: Mapping[str, Mapping[Tone, frozenset[str | None]]] = {
    "part": {
        Tone.WAITING: frozenset({Part.UNDER_WAY}),
        Tone.BAD: frozenset({Part.FAULTY}),
        Tone.GOOD: frozenset({Part.DONE}),
    },
    "opening": {
        Tone.WAITING: frozenset({OpeningState.FILED}),
        Tone.MIND: frozenset({OpeningState.RETURNED}),
        Tone.GOOD: frozenset({OpeningState.ON_RECORD, OpeningState.RUNNING}),
        Tone.OVER: frozenset({OpeningState.CLOSED, OpeningState.CANCELED}),
    },
    "change_decision": {
        Tone.WAITING: frozenset({None}),
        Tone.GOOD: frozenset({ChangeDecision.ACCEPTED}),
        Tone.BAD: frozenset({ChangeDecision.REFUSED}),
    },
    "line": {
        Tone.WAITING: frozenset({LineState.UNVERIFIED}),
        Tone.GOOD: frozenset({LineState.MATCHED}),
        Tone.BAD: frozenset({LineState.NOT_MATCHED}),
        Tone.MIND: frozenset({LineState.UNAVAILABLE}),
    },
    "held": {
        Tone.WAITING: frozenset({Held.TODAY}),
        Tone.GOOD: frozenset({Held.RUNNING}),
        Tone.OVER: frozenset({Held.OVER}),
    },
    "source_standing": {
        Tone.GOOD: frozenset({SourceStanding.IN_FORCE}),
        Tone.OVER: frozenset({SourceStanding.REVOKED}),
    },
    "presence_verdict": {
        Tone.GOOD: frozenset({PresenceVerdict.ACCEPTED}),
        Tone.BAD: frozenset({PresenceVerdict.REFUSED}),
    },
    "merge": {
        Tone.GOOD: frozenset({persons.MergeState.MERGED}),
        Tone.OVER: frozenset({persons.MergeState.REFUSED, persons.MergeState.ENDED}),
    },
    "outcome": {
        Tone.GOOD: frozenset({Outcome.PASS, Outcome.EXEMPT}),
        Tone.BAD: frozenset({Outcome.FAIL}),
        Tone.MIND: frozenset({Outcome.ABSENT}),
    },
    "result": {
        Tone.WAITING: frozenset({ResultState.ENTERED}),
        Tone.GOOD: frozenset({ResultState.CONFIRMED}),
    },
    "entry": {
        Tone.GOOD: frozenset({records.EntryState.IN_FORCE}),
        Tone.OVER: frozenset({records.EntryState.SUPERSEDED}),
        Tone.BAD: frozenset({records.EntryState.REVOKED}),
    },
    "certificate": {
        Tone.WAITING: frozenset(
            {certificates.CertificateState.SUBMITTED, certificates.CertificateState.PENDING_UPLOAD}
        ),
        Tone.GOOD: frozenset({certificates.CertificateState.MATCHED}),
        Tone.MIND: frozenset({certificates.CertificateState.NAME_MISMATCH}),
        Tone.BAD: frozenset(
            {certificates.CertificateState.NOT_FOUND_FINAL, certificates.CertificateState.REVOKED}
        ),
        Tone.OVER: frozenset({certificates.CertificateState.EXPIRED}),
    },
    "verdict": {
        Tone.GOOD: frozenset({entitlements.Outcome.ELIGIBLE}),
        Tone.BAD: frozenset({entitlements.Outcome.INELIGIBLE}),
        Tone.MIND: frozenset({entitlements.Outcome.UNDECIDED}),
    },
    "condition": {
        Tone.GOOD: frozenset({entitlements.RuleResult.PASSED}),
        Tone.BAD: frozenset({entitlements.RuleResult.FAILED}),
        Tone.MIND: frozenset({entitlements.RuleResult.UNKNOWN}),
    },
    "claim": {
        Tone.MIND: frozenset({claims.ClaimState.SUPPLEMENT_REQUESTED, claims.ClaimState.FAILED}),
        Tone.WAITING: frozenset(
            {
                claims.ClaimState.SUBMITTED,
                claims.ClaimState.ACCEPTED,
                claims.ClaimState.REVIEWED,
                claims.ClaimState.APPROVED,
                claims.ClaimState.NOTICED,
                claims.ClaimState.PAYABLE,
                claims.ClaimState.ORDERED,
                claims.ClaimState.INSTRUCTED,
            }
        ),
        Tone.GOOD: frozenset({claims.ClaimState.PAID}),
        Tone.BAD: frozenset({claims.ClaimState.NOT_ACCEPTED, claims.ClaimState.REFUSED}),
        Tone.OVER: frozenset({claims.ClaimState.WITHDRAWN}),
    },
    "institution_account": {Tone.GOOD: frozenset({"confirmed"}), Tone.OVER: frozenset({"ended"})},
    "advance": {
        Tone.GOOD: frozenset({disbursements.AdvanceState.SETTLED}),
        Tone.OVER: frozenset({disbursements.AdvanceState.WORKED_OFF, disbursements.AdvanceState.CANCELED}),
    },
    "confirmation": {
        Tone.GOOD: frozenset({disbursements.ConfirmationDecision.CONFIRMED}),
        Tone.BAD: frozenset({disbursements.ConfirmationDecision.REFUSED}),
    },
    "instruction": {
        Tone.GOOD: frozenset({disbursements.InstructionState.SETTLED}),
        Tone.BAD: frozenset({disbursements.InstructionState.REJECTED}),
    },
    "import": {Tone.GOOD: frozenset({"done"}), Tone.BAD: frozenset({"failed"})},
    "voucher": {
        Tone.GOOD: frozenset({vouchers.VoucherState.VALID}),
        Tone.OVER: frozenset(
            {
                vouchers.VoucherState.REDEEMED,
                vouchers.VoucherState.VOIDED,
                vouchers.VoucherState.EXPIRED,
            }
        ),
    },
    "listing": {
        Tone.GOOD: frozenset({listings.ListingState.CONFIRMED}),
        Tone.MIND: frozenset({listings.ListingState.RETURNED}),
    },
    "listing_line": {
        Tone.GOOD: frozenset({listings.LineCheck.MATCHED}),
        Tone.BAD: frozenset({listings.LineCheck.NOT_MATCHED}),
    },
    "message": {
        Tone.GOOD: frozenset({messages.DeliveryState.SENT}),
        Tone.MIND: frozenset({messages.DeliveryState.UNDELIVERABLE}),
    },
    "objection": {
        Tone.GOOD: frozenset({notices.ObjectionOutcome.UPHELD}),
        Tone.OVER: frozenset({notices.ObjectionOutcome.DISMISSED}),
    },
    "comparison": {Tone.GOOD: frozenset({comparisons.ComparisonState.DONE})},
    "share": {
        Tone.GOOD: frozenset({shares.ShareState.OPEN}),
        Tone.OVER: frozenset(
            {shares.ShareState.REVOKED, shares.ShareState.USED_UP, shares.ShareState.EXPIRED}
        ),
    },
    "recovery": {
        Tone.MIND: frozenset({recoveries.RecoveryState.ORDERED, recoveries.RecoveryState.PARTLY_REPAID}),
        Tone.GOOD: frozenset({recoveries.RecoveryState.REPAID}),
        Tone.OVER: frozenset({recoveries.RecoveryState.WRITTEN_OFF}),
    },
    "write_off": {
        Tone.GOOD: frozenset({recoveries.WriteOffDecision.ACCEPTED}),
        Tone.BAD: frozenset({recoveries.WriteOffDecision.REFUSED}),
    },
    "peer": {Tone.GOOD: frozenset({peers.PeerState.IN_FORCE}), Tone.OVER: frozenset({peers.PeerState.ENDED})},
    "standing": {
        Tone.GOOD: frozenset({institutions.Standing.ACTIVE}),
        Tone.MIND: frozenset({institutions.Standing.SUSPENDED}),
        Tone.OVER: frozenset({institutions.Standing.WITHDRAWN}),
    },
}
_BY_DEFAULT = {"part": Tone.DRAFT, "opening": Tone.DRAFT, "result": Tone.DRAFT, "held": Tone.DRAFT}


def tag(vocabulary: str, value: str | None) -> Tag:
    """Word and tone of a status; states that wait for somebody are the rule, so they need no entry."""
    tones = _TONES.get(vocabulary, {})
    tone = next((tone for tone, values in tones.items() if value in values), None)
    return Tag(word(vocabulary, value), tone or _BY_DEFAULT.get(vocabulary, Tone.WAITING))
