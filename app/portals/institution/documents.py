"""Papers of a class (附件): uploaded to a part of its filing, to a change, to a correction; read, taken off."""

from uuid import UUID

from starlette.background import BackgroundTask
from starlette.responses import Response

from app.api.v1.opening_shapes import DocumentOut
from app.files.store import MAX_DOCUMENT_BYTES
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.portals.institution.opening_view import class_in_sight, is_editable
from app.training.openings.actions.remove_document import remove_document
from app.training.openings.actions.upload_document import upload_document
from app.training.openings.queries.contents import documents_of
from app.training.openings.queries.documents import FILE_NAME_FIELD, document_of, object_owner
from app.training.openings.rules.documents import AFTER_FILING
from app.training.openings.states import CHANGEABLE, DocumentPart, OpeningState
from app.web.attachments import attachment
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.words import word

router = pages()

_LABELS = {"file": "附件", "part": "属于哪项材料"}


@router.get("/institution/openings/{opening_id}/documents")
async def list_documents_page(page: PageOf, opening_id: UUID, part: str = "") -> Response:
    """What was uploaded, and a form for more; ``part`` is chosen already when one comes from there."""
    return await _documents_page(page, opening_id, part)


@router.post("/institution/openings/{opening_id}/documents")
async def upload_page(page: PageOf, opening_id: UUID) -> Response:
    """Sealed at rest; its kind is judged by its content."""
    try:
        part, (name, data) = _part_typed(page), await _file_typed(page)
        async with page.act() as act:
            await upload_document(
                act.unit,
                page.parts.documents,
                page.parts.keys,
                opening_id=opening_id,
                part=part,
                file_name=name,
                data=data,
            )
            act.go(f"/institution/openings/{opening_id}/documents", said="已上传附件")
    except RegistryError as refusal:
        return await _documents_page(page, opening_id, page.typed["part"], refusal)
    return page.go(act)


@router.get("/institution/openings/{opening_id}/documents/{document_id}")
async def download_page(page: PageOf, opening_id: UUID, document_id: UUID) -> Response:
    """As a download only: the browser never opens it inside a page."""
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        row = await document_of(unit, opening_id, document_id)
    data = await page.parts.documents.get(object_owner(summary.opening.institution_id), document_id)
    name = page.parts.keys.open(row.file_name_sealed, name=FILE_NAME_FIELD, owner=document_id)
    return attachment(data, name=name, media_type=row.media_type)


@router.post("/institution/openings/{opening_id}/documents/{document_id}/remove")
async def remove_page(page: PageOf, opening_id: UUID, document_id: UUID) -> Response:
    """Only as long as the class has not been filed."""
    try:
        async with page.act() as act:
            owner = await remove_document(act.unit, opening_id=opening_id, document_id=document_id)
            act.go(f"/institution/openings/{opening_id}/documents", said="已删除附件")
    except RegistryError as refusal:
        return await _documents_page(page, opening_id, "", refusal)
    answer = page.go(act)
    # After the answer, which leaves after the commit: a failed commit deletes nothing.
    answer.background = BackgroundTask(page.parts.documents.delete, owner, document_id)
    return answer


def _part_typed(page: Page) -> DocumentPart:
    try:
        return DocumentPart(page.typed["part"])
    except ValueError:
        raise InvalidInput([_no_part]) from None


async def _file_typed(page: Page) -> tuple[str | None, bytes]:
    """Name and content. One byte more than the limit is enough to be refused, however long the file goes on."""
    file = page.typed.file("file")
    if file is None:
        raise InvalidInput([_no_file])
    data = await file.read(MAX_DOCUMENT_BYTES + 1)
    await file.close()
    return file.filename, data


async def _documents_page(
    page: Page, opening_id: UUID, part: str, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        rows = await documents_of(unit.session, opening_id)
    keys, state = page.parts.keys, OpeningState(summary.opening.state)
    names = [keys.open(row.file_name_sealed, name=FILE_NAME_FIELD, owner=row.document_id) for row in rows]
    offered = [
        each
        for each in DocumentPart
        if (state in CHANGEABLE if each in AFTER_FILING else is_editable(summary))
    ]
    return page.show(
        "institution/documents.html",
        refusal=refusal,
        labels=_LABELS,
        summary=summary,
        documents=[DocumentOut.of(row, name) for row, name in zip(rows, names, strict=True)],
        parts=[(each.value, word("opening_part", each)) for each in offered],
        chosen=part if part in {each.value for each in offered} else "",
        may_remove=is_editable(summary),
    )


_no_file = Reason(code="file_missing", field="file", message="没有选择文件", remedy="请选择要上传的文件")
_no_part = Reason(
    code="part_missing", field="part", message="没有选择属于哪项材料", remedy="请从列表中选择一项"
)
