"""存量补贴: lists of what was paid before the registry, taken in by the worker, answered row by row."""

from uuid import UUID

from starlette.responses import JSONResponse, Response

from app.api.v1.earlier_benefits import EarlierImportOut, list_in
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.subsidies.earlier.actions.receive_file import receive_file
from app.subsidies.earlier.queries import find_import, list_defects, list_imports
from app.subsidies.earlier.rules import HEADINGS, REQUIRED
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_NO_FILE = Reason(code="missing", field="file", message="没有选择文件", remedy="请选择存量补贴名单")
_ENDED = frozenset({"done", "failed"})


@router.get("/office/money/earlier")
async def list_imports_page(page: PageOf) -> Response:
    """The lists of the area, newest first."""
    return await _list(page)


async def _list(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        found = await list_imports(unit, limit=_PAGE)
    return page.show(
        "officer/earlier.html",
        refusal=refusal,
        labels={"file": "名单文件"},
        rows=[EarlierImportOut.of(each) for each in found],
        required=[HEADINGS[column][0] for column in REQUIRED],
        further=[names[0] for column, names in HEADINGS.items() if column not in REQUIRED],
    )


@router.post("/office/money/earlier")
async def import_earlier_page(page: PageOf) -> Response:
    """The same file again is the same import."""
    try:
        file = page.typed.file("file")
        if file is None:
            raise InvalidInput([_NO_FILE])
        sha256, rows = await list_in(file)
        async with page.act() as act:
            import_id = await receive_file(act.unit, page.parts.documents, sha256=sha256, rows=rows)
            act.go(f"/office/money/earlier/{import_id}", said=f"已收到{len(rows)}行，正在登记")
    except RegistryError as refusal:
        return await _list(page, refusal)
    return page.go(act)


@router.get("/office/money/earlier/{import_id}")
async def show_import_page(page: PageOf, import_id: UUID, cursor: str | None = None) -> Response:
    """How far it is, and every row that was not taken in with all its reasons."""
    async with page.reading() as unit:
        progress = EarlierImportOut.of(await find_import(unit, import_id))
        defects = await list_defects(unit, import_id, cursor=cursor, limit=_PAGE)
    return page.show(
        "officer/earlier_import.html",
        job=progress,
        is_over=progress.state in _ENDED,
        defects=defects.items,
        next_cursor=defects.next_cursor,
        is_first=cursor is None,
    )


@router.get("/office/money/earlier/{import_id}/progress")
async def tell_import_progress(page: PageOf, import_id: UUID) -> Response:
    """How many rows are done."""
    async with page.reading() as unit:
        job = await find_import(unit, import_id)
    told = f"已处理 {job.rows_done:,} 行，共 {job.rows_total:,} 行"
    return JSONResponse(
        {
            "done": job.rows_done,
            "total": job.rows_total,
            "text": told,
            "finished": job.state in _ENDED,
        }
    )
