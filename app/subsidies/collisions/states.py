"""How a collision may be decided."""

from collections.abc import Mapping
from enum import StrEnum

from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind


class CollisionDecision(StrEnum):
    """追回后解除 (what was paid twice has been recovered), 不构成重复享受."""

    RECOVERED = "recovered"
    NO_DOUBLE_BENEFIT = "no_double_benefit"


DECISION_LABELS: Mapping[CollisionDecision, str] = {
    CollisionDecision.RECOVERED: "重复部分已追回",
    CollisionDecision.NO_DOUBLE_BENEFIT: "不构成重复享受",
}
KEY_GROUP_LABELS: Mapping[str, str] = {
    "training_or_upgrade": "职业培训补贴或技能提升补贴",
    **{
        kind.value: KIND_LABELS[kind]
        for kind in (
            BenefitKind.LIVING_ALLOWANCE,
            BenefitKind.APPRENTICESHIP,
            BenefitKind.WORK_BASED,
            BenefitKind.RETENTION,
        )
    },
}
"""Inside which group a benefit is enjoyed once (``benefit_key.key_group``)."""
