"""申领发放情况季报: what a quarter's report says, as a page and as the file that is sent on."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Query
from markupsafe import Markup
from starlette.responses import Response

from app.access.unit import Unit
from app.kernel.money import with_sign
from app.oversight.statistics.queries.figures import counted_at, figures_of, prefix_asked
from app.oversight.statistics.rules import (
    EDUCATION_FUND,
    FRONT_LINE_MINIMUM_BP,
    QUARTERLY,
    REPORTED,
    Quarter,
    QuarterlyReport,
    quarterly_report,
)
from app.oversight.statistics.states import MEASURE_LABELS, Measure
from app.portals.officer.figures import (
    WITH_AMOUNT,
    Area,
    Year,
    areas,
    as_of,
    cells,
    group_names,
    heads,
    rate,
    short_heads,
    source_names,
    years,
    yuan,
)
from app.reference.divisions import area_name
from app.web.pages.charts import bars
from app.web.pages.links import pages
from app.web.pages.page import PageOf
from app.web.pages.workbooks import Cell, Sheet, workbook
from app.web.words import word

router = pages()

Number = Annotated[int | None, Query(ge=1, le=4)]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with what it finds."""

    finding: str
    svg: Markup


@router.get("/office/statistics/quarterly")
async def show_quarterly(
    page: PageOf, year: Year = None, quarter: Number = None, division: Area = ""
) -> Response:
    """申领发放情况季报: the last quarter that is over, unless another is asked for."""
    async with page.reading() as unit:
        report, code, today = await _report(unit, year, quarter, division)
        choices, name = areas(unit), area_name(code, today)
    fund = report.education_fund
    return page.show(
        "officer/quarterly.html",
        report=report,
        division=code,
        name=name,
        choices=choices,
        years=years(today),
        measures=REPORTED,
        figure_heads=short_heads(REPORTED),
        with_amount=WITH_AMOUNT,
        labels_of=MEASURE_LABELS,
        today=today,
        basis=QUARTERLY,
        fund_basis=EDUCATION_FUND,
        fund_is_short=fund is not None
        and fund.share_bp is not None
        and fund.share_bp < FRONT_LINE_MINIMUM_BP,
        source_names=source_names(),
        group_names=group_names(),
        chart=_of_kinds(report, name),
    )


@router.get("/office/statistics/quarterly/workbook")
async def download_quarterly(
    page: PageOf, year: Year = None, quarter: Number = None, division: Area = ""
) -> Response:
    """The report as it is sent on."""
    async with page.reading() as unit:
        report, code, today = await _report(unit, year, quarter, division)
    asked = report.quarter
    notes = [
        f"{area_name(code, today)} {asked.year}年第{asked.number}季度 申领发放情况季报",
        f"{as_of(report.counted_at)}，{'已定稿' if report.is_final else '未定稿，季度结束并最后统计后不再变动'}",
    ]
    columns = heads(REPORTED)
    rows: list[list[Cell]] = []
    for line in report.lines:
        for month, counted in zip(asked.months, line.months, strict=True):
            rows.append([word("benefit", line.kind), f"{month.month}月", *cells(counted, REPORTED)])
        rows.append([word("benefit", line.kind), "合计", *cells(line.total, REPORTED)])
    sources, groups = source_names(), group_names()
    shares: list[list[Cell]] = [
        [
            "资金来源",
            sources.get(each.code, each.code),
            each.items,
            each.amount_fen / 100,
            rate(each.share_bp),
        ]
        for each in report.by_source
    ] + [
        ["重点群体", groups.get(each.code, each.code), each.items, each.amount_fen / 100, rate(each.share_bp)]
        for each in report.by_group
    ]
    later: list[list[Cell]] = [
        [MEASURE_LABELS[measure], counted.items, counted.amount_fen / 100]
        for measure, counted in report.adjustments.items()
    ]
    return workbook(
        f"quarterly-{code}-{asked.year}-{asked.number}",
        [
            Sheet("申领发放", notes, ["补贴", "月份", *columns], rows),
            Sheet("用款份额", notes, ["分组", "名称", "件次", "金额（元）", "占比（%）"], shares),
            Sheet("更正与追回", notes, ["项目", "件次", "金额（元）"], later),
        ],
    )


async def _report(
    unit: Unit, year: int | None, number: int | None, division: str
) -> tuple[QuarterlyReport, str, date]:
    last = Quarter.before(unit.today)
    asked = Quarter(year or last.year, number or last.number)
    prefix = prefix_asked(unit, division or None)
    figures = await figures_of(unit, prefix, asked.months)
    report = quarterly_report(asked, figures, await counted_at(unit, asked.months))
    return report, prefix.ljust(6, "0"), unit.today


def _of_kinds(report: QuarterlyReport, name: str) -> Drawn | None:
    values = [
        (word("benefit", line.kind), line.total[Measure.BENEFIT_PAID].amount_fen) for line in report.lines
    ]
    paid = report.total[Measure.BENEFIT_PAID]
    if not paid.items:
        return None
    quarter = report.quarter
    finding = (
        f"{name}{quarter.year}年第{quarter.number}季度发放{paid.items:,}件次、{with_sign(paid.amount_fen)}"
    )
    return Drawn(finding, bars(finding, values, written=yuan))
