"""What is asked for, and what is answered."""

from enum import StrEnum

from app.archive.records.states import Purpose


class VerificationPurpose(StrEnum):
    """Why somebody is verified (核验事由); a part of ``Purpose``, which the person sees."""

    SUBSIDY_REVIEW = Purpose.SUBSIDY_REVIEW.value
    COMPLAINT = Purpose.COMPLAINT.value
    INSPECTION = Purpose.INSPECTION.value


class Outcome(StrEnum):
    """The answer. ``NOT_FOUND`` is also said of what is there and not the person's, or under another name."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_FOUND = "not_found"


OUTCOME_LABELS = {
    Outcome.VALID: "有效",
    Outcome.SUPERSEDED: "已被更正后的档案代替",
    Outcome.REVOKED: "已撤销",
    Outcome.EXPIRED: "已过期",
    Outcome.NOT_FOUND: "未查到",
}
