"""Administration (三员): agencies, the keys of tokens, and the audit trail."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Query
from pydantic import Field
from starlette.responses import Response

from app.audit.queries import AuditFilter, list_audit_events
from app.identity.accounts.actions.register_agency import register_agency
from app.identity.accounts.actions.rotate_signing_key import rotate_signing_key
from app.identity.accounts.queries import list_agencies
from app.identity.accounts.tables import AgencyRow
from app.kernel.paging import check_page_limit, decode_cursor, encode_cursor
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.signing_keys import refresh_signing_keys
from app.web.wire import Cursor, DivisionCodeText, Input, Instant, Line, Output, ShortLine

router = APIRouter(tags=["系统管理（三员）"])

_Limit = Annotated[int | None, Query(ge=1, le=200, description="每页条数，默认50")]
_Cursor = Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")]
_Instant = Annotated[Instant | None, Query(examples=["2026-03-01T09:00:00+08:00"])]


class AgencyIn(Input):
    """登记经办机构."""

    name: Annotated[Line, Field(examples=["测试市人力资源和社会保障局"])]
    division_code: DivisionCodeText
    parent_id: Annotated[UUID | None, Field(description="上级机构")] = None


class AgencyOut(Output):
    """经办机构/主管部门."""

    agency_id: UUID
    name: str
    division_code: str
    parent_id: UUID | None

    @classmethod
    def of(cls, row: AgencyRow) -> "AgencyOut":
        """As it leaves."""
        return cls(
            agency_id=row.agency_id, name=row.name, division_code=row.division_code, parent_id=row.parent_id
        )


class AgencyPage(Output):
    """经办机构一页."""

    items: list[AgencyOut]
    next_cursor: str | None


class RotationIn(Input):
    """更换签名密钥."""

    is_compromised: Annotated[
        bool, Field(description="密钥可能泄露：旧密钥立即作废，所有人重新登录；否则旧令牌用到期满")
    ] = False


class RotationOut(Output):
    """新的签名密钥."""

    kid: str
    signs_from: Annotated[datetime, Field(description="新密钥开始签发；此前只公布，供各方取得公钥")]
    retired_at: Annotated[datetime, Field(description="旧密钥作废")]


class AuditEventOut(Output):
    """一条操作记录."""

    event_id: UUID
    at: datetime
    principal_id: UUID | None
    principal_kind: str
    action: Annotated[str, Field(examples=["permission:confirmed"])]
    subject_kind: str
    subject_id: str
    request_id: str | None
    details: dict[str, Any]


class AuditPage(Output):
    """操作记录一页，新的在前."""

    items: list[AuditEventOut]
    next_cursor: str | None


@router.get("/v1/agencies", summary="经办机构列表", response_model=AgencyPage, responses=answers())
async def read_agencies(unit: ReadUnit, cursor: _Cursor = None, limit: _Limit = None) -> AgencyPage:
    """By division."""
    size = check_page_limit(limit)
    after = decode_cursor(cursor, str, UUID) if cursor else None
    rows = await list_agencies(unit, after=after, limit=size + 1)
    shown = rows[:size]
    more = encode_cursor(shown[-1].division_code, shown[-1].agency_id) if len(rows) > size else None
    return AgencyPage(items=[AgencyOut.of(row) for row in shown], next_cursor=more)


@router.post(
    "/v1/agencies",
    summary="登记经办机构",
    status_code=201,
    response_model=AgencyOut,
    responses=answers(409),
)
async def create_agency(body: AgencyIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """By the system administrator."""
    agency = await register_agency(
        unit, name=body.name, division_code=body.division_code, parent_id=body.parent_id
    )
    return await once.answer(AgencyOut.of(agency))


@router.post(
    "/v1/signing-keys:rotate",
    summary="更换令牌签名密钥",
    description="新密钥先公布两分钟再开始签发；旧密钥在最后一个旧令牌到期后作废。",
    response_model=RotationOut,
    responses=answers(),
)
async def rotate(
    body: RotationIn, unit: WriteUnit, parts: Parts, after_commit: BackgroundTasks
) -> RotationOut:
    """This process reads the keys as soon as the change is committed; others do within a minute."""
    change = await rotate_signing_key(unit, parts.keys, is_compromised=body.is_compromised)
    after_commit.add_task(refresh_signing_keys, parts)
    return RotationOut(kid=change.kid, signs_from=change.signs_from, retired_at=change.retired_at)


@router.get(
    "/v1/audit-events",
    summary="查询操作记录",
    description="仅审计管理员；按时间倒序，可按操作人、操作、对象和时间段（左闭右开）筛选。",
    response_model=AuditPage,
    responses=answers(),
)
async def read_audit_events(
    unit: ReadUnit,
    principal_id: Annotated[UUID | None, Query(description="操作人")] = None,
    action: Annotated[
        str | None, Query(pattern=r"^[a-z_]{1,60}:[a-z_]{1,60}$", examples=["permission:confirmed"])
    ] = None,
    subject_kind: Annotated[ShortLine | None, Query(examples=["principal"])] = None,
    subject_id: Annotated[ShortLine | None, Query()] = None,
    since: _Instant = None,
    until: _Instant = None,
    cursor: _Cursor = None,
    limit: _Limit = None,
) -> AuditPage:
    """Read as database role ``auditor``, which can write nothing."""
    size = check_page_limit(limit)
    (before,) = decode_cursor(cursor, UUID) if cursor else (None,)
    wanted = AuditFilter(principal_id, action, subject_kind, subject_id, since, until)
    rows = await list_audit_events(unit, wanted, before=before, limit=size + 1)
    shown = rows[:size]
    return AuditPage(
        items=[AuditEventOut(**row._mapping) for row in shown],
        next_cursor=encode_cursor(shown[-1].event_id) if len(rows) > size else None,
    )
