"""Accounts (账号): officers, operators of institutions, systems; suspension and lost second factors."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from app.access.actor import Permission
from app.api.v1.administration import AgencyOut
from app.api.v1.permission_grants import GrantOut
from app.identity.accounts.actions.confirm_second_factor_reset import confirm_second_factor_reset
from app.identity.accounts.actions.open_account import Invitation
from app.identity.accounts.actions.propose_officer import propose_officer
from app.identity.accounts.actions.propose_second_factor_reset import propose_second_factor_reset
from app.identity.accounts.actions.register_client import (
    ClientAccount,
    register_agency_client,
    register_institution_client,
)
from app.identity.accounts.actions.register_operator import register_operator
from app.identity.accounts.actions.restore_principal import restore_principal
from app.identity.accounts.actions.suspend_principal import suspend_principal
from app.identity.accounts.queries import Officer, list_officers
from app.identity.accounts.rules import LOGIN_NAME
from app.identity.accounts.tables import ActivationRow
from app.kernel.paging import check_page_limit, decode_cursor, encode_cursor
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, Input, Output, ShortLine, Why

router = APIRouter(tags=["系统管理（三员）"])

_Limit = Annotated[int | None, Query(ge=1, le=200, description="每页条数，默认50")]
_Cursor = Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")]
LoginName = Annotated[
    str, Field(pattern=LOGIN_NAME, examples=["li.hua"], description="登录名，登记后不再更改")
]
_Permissions = Annotated[
    list[Permission], Field(max_length=len(Permission), description="拟授权限，须另一名安全管理员确认后生效")
]


class OfficerIn(Input):
    """开设经办人账号."""

    agency_id: UUID
    login_name: LoginName
    display_name: Annotated[ShortLine, Field(examples=["李华"])]
    permissions: _Permissions = Field(default_factory=list)


class InvitationOut(Output):
    """新账号与激活码；激活码只显示这一次，重发请求时为空."""

    principal_id: UUID
    login_name: str
    activation_code: Annotated[str | None, Field(examples=["7KQ2-9XWD-0MTR-…"])]
    expires_at: Annotated[datetime, Field(description="激活码的有效期")]

    @classmethod
    def of(cls, invitation: Invitation) -> "InvitationOut":
        """As it leaves."""
        return cls(
            principal_id=invitation.principal_id,
            login_name=invitation.login_name,
            activation_code=invitation.activation_code,
            expires_at=invitation.expires_at,
        )


class ClientIn(Input):
    """登记机构的接入系统."""

    display_name: Annotated[ShortLine, Field(examples=["教务系统"])]


class AgencyClientIn(ClientIn):
    """登记经办机构的接入系统."""

    agency_id: UUID
    permissions: _Permissions = Field(default_factory=list)


class OperatorIn(Input):
    """开设机构操作员账号."""

    login_name: LoginName
    display_name: Annotated[ShortLine, Field(examples=["王芳"])]


class ClientOut(Output):
    """接入系统的编号与密钥；密钥只显示这一次，重发请求时为空."""

    principal_id: UUID
    client_id: str
    client_secret: str | None

    @classmethod
    def of(cls, account: ClientAccount) -> "ClientOut":
        """As it leaves."""
        return cls(
            principal_id=account.principal_id,
            client_id=account.client_id,
            client_secret=account.client_secret,
        )


class OfficerOut(Output):
    """经办人."""

    principal_id: UUID
    login_name: str
    display_name: str
    agency: AgencyOut
    is_activated: bool
    suspended_at: datetime | None
    grants: Annotated[list[GrantOut], Field(description="现有与待确认的授权")]

    @classmethod
    def of(cls, officer: Officer) -> "OfficerOut":
        """As it leaves."""
        return cls(
            principal_id=officer.principal.principal_id,
            login_name=officer.login_name,
            display_name=officer.principal.display_name,
            agency=AgencyOut.of(officer.agency),
            is_activated=officer.is_activated,
            suspended_at=officer.principal.suspended_at,
            grants=[GrantOut.of(grant) for grant in officer.grants],
        )


class OfficerPage(Output):
    """经办人一页."""

    items: list[OfficerOut]
    next_cursor: str | None


class ReasonIn(Input):
    """办理说明."""

    reason: Annotated[Why, Field(examples=["调离岗位"])]


class SecondFactorResetIn(ReasonIn):
    """提出重置动态口令."""

    principal_id: UUID


class SecondFactorResetOut(Output):
    """待确认的重置申请."""

    activation_id: UUID
    principal_id: UUID
    proposed_by: UUID | None
    expires_at: Annotated[datetime, Field(description="须在此之前由另一名安全管理员确认")]

    @classmethod
    def of(cls, row: ActivationRow) -> "SecondFactorResetOut":
        """As it leaves."""
        return cls(
            activation_id=row.activation_id,
            principal_id=row.principal_id,
            proposed_by=row.proposed_by,
            expires_at=row.expires_at,
        )


_CODE = frozenset({"activation_code"})
_SECRET = frozenset({"client_secret"})


@router.get("/v1/officers", summary="经办人列表", response_model=OfficerPage, responses=answers())
async def read_officers(unit: ReadUnit, cursor: _Cursor = None, limit: _Limit = None) -> OfficerPage:
    """In the order their accounts were opened."""
    size = check_page_limit(limit)
    (after,) = decode_cursor(cursor, UUID) if cursor else (None,)
    officers = await list_officers(unit, after=after, limit=size + 1)
    shown = officers[:size]
    more = encode_cursor(shown[-1].principal.principal_id) if len(officers) > size else None
    return OfficerPage(items=[OfficerOut.of(officer) for officer in shown], next_cursor=more)


@router.post(
    "/v1/officers",
    summary="开设经办人账号",
    description="返回一次性激活码，请当面交给本人。所列权限须另一名安全管理员确认后生效。",
    status_code=201,
    response_model=InvitationOut,
    responses=answers(404, 409),
)
async def create_officer(body: OfficerIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """The code is not stored with the answer: a repeated request shows null."""
    invitation = await propose_officer(
        unit,
        agency_id=body.agency_id,
        login_name=body.login_name,
        display_name=body.display_name,
        permissions=body.permissions,
    )
    return await once.answer(InvitationOut.of(invitation), shown_once=_CODE)


@router.post(
    "/v1/agency-clients",
    summary="登记经办机构的接入系统",
    status_code=201,
    response_model=ClientOut,
    responses=answers(404, 409),
)
async def create_agency_client(body: AgencyClientIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """The secret is not stored with the answer: a repeated request shows null."""
    account = await register_agency_client(
        unit, agency_id=body.agency_id, display_name=body.display_name, permissions=body.permissions
    )
    return await once.answer(ClientOut.of(account), shown_once=_SECRET)


@router.post(
    "/v1/institutions/{institution_id}/operators",
    summary="开设机构操作员账号",
    description="由机构所在辖区的目录管理人员办理；返回一次性激活码，请交给操作员本人。",
    status_code=201,
    response_model=InvitationOut,
    responses=answers(404, 409),
)
async def create_operator(
    institution_id: UUID, body: OperatorIn, unit: WriteUnit, once: OnceOnly
) -> Response:
    """Of an institution in the officer's area; elsewhere it is not found."""
    invitation = await register_operator(
        unit, institution_id=institution_id, login_name=body.login_name, display_name=body.display_name
    )
    return await once.answer(InvitationOut.of(invitation), shown_once=_CODE)


@router.post(
    "/v1/institutions/{institution_id}/clients",
    summary="登记机构的接入系统",
    status_code=201,
    response_model=ClientOut,
    responses=answers(404, 409),
)
async def create_institution_client(
    institution_id: UUID, body: ClientIn, unit: WriteUnit, once: OnceOnly
) -> Response:
    """Of an institution in the officer's area; elsewhere it is not found."""
    account = await register_institution_client(
        unit, institution_id=institution_id, display_name=body.display_name
    )
    return await once.answer(ClientOut.of(account), shown_once=_SECRET)


@router.post(
    "/v1/principals/{principal_id}:suspend",
    summary="停用账号",
    description="立即生效：已发出的访问令牌与续期令牌全部作废。",
    status_code=204,
    responses=answers(404, 409),
)
async def suspend(principal_id: UUID, body: ReasonIn, unit: WriteUnit) -> Response:
    """Anybody's account but one's own."""
    await suspend_principal(unit, principal_id=principal_id, reason=body.reason)
    return Response(status_code=204)


@router.post(
    "/v1/principals/{principal_id}:restore",
    summary="恢复账号",
    status_code=204,
    responses=answers(404, 409),
)
async def restore(principal_id: UUID, body: ReasonIn, unit: WriteUnit) -> Response:
    """The holder signs in anew."""
    await restore_principal(unit, principal_id=principal_id, reason=body.reason)
    return Response(status_code=204)


@router.post(
    "/v1/second-factor-resets",
    summary="提出重置动态口令",
    description="动态口令丢失时办理；须在24小时内由另一名安全管理员确认。说明中请写明如何核实本人身份。",
    status_code=201,
    response_model=SecondFactorResetOut,
    responses=answers(404, 409),
)
async def create_second_factor_reset(body: SecondFactorResetIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """Without effect until confirmed."""
    activation = await propose_second_factor_reset(unit, principal_id=body.principal_id, reason=body.reason)
    return await once.answer(SecondFactorResetOut.of(activation))


@router.post(
    "/v1/second-factor-resets/{activation_id}:confirm",
    summary="确认重置动态口令",
    description="返回一次性激活码，请当面交给本人；此前的令牌与登录立即失效。",
    response_model=InvitationOut,
    responses=answers(404, 409),
)
async def confirm_reset(activation_id: UUID, unit: WriteUnit) -> InvitationOut:
    """The second person."""
    return InvitationOut.of(await confirm_second_factor_reset(unit, activation_id=activation_id))
