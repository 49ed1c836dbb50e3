"""The archive: an institution sees what its class led to, an agency looks up with purpose, two officers correct."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from app.access.actor import Actor, Permission
from app.access.unit import Unit
from app.api.v1.public_notices import Limit, NextCursor
from app.api.v1.record_shapes import (
    ClosedOut,
    DecidedCorrectionOut,
    EntryOut,
    EntryReadIn,
    LookupAnswerOut,
    LookupIn,
    LookupOut,
    OpenCorrectionOut,
    OpenCorrectionsOut,
    OwnEntriesOut,
    OwnEntryOut,
    RecordCorrectionIn,
    RecordCorrectionOut,
    RecordDecisionIn,
    TraineeVerdictOut,
)
from app.archive.records.actions.decide_correction import decide_correction
from app.archive.records.actions.look_up_records import Found, Subject, look_up_records
from app.archive.records.actions.propose_correction import propose_correction
from app.archive.records.queries import entries_of_opening, open_corrections, read_entry
from app.archive.records.rules import is_record_number
from app.archive.records.states import CorrectionKind, Decision, Purpose
from app.audit.events import record_event
from app.kernel.clock import law_date, utc_now
from app.kernel.errors import InvalidInput, NotFound, Reason
from app.kernel.identifiers import check_identity_number
from app.kernel.masking import mask_number_own_institution
from app.kernel.paging import check_page_limit
from app.reference.divisions import covers, was_in_force
from app.subsidies.recoveries.actions.order_recovery import OrderedRecovery, order_recoveries_of_entry
from app.training.completion.actions.close_opening import close_opening
from app.training.completion.queries import is_opening_of, lines_of_opening
from app.web.dependencies import Admitted, Look, LookFirst, Parts, ReadUnit, WriteUnit
from app.web.house import House
from app.web.idempotency import OnceOnly
from app.web.problems import answers

router = APIRouter(tags=["培训档案"])

RecordNumberPath = Annotated[
    str, Path(pattern=r"^R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]$", examples=["R110105-2026-00000001-5"])
]


@router.post(
    "/v1/openings/{opening_id}:close",
    summary="结班并归档",
    response_model=ClosedOut,
    responses=answers(404, 409),
)
async def close(opening_id: UUID, unit: WriteUnit, parts: Parts) -> ClosedOut:
    """每名学员都有经确认的考核结果后方可结班；课时与考核达标且实名核验通过的学员即时归档，并核发培训合格证书。"""
    closed = await close_opening(unit, parts.keys, opening_id=opening_id)
    return ClosedOut(
        opening_id=opening_id,
        records_appended=len(closed.record_numbers),
        trainees=[TraineeVerdictOut.of(each, closed.record_numbers) for each in closed.verdicts],
    )


@router.get(
    "/v1/openings/{opening_id}/records",
    summary="查看本班归档结果",
    response_model=OwnEntriesOut,
    responses=answers(404),
)
async def list_records_of_opening(opening_id: UUID, unit: ReadUnit, parts: Parts) -> OwnEntriesOut:
    """只有本机构的班级可以查看。"""
    entries = await entries_of_opening(unit, opening_id)
    own = [entry for entry in entries if entry.institution_id == unit.actor.institution()]
    if not own:
        await _require_own_opening(unit, opening_id)
    superseded = [entry.supersedes for entry in own if entry.supersedes is not None]
    lines = await lines_of_opening(unit, parts.keys, opening_id)
    return OwnEntriesOut(
        items=[OwnEntryOut.of_line(entry, list(superseded), lines[entry.person_id]) for entry in own]
    )


@router.post(
    "/v1/records:lookup",
    summary="经办机构查询培训档案",
    response_model=LookupOut,
    responses=answers(409, 429),
)
async def look_up(body: LookupIn, caller: Admitted, look: LookFirst, parts: Parts) -> LookupOut:
    """须写明事由与案件编号；查询记录先于答复保存，并在本人的“谁查过我”中显示。每查一人计一次查询额度。"""
    assert caller.actor is not None
    return await look_up_for(caller.actor, body, look, parts)


async def look_up_for(actor: Actor, body: LookupIn, look: Look, parts: House) -> LookupOut:
    """The entries of each subject. Raises InvalidInput, TooMany when the allowance of look-ups is spent."""
    today = law_date(utc_now())
    checked = [
        check_identity_number(
            each.identity_number,
            on=today,
            area_known=was_in_force,
            field=f"subjects.{index}.identity_number",
        )
        for index, each in enumerate(body.subjects)
    ]
    reasons = [reason for each in checked for reason in each.reasons]
    if reasons:
        raise InvalidInput(reasons)
    numbers = [each.require().number for each in checked]
    await parts.allowances.spend(actor, body.purpose, len(numbers))
    async with look() as unit:
        found = await look_up_records(
            unit,
            parts.keys,
            purpose=body.purpose,
            case_number=body.case_number,
            subjects=[
                Subject(number, each.name) for number, each in zip(numbers, body.subjects, strict=True)
            ],
        )
    parts.allowances.count_miss(actor, body.purpose, sum(not each.is_found for each in found))
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
    """须写明事由与案件编号；查询会向本人公开。只有审核权限的，限于为更正查看本辖区的档案。"""
    _require_check_character(record_number)
    found = await read_entry(
        unit, purpose=body.purpose, case_number=body.case_number, record_number=record_number
    )
    if found is None or not _may_read(unit, body.purpose, found.entry["division_code"]):
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
    response_model=RecordCorrectionOut,
    responses=answers(404, 409),
)
async def propose(
    record_number: RecordNumberPath, body: RecordCorrectionIn, unit: WriteUnit, once: OnceOnly
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
        RecordCorrectionOut(correction_id=correction_id, record_number=record_number, kind=body.kind)
    )


@router.get(
    "/v1/record-corrections",
    summary="等待复核的档案更正",
    response_model=OpenCorrectionsOut,
    responses=answers(),
)
async def list_open_corrections(
    unit: ReadUnit,
    cursor: NextCursor = None,
    limit: Limit = None,
) -> OpenCorrectionsOut:
    """本辖区内尚未复核的更正，最早的在前；不含个人信息。"""
    found = await open_corrections(unit, limit=check_page_limit(limit), cursor=cursor)
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
            for row in found.items
        ],
        next_cursor=found.next_cursor,
    )


@router.post(
    "/v1/record-corrections/{correction_id}:decide",
    summary="复核档案更正",
    response_model=DecidedCorrectionOut,
    responses=answers(404, 409),
)
async def decide(correction_id: UUID, body: RecordDecisionIn, unit: WriteUnit) -> DecidedCorrectionOut:
    """提出人不能复核自己提出的更正。撤销已据以发放补贴的档案，追回同时立案，两者一并生效或都不生效。"""
    decided = await decide_correction(
        unit, correction_id=correction_id, decision=body.decision, reason=body.reason
    )
    recoveries: tuple[OrderedRecovery, ...] = ()
    if decided.decision is Decision.ACCEPTED and decided.kind is CorrectionKind.REVOKE:
        recoveries = await order_recoveries_of_entry(
            unit,
            record_number=decided.record_number,
            reason=None if body.recovery is None else body.recovery.reason,
        )
    return DecidedCorrectionOut(
        record_number=decided.record_number,
        kind=decided.kind,
        decision=decided.decision,
        new_record_number=decided.new_record_number,
        recovery_numbers=[each.recovery_number for each in recoveries],
    )


def _lookup_answer(index: int, number: str, found: Found) -> LookupAnswerOut:
    return LookupAnswerOut(
        index=index,
        masked_number=mask_number_own_institution(number),
        found=found.is_found,
        entries=EntryOut.of_all(list(found.entries)),
    )


def _may_read(unit: Unit, purpose: Purpose, division_code: str) -> bool:
    """Whoever may propose a correction sees what would be corrected; everything else takes the right to look up."""
    if Permission.LOOKUP in unit.actor.permissions:
        return True
    own = unit.actor.division_code or ""
    return purpose is Purpose.RECORD_CORRECTION and covers(own, division_code, unit.today)


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
