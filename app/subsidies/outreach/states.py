"""Which subsidies a person can claim on which entry; employers' subsidies are claimed by employers."""

from collections.abc import Mapping

from app.archive.records.states import EntryKind
from app.subsidies.entitlements.states import BenefitKind

KIND_OF_ENTRY: Mapping[EntryKind, BenefitKind] = {
    EntryKind.CERTIFICATE: BenefitKind.SKILL_UPGRADE,
    EntryKind.COMPLETION: BenefitKind.TRAINING,
    EntryKind.ATTENDED_PERIOD: BenefitKind.LIVING_ALLOWANCE,
}
