"""The facts a decision rests on: what the registry and the outside systems say, before any rule is asked.

``None`` (JSON ``null``) always means *not known*, never "no". A whole part that does not concern the benefit (the
listing of a certificate claim) is ``None`` too; where a kind needs the part, its absence is a missing fact.
The texts below the fields are published as the descriptions of ``openapi/claim-facts.schema.json``, hence Chinese.
Nothing here names a person: no identity number, name or account.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, TypedDict

from pydantic import Field

from app.archive.certificates.states import CertificateKind, CertificateState, TollingReason
from app.archive.records.states import EntryKind
from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements.states import (
    BenefitKind,
    EmployerKind,
    EmploymentProof,
    HolderCheck,
    Industry,
    InsuranceStatus,
    PastState,
    PayeeKind,
    VoucherKind,
    VoucherState,
)


class ReadingRules(TypedDict):
    """How a facts file is read: an unknown field is a defect, and field texts become descriptions."""

    extra: str
    use_attribute_docstrings: bool


READING: ReadingRules = {"extra": "forbid", "use_attribute_docstrings": True}


Day = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(2200, 1, 1))]
Division = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Fen = Annotated[int, Field(ge=0, le=1_000_000_000_000)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
"""Bounds hold where facts are read from a file; facts of the registry are bounded by its tables."""


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
class EntryFacts:
    """申领所依据的档案条目。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    kind: EntryKind
    """条目种类。"""
    in_force: bool
    """条目是否有效（未撤销、未被更正替代）。"""
    sealed: bool
    """条目是否已封存入链（有收录凭证）；“进”以封存为准。"""
    division: Division | None = None
    """条目所属行政区划代码（用人单位补贴由此地受理）。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TollingFacts:
    """十二个月期限停止计算的一段期间。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    starts_on: Day
    """停止计算的起始日期。"""
    ended_on: Day | None = None
    """恢复计算的日期（当日重新计算）；null表示仍停止。"""
    reason: TollingReason = TollingReason.NETWORK_UPLOAD_LATE
    """停止计算的原因。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """取得的证书。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    certificate_id: Text
    """证书在本登记系统的编号（非证书号）；用于判断“同一本证书”。"""
    kind: CertificateKind
    """证书种类。"""
    level: SkillLevel
    """证书等级；不分等级为 none。"""
    issued_on: Day
    """核发日期，以联网查验为准。"""
    state: CertificateState
    """联网查验状态。"""
    last_confirmed_on: Day | None = None
    """最近一次联网确认的日期。"""
    tollings: tuple[TollingFacts, ...] = ()
    """申领期限停止计算的期间（国网、省网登载迟延等）。"""
    benefit_line: Text | None = None
    """职业的补贴主线（跨大典版本不变；按职业，不按工种）；null表示未能对应。"""
    is_line_settled: bool | None = True
    """主线在大典各版之间是否已确定；拆分、合并的职业由人工认定前为false。"""
    occupation_edition: Count | None = None
    """职业分类大典版次（如2015、2022）。"""
    occupation_code: Text | None = None
    """职业编码（如6-18-01-01）。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCertificate:
    """本人持有的其他证书。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    certificate_id: Text
    """证书在本登记系统的编号。"""
    level: SkillLevel
    """证书等级。"""
    issued_on: Day
    """核发日期。"""
    state: CertificateState
    """联网查验状态。"""
    benefit_line: Text | None = None
    """职业的补贴主线。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFacts:
    """培训班次与本人的培训结果。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    opening_id: Text
    """开班备案在本登记系统的编号。"""
    starts_on: Day
    """首次课日期。"""
    ends_on: Day
    """末次课日期。"""
    filed_on: Day | None = None
    """开班备案提交日期（服务器时间）。"""
    is_on_record: bool | None = None
    """开班备案是否在首次课前已经备案通过。"""
    is_institution_listed: bool | None = None
    """备案之日培训机构是否在目录内。"""
    is_program_listed: bool | None = None
    """备案之日培训项目是否在目录内且属于机构的备案范围。"""
    training_type: Text | None = None
    """培训类型代码（见培训类型代码表）。"""
    is_online: bool = False
    """是否线上培训。"""
    is_project_based: bool = False
    """是否项目制培训。"""
    has_online_evidence: bool | None = None
    """线上培训是否签到、学习记录、测试三类俱全。"""
    benefit_line: Text | None = None
    """培训职业的补贴主线。"""
    is_line_settled: bool | None = True
    """主线在大典各版之间是否已确定。"""
    level: SkillLevel = SkillLevel.NONE
    """培训等级；不分等级为 none。"""
    place_division: Division | None = None
    """培训地行政区划代码。"""
    is_completed: bool | None = None
    """是否结业（登记为结业条目）。"""
    has_passed: bool | None = None
    """考核或评价是否合格。"""
    planned_minutes: Count | None = None
    """计划培训时长（分钟）。"""
    confirmed_minutes: Count | None = None
    """经确认的出勤时长（分钟）。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceFacts:
    """参训出勤（生活费补贴按出勤日计发）。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    starts_on: Day
    """出勤期间首日。"""
    ends_on: Day
    """出勤期间末日（含）。"""
    days: Count | None = None
    """实际出勤天数。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployerFacts:
    """用人单位。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    employer_id: Text
    """用人单位在本登记系统的编号。"""
    kind: EmployerKind | None = None
    """单位类型。"""
    is_insured: bool | None = None
    """单位是否参加失业保险。"""
    is_small_or_medium: bool | None = None
    """是否中小微企业。"""
    is_suspended: bool | None = None
    """是否受疫情影响停工停业。"""
    is_hard_hit: bool | None = None
    """是否受疫情严重影响暂时无法正常生产经营。"""
    industry: Industry | None = None
    """行业。"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFacts:
    """用人单位名单中本人的一行：学徒年度、以工代训月份或留工职工。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    period: Text
    """期间：学徒为 year-1 至 year-4，以工代训为 YYYY-MM，留工为 YYYY。"""
    starts_on: Day
    """期间首日。"""
    ends_on: Day
    """期间末日（含）。"""
    employer: EmployerFacts
    """用人单位。"""
    benefit_line: Text | None = None
    """学徒培训职业的补贴主线；null表示名单未载明职业。"""
    is_confirmed: bool | None = None
    """名单是否经经办人确认。"""
    months_served: Count | None = None
    """学徒本年度实际在训月数。"""
    has_contract: bool | None = None
    """是否签订劳动合同（学徒为劳动合同和培养协议）。"""
    is_insured_there: bool | None = None
    """该期间本人是否由该单位缴纳失业保险。"""
    has_worked: bool | None = None
    """该月本人是否在岗以工代训并领取工资。"""


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
class VoucherFacts:
    """用于本次培训的职业培训券。"""

    __pydantic_config__: ClassVar[ReadingRules] = READING

    kind: VoucherKind
    """面值券或抵用券。"""
    state: VoucherState
    """券的状态。"""
    issued_on: Day
    """发放日期。"""
    expires_before: Day
    """失效日期（不含当日）。"""
    is_holders_own: bool
    """持券人是否为参训人本人。"""
    redeemed_on: Day | None = None
    """使用日期。"""
    redeemed_by: Text | None = None
    """收券机构在本登记系统的编号。"""
    benefit_line: Text | None = None
    """定向券限定的职业主线；null为通用券。"""
    face_fen: Fen | None = None
    """面值（分）；抵用券无面值。"""


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
