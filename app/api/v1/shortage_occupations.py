"""紧缺急需职业目录 of the provinces: public reads, acts of provincial agencies with the directory permission."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from app.api.v1.code_lists import After, AsOf, Limit
from app.api.v1.evaluation_bodies import Edition, OccupationCodeText
from app.kernel.paging import check_page_limit
from app.policy import queries
from app.policy.actions.end_shortage import end_shortage
from app.policy.actions.record_shortages import record_shortages
from app.policy.tables import ShortageOccupationRow
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import CaseNumber, Day, DivisionCodeText, Input, Output

router = APIRouter(tags=["紧缺急需职业目录"])

ProvinceCode = Annotated[DivisionCodeText, Field(description="省级区划代码", examples=["640000"])]
DocumentNumber = Annotated[CaseNumber, Field(description="公布目录的文号", examples=["某人社发〔2026〕1号"])]


class OccupationIn(Input):
    """目录中的一个职业；写工种的目录，请填写其所属职业."""

    occupation_edition: Edition
    occupation_code: OccupationCodeText


class ShortageListIn(Input):
    """一份目录：全部职业一起登记，有一项不符的都不登记."""

    division_code: ProvinceCode
    document_number: DocumentNumber
    starts_on: Day = Field(examples=["2026-01-01"])
    ends_before: Day | None = Field(default=None, description="有效期截止日的次日", examples=["2028-01-01"])
    occupations: list[OccupationIn] = Field(min_length=1, max_length=500)


class ShortageEndIn(Input):
    """移出目录."""

    division_code: ProvinceCode
    occupation_edition: Edition
    occupation_code: OccupationCodeText
    ends_before: Day = Field(description="自该日起不在目录中", examples=["2027-01-01"])


class ShortageOut(Output):
    """目录中的一个职业，[starts_on, ends_before)."""

    division_code: str = Field(examples=["640000"])
    benefit_line: str = Field(description="职业跨大典版本不变的编号", examples=["2015:4-10-01-05"])
    starts_on: Day
    ends_before: Day | None
    document_number: str

    @classmethod
    def of(cls, row: ShortageOccupationRow) -> "ShortageOut":
        """As everybody may see it."""
        assert row.in_force.lower is not None
        return cls(
            division_code=row.division_code,
            benefit_line=row.benefit_line,
            starts_on=row.in_force.lower,
            ends_before=row.in_force.upper,
            document_number=row.document_number,
        )


class ShortagePage(Output):
    """一页目录，按省份和职业排列."""

    items: list[ShortageOut]
    next_cursor: str | None


class ShortagesRecordedOut(Output):
    """登记或移出的职业."""

    division_code: str
    benefit_lines: list[str] = Field(examples=[["2015:4-10-01-05"]])


@router.get("/v1/shortage-occupations", summary="查询紧缺急需职业目录", responses=answers())
async def list_shortage_occupations(
    unit: ReadUnit,
    as_of: AsOf = None,
    division: Annotated[DivisionCodeText | None, Query(description="在哪个地区适用（含上级的目录）")] = None,
    limit: Limit = None,
    cursor: After = None,
) -> ShortagePage:
    """某一天有效的目录；市县适用所在省的目录。"""
    page = await queries.shortages_on(
        unit.session,
        as_of=as_of or unit.today,
        division=division,
        cursor=cursor,
        limit=check_page_limit(limit),
    )
    return ShortagePage(items=[ShortageOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.post(
    "/v1/shortage-occupations",
    summary="登记紧缺急需职业目录",
    status_code=201,
    response_model=ShortagesRecordedOut,
    responses=answers(409),
)
async def record_shortage_occupations(unit: WriteUnit, once: OnceOnly, body: ShortageListIn) -> Response:
    """由省级机构照公布的文件登记；自起始日起，该职业适用倾斜标准和另加次数（各省政策取值有规定的）。"""
    lines = await record_shortages(
        unit,
        division_code=body.division_code,
        listed=[(each.occupation_edition, each.occupation_code) for each in body.occupations],
        starts_on=body.starts_on,
        ends_before=body.ends_before,
        document_number=body.document_number,
    )
    recorded = ShortagesRecordedOut(division_code=body.division_code, benefit_lines=list(lines))
    location = {"Location": f"/v1/shortage-occupations?division={body.division_code}"}
    return await once.answer(recorded, 201, location)


@router.post(
    "/v1/shortage-occupations:end",
    summary="移出紧缺急需职业目录",
    response_model=ShortagesRecordedOut,
    responses=answers(404, 409),
)
async def end_shortage_occupation(unit: WriteUnit, once: OnceOnly, body: ShortageEndIn) -> Response:
    """不能追溯；此前的证书和培训仍按当时的目录办理。"""
    line = await end_shortage(
        unit,
        division_code=body.division_code,
        occupation_edition=body.occupation_edition,
        occupation_code=body.occupation_code,
        ends_before=body.ends_before,
    )
    return await once.answer(
        ShortagesRecordedOut(division_code=body.division_code, benefit_lines=[line]), 200
    )
