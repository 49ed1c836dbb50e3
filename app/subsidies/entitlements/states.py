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
CONDITION_LABELS: Mapping[str, str] = {
    "record_gate": "档案已归档并封存",
    "after_entry": "申领在依据形成之后",
    "no_pension": "养老金领取情况",
    "certificate_kind": "证书种类",
    "certificate_level": "证书等级",
    "certificate_found": "证书查验",
    "certificate_obtained": "取得证书",
    "insured_months": "累计缴纳失业保险月数",
    "insured_status": "参保或领金状态",
    "insured_employee": "由本单位参保",
    "enterprise_employee": "企业职工",
    "claim_window": "申领期限",
    "line_settled": "职业对应关系",
    "once_only": "同一职业同一等级只享受一次",
    "yearly_cap": "年度次数",
    "months_left": "剩余月数",
    "no_downgrade": "更高等级的享受情况",
    "not_both": "与其他补贴的重复情况",
    "training_before": "取证前参加培训",
    "training_place": "培训地",
    "payer_place": "受理地",
    "payee": "收款账户",
    "payee_is_employer": "收款单位",
    "training_payee": "收款人",
    "opening_on_record": "开班前已备案",
    "in_directory": "机构和项目在目录内",
    "eligible_group": "人员身份",
    "allowance_group": "生活费补贴对象",
    "old_enough": "年龄",
    "completed": "结业",
    "attendance_share": "出勤时长",
    "online_evidence": "线上培训记录",
    "online_days": "线上培训天数",
    "free_training": "培训是否免费",
    "voucher_valid": "职业培训券有效",
    "voucher_for_this": "职业培训券适用范围",
    "commitment": "告知承诺",
    "who_and_where": "企业和受理地",
    "apprentice_of_enterprise": "学徒与企业签订合同",
    "listing_confirmed": "名单已确认",
    "hard_hit_employer": "受影响的企业",
    "has_worked": "在岗并领取工资",
    "cost_shares": "费用分担",
    "evidence_given": "依据材料",
    "factors": "计发天数",
    "policy_in_force": "政策在有效期内",
    "amount": "补贴标准",
}
"""What each rule looks at, by its code: all that an institution is told of a person's decision."""


def period_in_words(period: str) -> str:
    """What a benefit is paid for, of an employer: 第1个培养年度 (``year-1``), 2026年5月 (``2026-05``) or 2022年."""
    if period.startswith("year-"):
        return f"第{period.removeprefix('year-')}个培养年度"
    year, _, month = period.partition("-")
    return f"{year}年{int(month)}月" if month else f"{year}年"
