"""States of a comparison and the answers to a line."""

from enum import StrEnum


class ComparisonState(StrEnum):
    """The value is what ``comparison.state`` stores."""

    AWAITING_FILE = "awaiting_file"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELED = "canceled"
    FAILED = "failed"


STATE_LABELS = {
    ComparisonState.AWAITING_FILE: "等待名单",
    ComparisonState.QUEUED: "排队中",
    ComparisonState.RUNNING: "比对中",
    ComparisonState.DONE: "已完成",
    ComparisonState.CANCELED: "已取消",
    ComparisonState.FAILED: "未完成",
}
FINISHED = frozenset({ComparisonState.DONE, ComparisonState.CANCELED, ComparisonState.FAILED})


class LineOutcome(StrEnum):
    """The answer to one line; everything but ``MATCHED`` says why it does not match."""

    MATCHED = "matched"
    INVALID_LINE = "invalid_line"
    NUMBER_UNKNOWN = "number_unknown"
    NAME_DIFFERS = "name_differs"
    RECORD_UNKNOWN = "record_unknown"
    RECORD_OF_ANOTHER = "record_of_another"
    RECORD_UNSEALED = "record_unsealed"
    RECORD_SUPERSEDED = "record_superseded"
    RECORD_REVOKED = "record_revoked"
    CERTIFICATE_UNKNOWN = "certificate_unknown"
    CERTIFICATE_OF_ANOTHER = "certificate_of_another"
    CERTIFICATE_UNCONFIRMED = "certificate_unconfirmed"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_REVOKED = "certificate_revoked"


OUTCOME_LABELS = {
    LineOutcome.MATCHED: "一致",
    LineOutcome.INVALID_LINE: "本行填写有误",
    LineOutcome.NUMBER_UNKNOWN: "没有这个号码的档案",
    LineOutcome.NAME_DIFFERS: "姓名不一致",
    LineOutcome.RECORD_UNKNOWN: "没有这个档案编号",
    LineOutcome.RECORD_OF_ANOTHER: "档案编号属于他人",
    LineOutcome.RECORD_UNSEALED: "档案尚未入库封存",
    LineOutcome.RECORD_SUPERSEDED: "档案已被更正后的档案代替",
    LineOutcome.RECORD_REVOKED: "档案已撤销",
    LineOutcome.CERTIFICATE_UNKNOWN: "没有这个证书编号",
    LineOutcome.CERTIFICATE_OF_ANOTHER: "证书属于他人",
    LineOutcome.CERTIFICATE_UNCONFIRMED: "证书尚未经评价工作网核实",
    LineOutcome.CERTIFICATE_EXPIRED: "证书已过期",
    LineOutcome.CERTIFICATE_REVOKED: "证书已撤销",
}
REMEDIES = {
    LineOutcome.MATCHED: "",
    LineOutcome.INVALID_LINE: "请按说明更正后重新比对",
    LineOutcome.NUMBER_UNKNOWN: "请核对号码；本登记系统没有其档案的，可向培训所在地核验",
    LineOutcome.NAME_DIFFERS: "请对照证件核对姓名与号码是否为同一人",
    LineOutcome.RECORD_UNKNOWN: "请核对档案编号",
    LineOutcome.RECORD_OF_ANOTHER: "请核对号码与档案编号是否串行",
    LineOutcome.RECORD_UNSEALED: "请在封存后（通常一分钟内）重新比对",
    LineOutcome.RECORD_SUPERSEDED: "请以更正后的档案为准，可单人核验查看其编号",
    LineOutcome.RECORD_REVOKED: "不能再作为办理依据",
    LineOutcome.CERTIFICATE_UNKNOWN: "请核对证书编号，或请本人提交证书",
    LineOutcome.CERTIFICATE_OF_ANOTHER: "请核对号码与证书编号是否串行",
    LineOutcome.CERTIFICATE_UNCONFIRMED: "请待评价工作网核实后重新比对",
    LineOutcome.CERTIFICATE_EXPIRED: "请核对证书有效期与办理日期",
    LineOutcome.CERTIFICATE_REVOKED: "不能再作为办理依据",
}
