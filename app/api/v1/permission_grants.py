"""Permission grants (授权): proposed by one security administrator, confirmed by another."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.access.actor import Permission
from app.identity.accounts.actions.confirm_permission import confirm_permission
from app.identity.accounts.actions.propose_permission import propose_permission
from app.identity.accounts.actions.revoke_permission import revoke_permission
from app.identity.accounts.queries import list_grants, state_of
from app.identity.accounts.states import GrantState
from app.identity.accounts.tables import PermissionGrantRow
from app.kernel.paging import check_page_limit, decode_cursor, encode_cursor
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, Input, Output

router = APIRouter(tags=["系统管理（三员）"])

_Limit = Annotated[int | None, Query(ge=1, le=200, description="每页条数，默认50")]
_Cursor = Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")]


class GrantIn(Input):
    """提出授权."""

    principal_id: UUID
    permission: Permission


class GrantOut(Output):
    """一项授权."""

    grant_id: UUID
    principal_id: UUID
    permission: Permission
    state: GrantState
    proposed_by: UUID
    proposed_at: datetime
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    revoked_by: UUID | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: PermissionGrantRow) -> "GrantOut":
        """As it leaves."""
        return cls(
            grant_id=row.grant_id,
            principal_id=row.principal_id,
            permission=Permission(row.permission),
            state=state_of(row),
            proposed_by=row.proposed_by,
            proposed_at=row.proposed_at,
            confirmed_by=row.confirmed_by,
            confirmed_at=row.confirmed_at,
            revoked_by=row.revoked_by,
            revoked_at=row.revoked_at,
        )


class GrantPage(Output):
    """授权一页."""

    items: list[GrantOut]
    next_cursor: str | None


@router.get(
    "/v1/permission-grants",
    summary="授权列表",
    response_model=GrantPage,
    responses=answers(),
)
async def read_grants(
    unit: ReadUnit,
    principal_id: Annotated[UUID | None, Query(description="被授权的账号")] = None,
    state: Annotated[GrantState | None, Query(description="授权状态")] = None,
    cursor: _Cursor = None,
    limit: _Limit = None,
) -> GrantPage:
    """In the order they were proposed."""
    size = check_page_limit(limit)
    (after,) = decode_cursor(cursor, UUID) if cursor else (None,)
    rows = await list_grants(unit, principal_id=principal_id, state=state, after=after, limit=size + 1)
    shown = rows[:size]
    return GrantPage(
        items=[GrantOut.of(row) for row in shown],
        next_cursor=encode_cursor(shown[-1].grant_id) if len(rows) > size else None,
    )


@router.post(
    "/v1/permission-grants",
    summary="提出授权",
    status_code=201,
    response_model=GrantOut,
    responses=answers(404, 409),
)
async def create_grant(body: GrantIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """Without effect until another security administrator confirms it."""
    grant = await propose_permission(unit, principal_id=body.principal_id, permission=body.permission)
    return await once.answer(GrantOut.of(grant))


@router.post(
    "/v1/permission-grants/{grant_id}:confirm",
    summary="确认授权",
    description="须由提出人以外的安全管理员确认；立即生效，被授权人的访问令牌须续期后使用。",
    response_model=GrantOut,
    responses=answers(404, 409),
)
async def confirm_grant(grant_id: UUID, unit: WriteUnit) -> GrantOut:
    """The second person."""
    return GrantOut.of(await confirm_permission(unit, grant_id=grant_id))


@router.post(
    "/v1/permission-grants/{grant_id}:revoke",
    summary="撤销授权",
    description="一名安全管理员即可撤销，立即生效；未确认的授权同样以此撤回。",
    response_model=GrantOut,
    responses=answers(404, 409),
)
async def revoke_grant(grant_id: UUID, unit: WriteUnit) -> GrantOut:
    """Taking away needs no second person."""
    return GrantOut.of(await revoke_permission(unit, grant_id=grant_id))
