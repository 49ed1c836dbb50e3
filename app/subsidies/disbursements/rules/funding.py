"""Which money may pay which subsidy: 分账核算、专款专用 (国办发〔2019〕24号 四(十三)), by the policy of the day.

The day is that of the entry the claim rests on, as for every other value; of an advance, the day it is proposed. The
database refuses other money by the published rows (``funding_rule``); here it is said which money could pay.
"""

from datetime import date

from app.kernel.clock import day_in_words
from app.kernel.errors import Reason
from app.policy.funding import KEY_OF_KIND
from app.policy.values import PolicyUndefined, PolicyValue, value_of
from app.subsidies.disbursements.rules.refusals import SEPARATE_ACCOUNTS
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind


def reason_against_source(kind: BenefitKind, source: str, *, on: date, division: str) -> Reason | None:
    """Why a budget of ``source`` may not pay a subsidy of ``kind`` whose entry is of ``on``; None when it may."""
    try:
        admitted = value_of(KEY_OF_KIND[kind], on=on, division=division)
    except PolicyUndefined:
        return Reason(
            code="funding_source_not_admitted",
            field="budget_id",
            message=f"{KIND_LABELS[kind]}在{day_in_words(on)}没有适用的资金来源规定",
            remedy="请核对申领所依据的日期；确应发放的，由政策管理人员先发布资金来源",
            citation=SEPARATE_ACCOUNTS,
        )
    if source in admitted.codes:
        return None
    names = admitted.key.options
    return Reason(
        code="funding_source_not_admitted",
        field="budget_id",
        value=names[source],
        message=f"{KIND_LABELS[kind]}（依据日期{day_in_words(on)}）不能用{names[source]}支付，可用：{_named(admitted)}",
        remedy="请选用上述资金来源的预算另行开单",
        citation=admitted.citation,
    )


def _named(admitted: PolicyValue) -> str:
    return "、".join(admitted.key.options[code] for code in admitted.codes)
