"""追回 (recoveries): ordered by whoever approves, booked by whoever pays, written off by two."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.v1.recovery_shapes import (
    DismissalIn,
    DismissedCaseOut,
    OwnRecoveriesOut,
    OwnRecoveryOut,
    RecoveryCaseOut,
    RecoveryCasePage,
    RecoveryDetailOut,
    RecoveryIn,
    RecoveryOut,
    RecoveryPage,
    ReferralIn,
    RepaymentIn,
    WriteOffDecisionIn,
    WriteOffIn,
)
from app.subsidies.recoveries.actions.dismiss_case import dismiss_case
from app.subsidies.recoveries.actions.order_recovery import order_recovery_of_claim
from app.subsidies.recoveries.actions.record_step import record_step
from app.subsidies.recoveries.actions.write_off import decide_write_off, propose_write_off
from app.subsidies.recoveries.queries import (
    list_recoveries,
    list_recovery_cases,
    own_recoveries,
    read_recovery,
)
from app.subsidies.recoveries.states import StepKind
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor

router = APIRouter(tags=["追回"])

Limit = Annotated[int, Query(ge=1, le=200)]


@router.post(
    "/v1/recoveries",
    summary="立案追回",
    status_code=201,
    response_model=RecoveryDetailOut,
    responses=answers(404, 409),
)
async def create_recovery(body: RecoveryIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """区分骗取与失误（国办发〔2019〕24号四(十四)）；同时出具追回决定书，写明复议和诉讼的途径；原发放决定不改动。"""
    made = await order_recovery_of_claim(
        unit, claim_id=body.claim_id, cause=body.cause, reason=body.reason, amount_fen=body.amount_fen
    )
    shown = RecoveryDetailOut.of(await read_recovery(unit, made.recovery_id))
    return await once.answer(shown, 201, {"Location": f"/v1/recoveries/{made.recovery_id}"})


@router.get("/v1/recoveries", summary="追回案列表", responses=answers())
async def list_recoveries_of_area(
    unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50
) -> RecoveryPage:
    """本辖区的追回案，最近的在前；不含个人信息。"""
    page = await list_recoveries(unit, cursor=cursor, limit=limit)
    return RecoveryPage(items=[RecoveryOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.get("/v1/recoveries/{recovery_id}", summary="查看追回案", responses=answers(404))
async def read_one_recovery(recovery_id: UUID, unit: ReadUnit) -> RecoveryDetailOut:
    """状态由已退回和已核销的金额得出。"""
    return RecoveryDetailOut.of(await read_recovery(unit, recovery_id))


@router.post(
    "/v1/recoveries/{recovery_id}/repayments",
    summary="登记退回的款项",
    status_code=201,
    response_model=RecoveryDetailOut,
    responses=answers(404, 409),
)
async def create_repayment(recovery_id: UUID, body: RepaymentIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """退回的资金回到原预算。"""
    await record_step(
        unit,
        recovery_id=recovery_id,
        kind=StepKind.REPAYMENT,
        amount_fen=body.amount_fen,
        evidence=body.evidence,
        happened_on=body.happened_on,
    )
    return await once.answer(RecoveryDetailOut.of(await read_recovery(unit, recovery_id)))


@router.post(
    "/v1/recoveries/{recovery_id}/referrals",
    summary="登记移送司法机关",
    status_code=201,
    response_model=RecoveryDetailOut,
    responses=answers(404, 409),
)
async def create_referral(recovery_id: UUID, body: ReferralIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """涉嫌犯罪的移送司法机关（人社部发〔2025〕10号五(十一)）；不影响追回。"""
    await record_step(
        unit,
        recovery_id=recovery_id,
        kind=StepKind.REFERRAL,
        amount_fen=None,
        evidence=body.evidence,
        happened_on=body.happened_on,
    )
    return await once.answer(RecoveryDetailOut.of(await read_recovery(unit, recovery_id)))


@router.post(
    "/v1/recoveries/{recovery_id}/write-offs",
    summary="提出核销",
    status_code=201,
    response_model=RecoveryDetailOut,
    responses=answers(404, 409),
)
async def create_write_off(recovery_id: UUID, body: WriteOffIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """须由另一人决定后生效。"""
    await propose_write_off(unit, recovery_id=recovery_id, amount_fen=body.amount_fen, reason=body.reason)
    return await once.answer(RecoveryDetailOut.of(await read_recovery(unit, recovery_id)))


@router.post(
    "/v1/recoveries/{recovery_id}/write-offs/{proposal_id}:decide",
    summary="决定核销",
    responses=answers(404, 409),
)
async def decide(
    recovery_id: UUID, proposal_id: UUID, body: WriteOffDecisionIn, unit: WriteUnit
) -> RecoveryDetailOut:
    """提出人不能决定。"""
    await decide_write_off(
        unit, recovery_id=recovery_id, proposal_id=proposal_id, decision=body.decision, reason=body.reason
    )
    return RecoveryDetailOut.of(await read_recovery(unit, recovery_id))


@router.get("/v1/recovery-cases", summary="等待决定是否追回的案件", responses=answers())
async def list_cases(unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50) -> RecoveryCasePage:
    """所依据的证书或档案失效后由系统列出；系统只列出和暂停，是否追回由经办人决定。"""
    page = await list_recovery_cases(unit, cursor=cursor, limit=limit)
    return RecoveryCasePage(
        items=[RecoveryCaseOut.of(row) for row in page.items], next_cursor=page.next_cursor
    )


@router.post("/v1/recovery-cases/{case_id}:dismiss", summary="决定不予追回", responses=answers(404))
async def dismiss(case_id: UUID, body: DismissalIn, unit: WriteUnit) -> DismissedCaseOut:
    """须写明理由；需要追回的请立案追回，案件随即从列表中移去。"""
    await dismiss_case(unit, case_id=case_id, reason=body.reason)
    return DismissedCaseOut(case_id=case_id)


@router.get("/v1/me/recoveries", summary="本人被追回的补贴", responses=answers())
async def list_own_recoveries(unit: ReadUnit) -> OwnRecoveriesOut:
    """金额、原因、期限和已退回的部分；决定书在申领的通知中查看。"""
    return OwnRecoveriesOut(items=[OwnRecoveryOut.of(row) for row in await own_recoveries(unit)])
