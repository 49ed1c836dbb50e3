"""Code lists as of a day: divisions, skill levels, key groups, training kinds, working days."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.api.v1.code_list_shapes import (
    DayOut,
    KeyGroupOut,
    KeyGroupsOut,
    NamedOut,
    TrainingModeOut,
    TrainingModesOut,
    TrainingTypesOut,
    WorkingDaysOut,
)
from app.kernel.errors import InvalidInput, NotFound, Reason
from app.kernel.paging import Page, check_page_limit, decode_cursor, encode_cursor
from app.reference import calendar, key_groups, skill_levels, training_kinds
from app.reference.divisions import NATION, Division, DivisionLevel, DivisionTable, divisions
from app.reference.named_in import NamedIn
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import Cursor, Output

router = APIRouter(tags=["代码表"])

WORKING_DAYS_MAX = 400
"""Days one question about working days may span."""

RowT = TypeVar("RowT")

AsOf = Annotated[
    date | None, Query(description="按哪一天的状态，默认今天（北京时间）", examples=["2026-03-01"])
]
Limit = Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])]
After = Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")]


            )
            for facts in skill_levels.levels_on(on)
        ],
    )


@router.get("/v1/key-groups", summary="重点群体", response_model=KeyGroupsOut, responses=answers())
async def list_key_groups(unit: ReadUnit, as_of: AsOf = None) -> KeyGroupsOut:
    """截至当日已印发的文件所列的重点群体及条款。"""
    on = as_of or unit.today
    return KeyGroupsOut(
        as_of=on,
        items=[
            KeyGroupOut(
                **_named(group.code, group.name, group.named).model_dump(),
                is_free_training=group.is_free_training,
                within=group.within,
                note=group.note,
            )
            for group in key_groups.key_groups(on)
        ],
    )


@router.get("/v1/training-types", summary="培训类型", response_model=TrainingTypesOut, responses=answers())
async def list_training_types(unit: ReadUnit, as_of: AsOf = None) -> TrainingTypesOut:
    """培训的目的：岗前、转岗、以工代训等。"""
    on = as_of or unit.today
    kinds = training_kinds.training_types(on)
    return TrainingTypesOut(as_of=on, items=[_named(kind.code, kind.name, kind.named) for kind in kinds])


@router.get("/v1/training-modes", summary="培训方式", response_model=TrainingModesOut, responses=answers())
async def list_training_modes(unit: ReadUnit, as_of: AsOf = None) -> TrainingModesOut:
    """怎样教：线下、线上、实操等。"""
    on = as_of or unit.today
    return TrainingModesOut(
        as_of=on,
        items=[
            TrainingModeOut(**_named(mode.code, mode.name, mode.named).model_dump(), is_online=mode.is_online)
            for mode in training_kinds.training_modes(on)
        ],
    )


@router.get("/v1/working-days", summary="工作日", response_model=WorkingDaysOut, responses=answers(409))
async def list_working_days(
    unit: ReadUnit,
    starts_on: Annotated[date, Query(alias="from", description="含当日", examples=["2026-02-09"])],
    ends_before: Annotated[date, Query(alias="to", description="不含当日", examples=["2026-03-02"])],
) -> WorkingDaysOut:
    """按国务院办公厅每年公布的放假安排，含调休上班；尚未收录的年份不作推算，直接说明。"""
    length = (ends_before - starts_on).days
    if not 1 <= length <= WORKING_DAYS_MAX:
        raise InvalidInput(
            [
                Reason(
                    code="period_out_of_range",
                    message=f"日期跨度须为1至{WORKING_DAYS_MAX}天",
                    remedy="请使 to 晚于 from，跨度较长的分段查询",
                    field="to",
                    value=str(length),
                )
            ]
        )
    days = [starts_on + timedelta(days=offset) for offset in range(length)]
    items = [DayOut(on=day, is_working_day=calendar.is_working_day(day)) for day in days]
    return WorkingDaysOut(working_days=sum(day.is_working_day for day in items), items=items)


def page_of(
    rows: Sequence[RowT], position: Callable[[RowT], str], *, limit: int | None, cursor: str | None
) -> Page[RowT]:
    """A page of rows that stand in the order of ``position``."""
    count = check_page_limit(limit)
    if cursor is not None:
        (after,) = decode_cursor(cursor, str)
        rows = [row for row in rows if position(row) > after]
    shown = tuple(rows[:count])
    return Page(shown, encode_cursor(position(shown[-1])) if len(rows) > count else None)


def _last_day(row: Division, today: date) -> date:
    """The latest day, not after ``today``, on which a row held: the day its names are told of."""
    if row.valid_to is not None:
        return row.valid_to - timedelta(days=1)
    return max(today, row.valid_from or today)


def _named(code: str, name: str, named: NamedIn) -> NamedOut:
    return NamedOut(
        code=code,
        name=name,
        valid_from=named.valid_from,
        document=named.citation.document,
        clause=named.citation.clause,
    )
