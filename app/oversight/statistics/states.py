"""What is counted; the values are what ``monthly_figure`` and ``institution_figure`` store."""

from collections.abc import Mapping
from enum import StrEnum


class Measure(StrEnum):
    """What is counted by division, month and kind; in the comment, what ``kind`` is."""

    OPENING_FILED = "opening_filed"
    OPENING_RETURNED = "opening_returned"
    OPENING_RECORDED = "opening_recorded"  # training type
    TRAINEE_RECORDED = "trainee_recorded"  # training type
    CLASS_CLOSED = "class_closed"  # training type
    OPENING_STATE = "opening_state"  # state, as of the counting
    ENTRY_APPENDED = "entry_appended"  # kind of entry
    ENTRY_CORRECTED = "entry_corrected"  # kind of entry
    ENTRY_REVOKED = "entry_revoked"  # kind of entry
    CERTIFICATE_LINKED = "certificate_linked"  # skill level
    CLAIM_SUBMITTED = "claim_submitted"  # benefit kind, as all that follow unless said
    CLAIM_ACCEPTED = "claim_accepted"
    CLAIM_NOT_ACCEPTED = "claim_not_accepted"
    CLAIM_APPROVED = "claim_approved"
    CLAIM_REFUSED = "claim_refused"
    CLAIM_WITHDRAWN = "claim_withdrawn"
    PAYMENT_FAILED = "payment_failed"
    CLAIM_STATE = "claim_state"  # state, as of the counting
    BENEFIT_PAID = "benefit_paid"
    PAID_BY_SOURCE = "paid_by_source"  # source of funds
    PAID_BY_GROUP = "paid_by_group"  # key group of the roster
    EDUCATION_FUND_BY_GROUP = "education_fund_by_group"  # key group; of the employers' education fund alone
    RECOVERY_ORDERED = "recovery_ordered"  # cause
    RECOVERY_REPAID = "recovery_repaid"  # cause
    OBJECTION_UPHELD = "objection_upheld"
    DENIAL_CONFIRMED = "denial_confirmed"


MEASURE_LABELS: Mapping[Measure, str] = {
    Measure.OPENING_FILED: "申报开班",
    Measure.OPENING_RETURNED: "退回申报",
    Measure.OPENING_RECORDED: "开班备案",
    Measure.TRAINEE_RECORDED: "备案学员",
    Measure.CLASS_CLOSED: "结班",
    Measure.OPENING_STATE: "班次现状",
    Measure.ENTRY_APPENDED: "新增档案",
    Measure.ENTRY_CORRECTED: "更正档案",
    Measure.ENTRY_REVOKED: "撤销档案",
    Measure.CERTIFICATE_LINKED: "关联证书",
    Measure.CLAIM_SUBMITTED: "提交申领",
    Measure.CLAIM_ACCEPTED: "受理",
    Measure.CLAIM_NOT_ACCEPTED: "不予受理",
    Measure.CLAIM_APPROVED: "批准",
    Measure.CLAIM_REFUSED: "不予批准",
    Measure.CLAIM_WITHDRAWN: "撤回",
    Measure.PAYMENT_FAILED: "发放失败",
    Measure.CLAIM_STATE: "申领现状",
    Measure.BENEFIT_PAID: "发放",
    Measure.PAID_BY_SOURCE: "发放（按资金来源）",
    Measure.PAID_BY_GROUP: "发放（按重点群体）",
    Measure.EDUCATION_FUND_BY_GROUP: "企业职工教育经费发放（按群体）",
    Measure.RECOVERY_ORDERED: "决定追回",
    Measure.RECOVERY_REPAID: "已退回",
    Measure.OBJECTION_UPHELD: "公示异议成立",
    Measure.DENIAL_CONFIRMED: "“未参加”属实",
}
AS_OF_COUNTING = frozenset({Measure.OPENING_STATE, Measure.CLAIM_STATE})
"""How things stood when the month was last counted; sums over months mean nothing."""


class InstitutionMeasure(StrEnum):
    """What is counted of one institution."""

    OPENING_FILED = "opening_filed"
    OPENING_RETURNED = "opening_returned"
    OPENING_RECORDED = "opening_recorded"
    CLASS_CLOSED = "class_closed"
    TRAINEE_CLOSED = "trainee_closed"
    COMPLETION = "completion"
    MINUTES_PLANNED = "minutes_planned"
    MINUTES_CREDITED = "minutes_credited"
    CERTIFICATE_LINKED = "certificate_linked"
    CLAIM_APPROVED = "claim_approved"
    CLAIM_REFUSED = "claim_refused"
    BENEFIT_PAID = "benefit_paid"
    ENTRY_REVOKED = "entry_revoked"
    RECOVERY_ORDERED = "recovery_ordered"
    OBJECTION_UPHELD = "objection_upheld"
    DENIAL_CONFIRMED = "denial_confirmed"
