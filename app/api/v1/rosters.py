"""学员名册 (rosters): delivered as JSON or as a file, answered row by row; shown to institution and authority."""

from datetime import date
from functools import cache, partial
from typing import Annotated, Literal
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Path, Query, UploadFile
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.roster_shapes import (
    ImportOut,
    ReadRosterIn,
    ReadRosterOut,
    RosterIn,
    RosterOut,
    WithdrawIn,
    WithdrawnOut,
)
from app.files.limits import ROSTER
from app.files.sheet import TableFile
from app.files.tabular import read_table
from app.kernel.paging import DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT
from app.reference.divisions import was_in_force
from app.reference.key_groups import key_groups
from app.training.rosters.actions.import_roster import ImportedRoster, import_roster
from app.training.rosters.actions.read_roster import read_roster as read_as_authority
from app.training.rosters.actions.withdraw_line import withdraw_line
from app.training.rosters.queries import count_lines, list_own_lines, own_opening
from app.training.rosters.rules import Yardstick, judge_roster, key_group_labels, read_roster
from app.training.rosters.states import TakingOutcome
from app.web.dependencies import Admitted, Parts, ReadUnit, WriteUnit
from app.web.idempotency import Once, OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor

router = APIRouter(tags=["学员名册"])

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORKBOOK_ANSWER = {WORKBOOK: {"schema": {"type": "string", "format": "binary"}}}

OpeningId = Annotated[UUID, Path(description="开班编号")]
LineId = Annotated[UUID, Path(description="名册行编号")]
Replace = Annotated[
    bool,
    Query(
        description="学员已在本班名册而内容不同时：true 用本次内容替换，false（默认）退回该行并列出两边内容"
    ),
]
Answer = Annotated[
    Literal["rows", "workbook"],
    Query(
        description="rows：逐行结果（JSON）；workbook：只含未通过行的工作簿（原内容、原因与改法），改好后可直接再次上传。"
        "工作簿含个人信息，系统不留存：以同一幂等键重发时只返回 JSON"
    ),
]


async def delivered_table(
    caller: Admitted,
    file: Annotated[
        UploadFile, File(description="名册文件：.xlsx、.xls 或 CSV（UTF-8、GB18030），5 MiB 以内")
    ],
) -> TableFile:
    """The uploaded file as sheets. Read before the transaction begins: a slow file keeps no row locked."""
    data = await file.read(ROSTER.max_bytes + 1)  # one byte more tells that it is too large
    await file.seek(0)
    return await read_table(data, limits=ROSTER)


Delivered = Annotated[TableFile, Depends(delivered_table)]


@router.get(
    "/v1/roster-template",
    summary="下载名册模板",
    response_class=Response,
    responses={200: {"content": _WORKBOOK_ANSWER, "description": "工作簿（.xlsx）"}, **answers()},
)
async def get_roster_template(unit: ReadUnit) -> Response:
    """带下拉列表与填写说明的空白名册。"""
    return await template_answer(unit.today)


async def template_answer(on: date) -> Response:
    """The template of a day; the same day, the same bytes."""
    content = await anyio.to_thread.run_sync(_template, tuple(group.name for group in key_groups(on)))
    return Response(
        content,
        media_type=WORKBOOK,
        headers={"Content-Disposition": 'attachment; filename="roster-template.xlsx"'},
    )


@cache
def _template(names: tuple[str, ...]) -> bytes:
    # Imported when first asked for: it brings the workbook writer along.
    from app.training.rosters.template import roster_template  # noqa: PLC0415

    return roster_template(names)


@router.post(
    "/v1/openings/{opening_id}/roster:import",
    summary="导入名册文件（逐行答复）",
    status_code=201,
    response_model=ImportOut,
    responses={
        200: {
            "model": ImportOut,
            "description": "没有新增或更改（全部未变或未通过）",
            "content": _WORKBOOK_ANSWER,
        },
        201: {"description": "有学员登入名册", "content": _WORKBOOK_ANSWER},
        **answers(404, 409, 413, 429),
    },
)
async def import_roster_file(
    opening_id: OpeningId,
    table: Delivered,
    once: OnceOnly,
    unit: WriteUnit,
    parts: Parts,
    replace: Replace = False,
    answer: Answer = "rows",
) -> Response:
    """通过的行登入名册，未通过的行一次列出全部原因（含工作表与行号）。同一文件再次导入不产生任何变化。"""
    roster = await anyio.to_thread.run_sync(read_roster, table.sheets, yardstick_of(unit))
    imported = await import_roster(
        unit, parts.keys, opening_id=opening_id, roster=roster, replace_held=replace
    )
    told = await _answered(once, imported)
    return told if answer == "rows" else await _refused_rows(imported)


@router.post(
    "/v1/openings/{opening_id}/roster",
    summary="提交名册（JSON，逐行答复）",
    status_code=201,
    response_model=ImportOut,
    responses={
        200: {"model": ImportOut, "description": "没有新增或更改（全部未变或未通过）"},
        **answers(404, 409, 429),
    },
)
async def submit_roster(
    opening_id: OpeningId,
    body: RosterIn,
    once: OnceOnly,
    unit: WriteUnit,
    parts: Parts,
    replace: Replace = False,
) -> Response:
    """与导入文件同一套检查；line 为该行在列表中的位置（从1起）。"""
    judged = partial(judge_roster, body.entries(), yardstick_of(unit))
    roster = await anyio.to_thread.run_sync(judged)
    imported = await import_roster(
        unit, parts.keys, opening_id=opening_id, roster=roster, replace_held=replace
    )
    return await _answered(once, imported)


@router.get(
    "/v1/openings/{opening_id}/roster",
    summary="查看本班名册",
    response_model=RosterOut,
    responses=answers(404),
)
async def list_roster(
    opening_id: OpeningId,
    unit: ReadUnit,
    parts: Parts,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_LIMIT)] = DEFAULT_PAGE_LIMIT,
    with_withdrawn: Annotated[bool, Query(description="是否包括已撤下的学员")] = False,
) -> RosterOut:
    """本机构自己的名册，按姓名拼音首字母排序。核验结果只有：待核验、已核验、未通过核验、暂不可核验。"""
    await own_opening(unit, opening_id)
    page = await list_own_lines(
        unit, parts.keys, opening_id, cursor=cursor, limit=limit, with_withdrawn=with_withdrawn
    )
    return RosterOut.of(page, await count_lines(unit, opening_id))


@router.post(
    "/v1/openings/{opening_id}/roster/{line_id}:withdraw",
    summary="从名册撤下一名学员",
    response_model=WithdrawnOut,
    responses=answers(404, 409),
)
async def withdraw_roster_line(
    opening_id: OpeningId, line_id: LineId, body: WithdrawIn, unit: WriteUnit
) -> WithdrawnOut:
    """只在草稿或被退回时可以撤下；重新导入该学员即恢复。"""
    at = await withdraw_line(unit, opening_id=opening_id, line_id=line_id, reason=body.reason)
    return WithdrawnOut(line_id=line_id, withdrawn_at=at)


@router.post(
    "/v1/openings/{opening_id}/roster:read",
    summary="经办机构查阅名册（留痕）",
    response_model=ReadRosterOut,
    responses=answers(404),
)
async def read_roster_for_filing(
    opening_id: OpeningId, body: ReadRosterIn, unit: WriteUnit, parts: Parts
) -> ReadRosterOut:
    """须写明事由和案件编号；每名学员都会看到这次查阅。含完整核验结果和时间重叠的其他班级。"""
    lines = await read_as_authority(
        unit, parts.keys, opening_id=opening_id, purpose=body.purpose, case_number=body.case_number
    )
    return ReadRosterOut.of(lines)


def yardstick_of(unit: Unit) -> Yardstick:
    """What lines are measured by today."""
    labels = key_group_labels((group.code, group.name) for group in key_groups(unit.today))
    return Yardstick(on=unit.today, area_known=was_in_force, key_groups=labels)


async def _answered(once: Once, imported: ImportedRoster) -> Response:
    kept = ImportOut.of(imported, at_rest=True)
    return await once.answer(ImportOut.of(imported), _status(imported), kept=kept)


def _status(imported: ImportedRoster) -> int:
    """201 when the roster changed, 200 when it did not."""
    return 201 if any(each.outcome is not TakingOutcome.UNCHANGED for each in imported.taken) else 200


async def _refused_rows(imported: ImportedRoster) -> Response:
    """The refused rows as a workbook. Never stored with the idempotency key: it repeats names and numbers."""
    from app.training.rosters.template import refused_rows_workbook  # noqa: PLC0415 - brings the writer along

    content = await anyio.to_thread.run_sync(refused_rows_workbook, imported.delivered)
    headers = {
        "Content-Disposition": 'attachment; filename="refused-rows.xlsx"',
        "Roster-Taken": str(len(imported.taken)),
        "Roster-Refused": str(len(imported.delivered.refused)),
    }
    return Response(content, _status(imported), headers, media_type=WORKBOOK)
