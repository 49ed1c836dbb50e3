"""Words of messages; values are what the tables store."""

from collections.abc import Mapping
from enum import StrEnum


class DeliveryState(StrEnum):
    """How far a message has come. ``SENT``: the platform has taken it; whether it was read nobody knows."""

    WAITING = "waiting"
    SENT = "sent"
    UNDELIVERABLE = "undeliverable"


STATE_LABELS: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "待发送",
    DeliveryState.SENT: "已发送",
    DeliveryState.UNDELIVERABLE: "未能送达，请在此查看",
}
NEWS_LABELS: Mapping[str, str] = {
    "opening_returned": "开班备案退回，请补正后重新申报",
    "opening_on_record": "开班备案通过",
    "change_accepted": "变更已同意",
    "change_refused": "变更未同意",
    "listing_confirmed": "用人单位名单已确认，可以申领补贴",
    "listing_returned": "用人单位名单退回，请更正后重新报送",
    "account_confirmed": "已确认，可以收款",
    "advance_approved": "预拨已审批，待拨付",
    "advance_ordered": "预拨已列入拨付",
    "advance_paid": "预拨已到账",
}
"""What an institution is told of decisions by ``institution_news``; of claims, the words of their states."""
