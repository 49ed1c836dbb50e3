"""Words of notices, objections and deadlines; values are what the tables store."""

from collections.abc import Mapping
from enum import StrEnum


class ObjectionOutcome(StrEnum):
    """How an objection ends; open until an officer has decided."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Filed(StrEnum):
    """What the door ``file_objection`` answers; all but the first leave nothing behind."""

    FILED = "filed"
    TOO_MANY = "too_many"
    OVER = "over"
    ABSENT = "absent"
    SETTLED = "settled"


class Decided(StrEnum):
    """What the door ``decide_objection`` answers."""

    DECIDED = "decided"
    SENT_BACK = "sent_back"
    ALREADY_DECIDED = "already_decided"
    ABSENT = "absent"


OUTCOME_LABELS: Mapping[ObjectionOutcome | None, str] = {
    None: "正在核查",
    ObjectionOutcome.UPHELD: "异议成立，申领已退回重新审核",
    ObjectionOutcome.DISMISSED: "异议不成立",
}
