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

VERDICT_LABELS = {PresenceVerdict.ACCEPTED: "已同意", PresenceVerdict.REFUSED: "不予更正", None: "待核实"}


class Held(StrEnum):
    """Where a session stands beside the clock."""

    COMING = "coming"
    TODAY = "today"
    RUNNING = "running"
    OVER = "over"


HELD_LABELS = {
    Held.COMING: "未开始",
    Held.TODAY: "今天上课",
    Held.RUNNING: "正在上课",
    Held.OVER: "已上完",
}


class SourceStanding(StrEnum):
    """How far a source is: proposed by its institution, registered and in force, ended."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REVOKED = "revoked"


STANDING_LABELS = {
    SourceStanding.PROPOSED: "待登记",
    SourceStanding.IN_FORCE: "使用中",
    SourceStanding.REVOKED: "已停用",
}
