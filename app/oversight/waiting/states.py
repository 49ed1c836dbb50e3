"""Tasks that wait in an office besides the steps of claims, and until when each should be taken up."""

from collections.abc import Mapping
from enum import StrEnum


class Task(StrEnum):
    """What waits; the value is what the door ``office_waiting`` answers."""

    FILING = "filing"
    CHANGE = "change"
    SOURCE = "source"
    PRESENCE = "presence"
    LISTING = "listing"
    POST_CHECK = "post_check"
    HOLD = "hold"
    APPEAL = "appeal"
    OBJECTION = "objection"
    DENIAL = "denial"
    CORRECTION_REQUEST = "correction_request"
    CORRECTION = "correction"
    CERTIFICATE = "certificate"
    LAPSE = "lapse"
    MERGE = "merge"
    COLLISION = "collision"


TASK_LABELS: Mapping[Task, str] = {
    Task.FILING: "开班备案待审",
    Task.CHANGE: "班次变更待审",
    Task.SOURCE: "考勤设备待登记",
    Task.PRESENCE: "考勤更正待核实",
    Task.LISTING: "用人单位名单待确认",
    Task.POST_CHECK: "告知承诺待核查",
    Task.HOLD: "暂停办理的申领",
    Task.APPEAL: "不服决定待办",
    Task.OBJECTION: "公示异议待处理",
    Task.DENIAL: "未参加反映待核查",
    Task.CORRECTION_REQUEST: "更正申请待答复",
    Task.CORRECTION: "档案更正待复核",
    Task.CERTIFICATE: "证书编号归属待认定",
    Task.LAPSE: "超过办理期限的申领",
    Task.MERGE: "人员合并或解除待复核",
    Task.COLLISION: "合并后的重复享受待处理",
}
