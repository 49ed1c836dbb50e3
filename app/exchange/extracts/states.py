"""Words of issued documents; values are what the tables store."""

from collections.abc import Mapping
from enum import StrEnum


class DocumentKind(StrEnum):
    """What was issued."""

    RECORD_EXTRACT = "record_extract"
    DECISION_NOTICE = "decision_notice"
    CREDENTIAL = "credential"


class Standing(StrEnum):
    """How something printed stands now."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    NOT_FOUND = "not_found"


class Found(StrEnum):
    """What became of a code that was tried (door ``verify_document``)."""

    FOUND = "found"
    ABSENT = "absent"
    TOO_MANY = "too_many"


KIND_LABELS: Mapping[DocumentKind, str] = {
    DocumentKind.RECORD_EXTRACT: "培训档案打印件",
    DocumentKind.DECISION_NOTICE: "通知书打印件",
    DocumentKind.CREDENTIAL: "电子凭证",
}
STANDING_LABELS: Mapping[Standing, str] = {
    Standing.VALID: "有效，与登记一致",
    Standing.SUPERSEDED: "内容已有更正，请以最新的为准",
    Standing.REVOKED: "已撤销，不能再作为凭据",
    Standing.NOT_FOUND: "查无此件",
}
