"""证书名单导入 (an issuer's list): taken in at once, stored by the worker, answered row by row."""

import hashlib
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Path, Query, UploadFile
from starlette.datastructures import UploadFile as Upload
from starlette.responses import Response

from app.archive.certificates.actions.receive_issuer_file import receive_issuer_file
from app.archive.certificates.queries.imports import ImportProgress, find_import, list_defects
from app.archive.certificates.rules.issuer_file import ISSUER_LIST
from app.files.limits import ISSUER_FILE
from app.files.lists import Row
from app.files.tabular import read_table
from app.web.dependencies import Admitted, Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import ReasonOut, answers, reason_out
from app.web.wire import Cursor, Output

router = APIRouter(tags=["证书名单导入"])

BodyId = Annotated[UUID, Path(description="评价机构编号")]
ImportId = Annotated[UUID, Path(description="导入编号")]
_STATES = Literal["received", "running", "done", "failed"]


class CertificateImportOut(Output):
    """一次导入的进度；failed 表示暂存内容已无法读取，请联系系统管理员后重新导出上传."""

    import_id: UUID
    body_id: UUID
    state: _STATES
    rows_total: int
    rows_done: int
    rows_refused: int
    received_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, progress: ImportProgress) -> Self:
        """As the officer sees it."""
        return cls.model_validate(progress, from_attributes=True)


class ImportDefectOut(Output):
    """未通过的一行及全部原因（行号与 Excel 一致）."""

    line: int
    reasons: list[ReasonOut]


class ImportDefectPage(Output):
    """一页未通过的行."""

    items: list[ImportDefectOut]
    next_cursor: str | None


async def delivered_list(
    caller: Admitted,
    file: Annotated[
        UploadFile, File(description="证书名单：.xlsx、.xls 或 CSV（UTF-8、GB18030），10 MiB、10万行以内")
    ],
) -> tuple[bytes, list[Row]]:
    """Read before the transaction begins: a slow file keeps no row locked."""
    return await delivered_rows(file)


async def delivered_rows(file: Upload) -> tuple[bytes, list[Row]]:
    """SHA-256 of the file and its rows. Raises TooLarge, or InvalidInput where no list is found in it."""
    data = await file.read(ISSUER_FILE.max_bytes + 1)
    await file.seek(0)
    table = await read_table(data, limits=ISSUER_FILE)
    rows = await anyio.to_thread.run_sync(
        lambda: ISSUER_LIST.rows_of(table.sheets, most=ISSUER_FILE.max_rows)
    )
    return hashlib.sha256(data).digest(), rows


@router.post(
    "/v1/evaluation-bodies/{body_id}/certificate-imports",
    summary="上传评价机构的证书名单",
    status_code=202,
    response_model=CertificateImportOut,
    responses=answers(400, 404, 409, 413),
)
async def import_certificates(
    body_id: BodyId,
    delivered: Annotated[tuple[bytes, list[Row]], Depends(delivered_list)],
    once: OnceOnly,
    unit: WriteUnit,
    parts: Parts,
) -> Response:
    """表头至少有：证件号码、证书编号、发证日期。名单加密暂存，逐行登记后删除；同一文件再次上传得到同一次导入。"""
    sha256, rows = delivered
    import_id = await receive_issuer_file(unit, parts.documents, body_id=body_id, sha256=sha256, rows=rows)
    shown = CertificateImportOut.of(await find_import(unit, import_id))
    return await once.answer(shown, 202, {"Location": f"/v1/certificate-imports/{import_id}"})


@router.get("/v1/certificate-imports/{import_id}", summary="查询证书名单的导入进度", responses=answers(404))
async def read_certificate_import(unit: ReadUnit, import_id: ImportId) -> CertificateImportOut:
    """rows_done 随办理进度增加；登记后的证书由系统逐一向评价工作网核实。"""
    return CertificateImportOut.of(await find_import(unit, import_id))


@router.get(
    "/v1/certificate-imports/{import_id}/defects",
    summary="查询证书名单中未通过的行",
    responses=answers(404),
)
async def list_certificate_import_defects(
    unit: ReadUnit,
    import_id: ImportId,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ImportDefectPage:
    """按行号排列，原因一次列全；值已遮盖。"""
    page = await list_defects(unit, import_id, cursor=cursor, limit=limit)
    return ImportDefectPage(
        items=[
            ImportDefectOut(
                line=each.line,
                reasons=[ReasonOut.model_validate(reason_out(reason)) for reason in each.reasons],
            )
            for each in page.items
        ],
        next_cursor=page.next_cursor,
    )
