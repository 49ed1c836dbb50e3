"""Words of correction requests; values are what the table stores."""

from collections.abc import Mapping
from enum import StrEnum


class RequestAnswer(StrEnum):
    """What an officer answered; open until then."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class Answered(StrEnum):
    """What the door ``answer_correction_request`` said."""

    ANSWERED = "answered"
    ALREADY_ANSWERED = "already_answered"
    ABSENT = "absent"
    CORRECTION_OF_ANOTHER = "correction_of_another"


ANSWER_LABELS: Mapping[RequestAnswer | None, str] = {
    None: "正在核实",
    RequestAnswer.ACCEPTED: "已受理更正，等待复核",
    RequestAnswer.REFUSED: "不予更正",
}
