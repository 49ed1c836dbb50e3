"""States and outcomes of paying out, and the words people see; values are what the tables and doors use."""

from collections.abc import Mapping
from enum import StrEnum


class OrderOutcome(StrEnum):
    """What the door ``order_payments`` answers to a line."""

    ORDERED = "ordered"
    CLAIM_UNKNOWN = "claim_unknown"
    NOT_PAYABLE = "not_payable"
    ON_HOLD = "on_hold"
    DECIDED_BY_PAYER = "decided_by_payer"
    BUDGET_OF_OTHER_DIVISION = "budget_of_other_division"
    BUDGET_OF_OTHER_YEAR = "budget_of_other_year"
    ACCOUNT_NOT_CHECKED = "account_not_checked"
    FUNDING_SOURCE_NOT_ADMITTED = "funding_source_not_admitted"


class Instructing(StrEnum):
    """What the doors ``instruct_payment`` and ``instruct_advance`` answer when money leaves, or need not."""

    INSTRUCTED = "instructed"
    OFFSET_BY_ADVANCE = "offset_by_advance"
    NOT_ORDERED = "not_ordered"


class WaitReason(StrEnum):
    """Why an ordered claim or advance could not be instructed at the last try."""

    ON_HOLD = "on_hold"
    ENTRY_NOT_SEALED = "entry_not_sealed"
    LOG_LATE = "log_late"
    ENTRY_NOT_IN_FORCE = "entry_not_in_force"
    KEY_NOT_HELD = "key_not_held"
    ACCOUNT_NOT_CHECKED = "account_not_checked"
    BUDGET_EXHAUSTED = "budget_exhausted"
    ADVANCE_UNDER_WAY = "advance_under_way"
    ADVANCE_OF_OTHER_BUDGET = "advance_of_other_budget"
    BANK_CONTRADICTS = "bank_contradicts"
    PERSON_NOT_COMPARABLE = "person_not_comparable"
    HELD_FOR_REGISTRY = "held_for_registry"
    REGISTRIES_NOT_ASKED = "registries_not_asked"
    RESTORED = "restored"
    LOG_NOT_COMPARED = "log_not_compared"


class InstructionState(StrEnum):
    """Where an instruction stands as far as the bank has told us; the last two are ends."""

    STORED = "stored"
    SENT = "sent"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"


class AnswerChannel(StrEnum):
    """By which way the bank said something."""

    REPLY = "reply"
    QUERY = "query"
    CALLBACK = "callback"
    STATEMENT = "statement"


class Difference(StrEnum):
    """What a line of the bank's daily file does not agree with."""

    UNKNOWN_INSTRUCTION = "unknown_instruction"
    AMOUNT_DIFFERS = "amount_differs"
    OUTCOME_DIFFERS = "outcome_differs"
    NOT_ON_STATEMENT = "not_on_statement"
    REPEATED = "repeated"


class ConfirmationDecision(StrEnum):
    """What the second officer says to the proposal that the bank did pay."""

    CONFIRMED = "confirmed"
    REFUSED = "refused"


class LedgerCause(StrEnum):
    """What moved money (``ledger_transaction.kind``)."""

    ALLOTMENT = "allotment"
    INSTRUCTION = "instruction"
    SETTLEMENT = "settlement"
    CANCELLATION = "cancellation"
    ADVANCE_INSTRUCTION = "advance_instruction"
    ADVANCE_SETTLEMENT = "advance_settlement"
    ADVANCE_CANCELLATION = "advance_cancellation"
    ADVANCE_RETURN = "advance_return"
    OFFSET = "offset"
    OFFSET_CANCELLATION = "offset_cancellation"
    REPAYMENT = "repayment"


class AdvanceState(StrEnum):
    """How far an advance has come; derived from its columns."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    ORDERED = "ordered"
    INSTRUCTED = "instructed"
    SETTLED = "settled"
    WORKED_OFF = "worked_off"
    CANCELED = "canceled"


class FundingSource(StrEnum):
    """Where the money of a budget comes from (``funding_source``)."""

    EMPLOYMENT_FUND = "employment_fund"
    UNEMPLOYMENT_INSURANCE = "unemployment_insurance"
    SPECIAL_ACCOUNT = "special_account"
    LOCAL_TALENT_FUND = "local_talent_fund"
    EMPLOYER_EDUCATION_FUND = "employer_education_fund"
    OTHER = "other"


class LedgerAccount(StrEnum):
    """The accounts (科目) of a budget's ledger; they come to zero together."""

    APPROPRIATION = "appropriation"
    AVAILABLE = "available"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    ADVANCED = "advanced"


FUNDING_SOURCE_LABELS: Mapping[FundingSource, str] = {
    FundingSource.EMPLOYMENT_FUND: "就业补助资金",
    FundingSource.UNEMPLOYMENT_INSURANCE: "失业保险基金",
    FundingSource.SPECIAL_ACCOUNT: "职业技能提升行动专账",
    FundingSource.LOCAL_TALENT_FUND: "地方人才经费",
    FundingSource.EMPLOYER_EDUCATION_FUND: "企业职工教育经费",
    FundingSource.OTHER: "其他渠道资金",
}
ACCOUNT_LABELS: Mapping[LedgerAccount, str] = {
    LedgerAccount.APPROPRIATION: "下达的指标",
    LedgerAccount.AVAILABLE: "可用",
    LedgerAccount.IN_TRANSIT: "在途",
    LedgerAccount.PAID: "已付",
    LedgerAccount.ADVANCED: "预拨",
}
INSTRUCTION_LABELS: Mapping[InstructionState, str] = {
    InstructionState.STORED: "待发送",
    InstructionState.SENT: "已发送，待答复",
    InstructionState.ACCEPTED: "银行已受理",
    InstructionState.SETTLED: "已入账",
    InstructionState.REJECTED: "银行退回",
}
CHANNEL_LABELS: Mapping[AnswerChannel, str] = {
    AnswerChannel.REPLY: "发送时的答复",
    AnswerChannel.QUERY: "查询的答复",
    AnswerChannel.CALLBACK: "银行通知",
    AnswerChannel.STATEMENT: "对账文件",
}
CONFIRMATION_LABELS: Mapping[ConfirmationDecision, str] = {
    ConfirmationDecision.CONFIRMED: "已确认入账",
    ConfirmationDecision.REFUSED: "不予确认",
}
WAIT_LABELS: Mapping[WaitReason, str] = {
    WaitReason.ON_HOLD: "该申领已暂停办理，解除后自动拨付",
    WaitReason.ENTRY_NOT_SEALED: "档案尚未封存，封存后自动拨付",
    WaitReason.LOG_LATE: "封存日志已超过 5 分钟没有公布新的检查点，付款通道关闭；恢复公布后自动拨付",
    WaitReason.ENTRY_NOT_IN_FORCE: "档案已撤销或被更正，不进不补；请取消本次拨付",
    WaitReason.KEY_NOT_HELD: "该申领不再占有唯一享受资格，请取消本次拨付",
    WaitReason.ACCOUNT_NOT_CHECKED: "收款账户未经银行核对或已停用，请本人更正账户后重新拨付",
    WaitReason.BUDGET_EXHAUSTED: "预算余额不足，追加指标后自动拨付",
    WaitReason.ADVANCE_UNDER_WAY: "该班次的预拨款尚未到账，到账后自动冲抵",
    WaitReason.ADVANCE_OF_OTHER_BUDGET: "该班次的预拨款来自另一预算，请取消后由该预算拨付",
    WaitReason.BANK_CONTRADICTS: "银行退回后又称已入账，在银行更正之前不再发出",
    WaitReason.PERSON_NOT_COMPARABLE: "本人的号码尚未与外省登记机构建立比对，建立后自动拨付",
    WaitReason.HELD_FOR_REGISTRY: "已向外省登记机构证明本地未申领，其办结之前本地不能拨付",
    WaitReason.REGISTRIES_NOT_ASKED: "名单上的外省登记机构尚未确认未申领，确认后自动拨付",
    WaitReason.RESTORED: "数据库疑似由较早的备份恢复，付款通道关闭；两名经办人员核对银行流水并确认后自动拨付",
    WaitReason.LOG_NOT_COMPARED: "数据库重新启动后尚未与已公布的封存日志核对，核对后自动拨付",
}
DIFFERENCE_LABELS: Mapping[Difference, str] = {
    Difference.UNKNOWN_INSTRUCTION: "对账文件中的指令不是本系统发出的",
    Difference.AMOUNT_DIFFERS: "金额与本系统的指令不一致",
    Difference.OUTCOME_DIFFERS: "处理结果与本系统的记录不一致",
    Difference.NOT_ON_STATEMENT: "本系统记录已办结，对账文件中没有",
    Difference.REPEATED: "同一指令在对账文件中出现多次",
}
CAUSE_LABELS: Mapping[LedgerCause, str] = {
    LedgerCause.ALLOTMENT: "下达指标",
    LedgerCause.INSTRUCTION: "发出付款指令",
    LedgerCause.SETTLEMENT: "银行入账",
    LedgerCause.CANCELLATION: "取消拨付",
    LedgerCause.ADVANCE_INSTRUCTION: "发出预拨指令",
    LedgerCause.ADVANCE_SETTLEMENT: "预拨入账",
    LedgerCause.ADVANCE_CANCELLATION: "取消预拨",
    LedgerCause.ADVANCE_RETURN: "退回预拨余款",
    LedgerCause.OFFSET: "以预拨款冲抵",
    LedgerCause.OFFSET_CANCELLATION: "撤销冲抵",
    LedgerCause.REPAYMENT: "追回款入账",
}
ADVANCE_LABELS: Mapping[AdvanceState, str] = {
    AdvanceState.PROPOSED: "待审批",
    AdvanceState.APPROVED: "已审批，待拨付",
    AdvanceState.ORDERED: "已列入拨付",
    AdvanceState.INSTRUCTED: "银行处理中",
    AdvanceState.SETTLED: "已到账，待冲抵",
    AdvanceState.WORKED_OFF: "已结清",
    AdvanceState.CANCELED: "已取消",
}


NOTICED_LABELS: Mapping[str, str] = {
    "database": "数据库换了地方：由备份恢复，或者复制到了另一处",
    "log": "本地日志落后于已经公布的日志",
    "peer": "外省登记机构有本地答复过的凭据，本地已不记得",
}
"""What told that the database may be behind (``restoration.noticed_by``)."""
