"""States of a roster line: what the institution may learn of the real-name check, and nothing more."""

from enum import StrEnum


class LineState(StrEnum):
    """``roster_line.state``. Why a line did not match (姓名不符, 已故, 挂失…) is for the authority alone."""

    UNVERIFIED = "unverified"
    MATCHED = "matched"
    NOT_MATCHED = "not_matched"
    UNAVAILABLE = "unavailable"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return _LABELS[self]

    @property
    def is_provisional(self) -> bool:
        """Whether there is no answer yet: the class may start, no record is made, the check is repeated."""
        return self in {LineState.UNVERIFIED, LineState.UNAVAILABLE}


_LABELS = {
    LineState.UNVERIFIED: "待核验",
    LineState.MATCHED: "已核验",
    LineState.NOT_MATCHED: "未通过核验",
    LineState.UNAVAILABLE: "暂不可核验",
}


class TakingOutcome(StrEnum):
    """What became of a line of an import that was not refused."""

    ADDED = "added"
    REPLACED = "replaced"
    REINSTATED = "reinstated"
    UNCHANGED = "unchanged"
