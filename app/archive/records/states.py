"""Kinds of entries and the words for their state."""

from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry proves; a subsidy later declares the kind it rests on."""

    COMPLETION = "completion"
    CERTIFICATE = "certificate"
    ATTENDED_PERIOD = "attended_period"
    APPRENTICESHIP_YEAR = "apprenticeship_year"
    WORK_MONTH = "work_month"
    RETAINED_EMPLOYEE = "retained_employee"


class EntryState(StrEnum):
    """Derived, never stored: superseded by a later entry, revoked, or in force."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


class CorrectionKind(StrEnum):
    """What a correction does to an entry."""

    SUPERSEDE = "supersede"
    REVOKE = "revoke"


class Decision(StrEnum):
    """How a second person decided."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class Purpose(StrEnum):
    """Why an agency looks at a person (查询事由); shown to that person."""

    FILING_REVIEW = "filing_review"
    SUBSIDY_REVIEW = "subsidy_review"
    COMPLAINT = "complaint"
    INSPECTION = "inspection"
    IDENTITY_MAINTENANCE = "identity_maintenance"
    RECORD_CORRECTION = "record_correction"


PURPOSE_LABELS = {
    Purpose.FILING_REVIEW: "开班备案审核",
    Purpose.SUBSIDY_REVIEW: "补贴审核",
    Purpose.COMPLAINT: "投诉核查",
    Purpose.INSPECTION: "监督检查",
    Purpose.IDENTITY_MAINTENANCE: "身份信息维护",
    Purpose.RECORD_CORRECTION: "档案更正",
}
ENTRY_KIND_LABELS = {
    EntryKind.COMPLETION: "培训结业",
    EntryKind.CERTIFICATE: "证书",
    EntryKind.ATTENDED_PERIOD: "参加培训期间",
    EntryKind.APPRENTICESHIP_YEAR: "学徒培养年度",
    EntryKind.WORK_MONTH: "以工代训月份",
    EntryKind.RETAINED_EMPLOYEE: "留工培训人员",
}
ENTRY_STATE_LABELS = {
    EntryState.IN_FORCE: "有效",
    EntryState.SUPERSEDED: "已更正",
    EntryState.REVOKED: "已撤销",
}
