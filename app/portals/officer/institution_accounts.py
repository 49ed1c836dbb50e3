"""对公账户: institutions' accounts that wait to be confirmed against the bank's permit."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.payee_accounts import InstitutionAccountOut
from app.directory.institutions.queries import names_of
from app.kernel.errors import RegistryError
from app.subsidies.claims.actions.confirm_institution_account import confirm_institution_account
from app.subsidies.claims.queries.lists import institution_accounts
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()


@router.get("/office/money/accounts")
async def list_accounts_page(page: PageOf) -> Response:
    """Those that wait longest first; only the last four digits are ever shown."""
    return await _list(page)


async def _list(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        rows = [InstitutionAccountOut.of(row) for row in await institution_accounts(unit)]
        names = await names_of(unit.session, {row.institution_id for row in rows})
    return page.show("officer/institution_accounts.html", refusal=refusal, rows=rows, names=names)


@router.post("/office/money/accounts/{account_id}/confirm")
async def confirm_account_page(page: PageOf, account_id: UUID) -> Response:
    """From now on money goes there."""
    try:
        async with page.act() as act:
            await confirm_institution_account(act.unit, account_id=account_id)
            act.go("/office/money/accounts", said="已确认，该账户可以收款")
    except RegistryError as refusal:
        return await _list(page, refusal)
    return page.go(act)
