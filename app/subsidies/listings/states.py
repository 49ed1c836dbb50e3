"""What a listing may be of, and how far it has come."""

from collections.abc import Mapping
from enum import StrEnum


class ListingKind(StrEnum):
    """学徒培养年度、以工代训月份、留工培训人员; each is the kind of the entries it leads to."""

    APPRENTICESHIP_YEAR = "apprenticeship_year"
    WORK_MONTH = "work_month"
    RETAINED_EMPLOYEE = "retained_employee"


class ListingState(StrEnum):
    """Derived from the officer's decision."""

    FILED = "filed"
    CONFIRMED = "confirmed"
    RETURNED = "returned"


class LineCheck(StrEnum):
    """What an employer learns of the real-name check of a line, and no more."""

    WAITING = "waiting"
    MATCHED = "matched"
    NOT_MATCHED = "not_matched"


KIND_LABELS: Mapping[ListingKind, str] = {
    ListingKind.APPRENTICESHIP_YEAR: "企业新型学徒制学徒名单",
    ListingKind.WORK_MONTH: "以工代训人员名单",
    ListingKind.RETAINED_EMPLOYEE: "留工培训人员名单",
}
STATE_LABELS: Mapping[ListingState, str] = {
    ListingState.FILED: "待审核",
    ListingState.CONFIRMED: "已确认",
    ListingState.RETURNED: "已退回",
}

CHECK_LABELS: Mapping[LineCheck, str] = {
    LineCheck.WAITING: "待核验",
    LineCheck.MATCHED: "已核验",
    LineCheck.NOT_MATCHED: "未通过核验",
}


def check_of(outcome: str | None) -> LineCheck:
    """Everything but a match is simply not matched."""
    if outcome is None:
        return LineCheck.WAITING
    return LineCheck.MATCHED if outcome == "matched" else LineCheck.NOT_MATCHED
