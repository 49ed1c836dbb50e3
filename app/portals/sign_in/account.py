"""One's own account: who one is here, another password, signing out of this browser or of everything."""

from starlette.responses import Response

from app.identity.accounts.actions.change_password import change_password
from app.identity.accounts.actions.sign_out_browser import sign_out_browser, sign_out_everywhere
from app.identity.accounts.rules import PASSWORD_KINDS
from app.kernel.errors import RegistryError
from app.web.pages import cookies
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_LABELS = {"current_password": "现用口令", "password": "新口令", "totp": "动态口令"}


@router.get("/account")
async def show_account(page: PageOf) -> Response:
    """Name, rights and password."""
    return _account(page)


@router.post("/account/password")
async def set_password(page: PageOf) -> Response:
    """Every session ends with the old password, this one too."""
    typed = page.typed
    try:
        await change_password(
            page.parts.engines,
            page.parts.keys,
            actor=page.me,
            current=typed["current_password"][:200],
            chosen=typed["password"][:200],
            totp=typed["totp"].replace(" ", "")[:12],
        )
    except RegistryError as refusal:
        return _account(page, refusal)
    return _out(page, "口令已修改，请用新口令重新登录。")


@router.post("/account/sign-out-everywhere")
async def leave_everywhere(page: PageOf) -> Response:
    """Every browser and every system that uses this account."""
    async with page.access() as unit:
        await sign_out_everywhere(unit)
    return _out(page, "已在所有设备上退出登录。")


@router.post("/sign-out")
async def leave(page: PageOf) -> Response:
    """This browser."""
    assert page.visitor.signed_in is not None
    async with page.access() as unit:
        await sign_out_browser(unit, page.visitor.signed_in.session_id)
    return _out(page, "您已退出登录。")


@router.get("/signed-out")
async def show_signed_out(page: PageOf) -> Response:
    """Nothing of the person is left in the browser."""
    answer = page.show("sign_in/signed_out.html", status=200)
    # Ours alone: "cookies" would reach every host of the domain, and "cache" holds style sheets only (pages: no-store).
    answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


def _account(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "sign_in/account.html", refusal=refusal, labels=_LABELS, has_password=page.me.kind in PASSWORD_KINDS
    )


def _out(page: Page, said: str) -> Response:
    answer = page.go("/signed-out", said=said)
    cookies.take_back(answer, page.parts, cookies.SESSION)
    return answer
