"""Accounts of an institution: its first operators and its own systems; what they sign in with is shown once."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.accounts import ClientIn, OperatorIn
from app.directory.institutions.queries import read_institution, require_institution_in_scope
from app.identity.accounts.actions.register_client import register_institution_client
from app.identity.accounts.actions.register_operator import register_operator
from app.kernel.errors import RegistryError
from app.web.pages.filters import instant
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

SYSTEM_MADE = "系统已经登记，没有重复登记。密钥只在登记时显示一次，没有记下的只能重新登记"
_LABELS = {"login_name": "登录名", "display_name": "姓名或系统名称"}


@router.get("/office/directory/{institution_id}/accounts")
async def ask_account_page(page: PageOf, institution_id: UUID) -> Response:
    """An account for a person, or for a system."""
    return await _form(page, institution_id)


@router.post("/office/directory/{institution_id}/operators")
async def register_operator_page(page: PageOf, institution_id: UUID) -> Response:
    """The activation code is for the operator alone."""
    try:
        content = page.typed.read(OperatorIn)
        async with page.writing() as unit:
            made = await register_operator(
                unit,
                institution_id=institution_id,
                login_name=content.login_name,
                display_name=content.display_name,
            )
    except RegistryError as refusal:
        return await _form(page, institution_id, refusal)
    return page.show(
        "officer/shown_once.html",
        title=f"已开设账号：{made.login_name}",
        told="请把登录名和激活码交给操作员本人。本人用激活码设置密码后登录。离开本页后不能再看到激活码。",
        secrets=[("登录名", made.login_name), ("激活码", made.activation_code)],
        after=f"激活码{instant(made.expires_at)}前有效。",
        trail=_trail(institution_id),
        next_word="再开设一个账号",
        next_href=f"/office/directory/{institution_id}/accounts",
    )


@router.post("/office/directory/{institution_id}/clients")
async def register_client_page(page: PageOf, institution_id: UUID) -> Response:
    """The secret of the institution's own system; the registry keeps only its digest."""
    try:
        content = page.typed.read(ClientIn)
        then = f"/office/directory/{institution_id}/accounts"
        async with page.showing_once(then, said=SYSTEM_MADE) as unit:
            made = await register_institution_client(
                unit, institution_id=institution_id, display_name=content.display_name
            )
    except RegistryError as refusal:
        return await _form(page, institution_id, refusal)
    return page.show(
        "officer/shown_once.html",
        title=f"已登记系统：{content.display_name}",
        told="请交给机构配置到系统。离开本页后不能再看到密钥，遗失只能重新登记。",
        secrets=[("客户端编号", made.client_id), ("密钥", made.client_secret)],
        after="系统凭以上凭证通过接口办理本机构的业务。",
        trail=_trail(institution_id),
        next_word="返回该机构",
        next_href=f"/office/directory/{institution_id}",
    )


def _trail(institution_id: UUID) -> list[tuple[str, str]]:
    return [
        ("工作台", "/office"),
        ("机构目录", "/office/directory"),
        ("该机构", f"/office/directory/{institution_id}"),
    ]


async def _form(page: Page, institution_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        await require_institution_in_scope(unit, institution_id)
        found = await read_institution(unit.session, institution_id, as_of=unit.today)
    return page.show(
        "officer/institution_access.html",
        refusal=refusal,
        labels=_LABELS,
        institution=found.institution,
        trail=_trail(institution_id),
    )
