"""How soon to try again: operating values, no policy. Asking the bank too often harms nobody, paying twice would."""

from datetime import timedelta

from app.subsidies.disbursements.states import WaitReason

LEASE = timedelta(seconds=60)
"""How long one worker has an instruction to itself; longer than the bank's client ever waits for an answer."""

_FIRST_S = 2
_LONGEST_S = 3_600
_SOON_S = 5
_WAITING_S = 300
_SOON = {
    WaitReason.ENTRY_NOT_SEALED,
    WaitReason.LOG_LATE,
    WaitReason.PERSON_NOT_COMPARABLE,
    WaitReason.REGISTRIES_NOT_ASKED,
}


def ask_again_in(sends: int) -> timedelta:
    """After ``sends`` tries (at least one) without an end: two seconds, doubling up to an hour."""
    return timedelta(seconds=min(_FIRST_S * 2 ** min(max(sends, 1) - 1, 20), _LONGEST_S))


def try_again_in(reason: WaitReason) -> timedelta:
    """When to try to instruct again: sealing and other registries take seconds, the other causes somebody's work."""
    return timedelta(seconds=_SOON_S if reason in _SOON else _WAITING_S)
