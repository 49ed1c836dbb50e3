"""Refusals as pages: what is wrong, that nothing was lost, and what to do; the same words as the API's."""

from fastapi import FastAPI, Request
from starlette.responses import Response

from app.access.roles import Role
from app.kernel.errors import Reason, RegistryError
from app.web.pages.forgery import FIELD
from app.web.pages.page import FormOutdated, Page
from app.web.pages.visitor import (
    HOME,
    SignInFirst,
    Visitor,
    door_of,
    home_door,
    home_of,
    sign_in_at,
    to_sign_in,
)

_WHAT_TO_DO = {
    403: "请换用有权限的账号登录，或回到您的首页。",
    404: "请核对网址，或从首页重新进入。事项可能已撤回，或者不属于您。",
    405: "请从页面上的按钮办理。",
    409: "内容没有保存。请返回刷新页面，看清最新情况后再办理。",
    412: "别人刚刚改动过这项内容，您的改动没有保存。请返回刷新页面，在最新内容上重新填写。",
    413: "请减小文件或分批上传。",
    422: "请返回核对后重新填写。",
    429: "请稍候再试。您没有丢失任何内容。",
    500: "这是系统的问题，不是您的问题；内容没有保存，请稍后再试。如果一再出现，请把下面的编号告诉我们。",
    503: "系统或外部系统暂时连接不上。没有任何内容丢失，请过几分钟再试。",
}


def problem_page(
    request: Request, status: int, code: str, title: str, reasons: tuple[Reason, ...], headers: dict[str, str]
) -> Response:
    """The page of a refusal, in the frame of whoever met it."""
    page = getattr(request.state, "page", None)
    if not isinstance(page, Page):
        page = Page(request, request.app.state.house, Visitor(), frozenset())
    if status == 401:
        return to_sign_in(
            door_of(page.path, None), page.path if request.method == "GET" else "/", is_over=True
        )
    answer = page.show(
        "refusal.html",
        refusal=RegistryError(reasons, code=code, title=title) if reasons else None,
        status=status,
        title=title,
        what_to_do=_WHAT_TO_DO.get(status, _WHAT_TO_DO[422]),
        reference=request.state.request_id,
        home=home_of(page.actor) if page.actor else HOME[page.door],
        wrong_door=status == 403 and page.actor is not None and page.door != home_door(page.actor),
    )
    answer.headers.update(
        {name: value for name, value in headers.items() if name.lower() != "www-authenticate"}
    )
    return answer


async def _sign_in_first(request: Request, first: Exception) -> Response:
    assert isinstance(first, SignInFirst)
    return first.response


async def _form_outdated(request: Request, outdated: Exception) -> Response:
    """The browser says it is our own page, but the cookie it belonged to is gone: its content is not lost."""
    assert isinstance(outdated, FormOutdated)
    page = outdated.page
    request.state.problem_code = "form_outdated"
    return page.show(
        "kept.html",
        status=403,
        place=page.path,
        fields=[(name, value) for name, value in page.typed.content() if name != FIELD],
        is_kept=False,
        sign_in=None if page.actor or Role.PUBLIC in page.admitted else sign_in_at(page.door),
    )


def install_refusals(app: FastAPI) -> None:
    """Let every refusal at a page be a page."""
    app.state.problem_page = problem_page
    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(FormOutdated, _form_outdated)
