"""Wire shapes of certificates: submitting, showing, candidates for linking, decisions and counts."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.archive.certificates.queries.doors import Case
from app.archive.certificates.queries.own import OwnCertificate
from app.archive.certificates.queries.pictures import Picture
from app.archive.certificates.rules.clock import ClaimWindow
from app.archive.certificates.rules.deciding import REASONS
from app.archive.certificates.rules.linking import LABELS, Judgment
from app.archive.certificates.rules.numbers import Declared, explain_number, judge_format
from app.archive.certificates.rules.submitting import Claim
from app.archive.certificates.states import (
    KIND_LABELS,
    STATE_LABELS,
    CertificateKind,
    CertificateState,
    TollingReason,
)
from app.archive.records.states import Purpose
from app.reference.skill_levels import SkillLevel
from app.web.problems import ReasonOut, reason_out
from app.web.wire import CaseNumber, Day, Input, Line, Output, ShortLine, Why

BATCH_LINES_MAX = 500
TOLLING_LABELS = {
    TollingReason.NETWORK_UPLOAD_LATE: "核发机构尚未将数据传至评价工作网",
    TollingReason.NETWORK_UNAVAILABLE: "评价工作网暂时无法连接",
}
_CONFIRMED = frozenset({CertificateState.MATCHED, CertificateState.EXPIRED, CertificateState.REVOKED})
Edition = Annotated[int, Field(ge=1999, le=2100, examples=[2022])]
OccupationCode = Annotated[str, Field(pattern=r"^[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}$", examples=["4-10-01-05"])]


class CertificateIn(Input):
    """一本证书；职业、等级等以评价工作网的数据为准，可以不填."""

    certificate_number: Annotated[Line, Field(max_length=64, examples=["S000011999999265900001"])]
    kind: CertificateKind
    occupation_edition: Edition | None = None
    occupation_code: OccupationCode | None = None
    trade_name: ShortLine | None = Field(default=None, examples=["电焊工"], description="工种")
    skill_level: SkillLevel = SkillLevel.NONE
    body_code: Annotated[ShortLine, Field(examples=["S000011999999"])] | None = None
    body_name: Line = Field(examples=["示例评价机构"])
    issued_on: Day = Field(examples=["2026-05-11"], description="核发日期")
    valid_until: Day | None = None
    review_due_on: Day | None = None

    def claim(self) -> Claim:
        """What is stated, for the rules."""
        return Claim(**{name: getattr(self, name) for name in CertificateIn.model_fields})


class LineCertificateIn(CertificateIn):
    """名册中一名学员的证书."""

    line_id: UUID


class LineCertificatesIn(Input):
    """一批学员证书；逐行答复，有误的行不影响其他行."""

    lines: Annotated[list[LineCertificateIn], Field(min_length=1, max_length=BATCH_LINES_MAX)]


class CaseIn(Input):
    """查询或办理事由与案件编号，向本人公开."""

    purpose: Purpose
    case_number: CaseNumber

    def case(self) -> Case:
        """Why the agency looks."""
        return Case(self.purpose, self.case_number)


class PersonCertificateIn(CaseIn):
    """经办机构代为登记的证书."""

    identity_number: Annotated[str, Field(max_length=40, examples=["11010519491231002X"])]
    name: ShortLine = Field(examples=["测试学员"])
    certificate: CertificateIn


class CertificateLookupIn(CaseIn):
    """按证书编号或按身份号码查询，二者必填其一；姓名必填."""

    name: ShortLine = Field(examples=["测试学员"])
    certificate_number: Annotated[Line, Field(max_length=64, examples=["S000011999999265900001"])] | None = (
        None
    )
    identity_number: Annotated[str, Field(max_length=40, examples=["11010519491231002X"])] | None = None


class LinkIn(CaseIn):
    """关联到哪一条档案，以及理由."""

    record_number: Annotated[
        str, Field(pattern=r"^R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]$", examples=["R110105-2026-00000001-5"])
    ]
    reason: Why = Field(examples=["证书原件与结业名册核对一致"])


class DecisionIn(CaseIn):
    """办理理由."""

    reason: Why = Field(examples=["经核对证书原件，属本人所有"])


class SubmittedOut(Output):
    """已登记的证书；同一编号再次提交，仍是原来的那一本."""

    certificate_id: UUID
    is_new: bool
    number_warnings: list[ReasonOut]


class SubmittedLineOut(Output):
    """一行的答复：登记了的有 certificate_id，没有登记的有原因."""

    line_id: UUID
    certificate_id: UUID | None
    is_new: bool
    reasons: list[ReasonOut]
    number_warnings: list[ReasonOut]


class SubmittedLinesOut(Output):
    """逐行答复，顺序与提交时相同."""

    accepted: int
    refused: int
    items: list[SubmittedLineOut]


class ClaimWindowOut(Output):
    """核发之日起十二个月的申领期限."""

    last_day: date = Field(description="最后一日，当日仍可申领；停止计算期间为假定今日恢复计算")
    days_left: int = Field(examples=[120], description="剩余天数，含今天")
    stopped_days: int = Field(examples=[0], description="因评价工作网迟延已停止计算的天数")
    stopped_because: str | None = Field(examples=["核发机构尚未将数据传至评价工作网"])

    @classmethod
    def of(cls, window: ClaimWindow) -> "ClaimWindowOut":
        """The window, with the reason in words."""
        standing = window.standing
        return cls(
            last_day=window.last_day,
            days_left=window.days_left,
            stopped_days=window.stopped_days,
            stopped_because=None if standing is None else TOLLING_LABELS[standing],
        )


class CertificateLinkOut(Output):
    """证书所证明的档案."""

    record_number: str = Field(examples=["R110105-2026-00000001-5"])
    is_automatic: bool
    reasons: list[str] = Field(examples=[["同一人", "职业相同", "等级相同"]])
    linked_at: datetime


class CertificateOut(Output):
    """一本证书及其核实情况；编号已遮盖."""

    certificate_id: UUID
    kind: CertificateKind
    kind_label: str = Field(examples=["职业技能等级证书"])
    masked_number: str = Field(examples=["S********************1"])
    occupation_edition: int | None
    occupation_code: str | None
    trade_name: str | None
    skill_level: SkillLevel
    body_name: str
    issued_on: date
    valid_until: date | None
    review_due_on: date | None
    state: CertificateState
    state_label: str = Field(examples=["已核实"])
    submitted_at: datetime
    last_confirmed_at: datetime | None = Field(description="评价工作网最近一次确认的时间")
    conflict: ReasonOut | None = Field(description="编号由另一人持有，等待经办人认定；对机构不显示")
    number_errors: list[ReasonOut] = Field(description="编号格式问题；工作网已核实的只作提示")
    number_warnings: list[ReasonOut]
    claim_window: ClaimWindowOut | None
    link: CertificateLinkOut | None
    archived_as: str | None = Field(description="单独归档的档案编号")

    @classmethod
    def of(cls, picture: Picture, on: date) -> "CertificateOut":
        """What may be shown beside the full number."""
        return cls.model_validate(_shown(picture, on))


class MyCertificateOut(CertificateOut):
    """本人的一本证书，编号完整."""

    certificate_number: str = Field(examples=["S000011999999265900001"])

    @classmethod
    def of(cls, picture: Picture, on: date) -> "MyCertificateOut":
        """With the number as it stands on the certificate."""
        return cls.model_validate({**_shown(picture, on), "certificate_number": picture.number})


class MyCertificatesOut(Output):
    """本人的证书，最近核发的在前."""

    items: list[MyCertificateOut]


class TraineeCertificateOut(CertificateOut):
    """本班一名学员的证书."""

    line_id: UUID

    @classmethod
    def of_trainee(cls, own: OwnCertificate, on: date) -> "TraineeCertificateOut":
        """With the roster line of the holder."""
        return cls.model_validate({**_shown(own.picture, on, with_remarks=False), "line_id": own.line_id})


class TraineeCertificatesOut(Output):
    """本班学员的证书，按名册顺序."""

    items: list[TraineeCertificateOut]


class CertificatesOut(Output):
    """查询结果；查无此证与姓名不符答复相同."""

    items: list[CertificateOut]


class CandidateOut(Output):
    """一条可能由这本证书证明的档案，以及各项依据."""

    record_number: str
    program_name: str | None
    institution_name: str | None
    starts_on: date
    ends_on: date
    is_automatic: bool
    reasons_for: list[str] = Field(examples=[["同一人", "职业相同"]])
    reasons_against: list[str] = Field(examples=[["等级不同"]])

    @classmethod
    def of(cls, judgment: Judgment, entry: dict[str, Any]) -> "CandidateOut":
        """The entry with everything for and against it, in words."""
        return cls(
            **{name: entry[name] for name in ("record_number", "program_name", "institution_name")},
            starts_on=date.fromisoformat(entry["starts_on"]),
            ends_on=date.fromisoformat(entry["ends_on"]),
            is_automatic=judgment.is_automatic,
            reasons_for=[LABELS[code] for code in judgment.reasons_for],
            reasons_against=[LABELS[code] for code in judgment.reasons_against],
        )


class CandidatesOut(Output):
    """证书与可供选择的档案."""

    certificate: CertificateOut
    candidates: list[CandidateOut]


class DecidedCertificateOut(Output):
    """办理结果."""

    certificate_id: UUID
    record_number: str | None


class ConflictOut(Output):
    """一个编号、两名持有人：等待经办人认定；不含个人信息."""

    certificate_id: UUID
    kind: CertificateKind
    state: CertificateState
    submitted_at: datetime
    answered_at: datetime
    holding_certificate_id: UUID
    held_since: datetime


class ConflictsOut(Output):
    """一页，最早核实的在前."""

    items: list[ConflictOut]
    next_cursor: str | None


class MatchRateOut(Output):
    """一个评价机构的核实情况；未列入本地目录的机构合为一行."""

    body_id: UUID | None
    body_code: str | None = Field(examples=["S000011999999"])
    body_name: str | None = Field(examples=["示例评价机构"])
    division_code: str | None
    certificates: int
    matched: int
    waiting: int
    mismatched: int
    not_found: int
    revoked: int
    match_rate_bp: int | None = Field(examples=[9850], description="核实率，万分之一；尚无结论时为空")


class MatchRatesOut(Output):
    """各评价机构的证书核实情况，只有件数."""

    items: list[MatchRateOut]


def _shown(picture: Picture, on: date, *, with_remarks: bool = True) -> dict[str, Any]:
    """``with_remarks``: with an officer's own words about a link, and with a conflict over the number."""
    columns, window = picture.columns, picture.window(on)
    declared = Declared(
        kind=picture.kind, on=on, level=SkillLevel(columns["skill_level"]), issued_on=picture.issued_on
    )
    errors, warnings = judge_format(
        picture.number, declared, network_says_matched=picture.state in _CONFIRMED
    )
    link = columns["link"]
    return {
        **{name: columns[name] for name in CertificateOut.model_fields if name in columns},
        "kind_label": KIND_LABELS[picture.kind],
        "state_label": STATE_LABELS[picture.state],
        "masked_number": explain_number(picture.number, on=on).masked,
        "conflict": reason_out(REASONS["number_held_by_another"])
        if picture.is_in_conflict and with_remarks
        else None,
        "number_errors": [reason_out(each) for each in errors],
        "number_warnings": [reason_out(each) for each in warnings],
        "claim_window": None if window is None else ClaimWindowOut.of(window),
        "link": None
        if link is None
        else {
            **link,
            "reasons": [
                _in_words(each)
                for each in link["reasons"]
                if with_remarks or each.removeprefix("despite:") in LABELS
            ],
        },
    }


def _in_words(reason: str) -> str:
    code = reason.removeprefix("despite:")
    label = LABELS.get(code, code)
    return f"已知悉：{label}" if code != reason else label
