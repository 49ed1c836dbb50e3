"""My claims: how far each is, why it was decided so, and what I can do about it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.claim_answers import MyClaimOut
from app.api.v1.claim_shapes import ListedClaimOut
from app.api.v1.my_claims import AccountChoiceIn, AppealIn, ClaimWithdrawIn
from app.api.v1.payee_accounts import AccountOut
from app.archive.records.queries import person_group
from app.kernel.errors import RegistryError
from app.portals.appealing import WAYS
from app.portals.citizen.applying import own_open_accounts
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.actions.file_appeal import file_appeal
from app.subsidies.claims.actions.name_account import name_account
from app.subsidies.claims.actions.withdraw_claim import withdraw_claim
from app.subsidies.claims.queries.doors import FoundClaim, own_claim
from app.subsidies.claims.queries.lists import own_accounts, own_claims
from app.subsidies.claims.queries.papers import INSTITUTION_KINDS, own_papers
from app.subsidies.claims.states import TAKEN_FROM, Step
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()
_PAGE = 20
_MINE = frozenset({Step.ANSWER_SUPPLEMENT, Step.NAME_ACCOUNT, Step.WITHDRAW, Step.APPEAL})
_Take = Callable[[Unit, FoundClaim], Awaitable[str]]
_LABELS = {
    "reason": "撤回原因",
    "account_id": "收款账户",
    "channel": "办理方式",
    "grounds": "理由",
}


@router.get("/my/claims")
async def list_claims_page(page: PageOf, cursor: str | None = None) -> Response:
    """Newest first."""
    async with page.reading() as unit:
        found = await own_claims(unit, cursor=cursor, limit=_PAGE)
        items = [ListedClaimOut.of(claim, unit.today) for claim in found.items]
        today = unit.today
    return page.show(
        "citizen/claims.html", items=items, today=today, next_cursor=found.next_cursor, cursor=cursor
    )


@router.get("/my/claims/{claim_id}")
async def show_claim_page(page: PageOf, claim_id: UUID) -> Response:
    """Where it stands, the notices with reasons and clauses, and what can be done now."""
    async with page.reading() as unit:
        found = await own_claim(unit, claim_id)
        claim = MyClaimOut.of(found)
        assert page.me.person_id is not None
        accounts = await own_accounts(unit, await person_group(unit, page.me.person_id))
        today = unit.today
    is_appealed = any(
        each.outcome is None and each.filer_kind not in INSTITUTION_KINDS for each in claim.appeals
    )
    account = next((AccountOut.of(row) for row in accounts if row.account_id == claim.account_id), None)
    return page.show(
        "citizen/claim.html",
        claim=claim,
        account=account,
        papers=own_papers(page.parts.keys, found),
        today=today,
        is_appealed=is_appealed,
        may={
            step.value: claim.state in TAKEN_FROM[step] and not (step is Step.APPEAL and is_appealed)
            for step in _MINE
        },
    )


@router.get("/my/claims/{claim_id}/submitted")
async def show_submitted_page(page: PageOf, claim_id: UUID) -> Response:
    """Number, day, deadline, and what happens next."""
    async with page.reading() as unit:
        claim = MyClaimOut.of(await own_claim(unit, claim_id))
        today = unit.today
    return page.show("citizen/claim_submitted.html", claim=claim, today=today)


@router.get("/my/claims/{claim_id}/withdraw")
async def ask_withdraw(page: PageOf, claim_id: UUID) -> Response:
    """Are you sure, and why."""
    return await _step_page(page, "citizen/claim_withdraw.html", claim_id)


@router.post("/my/claims/{claim_id}/withdraw")
async def withdraw_page(page: PageOf, claim_id: UUID) -> Response:
    """Withdraw; what it had taken up is free again."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        body = page.typed.read(ClaimWithdrawIn)
        check_step(unit, Step.WITHDRAW, found)
        await withdraw_claim(unit, person_id=found.person_id, claim_id=claim_id, reason=body.reason)
        return "已撤回；需要时可以重新申领"

    return await _act(page, "citizen/claim_withdraw.html", claim_id, take)


@router.get("/my/claims/{claim_id}/account")
async def ask_other_account(page: PageOf, claim_id: UUID) -> Response:
    """Another account of the own."""
    return await _step_page(page, "citizen/claim_other_account.html", claim_id)


@router.post("/my/claims/{claim_id}/account")
async def name_account_page(page: PageOf, claim_id: UUID) -> Response:
    """Change where the money goes, before the review."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        body = page.typed.read(AccountChoiceIn)
        check_step(unit, Step.NAME_ACCOUNT, found)
        await name_account(unit, claim_id=claim_id, account_id=body.account_id)
        return "已改用所选的收款账户"

    return await _act(page, "citizen/claim_other_account.html", claim_id, take)


@router.get("/my/claims/{claim_id}/appeal")
async def ask_appeal(page: PageOf, claim_id: UUID) -> Response:
    """The ways that are open and until when."""
    return await _step_page(page, "citizen/claim_appeal.html", claim_id)


@router.post("/my/claims/{claim_id}/appeal")
async def appeal_page(page: PageOf, claim_id: UUID) -> Response:
    """Register the appeal."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        body = page.typed.read(AppealIn)
        await file_appeal(unit, found.decided(unit.today), channel=body.channel, grounds=body.grounds)
        return "已登记，经办机构会书面答复您"

    return await _act(page, "citizen/claim_appeal.html", claim_id, take)


async def _act(page: Page, template: str, claim_id: UUID, take: _Take) -> Response:
    """One step on an own claim, and back to the claim; refused, the step is asked for again with what was typed."""
    try:
        async with page.act() as act:
            said = await take(act.unit, await own_claim(act.unit, claim_id))
            act.go(f"/my/claims/{claim_id}", said=said)
    except RegistryError as refusal:
        return await _step_page(page, template, claim_id, refusal)
    return page.go(act)


async def _step_page(
    page: Page, template: str, claim_id: UUID, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        claim = MyClaimOut.of(await own_claim(unit, claim_id))
        today = unit.today
    decided = [notice for notice in claim.notices if notice.remedies]
    return page.show(
        template,
        refusal=refusal,
        labels=_LABELS,
        claim=claim,
        today=today,
        accounts=await own_open_accounts(page),
        decided=decided[-1] if decided else None,
        channels=WAYS,
    )
