"""States of a voucher (职业培训券) and what the door answers to a line of a batch."""

from collections.abc import Mapping
from enum import StrEnum


class IssueOutcome(StrEnum):
    """What becomes of one holder of a batch."""

    ISSUED = "issued"
    PERSON_UNKNOWN = "person_unknown"
    NAME_DIFFERS = "name_differs"
    VOUCHER_HELD = "voucher_held"


class VoucherState(StrEnum):
    """Derived from the row, and from whether a claim under way names it."""

    VALID = "valid"
    IN_USE = "in_use"
    REDEEMED = "redeemed"
    VOIDED = "voided"
    EXPIRED = "expired"


EXPIRED_REASON = "expired"
"""``voucher.void_reason`` of a voucher that the job has ended after its last day."""

STATE_LABELS: Mapping[VoucherState, str] = {
    VoucherState.VALID: "可使用",
    VoucherState.IN_USE: "已用于申领，办理中",
    VoucherState.REDEEMED: "已核销",
    VoucherState.VOIDED: "已作废",
    VoucherState.EXPIRED: "已过期",
}
