"""States of an opening and the closed vocabularies of its parts; values are what the columns store."""

from collections.abc import Mapping
from enum import StrEnum


class OpeningState(StrEnum):
    """草稿 → 已备案待审 → 已退回 | 已备案 → 进行中 → 已结班; 已取消 from any state before the first held session."""

    DRAFT = "draft"
    FILED = "filed"
    RETURNED = "returned"
    ON_RECORD = "on_record"
    RUNNING = "running"
    CLOSED = "closed"
    CANCELED = "canceled"


STATE_NAMES: Mapping[OpeningState, str] = {
    OpeningState.DRAFT: "草稿",
    OpeningState.FILED: "已备案待审",
    OpeningState.RETURNED: "已退回",
    OpeningState.ON_RECORD: "已备案",
    OpeningState.RUNNING: "进行中",
    OpeningState.CLOSED: "已结班",
    OpeningState.CANCELED: "已取消",
}

EDITABLE = frozenset({OpeningState.DRAFT, OpeningState.RETURNED})
"""What may be edited and filed: what lies with the authority is changed only by a recorded act (变更)."""

CANCELABLE = frozenset(
    {OpeningState.DRAFT, OpeningState.RETURNED, OpeningState.FILED, OpeningState.ON_RECORD}
)
"""Running begins with the first attendance event; a class that was held is closed, never canceled."""

CHANGEABLE = frozenset({OpeningState.ON_RECORD, OpeningState.RUNNING})


class HoursKind(StrEnum):
    """What a session's hours count as (理论、实操、安全)."""

    THEORY = "theory"
    PRACTICE = "practice"
    SAFETY = "safety"


HOURS_NAMES: Mapping[HoursKind, str] = {
    HoursKind.THEORY: "理论",
    HoursKind.PRACTICE: "实操",
    HoursKind.SAFETY: "安全",
}


class Delivery(StrEnum):
    """Where a session is held."""

    ONSITE = "onsite"
    ONLINE = "online"


class PartKind(StrEnum):
    """The written parts; teachers and roster, the other two of the five, are rows of their own."""

    TEACHING_PLAN = "teaching_plan"
    TEACHING_MATERIALS = "teaching_materials"
    ASSESSMENT_PLAN = "assessment_plan"


class DocumentPart(StrEnum):
    """What an uploaded document belongs to."""

    TEACHING_PLAN = "teaching_plan"
    TEACHERS = "teachers"
    TEACHING_MATERIALS = "teaching_materials"
    ASSESSMENT_PLAN = "assessment_plan"
    COMMITMENT = "commitment"
    CHANGE = "change"
    CORRECTION = "correction"


class ChangeKind(StrEnum):
    """Kinds of change after filing (变更)."""

    SESSION_TIME = "session_time"
    SESSION_ADDED = "session_added"
    SESSION_CANCELED = "session_canceled"
    TEACHER = "teacher"
    VENUE = "venue"
    TRAINEE_WITHDRAWN = "trainee_withdrawn"


class ChangeDecision(StrEnum):
    """What the authority says to a change."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
