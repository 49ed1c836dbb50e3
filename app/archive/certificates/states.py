"""Kinds and states of certificates, and which state may follow which.

States: mission §1.5. Uploads to the network lag by rule (用人单位 10 working days and more), so "not found today" is
``PENDING_UPLOAD``; ``NOT_FOUND_FINAL`` needs the network to have everything of the issuer through the day of issue.
"""

from collections.abc import Mapping
from enum import StrEnum


class CertificateKind(StrEnum):
    """证书种类, 国办发〔2019〕24号 (十二); the value is what ``certificate.kind`` stores."""

    VOCATIONAL_QUALIFICATION = "vocational_qualification"
    SKILL_LEVEL = "skill_level"
    SPECIALIZED_COMPETENCY = "specialized_competency"
    SPECIAL_OPERATION = "special_operation"
    TRAINING_COMPLETION = "training_completion"


class CertificateState(StrEnum):
    """What the network has said so far; the value is what ``certificate.state`` stores."""

    SUBMITTED = "submitted"
    PENDING_UPLOAD = "pending_upload"
    MATCHED = "matched"
    NAME_MISMATCH = "name_mismatch"
    NOT_FOUND_FINAL = "not_found_final"
    REVOKED = "revoked"
    EXPIRED = "expired"


class CertificateSource(StrEnum):
    """Who told the registry of a certificate; ``REGISTRY`` issued it itself."""

    CITIZEN = "citizen"
    INSTITUTION = "institution"
    AGENCY = "agency"
    ISSUER_IMPORT = "issuer_import"
    NETWORK = "network"
    REGISTRY = "registry"


class AnswerOutcome(StrEnum):
    """What one answer said; the value is what ``certificate_answer.outcome`` stores."""

    MATCHED = "matched"
    NAME_MISMATCH = "name_mismatch"
    NUMBER_MISMATCH = "number_mismatch"
    NOT_FOUND = "not_found"
    REVOKED = "revoked"
    CORRECTED = "corrected"


class AnswerChannel(StrEnum):
    """How an answer came; ``REGISTRY``: no network was asked, the registry is the issuer."""

    QUERY = "query"
    SYNC = "sync"
    PUSH = "push"
    EXTRACT = "extract"
    REGISTRY = "registry"


class TollingReason(StrEnum):
    """Why the 12-month clock stands (mission §1.5)."""

    NETWORK_UPLOAD_LATE = "network_upload_late"
    NETWORK_UNAVAILABLE = "network_unavailable"


SOURCE_LABELS: Mapping[CertificateSource, str] = {
    CertificateSource.CITIZEN: "本人",
    CertificateSource.INSTITUTION: "培训机构",
    CertificateSource.AGENCY: "经办机构",
    CertificateSource.ISSUER_IMPORT: "评价机构导入",
    CertificateSource.NETWORK: "评价工作网",
    CertificateSource.REGISTRY: "登记系统",
}
MAY_FOLLOW: Mapping[CertificateState, frozenset[CertificateState]] = {
    CertificateState.SUBMITTED: frozenset(
        {
            CertificateState.PENDING_UPLOAD,
            CertificateState.MATCHED,
            CertificateState.NAME_MISMATCH,
            CertificateState.NOT_FOUND_FINAL,
            CertificateState.REVOKED,
        }
    ),
    CertificateState.PENDING_UPLOAD: frozenset(
        {
            CertificateState.MATCHED,
            CertificateState.NAME_MISMATCH,
            CertificateState.NOT_FOUND_FINAL,
            CertificateState.REVOKED,
        }
    ),
    CertificateState.MATCHED: frozenset(
        {CertificateState.NAME_MISMATCH, CertificateState.REVOKED, CertificateState.EXPIRED}
    ),
    CertificateState.NAME_MISMATCH: frozenset(
        {CertificateState.MATCHED, CertificateState.NOT_FOUND_FINAL, CertificateState.REVOKED}
    ),
    CertificateState.NOT_FOUND_FINAL: frozenset(
        {CertificateState.MATCHED, CertificateState.NAME_MISMATCH, CertificateState.REVOKED}
    ),
    CertificateState.REVOKED: frozenset({CertificateState.MATCHED}),
    # Somebody may have been paid on it while it was valid: whose it is matters after its time.
    CertificateState.EXPIRED: frozenset(
        {CertificateState.MATCHED, CertificateState.NAME_MISMATCH, CertificateState.REVOKED}
    ),
}
"""No state is the last: the network may upload late, correct a name, revoke, and restore what it revoked.

Nothing returns to ``SUBMITTED`` or ``PENDING_UPLOAD``, and only what was matched can expire; a certificate whose
validity was over when it was matched takes both steps.
"""

SETTLED = frozenset(CertificateState) - {CertificateState.SUBMITTED, CertificateState.PENDING_UPLOAD}
"""States that rest on an answer of the network; the others still wait for one."""

KIND_LABELS: Mapping[CertificateKind, str] = {
    CertificateKind.VOCATIONAL_QUALIFICATION: "职业资格证书",
    CertificateKind.SKILL_LEVEL: "职业技能等级证书",
    CertificateKind.SPECIALIZED_COMPETENCY: "专项职业能力证书",
    CertificateKind.SPECIAL_OPERATION: "特种作业操作证",
    CertificateKind.TRAINING_COMPLETION: "培训合格证书",
}
STATE_LABELS: Mapping[CertificateState, str] = {
    CertificateState.SUBMITTED: "已提交",
    CertificateState.PENDING_UPLOAD: "待上传",
    CertificateState.MATCHED: "已核实",
    CertificateState.NAME_MISMATCH: "姓名不符",
    CertificateState.NOT_FOUND_FINAL: "查无此证",
    CertificateState.REVOKED: "已撤销",
    CertificateState.EXPIRED: "已过期",
}


def may_become(state: CertificateState, to: CertificateState) -> bool:
    """Whether a certificate in ``state`` may change to ``to``; staying as it is is no change."""
    return to in MAY_FOLLOW[state]
