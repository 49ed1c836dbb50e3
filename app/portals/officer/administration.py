"""系统管理: agencies by the system administrator; accounts and grants by two security administrators."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from app.access.actor import Permission
from app.access.unit import Unit
from app.api.v1.accounts import OfficerIn, OfficerOut, ReasonIn, SecondFactorResetIn
from app.api.v1.administration import AgencyIn, AgencyOut
from app.api.v1.permission_grants import GrantIn, GrantOut
from app.exchange.peers.queries import asking_rules, peers
from app.identity.accounts.actions.confirm_permission import confirm_permission
from app.identity.accounts.actions.confirm_second_factor_reset import confirm_second_factor_reset
from app.identity.accounts.actions.propose_officer import propose_officer
from app.identity.accounts.actions.propose_permission import propose_permission
from app.identity.accounts.actions.propose_second_factor_reset import propose_second_factor_reset
from app.identity.accounts.actions.register_agency import register_agency
from app.identity.accounts.actions.restore_principal import restore_principal
from app.identity.accounts.actions.revoke_permission import revoke_permission
from app.identity.accounts.actions.suspend_principal import suspend_principal
from app.identity.accounts.queries import list_agencies, list_grants, list_officers, names_of
from app.identity.accounts.states import GrantState
from app.kernel.errors import RegistryError
from app.kernel.paging import decode_cursor, encode_cursor
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.wire import Input
from app.web.words import word

router = pages()

_PAGE = 50
_AGENCIES_MAX = 5_000
_LABELS = {
    "name": "机构名称",
    "division_code": "辖区",
    "parent_id": "上级机构",
    "agency_id": "经办机构",
    "login_name": "登录名",
    "display_name": "姓名",
    "permissions": "权限",
    "permissions.*": "权限",
    "principal_id": "账号",
    "permission": "权限",
    "reason": "理由",
    "activation_id": "重置编号",
}
_ACCOUNTS = "/office/administration/accounts"
_GRANTS = "/office/administration/grants"
_Take = Callable[[Unit], Awaitable[str]]


class _Reset(Input):
    """Which reset is confirmed."""

    activation_id: UUID


@dataclass(frozen=True, slots=True)
class Waiting:
    """A grant with whose it is; ``is_mine``: its proposer does not confirm it."""

    grant: GrantOut
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Awaited:
    """How much waits for this administrator as the second person; grants up to a page."""

    grants: int = 0
    peers: int = 0
    rules: int = 0


@router.get("/office/administration")
async def show_administration(page: PageOf) -> Response:
    """What this administrator does, and what waits for a second person."""
    waiting = Awaited()
    if page.may("GET", "/office/administration/registries"):
        async with page.reading() as unit:
            waiting = await _awaited(unit)
    return page.show("officer/administration.html", waiting=waiting)


@router.get("/office/administration/agencies")
async def list_agencies_page(page: PageOf, cursor: str | None = None) -> Response:
    """By division."""
    return await _agencies(page, cursor)


@router.post("/office/administration/agencies")
async def create_agency_page(page: PageOf) -> Response:
    """登记经办机构."""
    try:
        content = page.typed.read(AgencyIn)
        async with page.act() as act:
            await register_agency(
                act.unit,
                name=content.name,
                division_code=content.division_code,
                parent_id=content.parent_id,
            )
            act.go("/office/administration/agencies", said=f"已登记{content.name}")
    except RegistryError as refusal:
        return await _agencies(page, None, refusal)
    return page.go(act)


@router.get("/office/administration/accounts")
async def list_accounts_page(page: PageOf, cursor: str | None = None) -> Response:
    """Officers with their permissions."""
    return await _accounts(page, cursor)


@router.get("/office/administration/accounts/new")
async def ask_account_page(page: PageOf) -> Response:
    """A new officer."""
    return await _account_form(page)


@router.post("/office/administration/accounts")
async def create_account_page(page: PageOf) -> Response:
    """The activation code is shown this once, and therefore without a redirect."""
    try:
        content = page.typed.read(OfficerIn, lists=("permissions",))
        async with page.writing() as unit:
            invitation = await propose_officer(
                unit,
                agency_id=content.agency_id,
                login_name=content.login_name,
                display_name=content.display_name,
                permissions=content.permissions,
            )
    except RegistryError as refusal:
        return await _account_form(page, refusal)
    return page.show("officer/account_made.html", invitation=invitation, asked=content.permissions)


@router.post("/office/administration/accounts/{principal_id}/suspend")
async def suspend_account_page(page: PageOf, principal_id: UUID) -> Response:
    """停用: every session ends at once."""

    async def take(unit: Unit) -> str:
        await suspend_principal(unit, principal_id=principal_id, reason=page.typed.read(ReasonIn).reason)
        return "已停用，已登录的立即退出"

    return await _act(page, _ACCOUNTS, take, _accounts)


@router.post("/office/administration/accounts/{principal_id}/restore")
async def restore_account_page(page: PageOf, principal_id: UUID) -> Response:
    """恢复."""

    async def take(unit: Unit) -> str:
        await restore_principal(unit, principal_id=principal_id, reason=page.typed.read(ReasonIn).reason)
        return "已恢复"

    return await _act(page, _ACCOUNTS, take, _accounts)


@router.post("/office/administration/accounts/{principal_id}/second-factor")
async def propose_reset_page(page: PageOf, principal_id: UUID) -> Response:
    """重置动态口令: proposed by one; the number is told so that another can confirm."""

    async def take(unit: Unit) -> str:
        reason = page.typed.read(SecondFactorResetIn, principal_id=principal_id).reason
        row = await propose_second_factor_reset(unit, principal_id=principal_id, reason=reason)
        return f"已提出重置，编号{row.activation_id}，请另一名安全管理员凭编号确认"

    return await _act(page, _ACCOUNTS, take, _accounts)


@router.post("/office/administration/second-factor")
async def confirm_reset_page(page: PageOf) -> Response:
    """The second person; the code is shown this once."""
    try:
        async with page.writing() as unit:
            asked = page.typed.read(_Reset)
            invitation = await confirm_second_factor_reset(unit, activation_id=asked.activation_id)
    except RegistryError as refusal:
        return await _accounts(page, None, refusal)
    return page.show("officer/account_made.html", invitation=invitation, asked=[])


@router.get("/office/administration/grants")
async def list_grants_page(page: PageOf, cursor: str | None = None) -> Response:
    """Grants that wait for the second person."""
    return await _grants(page, cursor)


@router.post("/office/administration/grants")
async def propose_grant_page(page: PageOf) -> Response:
    """提出授权."""

    async def take(unit: Unit) -> str:
        content = page.typed.read(GrantIn)
        await propose_permission(unit, principal_id=content.principal_id, permission=content.permission)
        return f"已提出授权“{word('permission', content.permission)}”，另一名安全管理员确认后生效"

    return await _act(page, _ACCOUNTS, take, _accounts)


@router.post("/office/administration/grants/{grant_id}/confirm")
async def confirm_grant_page(page: PageOf, grant_id: UUID) -> Response:
    """The second person."""

    async def take(unit: Unit) -> str:
        await confirm_permission(unit, grant_id=grant_id)
        return "已确认，立即生效"

    return await _act(page, _GRANTS, take, _grants)


@router.post("/office/administration/grants/{grant_id}/revoke")
async def revoke_grant_page(page: PageOf, grant_id: UUID) -> Response:
    """Taking away needs no second person."""

    async def take(unit: Unit) -> str:
        await revoke_permission(unit, grant_id=grant_id)
        return "已撤销，立即生效"

    return await _act(page, _ACCOUNTS, take, _accounts)


async def _awaited(unit: Unit) -> Awaited:
    """What others have proposed."""
    me = unit.actor.principal_id
    found, listed = await peers(unit), await asking_rules(unit)
    standing = [row for row in found if row.ended_at is None]
    keys = [key for row in standing for key in row.keys if not key["confirmed_at"] and not key["revoked_at"]]
    return Awaited(
        grants=sum(grant.proposed_by != me for grant in await _proposed(unit, None)),
        peers=sum(row.confirmed_at is None and row.proposed_by != me for row in standing)
        + sum(key["proposed_by"] != str(me) for key in keys),
        rules=sum(
            (row.confirmed_at is None and row.proposed_by != me)
            or (row.ends_before is not None and row.end_confirmed_at is None and row.end_proposed_by != me)
            for row in listed
        ),
    )


async def _act(
    page: Page,
    to: str,
    take: _Take,
    again: Callable[[Page, str | None, RegistryError], Awaitable[Response]],
) -> Response:
    try:
        async with page.act() as act:
            act.go(to, said=await take(act.unit))
    except RegistryError as refusal:
        return await again(page, None, refusal)
    return page.go(act)


async def _agencies(page: Page, cursor: str | None, refusal: RegistryError | None = None) -> Response:
    after = decode_cursor(cursor, str, UUID) if cursor else None
    async with page.reading() as unit:
        rows = await list_agencies(unit, after=after, limit=_PAGE + 1)
    shown = [AgencyOut.of(row) for row in rows[:_PAGE]]
    last = shown[-1] if len(rows) > _PAGE else None
    return page.show(
        "officer/agencies.html",
        refusal=refusal,
        labels=_LABELS,
        rows=shown,
        parents=[(str(row.agency_id), row.name) for row in shown],
        next_cursor=encode_cursor(last.division_code, last.agency_id) if last else None,
        is_first=cursor is None,
    )


async def _accounts(page: Page, cursor: str | None, refusal: RegistryError | None = None) -> Response:
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    async with page.reading() as unit:
        found = await list_officers(unit, after=after, limit=_PAGE + 1)
        waiting = len(await _proposed(unit, None))
    shown = [OfficerOut.of(officer) for officer in found[:_PAGE]]
    return page.show(
        "officer/accounts.html",
        refusal=refusal,
        labels=_LABELS,
        rows=shown,
        waiting=waiting,
        permissions=[(each.value, word("permission", each)) for each in Permission],
        confirmed=GrantState.CONFIRMED,
        next_cursor=encode_cursor(shown[-1].principal_id) if len(found) > _PAGE else None,
        is_first=cursor is None,
    )


async def _account_form(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        agencies = await list_agencies(unit, after=None, limit=_AGENCIES_MAX)
    return page.show(
        "officer/account_form.html",
        refusal=refusal,
        labels=_LABELS,
        agencies=[(str(row.agency_id), row.name) for row in agencies],
        permissions=[(each.value, word("permission", each)) for each in Permission],
    )


async def _grants(page: Page, cursor: str | None, refusal: RegistryError | None = None) -> Response:
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    me = page.me.principal_id
    async with page.reading() as unit:
        rows = await _proposed(unit, after)
        names = await names_of(unit, {row.principal_id for row in rows} | {row.proposed_by for row in rows})
    shown = rows[:_PAGE]
    return page.show(
        "officer/grants.html",
        refusal=refusal,
        labels=_LABELS,
        rows=[Waiting(row, row.proposed_by == me) for row in shown],
        names=names,
        next_cursor=encode_cursor(shown[-1].grant_id) if len(rows) > _PAGE else None,
        is_first=cursor is None,
    )


async def _proposed(unit: Unit, after: UUID | None) -> list[GrantOut]:
    rows = await list_grants(unit, principal_id=None, state=GrantState.PROPOSED, after=after, limit=_PAGE + 1)
    return [GrantOut.of(row) for row in rows]
