"""My accounts: where subsidies are paid to."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.payee_accounts import AccountIn
from app.kernel.errors import RegistryError
from app.portals.citizen.applying import own_open_accounts
from app.subsidies.claims.actions.end_account import end_account
from app.subsidies.claims.actions.record_account import record_account
from app.subsidies.claims.states import ACCOUNT_LABELS
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()
_LABELS = {"kind": "账户种类", "bank_name": "开户银行", "account_number": "账号或卡号"}


@router.get("/my/accounts")
async def list_accounts_page(page: PageOf) -> Response:
    """Accounts in use and what the bank said of each."""
    return page.show("citizen/accounts.html", accounts=await own_open_accounts(page))


@router.get("/my/accounts/new")
async def ask_account_details(page: PageOf, claiming: str = "") -> Response:
    """Kind, bank, number. ``claiming``: the record number one came from, to go back to."""
    return _form(page, claiming)


@router.post("/my/accounts")
async def record_account_page(page: PageOf, claiming: str = "") -> Response:
    """Record the account; the bank is asked for its holder afterwards."""
    try:
        body = page.typed.read(AccountIn)
        async with page.act() as act:
            assert page.me.person_id is not None
            await record_account(
                act.unit,
                page.parts.keys,
                person_id=page.me.person_id,
                kind=body.kind,
                bank_name=body.bank_name,
                number=body.account_number,
            )
            onward = f"/my/benefits/{claiming}/account" if _is_record_number(claiming) else "/my/accounts"
            act.go(onward, said="账户已登记，户名由银行核对，一般几分钟内有结果")
    except RegistryError as refusal:
        return _form(page, claiming, refusal)
    return page.go(act)


@router.post("/my/accounts/{account_id}/end")
async def end_account_page(page: PageOf, account_id: UUID) -> Response:
    """Stop using it."""
    async with page.act() as act:
        assert page.me.person_id is not None
        await end_account(act.unit, person_id=page.me.person_id, account_id=account_id)
        act.go("/my/accounts", said="账户已停用，以后的补贴不再发到这个账户")
    return page.go(act)


def _form(page: Page, claiming: str, refusal: RegistryError | None = None) -> Response:
    kinds = [(kind.value, word) for kind, word in ACCOUNT_LABELS.items()]
    return page.show(
        "citizen/account_form.html",
        refusal=refusal,
        labels=_LABELS,
        kinds=kinds,
        claiming=claiming if _is_record_number(claiming) else "",
    )


def _is_record_number(text: str) -> bool:
    return 0 < len(text) <= 40 and text.isascii() and text.replace("-", "").isalnum()
