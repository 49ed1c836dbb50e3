"""Wire shapes of the archive: entries, verdicts of closing, look-ups and corrections."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.archive.records.rules import state_of
from app.archive.records.states import (
    ENTRY_KIND_LABELS,
    ENTRY_STATE_LABELS,
    CorrectionKind,
    Decision,
    EntryKind,
    EntryState,
    Purpose,
)
from app.archive.records.tables import RecordEntry
from app.training.completion.queries import LineShown
from app.training.completion.rules import TraineeVerdict, Verdict
from app.web.problems import ReasonOut, reason_out
from app.web.wire import CaseNumber, Input, Line, LongText, Moment, Output, ShortLine, Why

LOOKUP_SUBJECTS_MAX = 50


class EntryOut(Output):
    """一条培训档案."""

    record_number: str = Field(examples=["R110105-2026-00000001-5"])
    kind: EntryKind
    kind_label: str = Field(examples=["培训结业"])
    state: EntryState
    state_label: str = Field(examples=["有效"])
    program_name: str | None = Field(examples=["养老护理员初级技能培训"])
    occupation_edition: int | None = Field(examples=[2022])
    occupation_code: str | None = Field(examples=["4-10-01-05"])
    skill_level: str | None = Field(examples=["level_5"])
    institution_name: str | None = Field(examples=["示例职业培训学校"])
    division_code: str = Field(examples=["110105"])
    starts_on: date
    ends_on: date
    planned_minutes: int | None
    credited_minutes: int | None
    attended_days: int | None = Field(description="参加培训的天数，仅“参加培训期间”档案有", examples=[12])
    period: str | None = Field(description="所属年度或月份，仅用人单位名单形成的档案有", examples=["2026-05"])
    outcome: str | None = Field(examples=["pass"])
    score_hundredths: int | None = Field(examples=[8650], description="考核成绩，百分之一分")
    appended_at: Moment
    revoked_at: Moment | None

    @classmethod
    def of(cls, entry: RecordEntry | dict[str, Any], superseded: list[UUID | str]) -> "EntryOut":
        """An entry and its derived state."""
        columns = entry if isinstance(entry, dict) else entry.model_dump()
        kind, state = EntryKind(columns["kind"]), state_of(columns, superseded)
        shown = {name: columns[name] for name in cls.model_fields if name in columns}
        return cls.model_validate(
            {
                **shown,
                "kind": kind,
                "state": state,
                "kind_label": ENTRY_KIND_LABELS[kind],
                "state_label": ENTRY_STATE_LABELS[state],
            }
        )

    @classmethod
    def of_all(cls, entries: list[RecordEntry] | list[dict[str, Any]]) -> "list[EntryOut]":
        """Entries of one person, each with the state the others give it."""
        superseded = [each["supersedes"] if isinstance(each, dict) else each.supersedes for each in entries]
        return [cls.of(each, [one for one in superseded if one is not None]) for each in entries]


class OwnEntryOut(EntryOut):
    """本机构班级的一条培训档案，注明属于名册上的哪一名学员."""

    line_id: UUID
    masked_name: str = Field(examples=["张*"])
    sheet_line: int | None = Field(description="导入名册中的行号；单个添加的学员没有", examples=[12])

    @classmethod
    def of_line(cls, entry: RecordEntry, superseded: list[UUID | str], line: LineShown) -> "OwnEntryOut":
        """An entry of the institution's own class and whose it is."""
        return cls.model_validate(
            {
                **EntryOut.of(entry, superseded).model_dump(),
                "line_id": line.line_id,
                "masked_name": line.masked_name,
                "sheet_line": line.sheet_line,
            }
        )


class OwnEntriesOut(Output):
    """本班档案条目列表."""

    items: list[OwnEntryOut]


class TraineeVerdictOut(Output):
    """一名学员的结班结论."""

    line_id: UUID
    masked_name: str = Field(examples=["张*"])
    verdict: Verdict
    record_number: str | None
    credited_minutes: int
    outcome: str | None
    reasons: list[ReasonOut]

    @classmethod
    def of(cls, verdict: TraineeVerdict, record_numbers: dict[UUID, str]) -> "TraineeVerdictOut":
        """The verdict with the number of the entry it led to."""
        trainee = verdict.trainee
        return cls(
            line_id=trainee.line_id,
            masked_name=trainee.masked_name,
            verdict=verdict.verdict,
            record_number=record_numbers.get(trainee.person_id),
            credited_minutes=trainee.credited_minutes,
            outcome=trainee.outcome,
            reasons=[ReasonOut.model_validate(reason_out(each)) for each in verdict.reasons],
        )


class ClosedOut(Output):
    """结班结果."""

    opening_id: UUID
    records_appended: int
    trainees: list[TraineeVerdictOut]


class SubjectIn(Input):
    """被查询的人."""

    identity_number: Annotated[str, Field(max_length=40, examples=["11010519491231002X"])]
    name: Annotated[ShortLine, Field(examples=["测试学员"])]


class LookupIn(Input):
    """查询培训档案：先写明事由与案件编号."""

    purpose: Purpose
    case_number: CaseNumber
    subjects: Annotated[list[SubjectIn], Field(min_length=1, max_length=LOOKUP_SUBJECTS_MAX)]


class LookupAnswerOut(Output):
    """对一名被查询人的答复；查无此人与姓名不符答复相同."""

    index: int
    masked_number: str
    found: bool
    entries: list[EntryOut]


class LookupOut(Output):
    """查询结果；每一次查询都已记录并向本人公开."""

    items: list[LookupAnswerOut]


class EntryReadIn(Input):
    """按档案编号查看."""

    purpose: Purpose
    case_number: CaseNumber


class ChangesIn(Input):
    """更正后的内容；只填写要更正的项."""

    program_name: Line | None = Field(default=None, examples=["养老护理员初级技能培训"])
    starts_on: date | None = None
    ends_on: date | None = None
    credited_minutes: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    score_hundredths: Annotated[int, Field(ge=0, le=10_000)] | None = None


class RecordCorrectionIn(Input):
    """提出更正或撤销."""

    kind: CorrectionKind
    changes: ChangesIn = ChangesIn()
    reason: LongText = Field(examples=["成绩登记有误，试卷复核为八十六分"])
    case_number: CaseNumber


class RecordCorrectionOut(Output):
    """已提出的更正，等待第二人复核."""

    correction_id: UUID
    record_number: str
    kind: CorrectionKind


class OpenCorrectionOut(Output):
    """等待复核的更正."""

    correction_id: UUID
    record_number: str
    division_code: str
    kind: CorrectionKind
    proposed_at: datetime
    is_own_proposal: bool


class OpenCorrectionsOut(Output):
    """等待复核的更正列表."""

    items: list[OpenCorrectionOut]
    next_cursor: str | None = None


class RecoveryOnRevocationIn(Input):
    """撤销已发放补贴的档案时一并立案追回的理由."""

    reason: Why = Field(examples=["档案所载培训未实际发生，补贴应予追回"])


class RecordDecisionIn(Input):
    """复核结论；撤销已据以发放补贴的档案时须写明 recovery."""

    decision: Decision
    reason: Why = Field(examples=["经核对试卷与成绩单，属实"])
    recovery: RecoveryOnRevocationIn | None = None


class DecidedCorrectionOut(Output):
    """复核结果."""

    record_number: str
    kind: CorrectionKind
    decision: Decision
    new_record_number: str | None
    recovery_numbers: list[str] = Field(description="随撤销立案追回的编号")
