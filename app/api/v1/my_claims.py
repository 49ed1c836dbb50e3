"""A citizen's own claims: submit, follow, supplement, withdraw, go against a decision."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.responses import Response

from app.api.v1.claim_answers import MyClaimOut
from app.api.v1.claim_shapes import ClaimsOut, ListedClaimOut, MyClaimIn, SubmittedClaimOut
from app.kernel.errors import Refused
from app.kernel.paging import check_page_limit
from app.subsidies.claims.actions.answer_supplement import answer_supplement
from app.subsidies.claims.actions.ask_insurance import Case, know_insurance
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.actions.file_appeal import file_appeal
from app.subsidies.claims.actions.name_account import name_account
from app.subsidies.claims.actions.prepare_claim import Prepared, prepare_claim
from app.subsidies.claims.actions.submit_claims import ClaimLine, submit_claims
from app.subsidies.claims.actions.withdraw_claim import withdraw_claim
from app.subsidies.claims.queries.doors import own_claim, own_claimable
from app.subsidies.claims.queries.lists import own_claims
from app.subsidies.claims.rules.outcomes import REASON_OF_OUTCOME
from app.subsidies.claims.states import AppealChannel, ClaimState, Step, SubmitOutcome
from app.subsidies.entitlements.states import PayeeKind
from app.web.dependencies import LookFirst, Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Input, LongText, Output, Why

router = APIRouter(tags=["补贴申领"])

ClaimId = Annotated[UUID, Path(description="申领标识")]


class AnswerIn(Input):
    """补正材料：逐项写明."""

    answers: list[LongText] = Field(min_length=1, max_length=20, examples=[["已补充劳动合同复印件"]])
    note: LongText | None = Field(default=None, examples=["合同原件已在窗口核对"])


class ClaimWithdrawIn(Input):
    """撤回的原因."""

    reason: Why = Field(examples=["改在另一地申领"])


class AccountChoiceIn(Input):
    """改用的本人账户."""

    account_id: UUID


class AppealIn(Input):
    """不服决定的理由."""

    channel: AppealChannel = Field(examples=["review"])
    grounds: LongText = Field(examples=["累计缴费月数漏计了在外省的缴费"])


class AppealFiledOut(Output):
    """已登记的救济."""

    appeal_id: UUID
    claim_id: UUID


class ChangedClaimOut(Output):
    """办理后的状态."""

    claim_id: UUID
    state: ClaimState


async def prepare_own(body: MyClaimIn, look: LookFirst, parts: Parts) -> Prepared | None:
    """Everything that is known of the entry, asked for before the transaction that files the claim begins."""
    async with look() as unit:
        found = await own_claimable(unit, parts.keys, [body.record_number])
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


@router.get("/v1/me/claims", summary="我的申领", response_model=ClaimsOut, responses=answers())
async def my_claims(
    unit: ReadUnit,
    limit: Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])] = None,
    cursor: Annotated[str | None, Query(max_length=1024, description="上一页返回的 next_cursor")] = None,
) -> ClaimsOut:
    """最近提交的在前；身份合并过的，各个身份名下的一并列出。"""
    page = await own_claims(unit, cursor=cursor, limit=check_page_limit(limit))
    return ClaimsOut(
        items=[ListedClaimOut.of(claim, unit.today) for claim in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "/v1/me/claims",
    summary="提交我的申领",
    status_code=201,
    response_model=SubmittedClaimOut,
    responses=answers(409),
)
async def submit_my_claim(
    body: MyClaimIn,
    prepared: Annotated[Prepared | None, Depends(prepare_own)],
    unit: WriteUnit,
    once: OnceOnly,
) -> Response:
    """申领日期以提交之时为准；能否享受由经办机构审核，此处只查重复享受和次数。"""
    if prepared is None:
        raise Refused([REASON_OF_OUTCOME[SubmitOutcome.ENTRY_UNKNOWN]])
    return await once.answer(await submit_prepared(unit, prepared, body))


async def submit_prepared(unit: WriteUnit, prepared: Prepared, body: MyClaimIn) -> SubmittedClaimOut:
    """File one claim for a person. Raises Refused with the reason of routing or of the door."""
    division = prepared.route.division
    if division is None:
        raise Refused(prepared.route.reasons)
    (submitted,) = await submit_claims(
        unit,
        [
            ClaimLine(
                person_id=prepared.claimable.who.person_id,
                entry_id=prepared.claimable.entry_id,
                kind=body.kind,
                entry_on=prepared.claimable.entry_on,
                division=division,
                payee=PayeeKind.PERSON,
                account_id=prepared.account_id,
            )
        ],
    )
    if submitted.reason is not None:
        raise Refused([submitted.reason])
    assert submitted.claim_id is not None and submitted.claim_number is not None  # noqa: PT018 - one answer
    return SubmittedClaimOut.of(submitted.claim_id, submitted.claim_number, division, unit.today)


@router.get(
    "/v1/me/claims/{claim_id}", summary="我的一件申领", response_model=MyClaimOut, responses=answers(404)
)
async def my_claim(claim_id: ClaimId, unit: ReadUnit) -> MyClaimOut:
    """办理进度、通知书（理由、依据、救济途径和期限）、下一步由谁办理、何时到期。"""
    return MyClaimOut.of(await own_claim(unit, claim_id))


@router.post(
    "/v1/me/claims/{claim_id}:answer-supplement",
    summary="提交补正",
    response_model=ChangedClaimOut,
    responses=answers(404, 409),
)
async def answer_my_supplement(claim_id: ClaimId, body: AnswerIn, unit: WriteUnit) -> ChangedClaimOut:
    """补正只告知一次；提交后申领回到经办机构。"""
    found = await own_claim(unit, claim_id)
    check_step(unit, Step.ANSWER_SUPPLEMENT, found)
    state = await answer_supplement(
        unit, person_id=found.person_id, claim_id=claim_id, answers=body.answers, note=body.note
    )
    return ChangedClaimOut(claim_id=claim_id, state=state)


@router.post(
    "/v1/me/claims/{claim_id}:name-account",
    summary="变更收款账户",
    response_model=ChangedClaimOut,
    responses=answers(404, 409),
)
async def name_my_account(claim_id: ClaimId, body: AccountChoiceIn, unit: WriteUnit) -> ChangedClaimOut:
    """审核之前可以改用本人的另一个账户。"""
    found = await own_claim(unit, claim_id)
    check_step(unit, Step.NAME_ACCOUNT, found)
    await name_account(unit, claim_id=claim_id, account_id=body.account_id)
    return ChangedClaimOut(claim_id=claim_id, state=ClaimState(found.claim["state"]))


@router.post(
    "/v1/me/claims/{claim_id}:withdraw",
    summary="撤回我的申领",
    response_model=ChangedClaimOut,
    responses=answers(404, 409),
)
async def withdraw_my_claim(claim_id: ClaimId, body: ClaimWithdrawIn, unit: WriteUnit) -> ChangedClaimOut:
    """列入拨付单之前可以撤回；占用的次数随即退回，可以另行申领。"""
    found = await own_claim(unit, claim_id)
    check_step(unit, Step.WITHDRAW, found)
    await withdraw_claim(unit, person_id=found.person_id, claim_id=claim_id, reason=body.reason)
    return ChangedClaimOut(claim_id=claim_id, state=ClaimState.WITHDRAWN)


@router.post(
    "/v1/me/claims/{claim_id}/appeals",
    summary="不服决定",
    status_code=201,
    response_model=AppealFiledOut,
    responses=answers(404, 409),
)
async def appeal_my_claim(claim_id: ClaimId, body: AppealIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """向经办机构申请复核，或登记已提起的行政复议、行政诉讼；期限见决定书。"""
    found = await own_claim(unit, claim_id)
    appeal_id = await file_appeal(unit, found.decided(unit.today), channel=body.channel, grounds=body.grounds)
    return await once.answer(AppealFiledOut(appeal_id=appeal_id, claim_id=claim_id))
