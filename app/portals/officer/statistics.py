"""统计: what was done by month, area and kind in a year; the same figures as the API's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup
from starlette.responses import Response

from app.access.unit import Unit
from app.kernel.money import with_sign
from app.oversight.statistics.queries.figures import (
    counted_at,
    figures_by_area,
    figures_of,
    last_counted,
    prefix_asked,
)
from app.oversight.statistics.rules import Figure, Sum, by_kind, months_of_year, sums
from app.oversight.statistics.states import AS_OF_COUNTING, MEASURE_LABELS, Measure
from app.portals.officer.figures import (
    UNITS,
    WITH_AMOUNT,
    Area,
    Year,
    areas,
    as_of,
    cells,
    heads,
    kind_word,
    short_heads,
    years,
    yuan,
)
from app.reference.divisions import area_name
from app.subsidies.claims.states import ClaimState
from app.web.pages.charts import bars, columns
from app.web.pages.links import pages
from app.web.pages.page import PageOf
from app.web.pages.workbooks import Cell, Sheet, workbook
from app.web.words import word

router = pages()

_BY_MONTH = (
    Measure.OPENING_RECORDED,
    Measure.TRAINEE_RECORDED,
    Measure.CLASS_CLOSED,
    Measure.ENTRY_APPENDED,
    Measure.CLAIM_SUBMITTED,
    Measure.CLAIM_APPROVED,
    Measure.CLAIM_REFUSED,
    Measure.BENEFIT_PAID,
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart with what it finds."""

    finding: str
    svg: Markup


@dataclass(frozen=True, slots=True)
class Overview:
    """One area's year."""

    division: str
    name: str
    year: int
    counted: datetime | None
    figures: Sequence[Figure]
    areas: Mapping[str, Mapping[Measure, Sum]]
    area_names: Mapping[str, str]
    choices: Sequence[tuple[str, str]]
    standing: Sequence[Figure]
    today: date

    @property
    def months(self) -> list[date]:
        """Those that have begun."""
        return [month for month in months_of_year(self.year) if month <= self.today]

    @property
    def busy_months(self) -> list[date]:
        """Those in which something was done."""
        seen = {each.month for each in self.figures if each.measure in _BY_MONTH}
        return [month for month in self.months if month in seen]

    def of(self, month: date) -> dict[Measure, Sum]:
        """One month's sums of what the table by month shows."""
        return sums((each for each in self.figures if each.month == month), *_BY_MONTH)


@router.get("/office/statistics")
async def show_statistics(page: PageOf, year: Year = None, division: Area = "") -> Response:
    """One year of the area or of a part of it."""
    async with page.reading() as unit:
        found = await _overview(unit, year, division)
    total = sums(found.figures, *_BY_MONTH)
    kinds = by_kind(found.figures, Measure.BENEFIT_PAID)
    return page.show(
        "officer/statistics.html",
        found=found,
        total=total,
        measures=_BY_MONTH,
        figure_heads=short_heads(_BY_MONTH),
        labels_of=MEASURE_LABELS,
        units=UNITS,
        with_amount=WITH_AMOUNT,
        years=years(found.today),
        by_month=_by_month(found, total[Measure.BENEFIT_PAID]),
        by_area=_by_area(found),
        kinds=kinds,
        states=[
            (word("claim", state), items)
            for state in ClaimState
            if (items := sum(each.items for each in found.standing if each.kind == state.value))
        ],
    )


@router.get("/office/statistics/workbook")
async def download_statistics(page: PageOf, year: Year = None, division: Area = "") -> Response:
    """The tables of the page as one Excel file."""
    async with page.reading() as unit:
        found = await _overview(unit, year, division)
    notes = [f"{found.name} {found.year}年 统计", as_of(found.counted)]
    titles = heads(_BY_MONTH)
    by_month = [[f"{month.month}月", *cells(found.of(month), _BY_MONTH)] for month in found.months]
    by_area = [
        [code, found.area_names[code], *cells(figures, _BY_MONTH)] for code, figures in found.areas.items()
    ]
    all_rows: list[list[Cell]] = [
        [
            f"{each.month.month}月",
            MEASURE_LABELS[each.measure],
            kind_word(each.measure, each.kind),
            each.items,
            each.amount_fen / 100,
        ]
        for each in found.figures
        if each.measure not in AS_OF_COUNTING
    ]
    return workbook(
        f"statistics-{found.division}-{found.year}",
        [
            Sheet("按月", notes, ["月份", *titles], by_month),
            Sheet("按地区", notes, ["地区代码", "地区", *titles], by_area),
            Sheet("明细", notes, ["月份", "项目", "种类", "件次", "金额（元）"], all_rows),
        ],
    )


async def _overview(unit: Unit, year: int | None, division: str) -> Overview:
    asked, today = year or unit.today.year, unit.today
    prefix = prefix_asked(unit, division or None)
    months = months_of_year(asked)
    counted = await counted_at(unit, months)
    by_area = await figures_by_area(unit, prefix, months, _BY_MONTH)
    newest = await last_counted(unit)
    figures = await figures_of(unit, prefix, months)
    standing = [
        each
        for each in (await figures_of(unit, prefix, [newest]) if newest else [])
        if each.measure is Measure.CLAIM_STATE
    ]
    code = prefix.ljust(6, "0")
    return Overview(
        division=code,
        name=area_name(code, today),
        year=asked,
        counted=max(counted.values(), default=None),
        figures=figures,
        areas=by_area,
        area_names={each: area_name(each, today) for each in by_area},
        choices=areas(unit),
        standing=standing,
        today=today,
    )


def _by_month(found: Overview, paid: Sum) -> Drawn:
    values = [
        (f"{month.month}月", found.of(month)[Measure.BENEFIT_PAID].amount_fen) for month in found.months
    ]
    if not paid.items:
        return Drawn(f"{found.year}年还没有发放补贴", columns("没有数据", [("—", 0)], written=yuan))
    most = max(values, key=lambda each: each[1])
    finding = f"{found.year}年发放{paid.items:,}件次、{with_sign(paid.amount_fen)}，{most[0]}最多"
    return Drawn(finding, columns(finding, values, written=yuan))


def _by_area(found: Overview) -> Drawn | None:
    """Only where there is something to compare."""
    values = sorted(
        (
            (found.area_names[code], figures.get(Measure.BENEFIT_PAID, Sum()).amount_fen)
            for code, figures in found.areas.items()
        ),
        key=lambda each: -each[1],
    )
    if len(values) < 2 or not values[0][1]:
        return None
    finding = f"{values[0][0]}发放最多，{with_sign(int(values[0][1]))}"
    return Drawn(finding, bars(finding, values[:12], written=yuan))
