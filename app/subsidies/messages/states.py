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
