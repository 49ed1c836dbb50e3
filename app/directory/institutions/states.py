"""Standing of an institution in the directory, and which change may follow which."""

from collections.abc import Mapping
from enum import StrEnum


class Standing(StrEnum):
    """诚信状态; the value is what ``institution_standing.standing`` stores."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


STANDING_NAMES: Mapping[Standing, str] = {
    Standing.ACTIVE: "在目录",
    Standing.SUSPENDED: "暂停",
    Standing.WITHDRAWN: "退出目录",
}

MAY_FOLLOW: Mapping[Standing, frozenset[Standing]] = {
    Standing.ACTIVE: frozenset({Standing.SUSPENDED, Standing.WITHDRAWN}),
    Standing.SUSPENDED: frozenset({Standing.ACTIVE, Standing.WITHDRAWN}),
    Standing.WITHDRAWN: frozenset(),
}
"""Leaving the directory is final: an institution that wants back is registered anew, on fresh papers."""


class InstitutionKind(StrEnum):
    """Kinds named by 人社部发〔2025〕10号 三(二); no rule depends on ownership (国办发〔2019〕24号 三(八))."""

    VOCATIONAL_COLLEGE = "vocational_college"
    TECHNICAL_SCHOOL = "technical_school"
    TRAINING_SCHOOL = "training_school"
    ENTERPRISE = "enterprise"
    PRACTICE_BASE = "practice_base"
    OTHER = "other"


class QualificationKind(StrEnum):
    """Papers that prove a lawful qualification (法定资质)."""

    SCHOOL_LICENSE = "school_license"
    LEGAL_PERSON_CERTIFICATE = "legal_person_certificate"
    BUSINESS_LICENSE = "business_license"
    TECHNICAL_SCHOOL_APPROVAL = "technical_school_approval"


KIND_NAMES: Mapping[InstitutionKind, str] = {
    InstitutionKind.VOCATIONAL_COLLEGE: "职业院校",
    InstitutionKind.TECHNICAL_SCHOOL: "技工院校",
    InstitutionKind.TRAINING_SCHOOL: "职业培训学校",
    InstitutionKind.ENTERPRISE: "企业",
    InstitutionKind.PRACTICE_BASE: "实训基地",
    InstitutionKind.OTHER: "其他机构",
}
QUALIFICATION_NAMES: Mapping[QualificationKind, str] = {
    QualificationKind.SCHOOL_LICENSE: "办学许可证",
    QualificationKind.LEGAL_PERSON_CERTIFICATE: "法人登记证书",
    QualificationKind.BUSINESS_LICENSE: "营业执照",
    QualificationKind.TECHNICAL_SCHOOL_APPROVAL: "技工院校批准文件",
}
