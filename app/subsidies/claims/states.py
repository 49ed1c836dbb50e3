"""States of a claim, its steps, and the words of every list that people see; values are what the tables store."""

from collections.abc import Mapping
from enum import StrEnum

from app.archive.records.states import EntryKind
from app.subsidies.entitlements.states import BenefitKind, PayeeKind


class ClaimState(StrEnum):
    """How far a claim has come; moved by the rows of its steps alone (migration 0018)."""

    SUBMITTED = "submitted"
    SUPPLEMENT_REQUESTED = "supplement_requested"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    REFUSED = "refused"
    NOTICED = "noticed"
    PAYABLE = "payable"
    ORDERED = "ordered"
    INSTRUCTED = "instructed"
    PAID = "paid"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What somebody wants to do with a claim; the value names it in audit events and answers."""

    REQUEST_SUPPLEMENT = "request_supplement"
    ANSWER_SUPPLEMENT = "answer_supplement"
    NAME_ACCOUNT = "name_account"
    ACCEPT = "accept"
    DECLINE = "decline"
    REVIEW = "review"
    APPROVE = "approve"
    REFUSE = "refuse"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    HOLD = "hold"
    APPEAL = "appeal"


TAKEN_FROM: Mapping[Step, frozenset[ClaimState]] = {
    Step.REQUEST_SUPPLEMENT: frozenset({ClaimState.SUBMITTED}),
    Step.ANSWER_SUPPLEMENT: frozenset({ClaimState.SUPPLEMENT_REQUESTED}),
    Step.NAME_ACCOUNT: frozenset(
        {ClaimState.SUBMITTED, ClaimState.SUPPLEMENT_REQUESTED, ClaimState.ACCEPTED}
    ),
    Step.ACCEPT: frozenset({ClaimState.SUBMITTED}),
    Step.DECLINE: frozenset({ClaimState.SUBMITTED, ClaimState.SUPPLEMENT_REQUESTED}),
    Step.REVIEW: frozenset({ClaimState.ACCEPTED}),
    Step.APPROVE: frozenset({ClaimState.REVIEWED}),
    Step.REFUSE: frozenset({ClaimState.REVIEWED}),
    Step.SEND_BACK: frozenset({ClaimState.REVIEWED}),
    Step.WITHDRAW: frozenset(
        {
            ClaimState.SUBMITTED,
            ClaimState.SUPPLEMENT_REQUESTED,
            ClaimState.ACCEPTED,
            ClaimState.REVIEWED,
            ClaimState.APPROVED,
            ClaimState.NOTICED,
            ClaimState.PAYABLE,
        }
    ),
    Step.HOLD: frozenset(
        {
            ClaimState.SUBMITTED,
            ClaimState.SUPPLEMENT_REQUESTED,
            ClaimState.ACCEPTED,
            ClaimState.REVIEWED,
            ClaimState.APPROVED,
            ClaimState.NOTICED,
            ClaimState.PAYABLE,
        }
    ),
    Step.APPEAL: frozenset({ClaimState.REFUSED, ClaimState.NOT_ACCEPTED}),
}
"""From which states a step may be taken; the triggers of 0018 hold the same."""


class SubmitOutcome(StrEnum):
    """What the door ``submit_claims`` answers to a line; all but the first leave nothing behind.

    ``PAYEE_NOT_ALLOWED`` is said before the door is asked: there it would be a broken foreign key of the whole batch.
    """

    SUBMITTED = "submitted"
    ENTRY_UNKNOWN = "entry_unknown"
    ENTRY_OF_OTHER_KIND = "entry_of_other_kind"
    ENTRY_NOT_IN_FORCE = "entry_not_in_force"
    ENTRY_WITHOUT_OCCUPATION = "entry_without_occupation"
    ENTRY_OUTDATED = "entry_outdated"
    PAYEE_NOT_OF_ENTRY = "payee_not_of_entry"
    PAYEE_NOT_ALLOWED = "payee_not_allowed"
    BENEFIT_ALREADY_HELD = "benefit_already_held"
    BENEFIT_HELD_ELSEWHERE = "benefit_held_elsewhere"
    YEARLY_CAP_REACHED = "yearly_cap_reached"
    SLOT_RULE_MISSING = "slot_rule_missing"
    CLASS_PREPAID = "class_prepaid"


class NoticeKind(StrEnum):
    """Kinds of numbered notices (决定通知书)."""

    ACCEPTANCE = "acceptance"
    SUPPLEMENT = "supplement"
    NOT_ACCEPTED = "not_accepted"
    APPROVAL = "approval"
    REFUSAL = "refusal"
    RECOVERY = "recovery"
    APPEAL = "appeal"


class HoldCause(StrEnum):
    """Why a claim stands still (``claim_hold.reason_code``)."""

    RISK = "risk"
    COMPLAINT = "complaint"
    INSPECTION = "inspection"
    EVIDENCE_DOUBTED = "evidence_doubted"


class AppealChannel(StrEnum):
    """Which way somebody goes against a decision."""

    REVIEW = "review"
    RECONSIDERATION = "reconsideration"
    LITIGATION = "litigation"


class AppealOutcome(StrEnum):
    """How an appeal ends."""

    UPHELD = "upheld"
    DECIDE_AGAIN = "decide_again"
    WITHDRAWN = "withdrawn"


class AccountKind(StrEnum):
    """Kinds of own accounts (本人账户)."""

    BANK_CARD = "bank_card"
    SOCIAL_SECURITY_CARD = "social_security_card"
    PASSBOOK = "passbook"


class AccountCheck(StrEnum):
    """What the bank says of an account's holder."""

    MATCHED = "matched"
    HOLDER_DIFFERS = "holder_differs"
    CLOSED = "closed"
    UNKNOWN = "unknown"


ENTRY_KIND_OF: Mapping[BenefitKind, EntryKind] = {
    BenefitKind.SKILL_UPGRADE: EntryKind.CERTIFICATE,
    BenefitKind.TRAINING: EntryKind.COMPLETION,
    BenefitKind.LIVING_ALLOWANCE: EntryKind.ATTENDED_PERIOD,
    BenefitKind.APPRENTICESHIP: EntryKind.APPRENTICESHIP_YEAR,
    BenefitKind.WORK_BASED: EntryKind.WORK_MONTH,
    BenefitKind.RETENTION: EntryKind.RETAINED_EMPLOYEE,
}
"""What each subsidy rests on, as ``benefit_kind`` declares it (a test compares)."""
PAYEES_OF: Mapping[BenefitKind, frozenset[PayeeKind]] = {
    BenefitKind.SKILL_UPGRADE: frozenset({PayeeKind.PERSON}),
    BenefitKind.TRAINING: frozenset({PayeeKind.PERSON, PayeeKind.INSTITUTION}),
    BenefitKind.LIVING_ALLOWANCE: frozenset({PayeeKind.PERSON}),
    BenefitKind.APPRENTICESHIP: frozenset({PayeeKind.INSTITUTION}),
    BenefitKind.WORK_BASED: frozenset({PayeeKind.INSTITUTION}),
    BenefitKind.RETENTION: frozenset({PayeeKind.INSTITUTION}),
}
"""Whom each subsidy may be paid to, as ``benefit_kind_payee`` declares it (a test compares)."""
STATE_LABELS: Mapping[ClaimState, str] = {
    ClaimState.SUBMITTED: "待受理",
    ClaimState.SUPPLEMENT_REQUESTED: "待补正",
    ClaimState.ACCEPTED: "已受理，审核中",
    ClaimState.NOT_ACCEPTED: "不予受理",
    ClaimState.REVIEWED: "已审核，待审批",
    ClaimState.APPROVED: "已批准，待公示",
    ClaimState.REFUSED: "不予发放",
    ClaimState.NOTICED: "公示中",
    ClaimState.PAYABLE: "公示期满，待拨付",
    ClaimState.ORDERED: "已列入拨付单",
    ClaimState.INSTRUCTED: "银行处理中",
    ClaimState.PAID: "已发放",
    ClaimState.FAILED: "银行退回，待重新拨付",
    ClaimState.WITHDRAWN: "已撤回",
}
HOLD_LABELS: Mapping[str, str] = {
    HoldCause.RISK: "风险预警",
    HoldCause.COMPLAINT: "投诉举报",
    HoldCause.INSPECTION: "监督检查",
    HoldCause.EVIDENCE_DOUBTED: "证据存疑",
    "commitment_broken": "与所作承诺不符",
}
"""Causes by code: those that officers choose, and those that the registry itself names."""
APPEAL_CHANNEL_LABELS: Mapping[AppealChannel, str] = {
    AppealChannel.REVIEW: "复核",
    AppealChannel.RECONSIDERATION: "行政复议",
    AppealChannel.LITIGATION: "行政诉讼",
}
APPEAL_OUTCOME_LABELS: Mapping[AppealOutcome | None, str] = {
    None: "等待处理",
    AppealOutcome.UPHELD: "维持原决定",
    AppealOutcome.DECIDE_AGAIN: "撤销原决定，另行办理",
    AppealOutcome.WITHDRAWN: "申请人撤回",
}
STEP_LABELS: Mapping[Step, str] = {
    Step.REQUEST_SUPPLEMENT: "要求补正",
    Step.ANSWER_SUPPLEMENT: "提交补正材料",
    Step.NAME_ACCOUNT: "变更收款账户",
    Step.ACCEPT: "受理",
    Step.DECLINE: "不予受理",
    Step.REVIEW: "审核",
    Step.APPROVE: "批准",
    Step.REFUSE: "不予批准",
    Step.SEND_BACK: "退回重审",
    Step.WITHDRAW: "撤回",
    Step.HOLD: "暂停办理",
    Step.APPEAL: "提出异议救济",
}
NOTICE_LABELS: Mapping[NoticeKind, str] = {
    NoticeKind.ACCEPTANCE: "受理通知书",
    NoticeKind.SUPPLEMENT: "补正告知书",
    NoticeKind.NOT_ACCEPTED: "不予受理决定书",
    NoticeKind.APPROVAL: "批准发放决定书",
    NoticeKind.REFUSAL: "不予发放决定书",
    NoticeKind.RECOVERY: "追回决定书",
    NoticeKind.APPEAL: "救济结果告知书",
}
ACCOUNT_LABELS: Mapping[AccountKind, str] = {
    AccountKind.BANK_CARD: "银行卡",
    AccountKind.SOCIAL_SECURITY_CARD: "社会保障卡金融账户",
    AccountKind.PASSBOOK: "存折",
}
CHECK_LABELS: Mapping[AccountCheck, str] = {
    AccountCheck.MATCHED: "户名与本人一致",
    AccountCheck.HOLDER_DIFFERS: "户名与本人不一致",
    AccountCheck.CLOSED: "账户已销户或不可用",
    AccountCheck.UNKNOWN: "银行查无此账户",
}
