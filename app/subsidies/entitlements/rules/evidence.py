"""What a claim can rest on: archive entry, certificate, training, attendance, listing, voucher. Part of ``facts``.

The texts below the fields are published as the descriptions of ``openapi/claim-facts.schema.json``, hence Chinese.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, TypedDict

from pydantic import Field

from app.archive.certificates.states import CertificateKind, CertificateState, TollingReason
from app.archive.records.states import EntryKind
from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements.states import EmployerKind, Industry, VoucherKind, VoucherState


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
    is_employer_run: bool = False
    """是否企业开展的培训（开班单位为企业）。"""
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
