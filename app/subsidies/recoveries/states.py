"""Causes and states of recoveries, and the words people see; values are what the tables store."""

from collections.abc import Mapping
from enum import StrEnum


class RecoveryCause(StrEnum):
    """Why money comes back; fraud and mistake are told apart (国办发〔2019〕24号 四(十四))."""

    FRAUD = "fraud"
    MISTAKE = "mistake"
    RECORD_REVOKED = "record_revoked"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_CORRECTED = "certificate_corrected"
    DOUBLE_BENEFIT = "double_benefit"
    COMMITMENT_BROKEN = "commitment_broken"


class RecoveryState(StrEnum):
    """How far it has come; derived from what was repaid and written off."""

    ORDERED = "ordered"
    PARTLY_REPAID = "partly_repaid"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"


class StepKind(StrEnum):
    """What happened to a recovery (``recovery_step.kind``)."""

    REPAYMENT = "repayment"
    WRITE_OFF = "write_off"
    REFERRAL = "referral"


class WriteOffDecision(StrEnum):
    """What the second officer says."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


CAUSE_LABELS: Mapping[RecoveryCause, str] = {
    RecoveryCause.FRAUD: "以弄虚作假等手段骗取",
    RecoveryCause.MISTAKE: "工作失误多发、错发",
    RecoveryCause.RECORD_REVOKED: "所依据的培训档案已撤销",
    RecoveryCause.CERTIFICATE_REVOKED: "所依据的证书已撤销或不属于本人",
    RecoveryCause.CERTIFICATE_CORRECTED: "所依据的证书信息已更正",
    RecoveryCause.DOUBLE_BENEFIT: "重复享受",
    RecoveryCause.COMMITMENT_BROKEN: "事后核查与所作承诺不符",
}
STATE_LABELS: Mapping[RecoveryState, str] = {
    RecoveryState.ORDERED: "待退回",
    RecoveryState.PARTLY_REPAID: "已部分退回",
    RecoveryState.REPAID: "已全部退回",
    RecoveryState.WRITTEN_OFF: "已核销",
}
STEP_LABELS: Mapping[StepKind, str] = {
    StepKind.REPAYMENT: "退回",
    StepKind.WRITE_OFF: "核销",
    StepKind.REFERRAL: "移送司法机关",
}
WRITE_OFF_LABELS: Mapping[WriteOffDecision, str] = {
    WriteOffDecision.ACCEPTED: "同意核销",
    WriteOffDecision.REFUSED: "不予核销",
}
