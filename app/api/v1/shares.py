"""分享: a person hands out a link to a piece of the own record; whoever holds it opens it without signing in."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from app.access.actor import SYSTEM_ACTOR
from app.access.unit import system_unit
from app.api.v1.share_shapes import (
    OpenedShareOut,
    ShareCreatedOut,
    ShareIn,
    ShareLookOut,
    ShareLooksOut,
    ShareOpenIn,
    ShareOut,
    ShareRevokedOut,
    SharesOut,
)
from app.db.roles import DatabaseRole
from app.exchange.codes.rules import qr_svg
from app.exchange.shares.actions.create_share import CreateShare, create_share
from app.exchange.shares.actions.open_share import opened_share, try_share
from app.exchange.shares.actions.revoke_share import revoke_share
from app.exchange.shares.queries import looks_at, own_shares
from app.kernel.paging import check_page_limit
from app.web.dependencies import Admitted, Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers

router = APIRouter(tags=["本人分享"])

ShareId = Annotated[UUID, Path(description="分享标识")]


@router.post(
    "/v1/me/shares",
    summary="分享我的档案",
    status_code=201,
    response_model=ShareCreatedOut,
    responses=answers(409),
)
async def share(body: ShareIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """链接只在答复中出现一次，系统不保存；持链接的人不必登录即可查看，每次查看都会告诉您，可以随时收回。"""
    created = await create_share(
        unit,
        parts.keys,
        CreateShare(
            record_numbers=body.record_numbers,
            scope=body.scope,
            fields=body.fields,
            name_shown=body.name_shown,
            valid_days=body.valid_days,
            looks_max=body.looks_max,
            label=body.label,
        ),
    )
    link = f"{parts.settings.issuer}/share#{created.code}"
    answer = ShareCreatedOut(
        share_id=created.share_id,
        code=created.code,
        link=link,
        qr_svg=qr_svg(link),
        expires_at=created.expires_at,
        looks_max=created.looks_max,
    )
    return await once.answer(answer, shown_once=frozenset({"code", "link", "qr_svg"}))


@router.get("/v1/me/shares", summary="我的分享", response_model=SharesOut, responses=answers())
async def my_shares(
    unit: ReadUnit,
    parts: Parts,
    limit: Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])] = None,
    cursor: Annotated[str | None, Query(max_length=1024, description="上一页返回的 next_cursor")] = None,
) -> SharesOut:
    """最近的在前；含已到期和已收回的。"""
    page = await own_shares(unit, parts.keys, limit=check_page_limit(limit), cursor=cursor)
    return SharesOut(items=[ShareOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get(
    "/v1/me/shares/{share_id}/looks",
    summary="这份分享被谁打开过",
    response_model=ShareLooksOut,
    responses=answers(404),
)
async def looks(share_id: ShareId, unit: ReadUnit) -> ShareLooksOut:
    """时间和大致的网络来源，最近的在前；持链接的人不必登录，系统不知道是谁。"""
    rows = await looks_at(unit, share_id)
    return ShareLooksOut(items=[ShareLookOut.model_validate(row, from_attributes=True) for row in rows])


@router.post(
    "/v1/me/shares/{share_id}:revoke",
    summary="收回分享",
    response_model=ShareRevokedOut,
    responses=answers(404),
)
async def revoke(share_id: ShareId, unit: WriteUnit) -> ShareRevokedOut:
    """即时生效；已经看过的人看到过的内容无法收回。"""
    await revoke_share(unit, share_id)
    return ShareRevokedOut(share_id=share_id)


@router.post(
    "/v1/shares:open",
    summary="打开别人分享的档案",
    response_model=OpenedShareOut,
    responses=answers(404, 409, 429),
)
async def open_by_code(body: ShareOpenIn, request: Request, caller: Admitted, parts: Parts) -> OpenedShareOut:
    """不必登录。每打开一次计一次数，并告诉本人；内容以打开之时为准，已更正、已撤销的会注明。"""
    # Whoever opens is nobody to the registry, signed in or not: no name, no account goes with the look.
    nobody = replace(SYSTEM_ACTOR, request_id=request.state.request_id)
    source = "" if request.client is None else request.client.host
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC, nobody) as unit:
        found = await try_share(unit, parts.keys, code=body.code, source=source)
        shown_at = unit.now
    return OpenedShareOut.of(opened_share(parts.keys, found), shown_at)
