"""Shapes of openings on the wire: what institutions send, what both sides read."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Discriminator, Field
from uuid_utils.compat import uuid7

from app.kernel.clock import law_date
from app.training.openings.actions.save_teachers import NamedTeacher
from app.training.openings.queries.filing import FilingCase
from app.training.openings.queries.lists import OpeningSummary
from app.training.openings.rules.commitment import AcceptedCommitment, CommitmentText
from app.training.openings.rules.facts import Session, Teacher
from app.training.openings.rules.review import review_due_on
from app.training.openings.states import Delivery, DocumentPart, HoursKind, OpeningState, PartKind
from app.training.openings.tables import DocumentRow
from app.web.problems import ReasonOut
from app.web.wire import PROVISIONAL, Day, DivisionCodeText, Input, Instant, Line, LongText, Output, ShortLine

Size = Annotated[int, Field(ge=1, le=2000, description="计划人数", examples=[30])]
SmallNumber = Annotated[int, Field(ge=1, le=32767)]


class OpeningIn(Input):
    """开班草稿."""

    program_id: UUID
    program_version: SmallNumber | None = Field(default=None, description="不填为今天施行的版本")
    division_code: DivisionCodeText = Field(description="开班地区")
    name: Line = Field(
        description="地名（企业名）+职业（工种）名称+培训", examples=["某市养老护理员培训2026年第1期"]
    )
    planned_size: Size
    venue: Line = Field(examples=["某市示范职业培训学校201教室"])


class OpeningChangesIn(Input):
    """对草稿的修改；只填要改的项."""

    program_id: UUID | None = None
    program_version: SmallNumber | None = None
    division_code: DivisionCodeText | None = None
    name: Line | None = Field(default=None, examples=["养老护理员初级班（第二期）"])
    planned_size: Size | None = None
    venue: Line | None = Field(default=None, examples=["朝阳校区二号楼201"])

    def stated(self) -> dict[str, Any]:
        """Only what was given; a field set to null is one not given, because no column may be empty."""
        return self.model_dump(exclude_none=True)


class ModuleIn(Input):
    """教学计划的一个模块."""

    title: Line = Field(examples=["基础照护知识"])
    hours_kind: HoursKind
    hours: Annotated[int, Field(ge=1, le=2000, description="课时", examples=[16])]


class TeachingPlanIn(Input):
    """教学计划；课时为各模块之和."""

    part: Literal[PartKind.TEACHING_PLAN]
    goal: LongText = Field(examples=["达到养老护理员五级的知识和技能要求"])
    starts_on: Day = Field(examples=["2026-12-07"])
    ends_on: Day = Field(examples=["2026-12-20"])
    modules: Annotated[list[ModuleIn], Field(min_length=1, max_length=200)]


class MaterialIn(Input):
    """一项教材或教学资源."""

    title: Line = Field(examples=["养老护理员（基础知识）"])
    kind: Literal["textbook", "courseware", "equipment", "consumables", "platform", "other"]
    source: Line = Field(description="出版社、提供单位或平台名称", examples=["自编讲义"])
    quantity: Annotated[int, Field(ge=1, le=100_000, examples=[30])]


class TeachingMaterialsIn(Input):
    """教材教学资源清单."""

    part: Literal[PartKind.TEACHING_MATERIALS]
    items: Annotated[list[MaterialIn], Field(min_length=1, max_length=500)]


class AssessmentPlanIn(Input):
    """考核方案."""

    part: Literal[PartKind.ASSESSMENT_PLAN]
    method: Literal["theory", "practice", "combined", "skill_evaluation"]
    planned_on: Day = Field(examples=["2026-12-21"])
    pass_score: Annotated[int, Field(ge=1, le=100, description="合格分数（百分制）", examples=[60])]
    description: LongText = Field(examples=["理论闭卷60分钟，实操按评分表现场考核"])


PartIn = Annotated[TeachingPlanIn | TeachingMaterialsIn | AssessmentPlanIn, Discriminator("part")]


class TeacherIn(Input):
    """授课教师."""

    name: ShortLine = Field(examples=["赵示范"])
    qualification: Line = Field(description="职业资格、职称或技能等级", examples=["养老护理员二级/技师"])
    subject: Line = Field(description="讲授内容", examples=["生活照护实操"])

    def stated(self) -> NamedTeacher:
        """As the act takes it."""
        return NamedTeacher(self.name, self.qualification, self.subject)


class TeachersIn(Input):
    """授课师资情况：整份名单."""

    teachers: Annotated[list[TeacherIn], Field(min_length=1, max_length=100)]


class SessionIn(Input):
    """一次课."""

    teacher_id: UUID
    starts_at: Instant
    ends_at: Instant
    hours_kind: HoursKind
    delivery: Delivery = Delivery.ONSITE
    venue: Line = Field(examples=["201教室"])

    def stated(self) -> Session:
        """As the act takes it, under a fresh id (one that repeats a stored session keeps that one's)."""
        return Session(
            session_id=uuid7(),
            teacher_id=self.teacher_id,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            hours_kind=self.hours_kind,
            delivery=self.delivery,
            venue=self.venue,
        )


class SessionsIn(Input):
    """课次安排：整份计划."""

    sessions: Annotated[list[SessionIn], Field(min_length=1, max_length=500)]


class CommitmentIn(Input):
    """对承诺书的接受：读到的版本和摘要."""

    version: ShortLine = Field(examples=["2025-1"])
    digest: Annotated[
        str,
        Field(
            pattern=r"^[0-9a-f]{64}$",
            description="承诺书全文（UTF-8）的SHA-256",
            examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
        ),
    ]

    def stated(self) -> AcceptedCommitment:
        """As the act takes it."""
        return AcceptedCommitment(self.version, bytes.fromhex(self.digest))


class FilingIn(Input):
    """申报开班备案."""

    commitment: CommitmentIn | None = Field(default=None, description="缺少时与其他缺项一并告知")


class CommitmentOut(Output):
    """本班次的承诺书."""

    version: str
    text: str
    digest: str

    @classmethod
    def of(cls, text: CommitmentText) -> Self:
        """With the digest to accept it by."""
        return cls(version=text.version, text=text.text, digest=text.digest.hex())


class TeacherOut(Output):
    """授课教师."""

    teacher_id: UUID
    name: str
    qualification: str
    subject: str

    @classmethod
    def of(cls, teacher: Teacher) -> Self:
        """A teacher as filed."""
        return cls(
            teacher_id=teacher.teacher_id,
            name=teacher.name,
            qualification=teacher.qualification,
            subject=teacher.subject,
        )


class SessionOut(Output):
    """一次课."""

    session_id: UUID
    teacher_id: UUID
    starts_at: datetime
    ends_at: datetime
    hours_kind: HoursKind
    delivery: Delivery
    venue: str

    @classmethod
    def of(cls, session: Session) -> Self:
        """A session as planned."""
        return cls(**{name: getattr(session, name) for name in cls.model_fields})


class DocumentOut(Output):
    """附件."""

    document_id: UUID
    part: DocumentPart
    file_name: str
    media_type: str
    size_bytes: int
    sha256: str
    uploaded_at: datetime

    @classmethod
    def of(cls, row: DocumentRow, file_name: str) -> Self:
        """A document with its opened name."""
        return cls(
            document_id=row.document_id,
            part=DocumentPart(row.part),
            file_name=file_name,
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            sha256=row.sha256.hex(),
            uploaded_at=row.uploaded_at,
        )


class ReturnedDefectOut(Output):
    """退回时告知的一项问题."""

    part: str
    code: str
    message: str


class OpeningOut(Output):
    """班次概要."""

    opening_id: UUID
    institution_id: UUID
    institution_name: str
    program_id: UUID
    program_version: int
    program_name: str
    division_code: str
    name: str
    planned_size: int
    venue: str
    state: OpeningState
    version: int
    created_at: datetime
    filing_no: int | None = Field(description="第几次申报")
    filed_at: datetime | None
    review_due_on: date | None = Field(description="待审的：备案机关答复的最后一日")
    review_due_is_provisional: bool = Field(description=PROVISIONAL)
    first_session_at: datetime | None = Field(description="申报时的首次课")
    record_number: str | None = Field(description="备案编号")
    on_record_at: datetime | None
    closed_at: datetime | None
    canceled_at: datetime | None
    cancellation_reason: str | None
    returned_reasons: list[ReturnedDefectOut] = Field(description="最近一次申报被退回的原因")

    @classmethod
    def of(cls, summary: OpeningSummary) -> Self:
        """As both sides see it."""
        row = summary.opening
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        due = None
        if row.state == OpeningState.FILED and summary.filed_at is not None:
            due = review_due_on(law_date(summary.filed_at), row.division_code)
        return cls(
            **own,
            review_due_on=None if due is None else due.on,
            review_due_is_provisional=due is not None and due.is_provisional,
            institution_name=summary.institution_name,
            program_name=summary.program_name,
            filed_at=summary.filed_at,
            first_session_at=summary.first_session_at,
            record_number=summary.record_number,
            returned_reasons=[ReturnedDefectOut(**reason) for reason in summary.returned_reasons],
        )


class OpeningDetailOut(OpeningOut):
    """班次全貌."""

    parts: dict[PartKind, dict[str, Any]] = Field(description="已保存的书面材料")
    teachers: list[TeacherOut]
    sessions: list[SessionOut]
    documents: list[DocumentOut]


class OpeningPage(Output):
    """一页班次，及各状态的数量."""

    items: list[OpeningOut]
    next_cursor: str | None
    counts: dict[OpeningState, int]


class DefectsOut(Output):
    """申报前的检查：与申报时同一套规则，同样一次告知."""

    ready: bool = Field(description="除承诺外没有缺项")
    reasons: list[ReasonOut]
    flags: list[ReasonOut] = Field(description="不妨碍申报、但需经办机构核对的事项")
    commitment: CommitmentOut = Field(description="申报时须接受的承诺书")
    overlapping_trainees: int | None = Field(description="与其他班次课时重叠的学员数；只供经办机构")

    @classmethod
    def of(cls, case: FilingCase, reasons: list[ReasonOut], flags: list[ReasonOut]) -> Self:
        """The verdict as of now."""
        return cls(
            ready=not reasons,
            reasons=reasons,
            flags=flags,
            commitment=CommitmentOut.of(case.commitment),
            overlapping_trainees=case.overlapping_trainees,
        )
