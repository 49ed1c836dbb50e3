"""接入系统 and 签名密钥: a system's secret, shown once; the key of every token, changed with its consequences told."""

from starlette.responses import Response

from app.access.actor import Permission
from app.access.unit import Unit
from app.api.v1.accounts import AgencyClientIn
from app.api.v1.administration import RotationIn
from app.identity.accounts.actions.register_client import register_agency_client
from app.identity.accounts.actions.rotate_signing_key import rotate_signing_key
from app.identity.accounts.queries import list_agencies
from app.kernel.clock import utc_now
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.portals.officer.institution_access import SYSTEM_MADE
from app.portals.officer.peers import ROOM
from app.web.pages.filters import instant
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.signing_keys import refresh_signing_keys
from app.web.words import word

router = pages()

_CLIENTS = "/office/administration/clients"
_KEYS = "/office/administration/signing-keys"
_AGENCIES_MAX = 5_000
_LABELS = {
    "agency_id": "经办机构",
    "display_name": "系统名称",
    "permissions": "权限",
    "permissions.*": "权限",
    "is_compromised": "为什么更换",
}
_NOT_SAID = Reason(
    code="missing",
    field="is_compromised",
    message="没有选择为什么更换",
    remedy="请选择一项：两种更换的后果不同",
)


@router.get(f"{_CLIENTS}/new")
async def ask_client_page(page: PageOf) -> Response:
    """Which agency's system, and what it may do."""
    return await _client_form(page)


@router.post(_CLIENTS)
async def register_client_page(page: PageOf) -> Response:
    """The secret is shown this once, and therefore without a redirect."""
    try:
        content = page.typed.read(AgencyClientIn, lists=("permissions",))
        async with page.showing_once(f"{_CLIENTS}/new", said=SYSTEM_MADE) as unit:
            made = await register_agency_client(
                unit,
                agency_id=content.agency_id,
                display_name=content.display_name,
                permissions=content.permissions,
            )
    except RegistryError as refusal:
        return await _client_form(page, refusal)
    asked = "、".join(word("permission", each) for each in content.permissions)
    after = f"请另一名安全管理员在“待确认的授权”中确认：{asked}。确认之前系统能登录，但不能办理。"
    return page.show(
        "officer/shown_once.html",
        title=f"已登记系统：{content.display_name}",
        told="请当面交给系统的负责人配置。离开本页后不能再看到密钥，遗失只能重新登记。",
        secrets=[("客户端编号", made.client_id), ("密钥", made.client_secret)],
        after=after if asked else "没有选择权限：系统能登录，但什么也不能办理。",
        trail=ROOM,
        next_word="看待确认的授权",
        next_href="/office/administration/grants",
    )


@router.get(_KEYS)
async def show_keys_page(page: PageOf) -> Response:
    """Which key signs now, and what a change does."""
    return _keys(page)


@router.post(_KEYS)
async def rotate_page(page: PageOf) -> Response:
    """This process reads the keys as soon as the change is committed; others do within a minute."""
    try:
        if not page.typed["is_compromised"]:
            raise InvalidInput([_NOT_SAID])
        content = page.typed.read(RotationIn)
        async with page.act() as act:
            act.go(_KEYS, said=await _rotated(page, act.unit, content.is_compromised))
    except RegistryError as refusal:
        return _keys(page, refusal)
    await refresh_signing_keys(page.parts)
    return page.go(act)


async def _rotated(page: Page, unit: Unit, is_compromised: bool) -> str:
    change = await rotate_signing_key(unit, page.parts.keys, is_compromised=is_compromised)
    if is_compromised:
        return f"已更换：新密钥{change.kid}立即签发，旧密钥已经作废"
    return f"已更换：新密钥{change.kid}自{instant(change.signs_from)}起签发，旧密钥{instant(change.retired_at)}作废"


def _keys(page: Page, refusal: RegistryError | None = None) -> Response:
    now = utc_now()
    tokens = page.parts.tokens
    return page.show(
        "officer/signing_keys.html",
        refusal=refusal,
        labels=_LABELS,
        signing=tokens.signing_key_id(now),
        published=[each["kid"] for each in tokens.public_jwks()["keys"]],
    )


async def _client_form(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        agencies = await list_agencies(unit, after=None, limit=_AGENCIES_MAX)
    return page.show(
        "officer/client_form.html",
        refusal=refusal,
        labels=_LABELS,
        agencies=[(str(row.agency_id), row.name) for row in agencies],
        permissions=[(each.value, word("permission", each)) for each in Permission],
    )
