"""追回: what fell away and was paid, recoveries with their steps, written off by two."""

from collections.abc import Awaitable, Callable
from datetime import date
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.recovery_shapes import (
    DismissalIn,
    RecoveryCaseOut,
    RecoveryDetailOut,
    RecoveryIn,
    RecoveryOut,
    ReferralIn,
    RepaymentIn,
    WriteOffDecisionIn,
    WriteOffIn,
)
from app.kernel.errors import RegistryError
from app.portals.officer.amounts import read_with_amount
from app.reference.divisions import area_name
from app.subsidies.recoveries.actions.dismiss_case import dismiss_case
from app.subsidies.recoveries.actions.order_recovery import order_recovery_of_claim
from app.subsidies.recoveries.actions.record_step import record_step
from app.subsidies.recoveries.actions.write_off import decide_write_off, propose_write_off
from app.subsidies.recoveries.queries import list_recoveries, list_recovery_cases, read_recovery
from app.subsidies.recoveries.states import CAUSE_LABELS, StepKind, WriteOffDecision
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {
    "cause": "原因",
    "reason": "理由",
    "amount_fen": "金额",
    "evidence": "凭据",
    "happened_on": "日期",
    "decision": "决定",
    "claim_id": "申领",
}
_Take = Callable[[Unit], Awaitable[str]]


@router.get("/office/money/recoveries")
async def list_recoveries_page(page: PageOf, cursor: str | None = None) -> Response:
    """Recoveries, newest first, and cases about which nobody has decided yet."""
    return await _list(page, cursor)


async def _list(page: Page, cursor: str | None = None, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        found = await list_recoveries(unit, cursor=cursor, limit=_PAGE)
        cases = await list_recovery_cases(unit, cursor=None, limit=_PAGE)
        today = unit.today
    return page.show(
        "officer/recoveries.html",
        refusal=refusal,
        labels=_LABELS,
        rows=[RecoveryOut.of(row) for row in found.items],
        next_cursor=found.next_cursor,
        cases=[RecoveryCaseOut.of(row) for row in cases.items],
        is_first=cursor is None,
        today=today,
    )


@router.post("/office/money/recovery-cases/{case_id}/dismiss")
async def dismiss_case_page(page: PageOf, case_id: UUID) -> Response:
    """Nothing is asked back, and why not."""
    try:
        content = page.typed.read(DismissalIn)
        async with page.act() as act:
            await dismiss_case(act.unit, case_id=case_id, reason=content.reason)
            act.go("/office/money/recoveries", said="已决定不予追回")
    except RegistryError as refusal:
        return await _list(page, None, refusal)
    return page.go(act)


@router.get("/office/money/claims/{claim_id}/recovery")
async def ask_recovery_page(page: PageOf, claim_id: UUID) -> Response:
    """Why, and how much: all that was paid unless it says otherwise."""
    return await _form(page, claim_id)


async def _form(page: Page, claim_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        cases = await list_recovery_cases(unit, cursor=None, limit=200)
    case = next((row for row in cases.items if row.claim_id == claim_id), None)
    return page.show(
        "officer/recovery_form.html",
        refusal=refusal,
        labels=_LABELS,
        claim_id=claim_id,
        case=None if case is None else RecoveryCaseOut.of(case),
        causes=[(cause.value, name) for cause, name in CAUSE_LABELS.items()],
    )


@router.post("/office/money/claims/{claim_id}/recovery")
async def order_recovery_page(page: PageOf, claim_id: UUID) -> Response:
    """With the notice that names the ways against it; the decision to pay stays as it was."""
    try:
        content = read_with_amount(page, RecoveryIn, claim_id=claim_id)
        async with page.act() as act:
            made = await order_recovery_of_claim(
                act.unit,
                claim_id=claim_id,
                cause=content.cause,
                reason=content.reason,
                amount_fen=content.amount_fen,
            )
            act.go(f"/office/money/recoveries/{made.recovery_id}", said="已立案追回，追回决定书已出具")
    except RegistryError as refusal:
        return await _form(page, claim_id, refusal)
    return page.go(act)


@router.get("/office/money/recoveries/{recovery_id}")
async def show_recovery_page(page: PageOf, recovery_id: UUID) -> Response:
    """What is owed, what came back, what was written off."""
    return await _show(page, recovery_id)


async def _show(page: Page, recovery_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        case = RecoveryDetailOut.of(await read_recovery(unit, recovery_id))
        today: date = unit.today
    return page.show(
        "officer/recovery.html",
        refusal=refusal,
        labels=_LABELS,
        case=case,
        where=area_name(case.division_code),
        today=today,
        waiting=[each for each in case.write_offs if each.decision is None],
    )


async def _act(page: Page, recovery_id: UUID, take: _Take) -> Response:
    try:
        async with page.act() as act:
            said = await take(act.unit)
            act.go(f"/office/money/recoveries/{recovery_id}", said=said)
    except RegistryError as refusal:
        return await _show(page, recovery_id, refusal)
    return page.go(act)


@router.post("/office/money/recoveries/{recovery_id}/repayments")
async def record_repayment_page(page: PageOf, recovery_id: UUID) -> Response:
    """Money that came back goes back to its budget."""

    async def take(unit: Unit) -> str:
        content = read_with_amount(page, RepaymentIn)
        await record_step(
            unit,
            recovery_id=recovery_id,
            kind=StepKind.REPAYMENT,
            amount_fen=content.amount_fen,
            evidence=content.evidence,
            happened_on=content.happened_on,
        )
        return "已登记退回，资金回到原预算"

    return await _act(page, recovery_id, take)


@router.post("/office/money/recoveries/{recovery_id}/referrals")
async def record_referral_page(page: PageOf, recovery_id: UUID) -> Response:
    """To the judicial organs; the recovery goes on."""

    async def take(unit: Unit) -> str:
        content = page.typed.read(ReferralIn)
        await record_step(
            unit,
            recovery_id=recovery_id,
            kind=StepKind.REFERRAL,
            amount_fen=None,
            evidence=content.evidence,
            happened_on=content.happened_on,
        )
        return "已登记移送司法机关"

    return await _act(page, recovery_id, take)


@router.post("/office/money/recoveries/{recovery_id}/write-offs")
async def propose_write_off_page(page: PageOf, recovery_id: UUID) -> Response:
    """What cannot be had; another person decides."""

    async def take(unit: Unit) -> str:
        content = read_with_amount(page, WriteOffIn)
        await propose_write_off(
            unit, recovery_id=recovery_id, amount_fen=content.amount_fen, reason=content.reason
        )
        return "已提出核销，等待另一人决定"

    return await _act(page, recovery_id, take)


@router.post("/office/money/recoveries/{recovery_id}/write-offs/{proposal_id}/decide")
async def decide_write_off_page(page: PageOf, recovery_id: UUID, proposal_id: UUID) -> Response:
    """By somebody else than who proposed it."""

    async def take(unit: Unit) -> str:
        content = page.typed.read(WriteOffDecisionIn)
        await decide_write_off(
            unit,
            recovery_id=recovery_id,
            proposal_id=proposal_id,
            decision=content.decision,
            reason=content.reason,
        )
        return "已同意核销" if content.decision is WriteOffDecision.ACCEPTED else "已决定不予核销"

    return await _act(page, recovery_id, take)
