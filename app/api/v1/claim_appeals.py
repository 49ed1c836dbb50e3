"""救济 (申诉): going against a decision, by an institution or taken down at the counter; how it ends."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field
from sqlalchemy import Row
from starlette.responses import Response

from app.api.v1.claim_answers import StepOut
from app.api.v1.my_claims import AppealFiledOut, AppealIn
from app.subsidies.claims.actions.decide_appeal import decide_appeal
from app.subsidies.claims.actions.file_appeal import file_appeal
from app.subsidies.claims.queries.doors import read_claim
from app.subsidies.claims.queries.institution import appeals_of_claim
from app.subsidies.claims.queries.lists import claim_of_institution
from app.subsidies.claims.states import AppealChannel, AppealOutcome, ClaimState
from app.web.dependencies import LookFirst, Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Input, Output, Why

router = APIRouter(tags=["补贴审核"])

ClaimId = Annotated[UUID, Path(description="申领标识")]


class AppealDecisionIn(Input):
    """救济结果."""

    outcome: AppealOutcome = Field(examples=["decide_again"])
    reason: Why = Field(examples=["外省缴费月数漏计"])


class InstitutionAppealOut(Output):
    """机构看到的一项救济."""

    appeal_id: UUID
    channel: AppealChannel
    round: int
    filed_at: datetime
    is_ours: bool = Field(description="由本机构提出；由本人提出的不列理由和答复")
    grounds: str | None
    outcome: AppealOutcome | None
    outcome_reason: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """A stored appeal, as far as it is the institution's to know."""
        return cls(**row._mapping)


class ClaimAppealsOut(Output):
    """一件申领的救济，先提出的在前."""

    claim_id: UUID
    items: list[InstitutionAppealOut]


@router.post(
    "/v1/claims/{claim_id}/appeals",
    summary="不服决定（机构提出，或窗口登记）",
    status_code=201,
    response_model=AppealFiledOut,
    responses=answers(404, 409),
)
async def file(
    claim_id: ClaimId, body: AppealIn, look: LookFirst, parts: Parts, unit: WriteUnit, once: OnceOnly
) -> Response:
    """机构对本机构的申领提出；窗口登记复核申请，或登记已受理的行政复议、行政诉讼。期限见决定书。"""
    if unit.actor.is_institution:
        decided = (await claim_of_institution(unit, claim_id)).decided()
    else:
        async with look() as reading:
            decided = (await read_claim(reading, parts.keys, claim_id)).decided(reading.today)
    appeal_id = await file_appeal(unit, decided, channel=body.channel, grounds=body.grounds)
    return await once.answer(AppealFiledOut(appeal_id=appeal_id, claim_id=claim_id))


@router.get(
    "/v1/claims/{claim_id}/appeals",
    summary="机构申领的救济",
    response_model=ClaimAppealsOut,
    responses=answers(404),
)
async def list_appeals(claim_id: ClaimId, unit: ReadUnit) -> ClaimAppealsOut:
    """本机构提出的写明理由和答复；由本人提出的只列途径、日期和结果。"""
    await claim_of_institution(unit, claim_id)
    return ClaimAppealsOut(
        claim_id=claim_id,
        items=[InstitutionAppealOut.of(row) for row in await appeals_of_claim(unit, claim_id)],
    )


@router.post(
    "/v1/claims/{claim_id}/appeals/{appeal_id}:decide",
    summary="登记救济结果",
    response_model=StepOut,
    responses=answers(404, 409),
)
async def decide(
    claim_id: ClaimId, appeal_id: UUID, body: AppealDecisionIn, look: LookFirst, parts: Parts
) -> StepOut:
    """维持，或撤销原决定：另行办理的由没有参与原决定的人重新审核、审批。"""
    async with look() as unit:
        found = await read_claim(unit, parts.keys, claim_id)
    async with look() as unit:
        number = await decide_appeal(
            unit, found, appeal_id=appeal_id, outcome=body.outcome, reason=body.reason
        )
    state = ClaimState(found.claim["state"])
    if body.outcome is AppealOutcome.DECIDE_AGAIN and state is ClaimState.REFUSED:
        state = ClaimState.ACCEPTED
    return StepOut.of(found, state, notice=number)
