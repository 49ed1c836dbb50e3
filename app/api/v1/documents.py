"""附件 (documents of openings): encrypted at rest, never shown inline."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, File, Form, Path, UploadFile
from starlette.responses import Response

from app.api.v1.opening_shapes import DocumentOut
from app.api.v1.openings import OpeningId
from app.files.store import MAX_DOCUMENT_BYTES
from app.training.openings.actions.remove_document import remove_document
from app.training.openings.actions.upload_document import upload_document
from app.training.openings.queries.documents import FILE_NAME_FIELD, document_of, object_owner
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.states import DocumentPart
from app.web.attachments import attachment
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers

router = APIRouter(tags=["开班备案"])

DocumentId = Annotated[UUID, Path(description="附件编号")]


@router.post(
    "/v1/openings/{opening_id}/documents",
    summary="上传附件",
    status_code=201,
    response_model=DocumentOut,
    responses=answers(400, 404, 409, 413),
)
async def upload(
    unit: WriteUnit,
    parts: Parts,
    once: OnceOnly,
    opening_id: OpeningId,
    file: Annotated[UploadFile, File(description="PDF、PNG、JPEG、Word 或 Excel，10 MiB 以内；按内容判断")],
    part: Annotated[DocumentPart, Form(description="属于哪项材料")],
) -> Response:
    """加密保存；文件名也加密，不得含有证件号码."""
    # One byte more than the limit is enough to be refused, however long the file goes on.
    data = await file.read(MAX_DOCUMENT_BYTES + 1)
    document_id = await upload_document(
        unit,
        parts.documents,
        parts.keys,
        opening_id=opening_id,
        part=part,
        file_name=file.filename,
        data=data,
    )
    row = await document_of(unit, opening_id, document_id)
    name = parts.keys.open(row.file_name_sealed, name=FILE_NAME_FIELD, owner=document_id)
    location = {"Location": f"/v1/openings/{opening_id}/documents/{document_id}"}
    return await once.answer(DocumentOut.of(row, name), 201, location)


@router.get(
    "/v1/openings/{opening_id}/documents/{document_id}",
    summary="下载附件",
    response_class=Response,
    responses={
        **answers(404),
        200: {
            "description": "附件内容",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
    },
)
async def download(unit: ReadUnit, parts: Parts, opening_id: OpeningId, document_id: DocumentId) -> Response:
    """只作为附件下载，浏览器不在页面内打开."""
    opening = await opening_in_sight(unit, opening_id)
    row = await document_of(unit, opening_id, document_id)
    data = await parts.documents.get(object_owner(opening.institution_id), document_id)
    name = parts.keys.open(row.file_name_sealed, name=FILE_NAME_FIELD, owner=document_id)
    return attachment(data, name=name, media_type=row.media_type)


@router.delete(
    "/v1/openings/{opening_id}/documents/{document_id}",
    summary="删除草稿的附件",
    status_code=204,
    response_class=Response,
    responses=answers(404, 409),
)
async def remove(
    unit: WriteUnit, parts: Parts, after: BackgroundTasks, opening_id: OpeningId, document_id: DocumentId
) -> Response:
    """申报后不能删除."""
    owner = await remove_document(unit, opening_id=opening_id, document_id=document_id)
    # Background tasks run after the answer, which leaves after the commit; a failed commit runs none.
    after.add_task(parts.documents.delete, owner, document_id)
    return Response(status_code=204)
