"""Sign-in of citizens with the electronic social-security card: to the identity provider and back (OpenID Connect)."""

import hmac
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response

from app.identity.accounts.actions.complete_citizen_sign_in import complete_citizen_sign_in
from app.identity.accounts.actions.open_browser_session import with_cookie
from app.identity.accounts.actions.start_citizen_sign_in import start_citizen_sign_in
from app.kernel.errors import Reason, RegistryError, Unauthenticated
from app.portals.sign_in.staff import enter, leave_first
from app.web.pages import cookies
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.visitor import local_address

router = pages()

_ATTEMPT = "attempt"
_ATTEMPT_S = 600


@router.get("/sign-in/citizen")
async def ask_citizen(page: PageOf, next: str = "", over: str = "") -> Response:  # noqa: A002 - as links write it
    """What happens when one goes on to the card's own page."""
    return _form(page, wanted=next, is_over=over == "1")


@router.post("/sign-in/citizen")
async def start(page: PageOf) -> Response:
    """Off to the identity provider; the attempt is bound to this browser."""
    try:
        async with page.access() as unit:
            started = await start_citizen_sign_in(unit, page.parts.keys, page.parts.citizen_identity)
    except RegistryError as refusal:
        return _form(page, wanted=page.typed["next"], refusal=refusal)
    answer = RedirectResponse(started.authorization_url, 303)
    wanted = local_address(page.typed["next"]) or ""
    cookies.give(answer, page.parts, _ATTEMPT, f"{started.state}.{wanted}", max_age=_ATTEMPT_S)
    return answer


@router.get("/sign-in/citizen/callback")
async def come_back(
    page: PageOf, state: str = "", code: str = "", iss: str = "", error: str = ""
) -> Response:
    """Back from the identity provider. The parameters serve once and for the browser that began."""
    attempt = cookies.read(page.request, page.parts, _ATTEMPT) or ""
    bound, _, wanted = attempt.partition(".")
    try:
        if error == "access_denied":
            raise Unauthenticated([_declined()])
        if not state or not hmac.compare_digest(bound.encode(), state.encode()):
            raise Unauthenticated([_not_from_here()])
        opened = await complete_citizen_sign_in(
            page.parts.engines,
            page.parts.keys,
            with_cookie(page.parts.keys),
            page.parts.citizen_identity,
            registry=page.registry(),
            state=state,
            code=code,
            issuer=iss,
        )
    except RegistryError as refusal:
        return _form(page, wanted=wanted, refusal=refusal)
    await leave_first(page)
    answer = enter(page, opened, wanted)
    cookies.take_back(answer, page.parts, _ATTEMPT)
    return answer


def _form(
    page: Page, *, wanted: str, is_over: bool = False, refusal: RegistryError | None = None
) -> Response:
    provider = urlsplit(page.parts.citizen_identity.issuer)
    return page.show(
        "sign_in/citizen.html",
        refusal=refusal,
        wanted=local_address(wanted) or "",
        is_over=is_over,
        form_action=f"{provider.scheme}://{provider.netloc}",
    )


def _declined() -> Reason:
    return Reason(
        code="citizen_sign_in_declined",
        message="您在电子社保卡页面取消了登录",
        remedy="需要登录时，请重新点“用电子社保卡登录”",
    )


def _not_from_here() -> Reason:
    return Reason(
        code="citizen_sign_in_outdated",
        message="本次电子社保卡登录已失效，或不是由本浏览器发起",
        remedy="请重新点“用电子社保卡登录”",
    )
