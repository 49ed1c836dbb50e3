"""Words of shares; values are what the tables store."""

from collections.abc import Mapping
from enum import StrEnum


class ShareScope(StrEnum):
    """The whole record as it will be when opened, or chosen entries of it."""

    RECORD = "record"
    ENTRIES = "entries"


class NameShown(StrEnum):
    """How the holder's name is shown."""

    MASKED = "masked"
    FULL = "full"


class ShareField(StrEnum):
    """What may be shown of an entry besides its number, kind and state."""

    PERIOD = "period"
    PROGRAM = "program"
    OCCUPATION = "occupation"
    INSTITUTION = "institution"
    HOURS = "hours"
    SCORE = "score"
    CERTIFICATE_NUMBER = "certificate_number"


class ShareState(StrEnum):
    """Derived: revoked before used up before expired."""

    OPEN = "open"
    REVOKED = "revoked"
    USED_UP = "used_up"
    EXPIRED = "expired"


class Opening(StrEnum):
    """What became of a code that was tried (door ``open_share``)."""

    OPENED = "opened"
    REVOKED = "revoked"
    EXPIRED = "expired"
    USED_UP = "used_up"
    ABSENT = "absent"
    TOO_MANY = "too_many"


FIELD_LABELS: Mapping[ShareField, str] = {
    ShareField.PERIOD: "起止日期",
    ShareField.PROGRAM: "培训项目或证书种类",
    ShareField.OCCUPATION: "职业（工种）与等级",
    ShareField.INSTITUTION: "培训或评价机构",
    ShareField.HOURS: "课时",
    ShareField.SCORE: "考核结果",
    ShareField.CERTIFICATE_NUMBER: "证书编号",
}
STATE_LABELS: Mapping[ShareState, str] = {
    ShareState.OPEN: "可查看",
    ShareState.REVOKED: "已收回",
    ShareState.USED_UP: "次数已用完",
    ShareState.EXPIRED: "已到期",
}
