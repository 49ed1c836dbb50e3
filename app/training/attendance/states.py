"""Words of attendance as they are stored."""

from enum import StrEnum


class SourceKind(StrEnum):
    """Who sends attendance: a device in the room (考勤设备) or a platform of online training (线上平台)."""

    DEVICE = "device"
    PLATFORM = "platform"


class EventKind(StrEnum):
    """签到、签退、学习记录、测试: kinds of the interview of 2020-07-15 (有签到、有记录、有测试) and the sign-out."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    STUDY_RECORD = "study_record"
    TEST = "test"


class EventMark(StrEnum):
    """What is noted about an accepted event; a mark refuses nothing."""

    LATE = "late"
    OUT_OF_ORDER = "out_of_order"
    OUTSIDE_SESSION = "outside_session"


class EventResult(StrEnum):
    """The answer to one sent event."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"


class PresenceOutcome(StrEnum):
    """What the door ``confirm_presence`` did."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    DOUBLE_PRESENCE = "double_presence"
    NO_EVIDENCE = "no_evidence"


class CorrectionOutcome(StrEnum):
    """What the door ``apply_presence_correction`` did."""

    DECIDED = "decided"
    ABSENT = "absent"
    ALREADY_DECIDED = "already_decided"
    OPENING_NOT_OPEN = "opening_not_open"
    DOUBLE_PRESENCE = "double_presence"


class PresenceVerdict(StrEnum):
    """A decision on a proposal."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


RUNNING_STATES = frozenset({"on_record", "running"})
"""States of an opening in which it gathers attendance (开班已备案、培训中)."""

CHINESE_OF_KIND = {
    EventKind.SIGN_IN: "签到",
    EventKind.SIGN_OUT: "签退",
    EventKind.STUDY_RECORD: "学习记录",
    EventKind.TEST: "测试",
}
