"""Where the institution is paid (对公账户): filed here, confirmed by the authority, ended here."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.payee_accounts import InstitutionAccountIn, InstitutionAccountOut
from app.kernel.errors import RegistryError
from app.subsidies.claims.actions.end_institution_account import end_institution_account
from app.subsidies.claims.actions.file_institution_account import file_institution_account
from app.subsidies.claims.queries.lists import institution_accounts
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_LABELS = {"bank_name": "开户银行", "account_number": "账号"}


@router.get("/institution/claims/accounts")
async def list_accounts_page(page: PageOf) -> Response:
    """All of them, ended ones included, and a form for another."""
    return await _accounts_page(page)


@router.post("/institution/claims/accounts")
async def file_account_page(page: PageOf) -> Response:
    """Nothing is paid there before an officer has confirmed it."""
    try:
        body = page.typed.read(InstitutionAccountIn)
        async with page.act() as act:
            await file_institution_account(
                act.unit, page.parts.keys, bank_name=body.bank_name, number=body.account_number
            )
            act.go("/institution/claims/accounts", said="已登记，经办机构确认后才能收款")
    except RegistryError as refusal:
        return await _accounts_page(page, refusal)
    return page.go(act)


@router.get("/institution/claims/accounts/{account_id}/end")
async def ask_end(page: PageOf, account_id: UUID) -> Response:
    """Are you sure."""
    async with page.reading() as unit:
        accounts = [InstitutionAccountOut.of(row) for row in await institution_accounts(unit)]
    account = next((each for each in accounts if each.account_id == account_id and not each.ended_at), None)
    return page.show("institution/account_end.html", account=account)


@router.post("/institution/claims/accounts/{account_id}/end")
async def end_account_page(page: PageOf, account_id: UUID) -> Response:
    """No longer there."""
    try:
        async with page.act() as act:
            await end_institution_account(act.unit, account_id=account_id)
            act.go("/institution/claims/accounts", said="已停用，不再向它拨付")
    except RegistryError as refusal:
        return await _accounts_page(page, refusal)
    return page.go(act)


async def _accounts_page(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        accounts = [InstitutionAccountOut.of(row) for row in await institution_accounts(unit)]
    in_use = [each for each in accounts if each.ended_at is None]
    return page.show(
        "institution/accounts.html",
        refusal=refusal,
        labels=_LABELS,
        accounts=accounts,
        is_payable=any(each.confirmed_at for each in in_use),
        has_any=bool(in_use),
    )
