"""统计: what was done by month, area and kind, the quarterly claim report, the scorecards of institutions."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.directory.institutions import queries as institutions
from app.directory.institutions.rules import InstitutionFacts
from app.directory.institutions.states import Standing
from app.kernel.clock import utc_now
from app.kernel.paging import check_page_limit
from app.oversight.statistics.queries.figures import (
    counted_at,
    figures_by_area,
    figures_of,
    figures_of_institutions,
    prefix_asked,
)
from app.oversight.statistics.rules import (
    EDUCATION_FUND,
    FIRST_YEAR,
    LAST_YEAR,
    QUARTERLY,
    Figure,
    Quarter,
    QuarterlyReport,
    Scorecard,
    Share,
    Sum,
    is_over,
    months_of_year,
    quarterly_report,
    scorecard,
)
from app.oversight.statistics.states import AS_OF_COUNTING, MEASURE_LABELS, Measure
from app.reference.divisions import NATION, name_of
from app.web.dependencies import Parts, ReadUnit
from app.web.problems import CitationOut, answers
from app.web.wire import Cursor, DivisionCodeText, Output

router = APIRouter(tags=["统计"])

REPORT_TYPE = "registry-report+jws"
"""``typ`` of a signed quarterly report (RFC 8725 §3.11)."""
_HOLDS_FOR = timedelta(days=3650)
Area = Annotated[DivisionCodeText | None, Query(description="行政区划代码，含其下各级；不填为本辖区")]
Year = Annotated[int, Query(ge=FIRST_YEAR, le=LAST_YEAR, description="年度", examples=[2026])]


class SumOut(Output):
    """件次与金额（分）."""

    items: int = Field(examples=[37])
    amount_fen: int = Field(examples=[5550000])

    @classmethod
    def of(cls, counted: Sum) -> "SumOut":
        """As counted."""
        return cls(items=counted.items, amount_fen=counted.amount_fen)


class FigureOut(Output):
    """一月、一项、一类的件次与金额."""

    month: date = Field(description="该月第一天")
    measure: Measure
    label: str = Field(examples=["发放"])
    kind: str = Field(examples=["skill_upgrade"], description="补贴种类、培训类型、档案种类等；不分类的为空")
    items: int
    amount_fen: int

    @classmethod
    def of(cls, figure: Figure) -> "FigureOut":
        """As counted."""
        return cls(label=MEASURE_LABELS[figure.measure], **asdict(figure))


class CountedMonthOut(Output):
    """统计截至何时；is_final 为该月已结束并最后统计，此后不再变动."""

    month: date
    counted_at: datetime
    is_final: bool


class MonthsOut(Output):
    """一地一年，按月."""

    division_code: str
    year: int
    counted: list[CountedMonthOut]
    items: list[FigureOut]


class AreaFiguresOut(Output):
    """一个下级地区全年的各项."""

    division_code: str = Field(examples=["110105"])
    name: str | None = Field(examples=["朝阳区"])
    figures: dict[Measure, SumOut]


class AreasFiguresOut(Output):
    """一地一年，按下级地区."""

    division_code: str
    year: int
    items: list[AreaFiguresOut]


class SpendingShareOut(Output):
    """一部分及其占发放金额的比例（万分之一）."""

    code: str
    items: int
    amount_fen: int
    share_bp: int | None

    @classmethod
    def of(cls, share: Share) -> "SpendingShareOut":
        """As reckoned."""
        return cls(**asdict(share))


class ReportLineOut(Output):
    """一种补贴的申领发放情况：逐月与合计."""

    kind: str = Field(examples=["skill_upgrade"])
    months: list[dict[Measure, SumOut]]
    total: dict[Measure, SumOut]


class QuarterlyReportOut(Output):
    """申领发放情况季报."""

    division_code: str
    year: int
    quarter: int
    due_on: date = Field(description="上报截止日")
    basis: CitationOut
    counted_at: datetime | None = Field(description="统计时间；尚未统计为空")
    is_final: bool = Field(description="三个月都已结束并最后统计，此后重取结果相同")
    lines: list[ReportLineOut]
    total: dict[Measure, SumOut]
    by_source: list[SpendingShareOut] = Field(description="按资金来源")
    by_group: list[SpendingShareOut] = Field(description="按重点群体；一人可属多个群体，合计可超过100%")
    education_fund: SpendingShareOut | None = Field(
        description="企业职工教育经费中用于企业职工的部分：名册不登记“一线职工”，此为其上限"
    )
    education_fund_basis: CitationOut
    adjustments: dict[Measure, SumOut] = Field(
        description="本季对以前档案和补贴的更正、追回：计入作出之季，不改已报各季"
    )
    statement: str | None = Field(description="签名的季报（JWS，ES256）；尚未最后统计的不签名")

    @classmethod
    def of(cls, report: QuarterlyReport, division_code: str, statement: str | None) -> "QuarterlyReportOut":
        """As it leaves."""
        fund = report.education_fund
        return cls(
            division_code=division_code,
            year=report.quarter.year,
            quarter=report.quarter.number,
            due_on=report.quarter.due_on,
            basis=CitationOut(document=QUARTERLY.document, clause=QUARTERLY.clause, note=None),
            counted_at=report.counted_at,
            is_final=report.is_final,
            lines=[
                ReportLineOut(
                    kind=line.kind, months=[_sums(each) for each in line.months], total=_sums(line.total)
                )
                for line in report.lines
            ],
            total=_sums(report.total),
            by_source=[SpendingShareOut.of(each) for each in report.by_source],
            by_group=[SpendingShareOut.of(each) for each in report.by_group],
            education_fund=None if fund is None else SpendingShareOut.of(fund),
            education_fund_basis=CitationOut(
                document=EDUCATION_FUND.document, clause=EDUCATION_FUND.clause, note=None
            ),
            adjustments=_sums(report.adjustments),
            statement=statement,
        )


class ScorecardOut(Output):
    """机构评价：比例为万分之一，没有可比的为空."""

    institution_id: UUID
    name: str = Field(examples=["示例职业培训学校"])
    division_code: str
    standing: Standing | None
    classes: int = Field(description="备案班次")
    closed: int = Field(description="结班班次")
    trainees: int = Field(description="结班学员")
    completions: int = Field(description="合格档案")
    completion_bp: int | None = Field(description="合格率：合格档案÷结班学员")
    attendance_bp: int | None = Field(description="到课率：认定课时÷计划课时，以取得档案的学员计")
    certified: int = Field(description="已关联证书")
    certified_bp: int | None = Field(description="取证率：已关联证书÷合格档案")
    returned_bp: int | None = Field(description="退回率：被退回÷申报")
    refused_bp: int | None = Field(description="不予批准率：不予批准÷（批准+不予批准）")
    paid: int = Field(description="已发放补贴件次")
    paid_fen: int
    denials: int = Field(description="“未参加”反映查实")
    objections: int = Field(description="公示异议成立")
    revoked: int = Field(description="撤销档案")
    recoveries: int = Field(description="决定追回")
    recovered_fen: int

    @classmethod
    def of(cls, facts: InstitutionFacts, card: Scorecard) -> "ScorecardOut":
        """One institution's."""
        return cls(
            institution_id=facts.institution_id,
            name=facts.name,
            division_code=facts.division_code,
            standing=facts.standing,
            **asdict(card),
        )


class ScorecardsOut(Output):
    """一页机构评价，按登记先后."""

    year: int
    items: list[ScorecardOut]
    next_cursor: str | None


@router.get("/v1/statistics/months", summary="按月统计", response_model=MonthsOut, responses=answers(404))
async def read_months(unit: ReadUnit, year: Year, division: Area = None) -> MonthsOut:
    """开班、档案、申领、发放、追回，按月、按种类；由后台每分钟统计当月，读取时间不随档案增多。"""
    prefix, months = prefix_asked(unit, division), months_of_year(year)
    counted = await counted_at(unit, months)
    return MonthsOut(
        division_code=prefix.ljust(6, "0"),
        year=year,
        counted=[
            CountedMonthOut(month=month, counted_at=at, is_final=is_over(month, at))
            for month, at in counted.items()
        ],
        items=[FigureOut.of(each) for each in await figures_of(unit, prefix, months)],
    )


@router.get(
    "/v1/statistics/divisions", summary="按地区统计", response_model=AreasFiguresOut, responses=answers(404)
)
async def read_divisions(unit: ReadUnit, year: Year, division: Area = None) -> AreasFiguresOut:
    """全年合计，按下一级地区。"""
    prefix = prefix_asked(unit, division)
    measures = [measure for measure in Measure if measure not in AS_OF_COUNTING]
    found = await figures_by_area(unit, prefix, months_of_year(year), measures)
    return AreasFiguresOut(
        division_code=prefix.ljust(6, "0"),
        year=year,
        items=[
            AreaFiguresOut(division_code=code, name=name_of(code, unit.today), figures=_sums(figures))
            for code, figures in found.items()
        ],
    )


@router.get(
    "/v1/statistics/quarterly",
    summary="申领发放情况季报",
    response_model=QuarterlyReportOut,
    responses=answers(404),
)
async def read_quarterly(
    unit: ReadUnit,
    parts: Parts,
    year: Year,
    quarter: Annotated[int, Query(ge=1, le=4, description="季度", examples=[1])],
    division: Area = None,
) -> QuarterlyReportOut:
    """办理行为计入记录之月；更正和追回另列，不改已报各季。最后统计后可凭签名核对。"""
    prefix, asked = prefix_asked(unit, division), Quarter(year, quarter)
    counted = await counted_at(unit, asked.months)
    report = quarterly_report(asked, await figures_of(unit, prefix, asked.months), counted)
    code = prefix.ljust(6, "0")
    statement = None
    if report.is_final:
        said = QuarterlyReportOut.of(report, code, None).model_dump(mode="json", exclude={"statement"})
        now = utc_now()
        statement = parts.tokens.sign_statement(
            {"report": said}, typ=REPORT_TYPE, now=now, expires=now + _HOLDS_FOR
        )
    return QuarterlyReportOut.of(report, code, statement)


@router.get(
    "/v1/statistics/institutions",
    summary="机构评价",
    response_model=ScorecardsOut,
    responses=answers(404),
)
async def read_scorecards(
    unit: ReadUnit,
    year: Year,
    division: Area = None,
    limit: Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])] = None,
    cursor: Cursor | None = None,
) -> ScorecardsOut:
    """供遴选技工院校、高技能人才培训基地和监督检查参考（人社部发〔2025〕10号四(五)、五(八)）。"""
    found = await institutions.list_institutions(
        unit.session,
        as_of=unit.today,
        within=prefix_asked(unit, division).ljust(6, "0"),
        occupation_code=None,
        standing=None,
        text=None,
        cursor=cursor,
        limit=check_page_limit(limit),
    )
    counted = await figures_of_institutions(
        unit, [facts.institution_id for facts in found.items], months_of_year(year)
    )
    return ScorecardsOut(
        year=year,
        items=[ScorecardOut.of(facts, scorecard(counted[facts.institution_id])) for facts in found.items],
        next_cursor=found.next_cursor,
    )


@router.get(
    "/v1/statistics/institutions/{institution_id}",
    summary="一个机构的评价",
    response_model=ScorecardOut,
    responses=answers(404),
)
async def read_scorecard(
    unit: ReadUnit, institution_id: Annotated[UUID, Path(description="机构标识")], year: Year
) -> ScorecardOut:
    """全年。"""
    found = await institutions.read_institution(unit.session, institution_id, as_of=unit.today)
    prefix_asked(unit, found.institution.division_code)
    counted = await figures_of_institutions(unit, [institution_id], months_of_year(year))
    return ScorecardOut.of(found.institution, scorecard(counted[institution_id]))


def _sums(figures: Mapping[Measure, Sum]) -> dict[Measure, SumOut]:
    return {measure: SumOut.of(counted) for measure, counted in figures.items()}


assert "".ljust(6, "0") == NATION, "the whole country is the area of no digits"
