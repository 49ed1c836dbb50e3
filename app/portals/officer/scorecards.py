"""机构评价: how the institutions of an area fare, for selection and for inspection."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.access.unit import Unit
from app.directory.institutions import queries as institutions
from app.directory.institutions.rules import InstitutionFacts
from app.kernel.errors import Citation
from app.oversight.statistics.queries.figures import counted_at, figures_of_institutions, prefix_asked
from app.oversight.statistics.rules import Scorecard, months_of_year, scorecard
from app.portals.officer.figures import Area, Year, areas, as_of, rate, years
from app.reference.divisions import area_name
from app.web.pages.charts import bars
from app.web.pages.filters import percent
from app.web.pages.links import pages
from app.web.pages.page import PageOf
from app.web.pages.workbooks import Cell, Sheet, workbook
from app.web.words import word

router = pages()

_PAGE = 50
_SHEET_MAX = 5_000
"""Institutions in one file: more than any province has."""
_BASIS = Citation("人社部发〔2025〕10号", "四(五)、五(八)")
Text = Annotated[str, Query(max_length=60)]
_COLUMNS = (
    "机构",
    "统一社会信用代码",
    "状态",
    "备案班次",
    "结班班次",
    "结班学员",
    "合格档案",
    "合格率（%）",
    "到课率（%）",
    "已关联证书",
    "取证率（%）",
    "申报退回率（%）",
    "不予批准率（%）",
    "发放补贴（件次）",
    "发放补贴（元）",
    "未参加查实",
    "异议成立",
    "撤销档案",
    "决定追回（件次）",
    "决定追回（元）",
)


@router.get("/office/statistics/institutions")
async def list_scorecards(
    page: PageOf, year: Year = None, division: Area = "", text: Text = "", cursor: str | None = None
) -> Response:
    """Institutions of the area with their rates of a year."""
    async with page.reading() as unit:
        asked = year or unit.today.year
        rows, more = await _cards(unit, asked, division, text, cursor, _PAGE)
        counted = await counted_at(unit, months_of_year(asked))
        choices, today = areas(unit), unit.today
        code = prefix_asked(unit, division or None).ljust(6, "0")
    return page.show(
        "officer/scorecards.html",
        rows=rows,
        next_cursor=more,
        is_first=cursor is None,
        year=asked,
        years=years(today),
        division=code,
        choices=choices,
        text=text,
        counted=max(counted.values(), default=None),
        basis=_BASIS,
    )


@router.get("/office/statistics/institutions/workbook")
async def download_scorecards(
    page: PageOf, year: Year = None, division: Area = "", text: Text = ""
) -> Response:
    """All of them as one Excel file."""
    async with page.reading() as unit:
        asked = year or unit.today.year
        rows: list[tuple[InstitutionFacts, Scorecard]] = []
        cursor: str | None = None
        while True:
            found, cursor = await _cards(unit, asked, division, text, cursor, 200)
            rows += found
            if cursor is None or len(rows) >= _SHEET_MAX:
                break
        counted = await counted_at(unit, months_of_year(asked))
        code = prefix_asked(unit, division or None).ljust(6, "0")
        name = area_name(code, unit.today)
    notes = [f"{name} {asked}年 机构评价", as_of(max(counted.values(), default=None))]
    return workbook(
        f"institutions-{code}-{asked}", [Sheet("机构评价", notes, _COLUMNS, [_row(*each) for each in rows])]
    )


@router.get("/office/statistics/institutions/{institution_id}")
async def show_scorecard(page: PageOf, institution_id: UUID, year: Year = None) -> Response:
    """One institution: every rate with what it is made of."""
    async with page.reading() as unit:
        asked = year or unit.today.year
        found = await institutions.read_institution(unit.session, institution_id, as_of=unit.today)
        facts = found.institution
        prefix_asked(unit, facts.division_code)
        months = months_of_year(asked)
        card = scorecard((await figures_of_institutions(unit, [institution_id], months))[institution_id])
        counted = await counted_at(unit, months)
        today = unit.today
    rates = [
        (name, bp)
        for name, bp in (
            ("合格率", card.completion_bp),
            ("到课率", card.attendance_bp),
            ("取证率", card.certified_bp),
        )
        if bp is not None
    ]
    finding = "，".join(f"{name}{percent(bp)}" for name, bp in rates)
    return page.show(
        "officer/scorecard.html",
        facts=facts,
        card=card,
        year=asked,
        years=years(today),
        counted=max(counted.values(), default=None),
        area=area_name(facts.division_code, today),
        finding=finding,
        chart=bars(finding, rates, written=lambda bp: percent(int(bp))) if rates else None,
        basis=_BASIS,
    )


async def _cards(
    unit: Unit, year: int, division: str, text: str, cursor: str | None, limit: int
) -> tuple[list[tuple[InstitutionFacts, Scorecard]], str | None]:
    found = await institutions.list_institutions(
        unit.session,
        as_of=unit.today,
        within=prefix_asked(unit, division or None).ljust(6, "0"),
        occupation_code=None,
        standing=None,
        text=text or None,
        cursor=cursor,
        limit=limit,
    )
    ids = [facts.institution_id for facts in found.items]
    counted = await figures_of_institutions(unit, ids, months_of_year(year))
    return [(facts, scorecard(counted[facts.institution_id])) for facts in found.items], found.next_cursor


def _row(facts: InstitutionFacts, card: Scorecard) -> list[Cell]:
    return [
        facts.name,
        facts.unified_social_credit_code,
        word("standing", facts.standing) if facts.standing else None,
        card.classes,
        card.closed,
        card.trainees,
        card.completions,
        rate(card.completion_bp),
        rate(card.attendance_bp),
        card.certified,
        rate(card.certified_bp),
        rate(card.returned_bp),
        rate(card.refused_bp),
        card.paid,
        card.paid_fen / 100,
        card.denials,
        card.objections,
        card.revoked,
        card.recoveries,
        card.recovered_fen / 100,
    ]
