"""Code lists as of a day: divisions, skill levels, key groups, training kinds, working days."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.kernel.errors import InvalidInput, NotFound, Reason
from app.kernel.paging import Page, check_page_limit, decode_cursor, encode_cursor
from app.reference import calendar, key_groups, skill_levels, training_kinds
from app.reference.divisions import NATION, Division, DivisionLevel, DivisionTable, divisions
from app.reference.named_in import NamedIn
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import AnyDay, Cursor, Output

router = APIRouter(tags=["代码表"])

WORKING_DAYS_MAX = 400
"""Days one question about working days may span."""

RowT = TypeVar("RowT")

AsOf = Annotated[
    AnyDay | None, Query(description="按哪一天的状态，默认今天（北京时间）", examples=["2026-03-01"])
]
Limit = Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])]
After = Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")]


class DivisionOut(Output):
    """一个行政区划代码在一段时间内的名称；valid_from 为空表示早于最早收录，valid_to 为空表示至今有效."""

    code: str = Field(examples=["110105"])
    name: str = Field(examples=["朝阳区"])
    path_name: str = Field(examples=["北京市朝阳区"])
    level: DivisionLevel
    parent_code: str = Field(examples=["110000"], description="上一级代码，000000 表示全国")
    valid_from: date | None = Field(examples=["1980-12-31"])
    valid_to: date | None = Field(description="不含当日", examples=[None])
    source: str

    @classmethod
    def of(cls, row: Division, table: DivisionTable, on: date) -> "DivisionOut":
        """A row with its names and parent as they were on a day on which it held."""
        return cls(
            code=row.code,
            name=row.name,
            path_name=table.path_name_of(row.code, on) or row.name,
            level=row.level,
            parent_code=table.parent_of(row.code, on),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            source=row.source,
        )


class DivisionsOut(Output):
    """当日有效的行政区划，按代码排列."""

    as_of: date
    items: list[DivisionOut]
    next_cursor: str | None


class DivisionHistoryOut(Output):
    """一个代码的全部历史，最早的在前."""

    as_of: date
    current: DivisionOut | None = Field(description="as_of 当日的状态；当日无效时为空")
    history: list[DivisionOut]


class SkillLevelOut(Output):
    """技能等级：rank 越大越高；证书上印的 national_number 则越小越高."""

    code: skill_levels.SkillLevel
    rank: int = Field(examples=[2])
    name: str = Field(examples=["五级/初级工"])
    national_number: int | None = Field(examples=[5])
    is_national_qualification: bool


class SkillLevelsOut(Output):
    """技能等级，由低到高；none 表示不分等级."""

    as_of: date
    items: list[SkillLevelOut]


class NamedOut(Output):
    """由文件列明的一项."""

    code: str
    name: str
    valid_from: date = Field(description="文件印发之日")
    document: str = Field(examples=["国办发〔2019〕24号"])
    clause: str


class KeyGroupOut(NamedOut):
    """重点群体；within 为其所属的更大范围."""

    is_free_training: bool
    within: str | None
    note: str | None


class KeyGroupsOut(Output):
    """重点群体."""

    as_of: date
    items: list[KeyGroupOut]


class TrainingTypesOut(Output):
    """培训类型."""

    as_of: date
    items: list[NamedOut]


class TrainingModeOut(NamedOut):
    """培训方式；is_online 的须有签到、记录、测试三类过程记录."""

    is_online: bool


class TrainingModesOut(Output):
    """培训方式."""

    as_of: date
    items: list[TrainingModeOut]


class DayOut(Output):
    """一天."""

    on: date
    is_working_day: bool
    is_provisional: bool = Field(description="true：该年度放假安排尚未公布，只按周一至周五暂列")


class WorkingDaysOut(Output):
    """一段日期的工作日，含 from 当日，不含 to 当日."""

    working_days: int = Field(examples=[5])
    is_provisional: bool
    note: str | None = Field(description="有暂列的日子时的说明")
    items: list[DayOut]


@router.get("/v1/divisions", summary="行政区划代码", response_model=DivisionsOut, responses=answers())
async def list_divisions(
    unit: ReadUnit,
    as_of: AsOf = None,
    within: Annotated[
        str, Query(pattern=r"^[0-9]{6}$", description="只列该区划及其下级，默认全国", examples=["110000"])
    ] = NATION,
    level: Annotated[DivisionLevel | None, Query(description="只列这一级")] = None,
    limit: Limit = None,
    cursor: After = None,
) -> DivisionsOut:
    """代码按所问日期判断：已撤销的代码在当时有效，身份号码中的旧代码因此仍然正确。"""
    on, table = as_of or unit.today, divisions().get()
    rows = table.in_force(on, within=within, level=level)
    page = page_of(rows, lambda row: row.code, limit=limit, cursor=cursor)
    return DivisionsOut(
        as_of=on,
        items=[DivisionOut.of(row, table, on) for row in page.items],
        next_cursor=page.next_cursor,
    )


@router.get(
    "/v1/divisions/{code}",
    summary="一个行政区划代码及其历史",
    response_model=DivisionHistoryOut,
    responses=answers(404),
)
async def get_division(
    unit: ReadUnit,
    code: Annotated[str, Path(pattern=r"^[0-9]{6}$", examples=["110103"])],
    as_of: AsOf = None,
) -> DivisionHistoryOut:
    """含已撤销的代码；每一行的名称与上级按该行生效期末的状态给出。"""
    on, table = as_of or unit.today, divisions().get()
    history = table.history_of(code)
    if not history:
        raise NotFound
    current = table.find(code, on)
    return DivisionHistoryOut(
        as_of=on,
        current=None if current is None else DivisionOut.of(current, table, on),
        history=[DivisionOut.of(row, table, _last_day(row, on)) for row in history],
    )


@router.get("/v1/skill-levels", summary="技能等级", response_model=SkillLevelsOut, responses=answers())
async def list_skill_levels(unit: ReadUnit, as_of: AsOf = None) -> SkillLevelsOut:
    """新八级工；此前只有国家职业资格五个等级。高低只按 rank 比较。"""
    on = as_of or unit.today
    return SkillLevelsOut(
        as_of=on,
        items=[
            SkillLevelOut(
                code=facts.level,
                rank=facts.rank,
                name=facts.name,
                national_number=facts.national_number,
                is_national_qualification=facts.is_national_qualification,
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
    starts_on: Annotated[AnyDay, Query(alias="from", description="含当日", examples=["2026-02-09"])],
    ends_before: Annotated[AnyDay, Query(alias="to", description="不含当日", examples=["2026-03-02"])],
) -> WorkingDaysOut:
    """按国务院办公厅每年公布的放假安排，含调休上班；尚未收录的年份只暂列周一至周五，并逐日标明。"""
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
    items = [_day_out(day) for day in days]
    unpublished = sorted({day.on.year for day in items if day.is_provisional})
    named = "、".join(f"{year}年" for year in unpublished)
    return WorkingDaysOut(
        working_days=sum(day.is_working_day for day in items),
        is_provisional=bool(unpublished),
        note=f"{named}放假安排尚未公布，所列只是周一至周五，不能据以确定期限" if unpublished else None,
        items=items,
    )


def _day_out(day: date) -> DayOut:
    if day.year < calendar.FIRST_YEAR or calendar.is_published(day.year):
        return DayOut(on=day, is_working_day=calendar.is_working_day(day), is_provisional=False)
    return DayOut(on=day, is_working_day=calendar.provisional_day(day), is_provisional=True)


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
