"""存量补贴导入 (benefits paid before the registry): taken in at once, stored by the worker, answered row by row."""

import hashlib
from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Path, Query, UploadFile
from starlette.datastructures import UploadFile as Upload
from starlette.responses import Response

from app.files.limits import EARLIER_FILE
from app.files.lists import Row
from app.files.tabular import read_table
from app.subsidies.earlier.actions.receive_file import receive_file
from app.subsidies.earlier.queries import EarlierProgress, find_import, list_defects
from app.subsidies.earlier.rules import EARLIER_LIST
from app.web.dependencies import Admitted, Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import ReasonOut, answers, reason_out
from app.web.wire import Cursor, Output

router = APIRouter(tags=["存量补贴导入"])

ImportId = Annotated[UUID, Path(description="导入编号")]


class EarlierImportOut(Output):
    """一次导入的进度；rows_unchanged 为以前已登记的行；failed 表示暂存内容已无法读取，请重新上传."""

    import_id: UUID
    division_code: str
    state: Literal["received", "running", "done", "failed"]
    rows_total: int
    rows_done: int
    rows_refused: int
    rows_unchanged: int
    received_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, progress: EarlierProgress) -> Self:
        """As the officer sees it."""
        return cls.model_validate(progress, from_attributes=True)


class EarlierDefectOut(Output):
    """未登记的一行及全部原因（行号与 Excel 一致）；与已有补贴重复的，写明已有的种类、职业、等级和日期."""

    line: int
    reasons: list[ReasonOut]


class EarlierDefectPage(Output):
    """一页未登记的行."""

    items: list[EarlierDefectOut]
    next_cursor: str | None


async def delivered_list(
    caller: Admitted,
    file: Annotated[
        UploadFile, File(description="存量补贴名单：.xlsx、.xls 或 CSV（UTF-8、GB18030），10 MiB、10万行以内")
    ],
) -> tuple[bytes, list[Row]]:
    """The list, read before the transaction begins: a slow file keeps no row locked."""
    return await list_in(file)


async def list_in(file: Upload) -> tuple[bytes, list[Row]]:
    """SHA-256 of the file and its rows. Raises TooLarge, or InvalidInput where no list is found in it."""
    data = await file.read(EARLIER_FILE.max_bytes + 1)
    await file.seek(0)
    table = await read_table(data, limits=EARLIER_FILE)
    rows = await anyio.to_thread.run_sync(
        lambda: EARLIER_LIST.rows_of(table.sheets, most=EARLIER_FILE.max_rows)
    )
    return hashlib.sha256(data).digest(), rows


@router.post(
    "/v1/earlier-benefit-imports",
    summary="上传存量补贴名单",
    status_code=202,
    response_model=EarlierImportOut,
    responses=answers(400, 404, 409, 413),
)
async def import_earlier_benefits(
    delivered: Annotated[tuple[bytes, list[Row]], Depends(delivered_list)],
    once: OnceOnly,
    unit: WriteUnit,
    parts: Parts,
) -> Response:
    """登记系统启用前（2017年以来）已发放的补贴：占用终身一次与年度次数，不产生支付。同一文件再次上传得到同一次导入。"""
    sha256, rows = delivered
    import_id = await receive_file(unit, parts.documents, sha256=sha256, rows=rows)
    shown = EarlierImportOut.of(await find_import(unit, import_id))
    return await once.answer(shown, 202, {"Location": f"/v1/earlier-benefit-imports/{import_id}"})


@router.get(
    "/v1/earlier-benefit-imports/{import_id}",
    summary="查询存量补贴的导入进度",
    response_model=EarlierImportOut,
    responses=answers(404),
)
async def get_earlier_import(unit: ReadUnit, import_id: ImportId) -> EarlierImportOut:
    """rows_done 随办理进度增加。"""
    return EarlierImportOut.of(await find_import(unit, import_id))


@router.get(
    "/v1/earlier-benefit-imports/{import_id}/defects",
    summary="查询存量补贴中未登记的行",
    response_model=EarlierDefectPage,
    responses=answers(404),
)
async def list_earlier_import_defects(
    unit: ReadUnit,
    import_id: ImportId,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EarlierDefectPage:
    """按行号排列，原因一次列全；值已遮盖，不含其他人的任何信息。"""
    page = await list_defects(unit, import_id, cursor=cursor, limit=limit)
    return EarlierDefectPage(
        items=[
            EarlierDefectOut(
                line=each.line,
                reasons=[ReasonOut.model_validate(reason_out(reason)) for reason in each.reasons],
            )
            for each in page.items
        ],
        next_cursor=page.next_cursor,
    )
