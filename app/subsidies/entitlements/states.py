"""The words that facts and verdicts of a subsidy are told in; values are what tables and files store."""

from collections.abc import Mapping
from enum import StrEnum


class BenefitKind(StrEnum):
    """补贴种类; the value is ``benefit_kind.kind``."""

    SKILL_UPGRADE = "skill_upgrade"
    TRAINING = "training"
    LIVING_ALLOWANCE = "living_allowance"
    APPRENTICESHIP = "apprenticeship"
    WORK_BASED = "work_based"
    RETENTION = "retention"


class PayeeKind(StrEnum):
    """Who is paid; an employer is an institution of the directory."""

    PERSON = "person"
    INSTITUTION = "institution"


class HolderCheck(StrEnum):
    """What the bank said of the account's holder; for an institution, what the second officer said."""

    MATCHED = "matched"
    HOLDER_DIFFERS = "holder_differs"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class InsuranceStatus(StrEnum):
    """Unemployment insurance on a day: contributing, drawing the benefit, neither, or not known."""

    INSURED = "insured"
    DRAWING = "drawing"
    NEITHER = "neither"
    UNKNOWN = "unknown"


class EmployerKind(StrEnum):
    """Kind of employer as the texts tell them apart."""

    ENTERPRISE = "enterprise"
    COOPERATIVE = "cooperative"
    POVERTY_WORKSHOP = "poverty_workshop"
    OTHER = "other"


class Industry(StrEnum):
    """Industries the 2020 interview names for 以工代训, and all others."""

    FOREIGN_TRADE = "foreign_trade"
    LODGING_CATERING = "lodging_catering"
    CULTURE_TOURISM = "culture_tourism"
    TRANSPORT = "transport"
    WHOLESALE_RETAIL = "wholesale_retail"
    OTHER = "other"


class PastState(StrEnum):
    """How far an earlier benefit has come. ``EARLIER``: paid before the registry and imported."""

    CLAIMED = "claimed"
    PAID = "paid"
    EARLIER = "earlier"


class EmploymentProof(StrEnum):
    """人社部发〔2025〕10号 四(六): what proves employment after the training."""

    LABOR_CONTRACT = "labor_contract"
    PAYROLL = "payroll"
    DOMESTIC_SERVICE_AGREEMENT = "domestic_service_agreement"


class VoucherKind(StrEnum):
    """面值券 pays up to its face; 抵用券 only proves the right to the training."""

    FACE_VALUE = "face_value"
    PROOF = "proof"


class VoucherState(StrEnum):
    """How far a voucher has come."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    VOID = "void"


class CreditTier(StrEnum):
    """An institution's credit (信用) as its own doings show it; who is not ``GOOD`` proves everything beforehand."""

    GOOD = "good"
    ORDINARY = "ordinary"


class WaivedProof(StrEnum):
    """Proof that a commitment (告知承诺) may stand for until it is checked afterwards."""

    KEY_GROUP = "key_group"
    FEE = "fee"


class Outcome(StrEnum):
    """What the rules say. ``UNDECIDED``: a fact is missing and nothing known speaks against."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    UNDECIDED = "undecided"


class RuleResult(StrEnum):
    """What one rule says; ``UNKNOWN`` when a fact it needs is missing."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


KIND_LABELS: Mapping[BenefitKind, str] = {
    BenefitKind.SKILL_UPGRADE: "技能提升补贴",
    BenefitKind.TRAINING: "职业培训补贴",
    BenefitKind.LIVING_ALLOWANCE: "生活费补贴",
    BenefitKind.APPRENTICESHIP: "企业新型学徒制培训补贴",
    BenefitKind.WORK_BASED: "以工代训补贴",
    BenefitKind.RETENTION: "一次性留工培训补助",
}
OUTCOME_LABELS: Mapping[Outcome, str] = {
    Outcome.ELIGIBLE: "符合条件",
    Outcome.INELIGIBLE: "不符合条件",
    Outcome.UNDECIDED: "暂不能认定",
}
RESULT_LABELS: Mapping[RuleResult, str] = {
    RuleResult.PASSED: "符合",
    RuleResult.FAILED: "不符合",
    RuleResult.UNKNOWN: "待查",
}
EMPLOYER_LABELS: Mapping[EmployerKind, str] = {
    EmployerKind.ENTERPRISE: "企业",
    EmployerKind.COOPERATIVE: "农民专业合作社",
    EmployerKind.POVERTY_WORKSHOP: "扶贫车间",
    EmployerKind.OTHER: "其他",
}
INDUSTRY_LABELS: Mapping[Industry, str] = {
    Industry.FOREIGN_TRADE: "外贸",
    Industry.LODGING_CATERING: "住宿餐饮",
    Industry.CULTURE_TOURISM: "文化旅游",
    Industry.TRANSPORT: "交通运输",
    Industry.WHOLESALE_RETAIL: "批发零售",
    Industry.OTHER: "其他",
}
CREDIT_LABELS: Mapping[CreditTier, str] = {
    CreditTier.GOOD: "信用良好",
    CreditTier.ORDINARY: "信用一般",
}
WAIVED_LABELS: Mapping[WaivedProof, str] = {
    WaivedProof.KEY_GROUP: "重点群体身份证明",
    WaivedProof.FEE: "培训费用票据",
}
VOUCHER_LABELS: Mapping[VoucherState, str] = {
    VoucherState.ISSUED: "已发放未使用",
    VoucherState.REDEEMED: "已使用",
    VoucherState.VOID: "已作废",
}
