"""信息比对: a long list, its progress, its answers line by line."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from app.api.v1.comparisons import ComparisonIn, ComparisonOut, answer_file
from app.exchange.comparisons.actions.create_comparison import create_comparison
from app.exchange.comparisons.actions.end_comparison import cancel_comparison
from app.exchange.comparisons.actions.receive_list import queue_comparison, receive_list, require_waiting
from app.exchange.comparisons.queries import find_comparison, list_comparisons
from app.exchange.comparisons.states import FINISHED, ComparisonState
from app.exchange.verification.rules import DISCLOSURES
from app.files.limits import MIB
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.portals.officer.looks import LABELS
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {**LABELS, "file": "名单文件"}


@router.get("/office/verifications/comparisons")
async def list_comparisons_page(page: PageOf, cursor: str | None = None) -> Response:
    """Those of the agency, newest first."""
    async with page.reading() as unit:
        found = await list_comparisons(unit, limit=_PAGE, cursor=cursor)
        rows = [ComparisonOut.of(each, unit.now) for each in found.items]
    return page.show(
        "officer/comparisons.html", rows=rows, next_cursor=found.next_cursor, is_first=cursor is None
    )


@router.get("/office/verifications/comparisons/new")
async def ask_comparison_page(page: PageOf) -> Response:
    """Purpose, case and the list."""
    return _form(page)


@router.post("/office/verifications/comparisons")
async def create_comparison_page(page: PageOf) -> Response:
    """Open it, take the list in, hand it to the worker."""
    try:
        content = page.typed.read(ComparisonIn)
        file = _chosen(page)
        async with page.act() as act:
            comparison_id = await create_comparison(
                act.unit, purpose=content.purpose, case_number=content.case_number
            )
            act.go(f"/office/verifications/comparisons/{comparison_id}")
        await _receive(page, comparison_id, file)
    except RegistryError as refusal:
        return _form(page, refusal)
    return page.go(act, said=None)


@router.get("/office/verifications/comparisons/{comparison_id}")
async def show_comparison_page(page: PageOf, comparison_id: UUID) -> Response:
    """How far it is, what it found."""
    return await _show(page, comparison_id)


@router.post("/office/verifications/comparisons/{comparison_id}/upload")
async def upload_page(page: PageOf, comparison_id: UUID) -> Response:
    """A list for a comparison whose first file could not be read."""
    try:
        await _receive(page, comparison_id, _chosen(page))
    except RegistryError as refusal:
        return await _show(page, comparison_id, refusal)
    return page.go(f"/office/verifications/comparisons/{comparison_id}", said="名单已收到，开始比对")


@router.get("/office/verifications/comparisons/{comparison_id}/progress")
async def show_progress(page: PageOf, comparison_id: UUID) -> Response:
    """What the page asks for every two seconds."""
    async with page.reading() as unit:
        shown = ComparisonOut.of(await find_comparison(unit, comparison_id), unit.now)
    return JSONResponse(
        {
            "done": shown.lines_done,
            "total": shown.lines_total,
            "text": f"已比对 {shown.lines_done:,} 行，共 {shown.lines_total or 0:,} 行{_left(shown)}",
            "finished": shown.state in FINISHED,
        }
    )


@router.get("/office/verifications/comparisons/{comparison_id}/answers")
async def download_answers(
    page: PageOf,
    comparison_id: UUID,
    form: Annotated[Literal["csv", "ndjson", "xlsx"], Query(alias="format")] = "xlsx",
) -> Response:
    """Line numbers, answers and reasons; no name and no number."""
    async with page.reading() as unit:
        shown = await find_comparison(unit, comparison_id)
    return await answer_file(page.parts.documents, shown, form)


@router.post("/office/verifications/comparisons/{comparison_id}/cancel")
async def cancel_page(page: PageOf, comparison_id: UUID) -> Response:
    """What was compared until then stays logged; list and answers are deleted."""
    try:
        async with page.act() as act:
            await cancel_comparison(act.unit, comparison_id)
            act.go("/office/verifications/comparisons", said="已取消，名单与结果随即删除")
    except RegistryError as refusal:
        return await _show(page, comparison_id, refusal)
    return page.go(act)


async def _receive(page: Page, comparison_id: UUID, file: UploadFile) -> None:
    async with page.reading() as unit:
        await require_waiting(unit, comparison_id)
    lines = page.parts.settings.officer_compared_lines_per_day
    async with (
        receive_list(page.parts.documents, comparison_id, _pieces(file)) as received,
        page.writing() as unit,
    ):
        await queue_comparison(unit, comparison_id, received, lines_per_day=lines)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    try:
        while piece := await file.read(MIB):
            yield piece
    finally:
        await file.close()


def _chosen(page: Page) -> UploadFile:
    file = page.typed.file("file")
    if file is None or not file.filename:
        raise InvalidInput(
            [
                Reason(
                    code="missing",
                    field="file",
                    message="没有选择名单文件",
                    remedy="请选择 Excel、CSV 或 NDJSON 文件",
                )
            ]
        )
    return file


def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/comparison_form.html",
        refusal=refusal,
        labels=_LABELS,
        purposes=[(purpose.value, each.label) for purpose, each in DISCLOSURES.items()],
    )


async def _show(page: Page, comparison_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        shown = ComparisonOut.of(await find_comparison(unit, comparison_id), unit.now)
    return page.show(
        "officer/comparison.html",
        refusal=refusal,
        labels=_LABELS,
        shown=shown,
        purpose=DISCLOSURES[shown.purpose].label,
        waits=shown.state is ComparisonState.AWAITING_FILE,
        runs=shown.state in {ComparisonState.QUEUED, ComparisonState.RUNNING},
        is_done=shown.state is ComparisonState.DONE and shown.cleared_at is None,
        left=_left(shown).removeprefix("，"),
    )


def _left(shown: ComparisonOut) -> str:
    if shown.seconds_left is None or not shown.lines_per_second:
        return ""
    minutes, seconds = divmod(shown.seconds_left, 60)
    time = f"{minutes}分{seconds}秒" if minutes else f"{seconds}秒"
    return f"，每秒{shown.lines_per_second:,}行，约剩{time}"
