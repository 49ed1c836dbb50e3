"""Tasks that wait in an office besides the steps of claims, and until when each should be taken up."""

from collections.abc import Mapping
from enum import StrEnum


class Task(StrEnum):
    """What waits; the value is what the door ``office_waiting`` answers."""

    FILING = "filing"
    CHANGE = "change"
    HOLD = "hold"
    APPEAL = "appeal"
    OBJECTION = "objection"
    DENIAL = "denial"
    CORRECTION_REQUEST = "correction_request"
    CORRECTION = "correction"
    CERTIFICATE = "certificate"
    LAPSE = "lapse"


TASK_LABELS: Mapping[Task, str] = {
    Task.FILING: "开班备案待审",
    Task.CHANGE: "班次变更待审",
    Task.HOLD: "暂停办理的申领",
    Task.APPEAL: "不服决定待办",
    Task.OBJECTION: "公示异议待处理",
    Task.DENIAL: "未参加反映待核查",
    Task.CORRECTION_REQUEST: "更正申请待答复",
    Task.CORRECTION: "档案更正待复核",
    Task.CERTIFICATE: "证书编号归属待认定",
    Task.LAPSE: "超过办理期限的申领",
}
