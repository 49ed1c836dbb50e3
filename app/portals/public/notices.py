"""公示 and 异议: lists that are up now, masked; objecting to one line without signing in; what became of it."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query
from starlette.responses import Response
from uuid_utils.compat import uuid4

from app.access.unit import Unit
from app.api.v1.objections import TrackIn
from app.api.v1.public_notices import NoticeLineOut, NoticeOut, ObjectionIn
from app.kernel.errors import NotFound, Reason, RegistryError
from app.kernel.paging import encode_cursor
from app.portals.public.naming import Names, place_asked
from app.subsidies.notices.actions.file_objection import FileObjection, file_objection
from app.subsidies.notices.queries import notice_lines, open_notice, open_notices, track_objection
from app.web.pages.links import pages
from app.web.pages.page import ONCE, Page, PageOf

router = pages()

_NOTICES, _LINES = 20, 50
_LABELS = {"grounds": "异议的理由", "contact": "联系方式", "receipt_code": "回执号"}
_LINE_GONE = Reason(
    code="notice_line_gone",
    message="这一条已不在公示中：申领已撤回，或者退回重新审核",
    remedy="请回到名单核对序号",
)
After = Annotated[str | None, Query(max_length=1024)]
LineNo = Annotated[int, Path(ge=1, le=2_147_483_647)]


@router.get("/notices")
async def list_notices_page(
    page: PageOf, division: Annotated[str, Query(max_length=40)] = "", cursor: After = None
) -> Response:
    """Notices that are up today, newest first."""
    async with page.reading() as unit:
        within, places = place_asked(division, unit.today)
        found = await open_notices(unit, division_code=within, limit=_NOTICES, cursor=cursor)
    return page.show(
        "public/notices.html",
        notices=[NoticeOut.of(row) for row in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        places=places,
        asked={"division": division},
        names=Names(unit.today),
        today=unit.today,
    )


@router.get("/notices/{notice_id}")
async def show_notice_page(page: PageOf, notice_id: UUID, cursor: After = None) -> Response:
    """The masked lines of a notice that is up."""
    async with page.reading() as unit:
        notice = await open_notice(unit, notice_id)
        found = await notice_lines(unit, notice_id, limit=_LINES, cursor=cursor)
    return page.show(
        "public/notice.html",
        notice=NoticeOut.of(notice),
        lines=[NoticeLineOut.of(line_no, shown) for line_no, shown in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        names=Names(unit.today),
        today=unit.today,
    )


@router.get("/notices/{notice_id}/lines/{line_no}/objection")
async def ask_objection(page: PageOf, notice_id: UUID, line_no: LineNo) -> Response:
    """The form, with the line it is about."""
    return await _form(page, notice_id, line_no)


@router.post("/notices/{notice_id}/lines/{line_no}/objection")
async def object_page(page: PageOf, notice_id: UUID, line_no: LineNo) -> Response:
    """The receipt code is shown once, at once: nobody else is told it, so no address could lead back to it."""
    try:
        said = page.typed.read(ObjectionIn)
        async with page.writing() as unit:
            receipt_code = await file_objection(
                unit,
                page.parts.keys,
                FileObjection(
                    notice_id=notice_id,
                    line_no=line_no,
                    grounds=said.grounds,
                    contact=said.contact,
                    source=source_of(page),
                    once_key=page.typed[ONCE] or str(uuid4()),
                ),
            )
    except NotFound:
        raise
    except RegistryError as refusal:
        return await _form(page, notice_id, line_no, refusal)
    return page.show("public/objection_filed.html", receipt_code=receipt_code, notice_id=notice_id)


@router.get("/objections")
async def ask_receipt(page: PageOf) -> Response:
    """Where the holder of a receipt asks."""
    return page.show("public/objection_track.html", found=None, labels=_LABELS)


@router.post("/objections")
async def track_page(page: PageOf) -> Response:
    """What became of an objection; the code stands in no address."""
    try:
        asked = page.typed.read(TrackIn)
        async with page.writing() as unit:
            found = await track_objection(unit, page.parts.keys, asked.receipt_code)
    except RegistryError as refusal:
        return page.show("public/objection_track.html", refusal=refusal, found=None, labels=_LABELS)
    return page.show("public/objection_track.html", found=found, labels=_LABELS)


def source_of(page: Page) -> str:
    """The network address that a public door paces by."""
    return "" if page.request.client is None else page.request.client.host


async def _form(page: Page, notice_id: UUID, line_no: int, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        notice = await open_notice(unit, notice_id)
        line = await _line(unit, notice_id, line_no)
    return page.show("public/objection_form.html", refusal=refusal, labels=_LABELS, notice=notice, line=line)


async def _line(unit: Unit, notice_id: UUID, line_no: int) -> NoticeLineOut:
    """One line by its number. Raises NotFound when it is no longer shown."""
    found = await notice_lines(unit, notice_id, limit=1, cursor=encode_cursor(line_no - 1))
    for number, shown in found.items:
        if number == line_no:
            return NoticeLineOut.of(number, shown)
    raise NotFound([_LINE_GONE], title="没有正在公示的这一条")
