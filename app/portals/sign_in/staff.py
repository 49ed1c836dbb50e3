"""Sign-in with password and one-time password (officers, institutions, administrators); activation of accounts."""

from starlette.responses import Response

from app.identity.accounts.actions.open_browser_session import OpenedBrowser, with_cookie
from app.identity.accounts.actions.redeem_activation import redeem_activation
from app.identity.accounts.actions.sign_in_officer import sign_in_officer
from app.identity.accounts.actions.sign_out_browser import sign_out_browser
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.web.pages import cookies
from app.web.pages.links import pages
from app.web.pages.page import REVIEW, Page, PageOf
from app.web.pages.visitor import Door, home_of, local_address

router = pages()

_LABELS = {"login_name": "登录名", "password": "口令", "totp": "动态口令"}
_ACTIVATION_LABELS = {"code": "激活码", "password": "新口令", "password_again": "再次输入新口令"}


@router.get("/sign-in")
async def choose_door(page: PageOf, next: str = "", over: str = "") -> Response:  # noqa: A002 - as links write it
    """Which door one wants in by."""
    return page.show("sign_in/choice.html", wanted=local_address(next) or "", is_over=over == "1")


@router.get("/sign-in/officer")
async def ask_officer(page: PageOf, next: str = "", over: str = "") -> Response:  # noqa: A002 - as links write it
    """The form of officers and administrators."""
    return _form(page, Door.OFFICER, wanted=next, is_over=over == "1")


@router.get("/sign-in/institution")
async def ask_institution(page: PageOf, next: str = "", over: str = "") -> Response:  # noqa: A002 - as links write it
    """The form of institutions."""
    return _form(page, Door.INSTITUTION, wanted=next, is_over=over == "1")


@router.post("/sign-in/officer")
async def sign_in_at_office(page: PageOf) -> Response:
    """Password and one-time password for a session."""
    return await _sign_in(page, Door.OFFICER)


@router.post("/sign-in/institution")
async def sign_in_at_institution(page: PageOf) -> Response:
    """Password and one-time password for a session."""
    return await _sign_in(page, Door.INSTITUTION)


@router.get("/activation")
async def ask_activation(page: PageOf) -> Response:
    """Code in, password chosen."""
    return page.show("sign_in/activation.html")


@router.post("/activation")
async def activate(page: PageOf) -> Response:
    """Shows the second factor this once, and therefore without a redirect: its secret is kept nowhere in the clear."""
    typed = page.typed
    try:
        _must_be_given(page, _ACTIVATION_LABELS)
        if typed["password"] != typed["password_again"]:
            raise InvalidInput([_passwords_differ()])
        enrollment = await redeem_activation(
            page.parts.engines,
            page.parts.keys,
            registry=page.registry(),
            code=typed["code"].replace("\0", ""),
            password=typed["password"],
        )
    except RegistryError as refusal:
        return page.show("sign_in/activation.html", refusal=refusal, labels=_ACTIVATION_LABELS)
    return page.show("sign_in/second_factor.html", enrollment=enrollment)


def enter(page: Page, opened: OpenedBrowser, wanted: str) -> Response:
    """Into one's own door, or on to where one was going."""
    answer = page.go(local_address(wanted) or home_of(opened.actor))
    cookies.give(answer, page.parts, cookies.SESSION, opened.cookie)
    cookies.take_back(answer, page.parts, cookies.VISITOR)
    return answer


async def leave_first(page: Page) -> None:
    """A browser holds one sign-in: the one before ends."""
    if page.visitor.signed_in is not None:
        async with page.access() as unit:
            await sign_out_browser(unit, page.visitor.signed_in.session_id)


async def _sign_in(page: Page, door: Door) -> Response:
    typed = page.typed
    if typed[REVIEW]:
        return _form(page, door, wanted=typed["next"])
    try:
        _must_be_given(page, _LABELS)
        opened = await sign_in_officer(
            page.parts.engines,
            page.parts.keys,
            with_cookie(page.parts.keys),
            registry=page.registry(),
            login_name=typed["login_name"].replace("\0", "\ufffd")[:64],
            password=typed["password"][:200],
            totp=typed["totp"].replace(" ", "")[:12],
        )
    except RegistryError as refusal:
        return _form(page, door, wanted=typed["next"], refusal=refusal)
    await leave_first(page)
    return enter(page, opened, typed["next"])


def _form(
    page: Page, door: Door, *, wanted: str, is_over: bool = False, refusal: RegistryError | None = None
) -> Response:
    return page.show(
        "sign_in/staff.html",
        refusal=refusal,
        labels=_LABELS,
        door=door,
        wanted=local_address(wanted) or "",
        is_over=is_over,
    )


def _must_be_given(page: Page, labels: dict[str, str]) -> None:
    missing = [
        Reason(code="input_missing", field=name, message=f"没有填写{label}", remedy=f"请填写{label}")
        for name, label in labels.items()
        if not page.typed[name]
    ]
    if missing:
        raise InvalidInput(missing)


def _passwords_differ() -> Reason:
    return Reason(
        code="passwords_differ", field="password_again", message="两次输入的口令不一致", remedy="请重新输入"
    )
