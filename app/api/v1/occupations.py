"""Occupations and trades, always with their edition of the dictionary."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from app.api.v1.code_lists import After, AsOf, Limit, page_of
from app.kernel.errors import NotFound
from app.reference.occupations import Confidence, Occupation, occupations
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import Output, ShortLine

router = APIRouter(tags=["代码表"])


class EditionOut(Output):
    """《职业分类大典》的一个版本；confidence 为 official 的来自导入的官方名单."""

    edition: int = Field(examples=[2022])
    title: str = Field(examples=["中华人民共和国职业分类大典（2022年版）"])
    published_on: date
    occupation_count: int | None = Field(description="该版自称的职业数", examples=[1639])
    listed_count: int = Field(description="本系统已收录的职业数", examples=[23])
    source: str
    confidence: Confidence


class EditionsOut(Output):
    """截至当日已公布的版本，最早的在前."""

    as_of: date
    items: list[EditionOut]


class TradeOut(Output):
    """工种；大典只给名称，没有编码."""

    name: str = Field(examples=["电焊工"])
    benefit_line: str = Field(examples=["2015:6-18-02-04/电焊工"])


class OccupationOut(Output):
    """职业；benefit_line 跨版本不变，“同一职业同一等级一次”按它判断."""

    edition: int
    code: str = Field(examples=["4-10-01-05"])
    name: str = Field(examples=["养老护理员"])
    benefit_line: str = Field(examples=["2015:4-10-01-05"])
    trades: list[TradeOut]
    source: str
    confidence: Confidence

    @classmethod
    def of(cls, row: Occupation) -> "OccupationOut":
        """An occupation with its trades."""
        return cls(
            edition=row.edition,
            code=row.code,
            name=row.name,
            benefit_line=row.benefit_line,
            trades=[TradeOut(name=trade.name, benefit_line=trade.benefit_line) for trade in row.trades],
            source=row.source,
            confidence=row.confidence,
        )


class OccupationsOut(Output):
    """一个版本的职业，按编码排列；as_of 早于首个收录版本时 edition 为空."""

    edition: int | None = Field(examples=[2022])
    items: list[OccupationOut]
    next_cursor: str | None


@router.get(
    "/v1/occupation-editions", summary="职业分类大典版本", response_model=EditionsOut, responses=answers()
)
async def list_occupation_editions(unit: ReadUnit, as_of: AsOf = None) -> EditionsOut:
    """各版本及本系统已收录的职业数。"""
    on, table = as_of or unit.today, occupations().get()
    return EditionsOut(
        as_of=on,
        items=[
            EditionOut(
                edition=row.edition,
                title=row.title,
                published_on=row.published_on,
                occupation_count=row.occupation_count,
                listed_count=len(table.occupations(row.edition)),
                source=row.source,
                confidence=row.confidence,
            )
            for row in table.editions
            if row.published_on <= on
        ],
    )


@router.get("/v1/occupations", summary="职业与工种", response_model=OccupationsOut, responses=answers(404))
async def list_occupations(
    unit: ReadUnit,
    as_of: AsOf = None,
    edition: Annotated[
        int | None,
        Query(ge=1, le=9999, description="指定版本；不填则取 as_of 当日最新的版本", examples=[2022]),
    ] = None,
    text: Annotated[
        ShortLine | None, Query(description="编码开头，或职业、工种名称中的文字", examples=["护理"])
    ] = None,
    limit: Limit = None,
    cursor: After = None,
) -> OccupationsOut:
    """同一编码在不同版本中可能是不同的职业，引用时须同时写明版本。"""
    table = occupations().get()
    if edition is None:
        newest = table.edition_on(as_of or unit.today)
        if newest is None:
            return OccupationsOut(edition=None, items=[], next_cursor=None)
        edition = newest.edition
    elif all(known.edition != edition for known in table.editions):
        raise NotFound
    rows = [row for row in table.occupations(edition) if text is None or _mentions(row, text)]
    page = page_of(rows, lambda row: row.code, limit=limit, cursor=cursor)
    return OccupationsOut(
        edition=edition,
        items=[OccupationOut.of(row) for row in page.items],
        next_cursor=page.next_cursor,
    )


def _mentions(row: Occupation, text: str) -> bool:
    return row.code.startswith(text) or any(
        text in name for name in (row.name, *(trade.name for trade in row.trades))
    )
