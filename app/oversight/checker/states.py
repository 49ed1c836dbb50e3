"""Parts of the check, and what can be wrong in each."""

from collections.abc import Mapping
from enum import StrEnum


class Part(StrEnum):
    """What is derived again; in the order in which ``registry check`` goes."""

    DECISIONS = "decisions"
    STEPS = "steps"
    KEYS = "keys"
    PAYMENTS = "payments"
    BANK = "bank"
    LEDGER = "ledger"
    RECOVERIES = "recoveries"
    LOG = "log"


PART_LABELS: Mapping[Part, str] = {
    Part.DECISIONS: "审核结论",
    Part.STEPS: "办理步骤",
    Part.KEYS: "一次性享受与年度次数",
    Part.PAYMENTS: "拨付依据",
    Part.BANK: "银行往来",
    Part.LEDGER: "资金台账",
    Part.RECOVERIES: "追回",
    Part.LOG: "封存日志",
}


class DecisionDifference(StrEnum):
    """Why a stored verdict is not what its stored facts and rules give."""

    EDITION_CHANGED = "edition_changed"
    FACTS_UNREADABLE = "facts_unreadable"
    VERDICT_DIFFERS = "verdict_differs"
    AMOUNT_DIFFERS = "amount_differs"
    REASONS_DIFFER = "reasons_differ"
    FACTS_OF_OTHER_CLAIM = "facts_of_other_claim"
