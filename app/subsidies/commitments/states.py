"""How a check afterwards ends; values are what ``claim_commitment.outcome`` stores."""

from collections.abc import Mapping
from enum import StrEnum


class CheckOutcome(StrEnum):
    """核查相符, 核查不符."""

    CONFIRMED = "confirmed"
    FAILED = "failed"


CHECK_LABELS: Mapping[CheckOutcome, str] = {
    CheckOutcome.CONFIRMED: "核查相符",
    CheckOutcome.FAILED: "核查不符",
}
