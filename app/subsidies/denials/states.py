"""Words of denials; values are what the table stores."""

from collections.abc import Mapping
from enum import StrEnum


class DenialOutcome(StrEnum):
    """What an officer found; open until then."""

    CONFIRMED = "confirmed"
    UNFOUNDED = "unfounded"


OUTCOME_LABELS: Mapping[DenialOutcome | None, str] = {
    None: "正在核查",
    DenialOutcome.CONFIRMED: "属实，本人未参加",
    DenialOutcome.UNFOUNDED: "不属实",
}
