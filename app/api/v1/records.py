"""The archive: an institution sees what its class led to, an agency looks up with purpose, two officers correct."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from app.access.unit import Unit
from app.archive.records.actions.decide_correction import decide_correction
from app.archive.records.actions.look_up_records import Found, Subject, look_up_records
from app.archive.records.actions.propose_correction import propose_correction
from app.archive.records.queries import entries_of_opening, open_corrections, read_entry
from app.archive.records.rules import is_record_number, state_of
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
from app.audit.events import record_event
from app.kernel.errors import InvalidInput, NotFound, Reason
from app.kernel.identifiers import check_identity_number
from app.kernel.masking import mask_number_own_institution
from app.reference.divisions import prefix_of, was_in_force
from app.training.completion.actions.close_opening import close_opening
from app.training.completion.queries import is_opening_of
from app.training.completion.rules import TraineeVerdict, Verdict
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import ReasonOut, answers, reason_out
from app.web.wire import Input, Line, LongText, Output, ShortLine, Why

router = APIRouter(tags=["培训档案"])

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
    outcome: str | None = Field(examples=["pass"])
    score_hundredths: int | None = Field(examples=[8650], description="考核成绩，百分之一分")
    appended_at: datetime
    revoked_at: datetime | None

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


class TraineeVerdictOut(Output):
    """一名学员的结班结论."""

    line_id: UUID
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


class EntriesOut(Output):
    """档案条目列表."""

    items: list[EntryOut]


class SubjectIn(Input):
    """被查询的人."""

    identity_number: Annotated[str, Field(max_length=40, examples=["11010519491231002X"])]
    name: Annotated[ShortLine, Field(examples=["测试学员"])]


class LookupIn(Input):
    """查询培训档案：先写明事由与案件编号."""

    purpose: Purpose
    case_number: Annotated[ShortLine, Field(min_length=3, examples=["京人社核〔2026〕第0001号"])]
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
    case_number: Annotated[ShortLine, Field(min_length=3)]


class ChangesIn(Input):
    """更正后的内容；只填写要更正的项."""

    program_name: Line | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    credited_minutes: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    score_hundredths: Annotated[int, Field(ge=0, le=10_000)] | None = None


class CorrectionIn(Input):
    """提出更正或撤销."""

    kind: CorrectionKind
    changes: ChangesIn = ChangesIn()
    reason: LongText
    case_number: Annotated[ShortLine, Field(min_length=3)]


class CorrectionOut(Output):
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


class DecisionIn(Input):
    """复核结论."""

    decision: Decision
    reason: Why


class DecidedCorrectionOut(Output):
    """复核结果."""

    record_number: str
    kind: CorrectionKind
    decision: Decision
    new_record_number: str | None


RecordNumberPath = Annotated[
    str, Path(pattern=r"^R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]$", examples=["R110105-2026-00000001-5"])
]


@router.post(
    "/v1/openings/{opening_id}:close",
    summary="结班并归档",
    response_model=ClosedOut,
    responses=answers(404, 409),
)
async def close(opening_id: UUID, unit: WriteUnit) -> ClosedOut:
    """每名学员都有经确认的考核结果后方可结班；课时与考核达标且实名核验通过的学员即时归档。"""
    closed = await close_opening(unit, opening_id=opening_id)
    return ClosedOut(
        opening_id=opening_id,
        records_appended=len(closed.record_numbers),
        trainees=[TraineeVerdictOut.of(each, closed.record_numbers) for each in closed.verdicts],
    )


@router.get(
    "/v1/openings/{opening_id}/records",
    summary="查看本班归档结果",
    response_model=EntriesOut,
    responses=answers(404),
)
async def list_records_of_opening(opening_id: UUID, unit: ReadUnit) -> EntriesOut:
    """只有本机构的班级可以查看。"""
    entries = await entries_of_opening(unit, opening_id)
    own = [entry for entry in entries if entry.institution_id == unit.actor.institution()]
    if not own:
        await _require_own_opening(unit, opening_id)
    superseded = [entry.supersedes for entry in own if entry.supersedes is not None]
    return EntriesOut(items=[EntryOut.of(entry, list(superseded)) for entry in own])


@router.post(
    "/v1/records:lookup", summary="经办机构查询培训档案", response_model=LookupOut, responses=answers(409)
)
async def look_up(body: LookupIn, unit: WriteUnit, parts: Parts) -> LookupOut:
    """须写明事由与案件编号；查询记录先于答复保存，并在本人的“谁查过我”中显示。"""
    checked = [
        check_identity_number(
            each.identity_number,
            on=unit.today,
            area_known=was_in_force,
            field=f"subjects.{index}.identity_number",
        )
        for index, each in enumerate(body.subjects)
    ]
    reasons = [reason for each in checked for reason in each.reasons]
    if reasons:
        raise InvalidInput(reasons)
    numbers = [each.require().number for each in checked]
    found = await look_up_records(
        unit,
        parts.keys,
        purpose=body.purpose,
        case_number=body.case_number,
        subjects=[Subject(number, each.name) for number, each in zip(numbers, body.subjects, strict=True)],
    )
    return LookupOut(
        items=[
            _lookup_answer(index, number, answer)
            for index, (number, answer) in enumerate(zip(numbers, found, strict=True))
        ]
    )


@router.post(
    "/v1/records/{record_number}:read",
    summary="按档案编号查看一条档案",
    response_model=EntryOut,
    responses=answers(404),
)
async def read_record(record_number: RecordNumberPath, body: EntryReadIn, unit: WriteUnit) -> EntryOut:
    """须写明事由与案件编号；查询会向本人公开。"""
    _require_check_character(record_number)
    found = await read_entry(
        unit, purpose=body.purpose, case_number=body.case_number, record_number=record_number
    )
    if found is None:
        raise NotFound
    await record_event(
        unit,
        "record:read",
        subject_kind="record",
        subject_id=record_number,
        details={"purpose": body.purpose},
    )
    is_superseded = any(
        each["kind"] == CorrectionKind.SUPERSEDE and each["decision"] == Decision.ACCEPTED
        for each in found.corrections
    )
    return EntryOut.of(found.entry, [found.entry["entry_id"]] if is_superseded else [])


@router.post(
    "/v1/records/{record_number}/corrections",
    summary="提出更正或撤销档案",
    status_code=201,
    response_model=CorrectionOut,
    responses=answers(404, 409),
)
async def propose(
    record_number: RecordNumberPath, body: CorrectionIn, unit: WriteUnit, once: OnceOnly
) -> Response:
    """原档案不会改动：更正通过后追加一条新的，撤销则标明撤销。须由另一人复核。"""
    _require_check_character(record_number)
    changes = body.changes.model_dump(exclude_none=True)
    correction_id = await propose_correction(
        unit,
        record_number=record_number,
        kind=body.kind,
        changes=changes,
        reason=body.reason,
        case_number=body.case_number,
    )
    return await once.answer(
        CorrectionOut(correction_id=correction_id, record_number=record_number, kind=body.kind)
    )


@router.get(
    "/v1/record-corrections",
    summary="等待复核的档案更正",
    response_model=OpenCorrectionsOut,
    responses=answers(),
)
async def list_open_corrections(unit: ReadUnit) -> OpenCorrectionsOut:
    """本辖区内尚未复核的更正，最早的在前；不含个人信息。"""
    rows = await open_corrections(unit, prefix_of(unit.actor.division_code or ""))
    return OpenCorrectionsOut(
        items=[
            OpenCorrectionOut(
                correction_id=row.correction_id,
                record_number=row.record_number,
                division_code=row.division_code,
                kind=row.kind,
                proposed_at=row.proposed_at,
                is_own_proposal=row.proposed_by == unit.actor.principal_id,
            )
            for row in rows
        ]
    )


@router.post(
    "/v1/record-corrections/{correction_id}:decide",
    summary="复核档案更正",
    response_model=DecidedCorrectionOut,
    responses=answers(404, 409),
)
async def decide(correction_id: UUID, body: DecisionIn, unit: WriteUnit) -> DecidedCorrectionOut:
    """提出人不能复核自己提出的更正。"""
    decided = await decide_correction(
        unit, correction_id=correction_id, decision=body.decision, reason=body.reason
    )
    return DecidedCorrectionOut(
        record_number=decided.record_number,
        kind=decided.kind,
        decision=decided.decision,
        new_record_number=decided.new_record_number,
    )


def _lookup_answer(index: int, number: str, found: Found) -> LookupAnswerOut:
    return LookupAnswerOut(
        index=index,
        masked_number=mask_number_own_institution(number),
        found=found.is_found,
        entries=EntryOut.of_all(list(found.entries)),
    )


def _require_check_character(record_number: str) -> None:
    if not is_record_number(record_number):
        raise InvalidInput(
            [
                Reason(
                    code="record_number_check_character",
                    field="record_number",
                    value=record_number,
                    message="档案编号的校验位不正确",
                    remedy="请核对抄写是否有误",
                )
            ]
        )


async def _require_own_opening(unit: Unit, opening_id: UUID) -> None:
    """An own class without entries is an empty list; somebody else's is not there."""
    if not await is_opening_of(unit, opening_id, unit.actor.institution()):
        raise NotFound
