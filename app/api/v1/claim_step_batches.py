"""One step for many claims (批量办理): each claim in a transaction of its own, each with an answer of its own."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.exc import DBAPIError

from app.access.unit import Unit
from app.api.v1.claim_steps import Version, case_of
from app.kernel.errors import NotFound, Reason, RegistryError
from app.subsidies.claims.actions.accept_claim import accept_claim
from app.subsidies.claims.actions.approve_claim import approve_claim
from app.subsidies.claims.actions.ask_insurance import know_insurance
from app.subsidies.claims.actions.refuse_claim import refuse_claim
from app.subsidies.claims.actions.review_claim import review_claim
from app.subsidies.claims.queries.doors import FoundClaim, read_claims
from app.subsidies.claims.states import STATE_LABELS, ClaimState
from app.web.dependencies import Look, LookFirst, Parts
from app.web.problems import ReasonOut, answers, reason_of_database, reason_out
from app.web.wire import Input, Output

router = APIRouter(tags=["补贴审核"])

_CLAIMS_MAX = 200


class BatchStep(StrEnum):
    """可以批量办理的环节."""

    ACCEPT = "accept"
    REVIEW = "review"
    APPROVE = "approve"
    REFUSE = "refuse"


class BatchClaimIn(Input):
    """一件."""

    claim_id: UUID
    version: Version | None = None


class StepBatchIn(Input):
    """对多件申领办理同一步."""

    step: BatchStep = Field(examples=["accept"])
    claims: list[BatchClaimIn] = Field(min_length=1, max_length=_CLAIMS_MAX)


class StepLineOut(Output):
    """一件的结果."""

    line: int = Field(examples=[1])
    claim_id: UUID
    claim_number: str | None
    done: bool
    state: ClaimState | None
    state_label: str | None
    notice_number: str | None
    amount_fen: int | None = Field(description="审核得出的金额")
    reasons: list[ReasonOut]


class StepBatchOut(Output):
    """逐件结果；一件不成不影响其他."""

    done: int
    refused: int
    lines: list[StepLineOut]


_STATE_AFTER = {
    BatchStep.ACCEPT: ClaimState.ACCEPTED,
    BatchStep.REVIEW: ClaimState.REVIEWED,
    BatchStep.APPROVE: ClaimState.APPROVED,
    BatchStep.REFUSE: ClaimState.REFUSED,
}


@router.post(
    "/v1/claims:step-batch", summary="批量办理申领", response_model=StepBatchOut, responses=answers(409)
)
async def take_steps(body: StepBatchIn, look: LookFirst, parts: Parts) -> StepBatchOut:
    """受理、审核、批准或不予发放多件；逐件留痕，逐件答复。须有相应权限。"""
    async with look() as unit:
        found = await read_claims(unit, parts.keys, list({each.claim_id for each in body.claims}))
        now = unit.now
    if body.step is BatchStep.REVIEW:
        await know_insurance(
            parts.unemployment_insurance,
            look,
            [case_of(each) for each in found.values()],
            now=now,
            max_age_hours=parts.settings.insurance_answer_hours,
        )
    lines = [
        await _line(look, body.step, place, each, found.get(each.claim_id))
        for place, each in enumerate(body.claims, start=1)
    ]
    done = sum(line.done for line in lines)
    return StepBatchOut(done=done, refused=len(lines) - done, lines=lines)


async def _line(
    look: Look, step: BatchStep, place: int, asked: BatchClaimIn, found: FoundClaim | None
) -> StepLineOut:
    reasons: Sequence[Reason]
    notice: str | None = None
    amount: int | None = None
    try:
        if found is None:
            raise NotFound([_ABSENT])
        async with look() as unit:
            notice, amount = await _take(unit, step, found, asked.version)
        reasons = ()
    except RegistryError as refusal:
        reasons = refusal.reasons or [
            Reason(code=refusal.code, message=refusal.title, remedy="请核对后重新办理")
        ]
    except DBAPIError as refusal:
        # Whoever was quicker: the line tells, the others go on. What is no refusal of ours is a defect of all.
        reason = reason_of_database(refusal)
        if reason is None:
            raise
        reasons = (reason,)
    state = _STATE_AFTER[step] if not reasons else None
    return StepLineOut(
        line=place,
        claim_id=asked.claim_id,
        claim_number=None if found is None else found.number,
        done=not reasons,
        state=state,
        state_label=None if state is None else STATE_LABELS[state],
        notice_number=notice,
        amount_fen=amount,
        reasons=[ReasonOut.model_validate(reason_out(reason)) for reason in reasons],
    )


async def _take(
    unit: Unit, step: BatchStep, found: FoundClaim, version: int | None
) -> tuple[str | None, int | None]:
    """The notice's number and, of a review, the amount."""
    match step:
        case BatchStep.ACCEPT:
            return await accept_claim(unit, found, expected_version=version), None
        case BatchStep.REVIEW:
            return None, (await review_claim(unit, found, expected_version=version)).amount_fen
        case BatchStep.APPROVE:
            return await approve_claim(unit, found, expected_version=version), None
        case BatchStep.REFUSE:
            return await refuse_claim(unit, found, expected_version=version), None


_ABSENT = Reason(
    code="not_found",
    field="claim_id",
    message="本辖区没有这件申领",
    remedy="请核对申领标识；其他辖区的申领由受理地办理",
)
