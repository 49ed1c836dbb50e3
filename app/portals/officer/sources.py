"""考勤设备和平台 of the area: register what institutions proposed, end what is no more."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.v1.attendance_sources import RevocationIn
from app.kernel.errors import RegistryError
from app.training.attendance.actions.register_source import register_source
from app.training.attendance.actions.revoke_source import revoke_source
from app.training.attendance.queries.sources import standing_sources
from app.training.attendance.states import STANDING_LABELS, SourceStanding
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {"proposal_id": "申报", "source_id": "设备或平台", "reason": "停用理由"}


@router.get("/office/sources")
async def list_sources_page(
    page: PageOf,
    standing: Annotated[str, Query(max_length=20)] = SourceStanding.PROPOSED.value,
    cursor: str | None = None,
) -> Response:
    """Devices and platforms by where they stand; those that wait first."""
    chosen = SourceStanding(standing) if standing in set(SourceStanding) else SourceStanding.PROPOSED
    return await _list(page, chosen, cursor)


@router.post("/office/sources/{proposal_id}/register")
async def register_source_page(page: PageOf, proposal_id: UUID) -> Response:
    """The credential is shown here, once; the registry keeps only its digest."""
    try:
        async with page.writing() as unit:
            registered = await register_source(unit, page.parts.keys, proposal_id=proposal_id)
    except RegistryError as refusal:
        return await _list(page, SourceStanding.PROPOSED, None, refusal)
    return page.show(
        "officer/shown_once.html",
        title=f"已登记：{registered.source.name}",
        told="请现在交给机构配置到设备或平台。离开本页后不能再看到，遗失只能停用后重新申报。",
        secrets=[("客户端编号", registered.client_id), ("密钥", registered.client_secret)],
        after="机构现在可以在“上课与签到”里显示签到码；设备凭以上凭证上传考勤。",
        trail=[("工作台", "/office"), ("考勤设备和平台", "/office/sources")],
        next_word="继续登记",
        next_href="/office/sources",
    )


@router.post("/office/sources/{source_id}/revoke")
async def revoke_source_page(page: PageOf, source_id: UUID) -> Response:
    """What it sends from now on is refused; what it sent stays."""
    try:
        content = page.typed.read(RevocationIn)
        async with page.act() as act:
            await revoke_source(act.unit, source_id=source_id, reason=content.reason)
            act.go(f"/office/sources?standing={SourceStanding.REVOKED}", said="已停用，此前的考勤保留")
    except RegistryError as refusal:
        return await _list(page, SourceStanding.IN_FORCE, None, refusal)
    return page.go(act)


async def _list(
    page: Page, standing: SourceStanding, cursor: str | None, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        found = await standing_sources(unit, standing=standing, cursor=cursor, limit=_PAGE)
    return page.show(
        "officer/sources.html",
        refusal=refusal,
        labels=_LABELS,
        rows=found.items,
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        standing=standing,
        standings=list(STANDING_LABELS.items()),
    )
