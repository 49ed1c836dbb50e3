"""Claims as institutions and agencies see them: lists, filing at the counter, for a class, and reading with purpose."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from sqlalchemy import Row
from starlette.responses import Response
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.api.v1.claim_answers import ClaimReadOut
from app.api.v1.claim_batch_shapes import BatchIn, BatchLineOut, BatchOut
from app.api.v1.claim_shapes import (
    ClaimsOut,
    CounterClaimIn,
    DecisionNoticeOut,
    ListedClaimOut,
    SubmittedClaimOut,
)
from app.api.v1.my_claims import submit_prepared
from app.archive.records.states import Purpose
from app.audit.events import record_event
from app.kernel.errors import InvalidInput, NotFound, Reason, Refused
from app.kernel.paging import check_page_limit
from app.subsidies.claims.actions.ask_insurance import Case, know_insurance
from app.subsidies.claims.actions.prepare_claim import Prepared, prepare_claim
from app.subsidies.claims.actions.submit_claims import ClaimLine, Submitted, submit_claims
from app.subsidies.claims.queries.doors import read_claimable, read_claims
from app.subsidies.claims.queries.lists import (
    claims_of_institution,
    entries_of_institution,
    notices_of_claim,
    record_numbers_of_class,
    work_list,
)
from app.subsidies.claims.rules.outcomes import REASON_OF_OUTCOME
from app.subsidies.claims.rules.routing import route
from app.subsidies.claims.states import ENTRY_KIND_OF, PAYEES_OF, ClaimState, SubmitOutcome
from app.subsidies.commitments.actions.sign_commitments import Promise, check_commitment, sign_commitments
from app.subsidies.commitments.rules import NOT_OF_CLASS, SignedCommitment
from app.subsidies.entitlements.states import BenefitKind, PayeeKind
from app.web.dependencies import LookFirst, Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import ReasonOut, answers, reason_out
from app.web.wire import CaseNumber, Input, Output

router = APIRouter(tags=["补贴申领"])

ClaimId = Annotated[UUID, Path(description="申领标识")]
_LINES_MAX = 200


class ClaimReadIn(Input):
    """查看的案件；查询会向本人公开."""

    case_number: CaseNumber
    purpose: Purpose = Field(default=Purpose.SUBSIDY_REVIEW, examples=["subsidy_review"])


class ClaimNoticesOut(Output):
    """一件申领的通知书；个人的具体情况不向机构公开，只列理由代码和依据."""

    claim: ListedClaimOut
    notices: list[DecisionNoticeOut]


async def prepare_at_counter(body: CounterClaimIn, look: LookFirst, parts: Parts) -> Prepared | None:
    """As for a citizen, through the officer's door: the look stays, whatever comes of the claim."""
    async with look() as unit:
        found = await read_claimable(
            unit,
            parts.keys,
            purpose=Purpose.SUBSIDY_REVIEW,
            case_number=body.case_number,
            record_numbers=[body.record_number],
        )
        now, today = unit.now, unit.today
    if not found:
        return None
    claimable = found[0]
    await know_insurance(
        parts.unemployment_insurance,
        look,
        [Case(claimable.who, claimable.picture, body.kind, today)],
        now=now,
        max_age_hours=parts.settings.insurance_answer_hours,
    )
    return prepare_claim(
        claimable, body.kind, declared=body.division_code, account_id=body.account_id, today=today
    )


@router.get("/v1/claims", summary="申领列表", response_model=ClaimsOut, responses=answers())
async def list_claims(
    unit: ReadUnit,
    state: Annotated[list[ClaimState] | None, Query(max_length=14, description="经办人按环节筛选")] = None,
    kind: Annotated[list[BenefitKind] | None, Query(max_length=6, description="经办人按补贴种类筛选")] = None,
    batch_id: Annotated[UUID | None, Query(description="机构按批次筛选")] = None,
    limit: Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])] = None,
    cursor: Annotated[str | None, Query(max_length=1024, description="上一页返回的 next_cursor")] = None,
) -> ClaimsOut:
    """经办人：本辖区的待办，等待最久的在前，不含个人信息。机构：本机构提交或收款的申领。"""
    size = check_page_limit(limit)
    if unit.actor.is_institution:
        page = await claims_of_institution(unit, cursor=cursor, limit=size, batch_id=batch_id)
    else:
        page = await work_list(
            unit,
            states=state or tuple(ClaimState),
            kinds=kind or tuple(BenefitKind),
            cursor=cursor,
            limit=size,
        )
    return ClaimsOut(
        items=[ListedClaimOut.of(claim, unit.today) for claim in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "/v1/claims",
    summary="窗口代为提交申领",
    status_code=201,
    response_model=SubmittedClaimOut,
    responses=answers(409),
)
async def submit_at_counter(
    body: CounterClaimIn,
    prepared: Annotated[Prepared | None, Depends(prepare_at_counter)],
    unit: WriteUnit,
    once: OnceOnly,
) -> Response:
    """由经办人为到场的劳动者提交；须填写案件编号，查询会向本人公开。"""
    if prepared is None:
        raise Refused([REASON_OF_OUTCOME[SubmitOutcome.ENTRY_UNKNOWN]])
    return await once.answer(await submit_prepared(unit, prepared, body))


@router.post(
    "/v1/claim-batches",
    summary="机构为全班提交申领",
    status_code=201,
    response_model=BatchOut,
    responses=answers(404, 409),
)
async def submit_batch(body: BatchIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """逐行答复，一行不成不影响其他行；不成的行不占用次数。"""
    return await once.answer(await answer_batch(unit, body))


async def answer_batch(unit: Unit, body: BatchIn) -> BatchOut:
    """File the lines; what was refused is in the answer and stored nowhere. Raises InvalidInput, NotFound, Refused."""
    numbers = await _record_numbers(unit, body)
    promise = await _promise(unit, body)
    batch_id = uuid7()
    found = await entries_of_institution(unit, numbers)
    lines: dict[int, ClaimLine] = {}
    refused: dict[int, Reason] = {}
    for place, number in enumerate(numbers):
        line = _line(unit, body, found.get(number))
        if isinstance(line, Reason):
            refused[place] = line
        else:
            lines[place] = line
    answered = dict(
        zip(lines, await submit_claims(unit, list(lines.values()), batch_id=batch_id), strict=True)
    )
    if promise is not None:
        filed = [(lines[place].person_id, each.claim_id) for place, each in answered.items() if each.claim_id]
        await sign_commitments(unit, promise, filed)
    out = [
        _line_out(place, number, answered.get(place), refused.get(place))
        for place, number in enumerate(numbers)
    ]
    submitted = sum(line.claim_id is not None for line in out)
    return BatchOut(batch_id=batch_id, submitted=submitted, refused=len(out) - submitted, lines=out)


@router.get(
    "/v1/claims/{claim_id}/notices",
    summary="机构查看申领的通知书",
    response_model=ClaimNoticesOut,
    responses=answers(404),
)
async def list_notices(claim_id: ClaimId, unit: ReadUnit) -> ClaimNoticesOut:
    """只有本机构提交或收款的申领；参保等个人情况不向机构公开。"""
    page = await claims_of_institution(unit, cursor=None, limit=1, claim_id=claim_id)
    if not page.items:
        raise NotFound
    claim = page.items[0]
    assert claim.person_id is not None
    return ClaimNoticesOut(
        claim=ListedClaimOut.of(claim, unit.today),
        notices=[
            DecisionNoticeOut.of(row._asdict(), codes_only=True)
            for row in await notices_of_claim(unit, claim.person_id, claim_id)
        ],
    )


@router.post(
    "/v1/claims/{claim_id}:read",
    summary="查看一件申领",
    response_model=ClaimReadOut,
    responses=answers(404),
)
async def read_one(claim_id: ClaimId, body: ClaimReadIn, unit: WriteUnit, parts: Parts) -> ClaimReadOut:
    """事实、依据、证据和办理过程；须写明案件编号，查询会向本人公开。"""
    found = await read_claims(
        unit, parts.keys, [claim_id], purpose=body.purpose, case_number=body.case_number
    )
    if claim_id not in found:
        raise NotFound
    await record_event(
        unit, "claim:read", subject_kind="claim", subject_id=claim_id, details={"purpose": body.purpose}
    )
    return ClaimReadOut.of(found[claim_id], unit.actor.principal_id)


async def _record_numbers(unit: Unit, body: BatchIn) -> list[str]:
    if (body.record_numbers is None) == (body.opening_id is None):
        raise InvalidInput(
            [
                Reason(
                    code="batch_subject_unclear",
                    field="record_numbers",
                    message="档案编号和班级须填写且只能填写一项",
                    remedy="请填写 record_numbers，或者填写 opening_id",
                )
            ]
        )
    if body.voucher_id is not None and len(body.record_numbers or ()) != 1:
        raise InvalidInput(
            [
                Reason(
                    code="voucher_for_one_person",
                    field="voucher_id",
                    message="一张职业培训券只能用于一个人的一件申领",
                    remedy="以券支付的，请逐人提交，每次只填一个档案编号",
                )
            ]
        )
    if body.record_numbers is not None:
        return body.record_numbers
    assert body.opening_id is not None
    numbers = await record_numbers_of_class(
        unit, opening_id=body.opening_id, entry_kind=ENTRY_KIND_OF[body.kind], most=_LINES_MAX
    )
    if not numbers:
        raise NotFound
    return list(numbers)


async def _promise(unit: Unit, body: BatchIn) -> Promise | None:
    signed = body.commitment
    if signed is None:
        return None
    is_of_class = body.kind is BenefitKind.TRAINING and body.payee_kind is PayeeKind.INSTITUTION
    if body.opening_id is None or not is_of_class:
        raise InvalidInput([NOT_OF_CLASS])
    return await check_commitment(
        unit,
        SignedCommitment(version=signed.version, digest=bytes.fromhex(signed.digest), fee_fen=signed.fee_fen),
        opening_id=body.opening_id,
        division=body.division_code,
    )


def _line(unit: Unit, body: BatchIn, entry: Row[Any] | None) -> ClaimLine | Reason:
    """One line for the door, or why there is none."""
    if entry is None:
        return REASON_OF_OUTCOME[SubmitOutcome.ENTRY_UNKNOWN]
    if body.payee_kind not in PAYEES_OF[body.kind]:
        # Before anybody is told to name a payer's place for a payee that cannot be.
        return REASON_OF_OUTCOME[SubmitOutcome.PAYEE_NOT_ALLOWED]
    to = route(
        body.kind,
        entry_division=entry.division_code,
        entry_on=entry.ends_on,
        insured_in=None,
        declared=body.division_code,
        today=unit.today,
    )
    if to.division is None:
        return to.reasons[0]
    is_own = body.payee_kind is PayeeKind.INSTITUTION
    return ClaimLine(
        person_id=entry.person_id,
        entry_id=entry.entry_id,
        kind=body.kind,
        entry_on=entry.ends_on,
        division=to.division,
        payee=body.payee_kind,
        payee_institution_id=unit.actor.institution() if is_own else None,
        voucher_id=body.voucher_id,
    )


def _line_out(place: int, number: str, answer: Submitted | None, refused: Reason | None) -> BatchLineOut:
    reason = refused if answer is None else answer.reason
    return BatchLineOut(
        line=place + 1,
        record_number=number,
        claim_id=None if answer is None else answer.claim_id,
        claim_number=None if answer is None else answer.claim_number,
        reason=None if reason is None else ReasonOut.model_validate(reason_out(reason)),
    )
