"""What a certificate becomes by an answer of the network: pure, and every step with its reason.

"Not found today" is not "false": uploads lag by rule (mission §1.5, 用人单位 10 working days and more), so only a
network that says it has everything of the issuer through the last day of that allowance makes it final. An answer that
could not be had changes nothing.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.archive.certificates.states import AnswerOutcome, CertificateState, may_become
from app.reference.calendar import FIRST_YEAR, due_after

NUMBER_HELD_BY_ANOTHER = "number_held_by_another"
"""Reason code of a conflict: the network confirms the number, but another person of this registry holds it."""

RECONFIRM_AFTER = timedelta(days=30)
_ASK_AGAIN_NEXT_DAY = timedelta(days=1)
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=30)
LEASE = timedelta(minutes=5)
"""How long a worker keeps a certificate to itself; its network may take seconds for each of several requests."""

_CONFIRMING = frozenset({AnswerOutcome.MATCHED, AnswerOutcome.CORRECTED})
_CONFIRMED_ONCE = frozenset({CertificateState.MATCHED, CertificateState.REVOKED, CertificateState.EXPIRED})
_RELIED_ON = frozenset({CertificateState.MATCHED, CertificateState.EXPIRED})
_MISMATCHING = frozenset({AnswerOutcome.NAME_MISMATCH, AnswerOutcome.NUMBER_MISMATCH})


class Turn(StrEnum):
    """Topic (``certificate.…``) of what turned. ``DISOWNED``: the network says now that it is another person's."""

    REVOKED = "revoked"
    DISOWNED = "disowned"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFacts:
    """What stands around an answer.

    ``complete_through``: the network has everything of the issuer issued on or before that day; None when it did not
    say. ``upload_due_on``: last day of the issuer's allowance to upload, None when it cannot be told yet.
    ``is_held_by_another``: another person of this registry holds the number.
    """

    complete_through: date | None
    upload_due_on: date | None
    valid_until: date | None
    is_held_by_another: bool
    today: date


@dataclass(frozen=True, slots=True)
class Step:
    """A change of state and the code of its reason."""

    to: CertificateState
    reason_code: str


def next_state(current: CertificateState, outcome: AnswerOutcome, facts: AnswerFacts) -> tuple[Step, ...]:
    """The changes an answer makes, in order; none when everything stays.

    A certificate that the network confirms although its validity is over is matched first and expired at once.
    """
    target, reason = _target(current, outcome, facts)
    steps: list[Step] = []
    if target is not current and may_become(current, target):
        steps.append(Step(target, reason))
        current = target
    if current is CertificateState.MATCHED and is_over(facts.valid_until, facts.today):
        steps.append(Step(CertificateState.EXPIRED, "validity_over"))
    return tuple(steps)


def turn_of(before: CertificateState, after: CertificateState, *, was_confirmed: bool) -> Turn | None:
    """What whoever has relied on the certificate must hear of at once; None when nothing turned.

    ``was_confirmed``: the network had confirmed it for this person at some time before.
    """
    if after is before:
        return None
    if after is CertificateState.REVOKED:
        return Turn.REVOKED
    if before in _RELIED_ON and after is CertificateState.NAME_MISMATCH:
        return Turn.DISOWNED
    if before is CertificateState.REVOKED or (
        before is CertificateState.NAME_MISMATCH and after is CertificateState.MATCHED and was_confirmed
    ):
        return Turn.RESTORED
    return None


def _target(
    current: CertificateState, outcome: AnswerOutcome, facts: AnswerFacts
) -> tuple[CertificateState, str]:
    if outcome is AnswerOutcome.REVOKED:
        return CertificateState.REVOKED, "network_revoked"
    if outcome in _CONFIRMING:
        if facts.is_held_by_another or (
            current is CertificateState.EXPIRED and is_over(facts.valid_until, facts.today)
        ):
            return current, NUMBER_HELD_BY_ANOTHER
        return CertificateState.MATCHED, "network_matched"
    if outcome in _MISMATCHING:
        return CertificateState.NAME_MISMATCH, f"network_{outcome.value}"
    return _target_when_absent(current, facts)


def _target_when_absent(current: CertificateState, facts: AnswerFacts) -> tuple[CertificateState, str]:
    if current in _CONFIRMED_ONCE:
        # What the network once confirmed it takes back by revoking, not by losing it.
        return current, "not_found_after_match"
    if is_final(facts):
        return CertificateState.NOT_FOUND_FINAL, "network_complete_without_it"
    is_new = current is CertificateState.SUBMITTED
    return CertificateState.PENDING_UPLOAD if is_new else current, "network_upload_late"


def is_final(facts: AnswerFacts) -> bool:
    """Whether "not found" is the last word: complete through a day later than the allowance to upload."""
    return (
        facts.complete_through is not None
        and facts.upload_due_on is not None
        and facts.complete_through > facts.upload_due_on
    )


def is_over(valid_until: date | None, today: date) -> bool:
    """Whether a validity is over; its last day still counts."""
    return valid_until is not None and valid_until < today


def upload_due_on(issued_on: date, working_days: int) -> date:
    """Last day on which a certificate of ``issued_on`` may reach the network by rule; never earlier than the true one.

    That holds where the holidays of a year are not published yet, and for certificates older than the calendar, for
    which three calendar days are counted for each working day.
    """
    if issued_on.year < FIRST_YEAR:
        return issued_on + timedelta(days=3 * working_days)
    return due_after(issued_on, working_days).on


def wait_unanswered(attempts: int) -> timedelta:
    """How long until an unanswered certificate is asked about again: 30 s, doubling, at most 30 min."""
    return min(_FIRST_WAIT * (1 << min(max(attempts, 1) - 1, 10)), _LONGEST_WAIT)


def wait_answered(state: CertificateState) -> timedelta | None:
    """How long until an answered certificate is asked about again; None when only the network's own changes matter."""
    match state:
        case CertificateState.PENDING_UPLOAD | CertificateState.SUBMITTED:
            return _ASK_AGAIN_NEXT_DAY
        case CertificateState.MATCHED | CertificateState.NAME_MISMATCH:
            return RECONFIRM_AFTER
        case _:
            return None
