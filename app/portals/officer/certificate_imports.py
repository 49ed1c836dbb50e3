"""证书名单: an evaluation body's list, taken in by the worker and answered row by row; the bad rows as a file."""

from uuid import UUID

from starlette.responses import JSONResponse, Response

from app.access.unit import Unit
from app.api.v1.certificate_imports import CertificateImportOut, delivered_rows
from app.archive.certificates.actions.receive_issuer_file import receive_issuer_file
from app.archive.certificates.queries.imports import Defect, find_import, list_defects, list_imports
from app.archive.certificates.rules.issuer_file import HEADINGS, REQUIRED
from app.directory.evaluation_bodies.queries import list_bodies, read_body
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.web.pages.filters import cite, instant
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.workbooks import Sheet, workbook
from app.web.wire import Input

router = pages()

_PAGE = 50
_BODIES_MAX = 200
_DEFECTS_MAX = 10_000
_DEFECTS_A_READ = 1_000
_ENDED = frozenset({"done", "failed"})
_LABELS = {"file": "名单文件", "body_id": "评价机构"}
_NO_FILE = Reason(code="missing", field="file", message="没有选择文件", remedy="请选择评价机构交来的证书名单")


class OfBodyIn(Input):
    """Whose list it is."""

    body_id: UUID


@router.get("/office/certificates/imports")
async def list_imports_page(page: PageOf, body: UUID | None = None) -> Response:
    """The last lists of the area, newest first, and where to send another; ``body`` is chosen already."""
    return await _list(page, body=body)


async def _list(page: Page, refusal: RegistryError | None = None, body: UUID | None = None) -> Response:
    async with page.reading() as unit:
        found = await list_imports(unit, limit=_PAGE)
        bodies = await list_bodies(
            unit.session,
            as_of=unit.today,
            within=unit.actor.division_code,
            kind=None,
            occupation_code=None,
            text=None,
            cursor=None,
            limit=_BODIES_MAX,
        )
        offered = {each.body_id: each.name for each in bodies.items}
        if body is not None and body not in offered:
            offered[body] = (await read_body(unit.session, body, as_of=unit.today)).body.name
    return page.show(
        "officer/certificate_imports.html",
        refusal=refusal,
        labels=_LABELS,
        rows=found,
        bodies=[(str(body_id), name) for body_id, name in offered.items()],
        chosen=None if body is None else str(body),
        is_cut=bodies.next_cursor is not None,
        required=[HEADINGS[column][0] for column in REQUIRED],
        further=[names[0] for column, names in HEADINGS.items() if column not in REQUIRED],
    )


@router.post("/office/certificates/imports")
async def import_certificates_page(page: PageOf) -> Response:
    """The same file of the same body again is the same import."""
    try:
        file = page.typed.file("file")
        try:
            body_id = page.typed.read(OfBodyIn).body_id
        except InvalidInput as refusal:
            raise InvalidInput([*refusal.reasons, *([] if file else [_NO_FILE])]) from None
        if file is None:
            raise InvalidInput([_NO_FILE])
        sha256, rows = await delivered_rows(file)
        async with page.act() as act:
            import_id = await receive_issuer_file(
                act.unit, page.parts.documents, body_id=body_id, sha256=sha256, rows=rows
            )
            act.go(f"/office/certificates/imports/{import_id}", said=f"已收到{len(rows)}行，正在登记")
    except RegistryError as refusal:
        return await _list(page, refusal)
    return page.go(act)


@router.get("/office/certificates/imports/{import_id}")
async def show_import_page(page: PageOf, import_id: UUID, cursor: str | None = None) -> Response:
    """How far it is, and every row that was not taken in with all its reasons."""
    async with page.reading() as unit:
        job = CertificateImportOut.of(await find_import(unit, import_id))
        body = await read_body(unit.session, job.body_id, as_of=unit.today)
        defects = await list_defects(unit, import_id, cursor=cursor, limit=_PAGE)
    return page.show(
        "officer/certificate_import.html",
        job=job,
        body_name=body.body.name,
        is_over=job.state in _ENDED,
        defects=defects.items,
        next_cursor=defects.next_cursor,
        is_first=cursor is None,
    )


@router.get("/office/certificates/imports/{import_id}/progress")
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


@router.get("/office/certificates/imports/{import_id}/bad-rows")
async def download_bad_rows(page: PageOf, import_id: UUID) -> Response:
    """The lines of the file that were not taken in, a reason a row, for whoever made the list; numbers are masked."""
    async with page.reading() as unit:
        job = await find_import(unit, import_id)
        body = await read_body(unit.session, job.body_id, as_of=unit.today)
        lines = [
            (each.line, reason.message, reason.value, reason.remedy, cite(reason.citation))
            for each in await _defects(unit, import_id)
            for reason in each.reasons
        ]
    notes = [f"{body.body.name}的证书名单，{instant(job.received_at)}上传，未登记{job.rows_refused}行"]
    if job.rows_refused > _DEFECTS_MAX:
        notes.append(f"只列前{_DEFECTS_MAX}行；改正后重新上传，可得到其余各行")
    columns = ["行号（与Excel一致）", "原因", "所填（已遮盖）", "怎样改", "依据"]
    return workbook("certificate-bad-rows", [Sheet("未登记的行", notes, columns, lines)])


async def _defects(unit: Unit, import_id: UUID) -> list[Defect]:
    found: list[Defect] = []
    cursor: str | None = None
    while len(found) < _DEFECTS_MAX:
        part = await list_defects(unit, import_id, cursor=cursor, limit=_DEFECTS_A_READ)
        found.extend(part.items)
        cursor = part.next_cursor
        if cursor is None:
            break
    return found
