"""What officers do to claims: 补正, 受理, 审核, 审批, hold, appeals; one claim at a time."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field, StrictBool, StrictInt

from app.access.unit import Unit
from app.api.v1.claim_answers import StepOut
from app.api.v1.claim_shapes import VerdictOut
from app.api.v1.my_claims import AnswerIn, ChangedClaimOut, ClaimWithdrawIn
from app.subsidies.claims.actions.accept_claim import accept_claim
from app.subsidies.claims.actions.answer_supplement import answer_supplement
from app.subsidies.claims.actions.approve_claim import approve_claim
from app.subsidies.claims.actions.ask_insurance import Case, know_insurance
from app.subsidies.claims.actions.decline_claim import decline_claim
from app.subsidies.claims.actions.hold_claim import hold_claim
from app.subsidies.claims.actions.refuse_claim import refuse_claim
from app.subsidies.claims.actions.release_hold import release_hold
from app.subsidies.claims.actions.request_supplement import request_supplement
from app.subsidies.claims.actions.review_claim import review_claim
from app.subsidies.claims.actions.send_back_claim import send_back_claim
from app.subsidies.claims.actions.withdraw_claim import withdraw_claim
from app.subsidies.claims.queries.doors import FoundClaim, read_claim
from app.subsidies.claims.queries.lists import claim_of_institution
from app.subsidies.claims.rules.attesting import Attested, AttestedFact
from app.subsidies.claims.states import ClaimState, HoldCause
from app.web.dependencies import Look, LookFirst, Parts
from app.web.house import House
from app.web.problems import answers
from app.web.wire import Day, Input, LongText, Output, ShortLine, Why

router = APIRouter(tags=["补贴审核"])

ClaimId = Annotated[UUID, Path(description="申领标识")]
Version = Annotated[
    int, Field(ge=1, le=2**31 - 1, description="读取时的 version，用以确认所见即最新", examples=[1])
]


class ActIn(Input):
    """对一件申领办理一步."""

    version: Version | None = None


class SupplementIn(ActIn):
    """补正：一次写明全部."""

    items: list[LongText] = Field(min_length=1, max_length=20, examples=[["请补充与用人单位签订的劳动合同"]])


class Ground(StrEnum):
    """不予受理的理由."""

    OTHER_AGENCY = "other_agency"
    NOT_CLAIMANT = "not_claimant"
    SUPPLEMENT_MISSING = "supplement_missing"
    NO_SUCH_POLICY = "no_such_policy"
    WITHDRAWN_BY_EVIDENCE = "withdrawn_by_evidence"


class DeclineIn(ActIn):
    """不予受理：理由与说明."""

    grounds: list[Ground] = Field(min_length=1, max_length=5, examples=[["other_agency"]])
    explanation: Why = Field(examples=["参保地为其他市"])


class AttestedIn(Input):
    """经办人从材料中核实的一项事实；联网查明的不能另行认定."""

    fact: AttestedFact = Field(examples=["key_group"])
    value: StrictBool | Annotated[StrictInt, Field(ge=0, le=10**12)] | ShortLine = Field(examples=[True])
    evidence: Why = Field(examples=["失业登记证明第0001号"])
    subject: ShortLine | None = Field(default=None, examples=["registered_unemployed"])
    dated_on: Day | None = None

    def attested(self) -> Attested:
        """As the rules take it."""
        return Attested(
            fact=self.fact,
            value=self.value,
            evidence=self.evidence,
            subject=self.subject,
            dated_on=self.dated_on,
        )


class ReviewIn(ActIn):
    """审核：金额由规则得出，不能改动."""

    attested: list[AttestedIn] = Field(default_factory=list, max_length=30)


class DecideIn(ActIn):
    """审批意见，可不填."""

    reason: Why | None = Field(default=None, examples=["同意审核意见"])


class SendBackIn(ActIn):
    """退回重审的理由."""

    reason: Why = Field(examples=["出勤时长与考勤记录不一致"])


class HoldIn(Input):
    """暂停办理的原因."""

    cause: HoldCause = Field(examples=["complaint"])
    reason: Why = Field(examples=["收到举报，正在核查"])


class ReleaseIn(Input):
    """解除暂停的理由."""

    reason: Why = Field(examples=["经核查不属实"])


class ReviewedOut(Output):
    """审核结论和全部理由."""

    claim: StepOut
    verdict: VerdictOut


async def _found(look: Look, parts: House, claim_id: UUID) -> FoundClaim:
    """The claim with its facts; the look stays, whatever comes of the act. Raises NotFound."""
    async with look() as unit:
        return await read_claim(unit, parts.keys, claim_id)


@router.post(
    "/v1/claims/{claim_id}:request-supplement",
    summary="要求补正",
    response_model=StepOut,
    responses=answers(404, 409, 412),
)
async def ask_for_supplement(claim_id: ClaimId, body: SupplementIn, look: LookFirst, parts: Parts) -> StepOut:
    """一次告知全部需要补正的内容，出具编号的补正告知书；只能告知一次。"""
    found = await _found(look, parts, claim_id)
    async with look() as unit:
        number, due_on = await request_supplement(
            unit, found, items=body.items, expected_version=body.version
        )
    return StepOut.of(found, ClaimState.SUPPLEMENT_REQUESTED, notice=number, due_on=due_on)


@router.post(
    "/v1/claims/{claim_id}:accept", summary="受理", response_model=StepOut, responses=answers(404, 409, 412)
)
async def accept(claim_id: ClaimId, body: ActIn, look: LookFirst, parts: Parts) -> StepOut:
    """出具编号的受理通知书。"""
    found = await _found(look, parts, claim_id)
    async with look() as unit:
        number = await accept_claim(unit, found, expected_version=body.version)
    return StepOut.of(found, ClaimState.ACCEPTED, notice=number)


@router.post(
    "/v1/claims/{claim_id}:decline",
    summary="不予受理",
    response_model=StepOut,
    responses=answers(404, 409, 412),
)
async def decline(claim_id: ClaimId, body: DeclineIn, look: LookFirst, parts: Parts) -> StepOut:
    """写明理由、依据和救济途径；占用的次数退回申领人。"""
    found = await _found(look, parts, claim_id)
    async with look() as unit:
        number = await decline_claim(
            unit,
            found,
            grounds=list(dict.fromkeys(body.grounds)),
            explanation=body.explanation,
            expected_version=body.version,
        )
    return StepOut.of(found, ClaimState.NOT_ACCEPTED, notice=number)


@router.post(
    "/v1/claims/{claim_id}:review",
    summary="审核",
    response_model=ReviewedOut,
    responses=answers(404, 409, 412),
)
async def review(claim_id: ClaimId, body: ReviewIn, look: LookFirst, parts: Parts) -> ReviewedOut:
    """以最新事实运行规则，保存事实、政策版本和全部理由；事实未查明的不能作出结论，申领不受影响。"""
    async with look() as unit:
        found = await read_claim(unit, parts.keys, claim_id)
        now = unit.now
    await know_insurance(
        parts.unemployment_insurance,
        look,
        [case_of(found)],
        now=now,
        max_age_hours=parts.settings.insurance_answer_hours,
    )
    async with look() as unit:
        verdict = await review_claim(
            unit,
            found,
            attested=[each.attested() for each in body.attested],
            expected_version=body.version,
        )
        today = unit.today
    return ReviewedOut(claim=StepOut.of(found, ClaimState.REVIEWED), verdict=VerdictOut.of(verdict, today))


@router.post(
    "/v1/claims/{claim_id}:approve", summary="批准", response_model=StepOut, responses=answers(404, 409, 412)
)
async def approve(claim_id: ClaimId, body: DecideIn, look: LookFirst, parts: Parts) -> StepOut:
    """由审核人以外的一人批准审核得出的金额，随后公示。"""
    found = await _found(look, parts, claim_id)
    async with look() as unit:
        number = await approve_claim(unit, found, reason=body.reason, expected_version=body.version)
    return StepOut.of(found, ClaimState.APPROVED, notice=number)


@router.post(
    "/v1/claims/{claim_id}:refuse",
    summary="不予发放",
    response_model=StepOut,
    responses=answers(404, 409, 412),
)
async def refuse(claim_id: ClaimId, body: DecideIn, look: LookFirst, parts: Parts) -> StepOut:
    """由审核人以外的一人确认；决定书写明每一条理由、依据、期限和救济途径。"""
    found = await _found(look, parts, claim_id)
    async with look() as unit:
        number = await refuse_claim(unit, found, reason=body.reason, expected_version=body.version)
    return StepOut.of(found, ClaimState.REFUSED, notice=number)


@router.post(
    "/v1/claims/{claim_id}:send-back",
    summary="退回重审",
    response_model=StepOut,
    responses=answers(404, 409, 412),
)
async def send_back(claim_id: ClaimId, body: SendBackIn, look: LookFirst, parts: Parts) -> StepOut:
    """审批人认为审核有误的，写明理由退回，重新审核。"""
    found = await _found(look, parts, claim_id)
    async with look() as unit:
        await send_back_claim(unit, found, reason=body.reason, expected_version=body.version)
    return StepOut.of(found, ClaimState.ACCEPTED)


@router.post(
    "/v1/claims/{claim_id}:hold", summary="暂停办理", response_model=StepOut, responses=answers(404, 409)
)
async def hold(claim_id: ClaimId, body: HoldIn, look: LookFirst, parts: Parts) -> StepOut:
    """暂停后不能批准和拨付；由另一名有审批权限的经办人解除。"""
    found = await _found(look, parts, claim_id)
    async with look() as unit:
        await hold_claim(unit, found, cause=body.cause, reason=body.reason)
    return StepOut.of(found, ClaimState(found.claim["state"]))


@router.post(
    "/v1/claims/{claim_id}/holds/{hold_id}:release",
    summary="解除暂停",
    response_model=StepOut,
    responses=answers(404, 409),
)
async def release(
    claim_id: ClaimId, hold_id: UUID, body: ReleaseIn, look: LookFirst, parts: Parts
) -> StepOut:
    """暂停人不能自己解除。"""
    found = await _found(look, parts, claim_id)
    async with look() as unit:
        await release_hold(unit, found, hold_id=hold_id, reason=body.reason)
    return StepOut.of(found, ClaimState(found.claim["state"]))


@router.post(
    "/v1/claims/{claim_id}:answer-supplement",
    summary="登记补正",
    response_model=ChangedClaimOut,
    responses=answers(404, 409),
)
async def answer_for_claimant(
    claim_id: ClaimId, body: AnswerIn, look: LookFirst, parts: Parts
) -> ChangedClaimOut:
    """窗口收到的补正材料，或机构为本机构申领提交的补正。"""
    async with look() as unit:
        person_id = await _person_of(unit, parts, claim_id)
        state = await answer_supplement(
            unit, person_id=person_id, claim_id=claim_id, answers=body.answers, note=body.note
        )
    return ChangedClaimOut(claim_id=claim_id, state=state)


@router.post(
    "/v1/claims/{claim_id}:withdraw",
    summary="撤回申领",
    response_model=ChangedClaimOut,
    responses=answers(404, 409),
)
async def withdraw(
    claim_id: ClaimId, body: ClaimWithdrawIn, look: LookFirst, parts: Parts
) -> ChangedClaimOut:
    """机构撤回本机构的申领，或窗口为申领人撤回。"""
    async with look() as unit:
        person_id = await _person_of(unit, parts, claim_id)
        await withdraw_claim(unit, person_id=person_id, claim_id=claim_id, reason=body.reason)
    return ChangedClaimOut(claim_id=claim_id, state=ClaimState.WITHDRAWN)


async def _person_of(unit: Unit, parts: House, claim_id: UUID) -> UUID:
    """Whose claim it is, when it is the caller's to act on. Raises NotFound."""
    if unit.actor.is_agency:
        return (await read_claim(unit, parts.keys, claim_id)).person_id
    found = (await claim_of_institution(unit, claim_id)).person_id
    assert found is not None, "an institution's own claim names its person"
    return found


def case_of(found: FoundClaim) -> Case:
    """What the insurance platform is asked for before a review."""
    return Case(found.who, found.picture, found.filing().kind, found.applied_on)
