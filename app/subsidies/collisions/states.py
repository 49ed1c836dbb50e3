"""How a collision may be decided."""

from collections.abc import Mapping
from enum import StrEnum


class CollisionDecision(StrEnum):
    """追回后解除 (what was paid twice has been recovered), 不构成重复享受."""

    RECOVERED = "recovered"
    NO_DOUBLE_BENEFIT = "no_double_benefit"


DECISION_LABELS: Mapping[CollisionDecision, str] = {
    CollisionDecision.RECOVERED: "重复部分已追回",
    CollisionDecision.NO_DOUBLE_BENEFIT: "不构成重复享受",
}
