"""考勤来源: devices and platforms, proposed by an institution, registered and ended by a filing officer."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from app.kernel.paging import check_page_limit
from app.training.attendance.actions.propose_source import propose_source
from app.training.attendance.actions.register_source import register_source
from app.training.attendance.actions.revoke_source import revoke_source
from app.training.attendance.queries.sources import proposals_in_scope, sources_in_scope
from app.training.attendance.states import SourceKind
from app.training.attendance.tables import SourceProposalRow, SourceRow
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, Input, Output, ShortLine, Why

router = APIRouter(tags=["过程监督"])

CursorQuery = Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")]
LimitQuery = Annotated[int | None, Query(description="每页条数，1至200，默认50", examples=[50])]


class SourceProposalIn(Input):
    """申报一台考勤设备或一个线上平台."""

    kind: SourceKind = Field(examples=["device"], description="device 考勤设备，platform 线上培训平台")
    name: ShortLine = Field(examples=["一号教室人脸考勤机"])


class SourceProposalOut(Output):
    """一份申报；登记后带来源编号."""

    proposal_id: UUID
    institution_id: UUID
    kind: SourceKind
    name: str
    proposed_at: datetime
    source_id: UUID | None = Field(description="登记后的来源编号；尚未登记为空")

    @classmethod
    def of(cls, row: SourceProposalRow, source_id: UUID | None) -> "SourceProposalOut":
        """From its row."""
        return cls(
            proposal_id=row.proposal_id,
            institution_id=row.institution_id,
            kind=SourceKind(row.kind),
            name=row.name,
            proposed_at=row.proposed_at,
            source_id=source_id,
        )


class SourceProposalsOut(Output):
    """申报清单."""

    items: list[SourceProposalOut]
    next_cursor: str | None


class SourceOut(Output):
    """一台已登记的设备或平台."""

    source_id: UUID
    institution_id: UUID
    kind: SourceKind
    name: str
    registered_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: SourceRow) -> "SourceOut":
        """From its row."""
        return cls(
            source_id=row.source_id,
            institution_id=row.institution_id,
            kind=SourceKind(row.source_kind),
            name=row.name,
            registered_at=row.registered_at,
            revoked_at=row.revoked_at,
        )


class SourcesOut(Output):
    """来源清单."""

    items: list[SourceOut]
    next_cursor: str | None


class RegisteredSourceOut(Output):
    """登记结果；client_secret 只在这里出现一次."""

    source: SourceOut
    client_id: str = Field(examples=["source-0198c0de-7f00-7000-8000-00000000abcd"])
    client_secret: str = Field(
        examples=["zFJ3k0m5o2Yw8s1Qv7u4x6r9t2p5n8b1c4d7e0f3g6h"], description="只显示这一次，请立即配置到设备"
    )


class RevocationIn(Input):
    """停用的理由."""

    reason: Why = Field(examples=["设备已报废"])


@router.get(
    "/v1/attendance-source-proposals",
    summary="考勤设备、平台的申报清单",
    response_model=SourceProposalsOut,
    responses=answers(),
)
async def list_source_proposals(
    unit: ReadUnit, cursor: CursorQuery = None, limit: LimitQuery = None
) -> SourceProposalsOut:
    """机构看本机构的；经办人看本辖区机构的。"""
    page = await proposals_in_scope(unit, cursor=cursor, limit=check_page_limit(limit))
    return SourceProposalsOut(
        items=[SourceProposalOut.of(row, source_id) for row, source_id in page.items],
        next_cursor=page.next_cursor,
    )


@router.post(
    "/v1/attendance-source-proposals",
    summary="申报考勤设备或线上平台",
    status_code=201,
    response_model=SourceProposalOut,
    responses=answers(409),
)
async def create_source_proposal(body: SourceProposalIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """机构只申报；经备案人员登记后，由设备或平台自己上传考勤，机构不能代传。"""
    proposal = await propose_source(unit, kind=body.kind, name=body.name)
    return await once.answer(SourceProposalOut.of(proposal, None))


@router.post(
    "/v1/attendance-source-proposals/{proposal_id}:register",
    summary="登记考勤设备或线上平台",
    status_code=201,
    response_model=RegisteredSourceOut,
    responses=answers(404, 409),
)
async def register_source_proposal(
    proposal_id: Annotated[UUID, Path(description="申报编号")], unit: WriteUnit, parts: Parts
) -> RegisteredSourceOut:
    """返回设备的凭证。凭证只显示一次、不留存，因此这里不用幂等键：一份申报只能登记一次。"""
    registered = await register_source(unit, parts.keys, proposal_id=proposal_id)
    return RegisteredSourceOut(
        source=SourceOut.of(registered.source),
        client_id=registered.client_id,
        client_secret=registered.client_secret,
    )


@router.get(
    "/v1/attendance-sources",
    summary="已登记的考勤设备、平台",
    response_model=SourcesOut,
    responses=answers(),
)
async def list_sources(unit: ReadUnit, cursor: CursorQuery = None, limit: LimitQuery = None) -> SourcesOut:
    """机构看本机构的；经办人看本辖区机构的。"""
    page = await sources_in_scope(unit, cursor=cursor, limit=check_page_limit(limit))
    return SourcesOut(items=[SourceOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.post(
    "/v1/attendance-sources/{source_id}:revoke",
    summary="停用考勤设备或线上平台",
    response_model=SourceOut,
    responses=answers(404, 409),
)
async def revoke(
    source_id: Annotated[UUID, Path(description="来源编号")], body: RevocationIn, unit: WriteUnit
) -> SourceOut:
    """停用后不再接收其上传；此前的考勤保留。"""
    return SourceOut.of(await revoke_source(unit, source_id=source_id, reason=body.reason))
