"""The facts a decision rests on: what the registry and the outside systems say, before any rule is asked.

``None`` (JSON ``null``) always means *not known*, never "no". A whole part that does not concern the benefit (the
listing of a certificate claim) is ``None`` too; where a kind needs the part, its absence is a missing fact.
The texts below the fields are published as the descriptions of ``openapi/claim-facts.schema.json``, hence Chinese.
Nothing here names a person: no identity number, name or account.
"""

from dataclasses import dataclass
from typing import ClassVar

from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements.rules.evidence import (
    READING,
    AttendanceFacts,
    CertificateFacts,
    Count,
    Day,
    Division,
    EmployerFacts,
    EntryFacts,
    Fen,
    HeldCertificate,
    ListingFacts,
    ReadingRules,
    Text,
    TollingFacts,
    TrainingFacts,
    VoucherFacts,
)
from app.subsidies.entitlements.states import (
    BenefitKind,
    CreditTier,
    EmploymentProof,
    HolderCheck,
    InsuranceStatus,
    PastState,
    PayeeKind,
)

__all__ = [
    "AttendanceFacts",
    "CertificateFacts",
    "ClaimFacts",
    "CommitmentFacts",
    "CostFacts",
    "EmployerFacts",
    "EmploymentFacts",
    "EntryFacts",
    "GroupFacts",
    "HeldCertificate",
    "InsuranceFacts",
    "ListingFacts",
    "MonthsFacts",
    "PastBenefit",
    "PayeeFacts",
    "PersonFacts",
    "PlaceFacts",
    "TollingFacts",
    "TrainingFacts",
    "VoucherFacts",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFacts:
    """重点群体身份的一段期间。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    code: Text
    """重点群体代码（见重点群体代码表），如 rural_migrant_worker。"""
    starts_on: Day
    """身份起始日期（认定日期）。"""
    ends_before: Day | None = None
    """身份终止日期（不含当日）；null表示仍有效。"""
    is_evidenced: bool | None = None
    """是否有证据证明：true已证明，false已查明不属实，null未查明。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """劳动者本人的情况（不含姓名和证件号码）。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    born_on: Day | None = None
    """出生日期。"""
    groups: tuple[GroupFacts, ...] = ()
    """登记的重点群体身份。"""
    draws_pension: bool | None = None
    """是否具有按月领取养老金资格。"""
    is_deceased: bool | None = None
    """是否已死亡；持卡人员库核验正常即为false。"""
    died_on: Day | None = None
    """死亡日期。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsFacts:
    """截至某日的失业保险累计缴费月数。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    as_of: Day
    """截至日期。"""
    own: Count | None = None
    """参保地实际缴费月数。"""
    deemed: Count | None = None
    """视同缴费月数。"""
    other_provinces: Count | None = None
    """其他省份缴费月数。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuranceFacts:
    """失业保险情况；均来自保险平台的答复。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    months: tuple[MonthsFacts, ...] = ()
    """各截至日的累计缴费月数。"""
    status_at_issue: InsuranceStatus = InsuranceStatus.UNKNOWN
    """证书核发当月的参保状态。"""
    status_at_application: InsuranceStatus = InsuranceStatus.UNKNOWN
    """申领当日的参保状态。"""
    is_enterprise_employee: bool | None = None
    """参保单位是否企业（区别于机关事业单位等）。"""
    division: Division | None = None
    """参保地行政区划代码。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBenefit:
    """已申领、已享受或登记前已享受的补贴；已退回、不予受理、撤回的不列。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    kind: BenefitKind
    """补贴种类。"""
    state: PastState
    """在办（claimed）、已付（paid）或登记系统启用前已付（earlier）。"""
    entry_on: Day
    """依据条目的日期（证书核发日、培训结束日、期间末日）。"""
    applied_on: Day | None = None
    """申领日期；历史数据可能没有。"""
    benefit_line: Text | None = None
    """职业的补贴主线；null表示历史数据未载明。"""
    level: SkillLevel | None = None
    """等级；null表示历史数据未载明。"""
    period: str = ""
    """期间键（以工代训YYYY-MM等）；无则为空。"""
    division: Division | None = None
    """发放地行政区划代码。"""
    certificate_id: Text | None = None
    """所依据的证书。"""
    opening_id: Text | None = None
    """所依据的班次。"""
    employer_id: Text | None = None
    """所涉用人单位。"""
    paid_to: PayeeKind = PayeeKind.PERSON
    """发给本人还是机构（用人单位）。"""
    by_voucher: bool = False
    """是否以职业培训券支付。"""
    is_shortage: bool | None = False
    """当时是否按紧缺急需职业（工种）享受。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeFacts:
    """收款人。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    kind: PayeeKind
    """本人（person）或机构、用人单位（institution）。"""
    holder_check: HolderCheck = HolderCheck.UNKNOWN
    """账户户名核验结果；对公账户为复核确认结果。"""
    institution_id: Text | None = None
    """收款机构（用人单位）在本登记系统的编号。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFacts:
    """户籍地、常住地、求职就业地（行政区划代码）；培训地在培训情况中。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    household: Division | None = None
    """户籍地。"""
    residence: Division | None = None
    """常住地。"""
    job: Division | None = None
    """求职就业地。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmploymentFacts:
    """培训后就业的证明材料。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    proof: EmploymentProof
    """证明种类（劳动合同、工资流水、家政服务协议）。"""
    dated_on: Day
    """签订或首次发放日期。"""
    is_verified: bool | None = None
    """是否已核实。"""
    months_lasted: Count | None = None
    """已持续就业的月数。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFacts:
    """培训费用及分担（分）。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    fee_fen: Fen | None = None
    """每人培训费用（分）。"""
    employer_fen: Fen = 0
    """企业出资（分）。"""
    person_fen: Fen = 0
    """个人付费（分）。"""
    consumables_grade: Count | None = None
    """实训耗材成本档次：0低，1中，2高。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentFacts:
    """项目制培训机构申领时作出的告知承诺。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    version: Text
    """承诺书版本。"""
    signed_on: Day
    """作出承诺的日期。"""
    credit: CreditTier
    """作出承诺时机构的信用等级。"""
    fee_fen: Fen | None = None
    """所承诺的每人培训费用（分）；null为未承诺。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """一件申领的全部事实；null一律表示“未查明”。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    kind: BenefitKind
    """补贴种类。"""
    payer_division: Division
    """支付地（经办机构所在）行政区划代码；政策取值按就近原则取自此地。"""
    applied_on: Day
    """申领日期（北京时间）。"""
    person: PersonFacts
    """本人情况。"""
    payee: PayeeFacts
    """收款人。"""
    entry: EntryFacts | None = None
    """所依据的档案条目；null表示登记系统中没有。"""
    certificate: CertificateFacts | None = None
    """证书。"""
    training: TrainingFacts | None = None
    """培训。"""
    attendance: AttendanceFacts | None = None
    """出勤。"""
    listing: ListingFacts | None = None
    """用人单位名单。"""
    insurance: InsuranceFacts = InsuranceFacts()
    """失业保险。"""
    history: tuple[PastBenefit, ...] = ()
    """已申领和已享受的补贴（全国各地、各年）；不含本件。"""
    is_history_complete: bool = True
    """历史补贴是否查全；有地区未答复时为false。"""
    holdings: tuple[HeldCertificate, ...] = ()
    """本人持有的其他证书。"""
    places: PlaceFacts = PlaceFacts()
    """地点。"""
    is_shortage: bool | None = None
    """职业是否在支付地紧缺急需职业（工种）目录内（以依据条目日期计）。"""
    employment: tuple[EmploymentFacts, ...] = ()
    """就业证明。"""
    cost: CostFacts = CostFacts()
    """费用及分担。"""
    voucher: VoucherFacts | None = None
    """职业培训券。"""
    commitment: CommitmentFacts | None = None
    """告知承诺；null为按一般程序提交证明。"""
