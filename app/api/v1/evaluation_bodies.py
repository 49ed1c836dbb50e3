"""评价机构目录 (directory of evaluation bodies): public reads, acts of agencies with the directory permission."""

from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from app.directory.evaluation_bodies import queries
from app.directory.evaluation_bodies.actions.end_scope import end_scope
from app.directory.evaluation_bodies.actions.record_scope import record_scope
from app.directory.evaluation_bodies.actions.register_body import register_body
from app.directory.evaluation_bodies.queries import BodyDetail
from app.directory.evaluation_bodies.rules import BodyScope
from app.directory.evaluation_bodies.states import BodyKind
from app.directory.evaluation_bodies.tables import EvaluationBodyRow
from app.reference.skill_levels import SkillLevel
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, Day, DivisionCodeText, Input, Line, Output, ShortLine

router = APIRouter(tags=["评价机构目录"])

BodyId = Annotated[UUID, Path(description="评价机构编号")]
AsOf = Annotated[Day | None, Query(description="查询哪一天的目录；不填为今天", examples=["2026-03-01"])]
OccupationCodeText = Annotated[
    str, Field(pattern=r"^[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}$", examples=["4-10-01-05"])
]
Edition = Annotated[int, Field(ge=1999, le=2100, description="职业分类大典版本（年）", examples=[2022])]
Level = Literal[
    SkillLevel.APPRENTICE,
    SkillLevel.LEVEL_5,
    SkillLevel.LEVEL_4,
    SkillLevel.LEVEL_3,
    SkillLevel.LEVEL_2,
    SkillLevel.LEVEL_1,
    SkillLevel.SPECIAL_TECHNICIAN,
    SkillLevel.CHIEF_TECHNICIAN,
]


class EvaluationBodyIn(Input):
    """评价机构登记."""

    body_code: ShortLine = Field(
        description="证书编号中的机构部分：技能等级证书前13位，职业资格证书第3至10位",
        examples=["S000011990001"],
    )
    kind: BodyKind = Field(examples=["social_body"])
    name: Line = Field(examples=["某市样例技能评价中心"])
    unified_social_credit_code: ShortLine | None = Field(default=None, examples=["52110000MJ0000018W"])
    division_code: DivisionCodeText


class ScopeIn(Input):
    """评价范围：可以评价哪个职业、哪些等级、多久."""

    occupation_edition: Edition
    occupation_code: OccupationCodeText
    lowest_level: Level = Field(examples=["level_5"])
    highest_level: Level = Field(description="数字越小等级越高", examples=["level_3"])
    starts_on: Day = Field(examples=["2025-01-01"])
    ends_before: Day | None = Field(default=None, description="有效期截止日的次日", examples=["2028-01-01"])
    document_number: ShortLine = Field(description="备案文号", examples=["某人社评〔2025〕1号"])


class ScopeEndIn(Input):
    """终止评价范围."""

    occupation_edition: Edition
    occupation_code: OccupationCodeText
    ends_before: Day = Field(description="自该日起不再评价", examples=["2027-01-01"])


class EvaluationBodyOut(Output):
    """目录中的评价机构."""

    body_id: UUID
    body_code: str
    kind: BodyKind
    name: str
    unified_social_credit_code: str | None
    division_code: str

    @classmethod
    def of(cls, row: EvaluationBodyRow) -> Self:
        """As everybody may see it."""
        return cls(
            body_id=row.body_id,
            body_code=row.body_code,
            kind=BodyKind(row.kind),
            name=row.name,
            unified_social_credit_code=row.unified_social_credit_code,
            division_code=row.division_code,
        )


class ScopeOut(Output):
    """一项评价范围，[starts_on, ends_before)."""

    occupation_edition: int
    occupation_code: str
    lowest_level: SkillLevel
    highest_level: SkillLevel
    starts_on: Day
    ends_before: Day | None
    document_number: str

    @classmethod
    def of(cls, scope: BodyScope) -> Self:
        """As everybody may see it."""
        return cls(
            occupation_edition=scope.occupation_edition,
            occupation_code=scope.occupation_code,
            lowest_level=scope.lowest,
            highest_level=scope.highest,
            starts_on=scope.in_force.starts_on,
            ends_before=scope.in_force.ends_before,
            document_number=scope.document_number,
        )


class EvaluationBodyDetailOut(EvaluationBodyOut):
    """评价机构及其查询日有效的评价范围."""

    scopes: list[ScopeOut]

    @classmethod
    def whole(cls, detail: BodyDetail) -> Self:
        """As everybody may see it."""
        return cls(
            **EvaluationBodyOut.of(detail.body).model_dump(),
            scopes=[ScopeOut.of(scope) for scope in detail.scopes],
        )


class EvaluationBodyPage(Output):
    """一页评价机构."""

    items: list[EvaluationBodyOut]
    next_cursor: str | None


@router.get("/v1/evaluation-bodies", summary="查询评价机构目录", responses=answers())
async def list_evaluation_bodies(
    unit: ReadUnit,
    as_of: AsOf = None,
    division: Annotated[DivisionCodeText | None, Query(description="机构所在地区（含下级）")] = None,
    kind: Annotated[BodyKind | None, Query(description="机构类别")] = None,
    occupation: Annotated[OccupationCodeText | None, Query(description="当日可以评价的职业编码")] = None,
    text: Annotated[Line | None, Query(description="名称中含有的文字", max_length=60)] = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EvaluationBodyPage:
    """某一天已登记的评价机构；按登记先后排列。"""
    page = await queries.list_bodies(
        unit.session,
        as_of=as_of or unit.today,
        within=division,
        kind=kind,
        occupation_code=occupation,
        text=text,
        cursor=cursor,
        limit=limit,
    )
    return EvaluationBodyPage(
        items=[EvaluationBodyOut.of(row) for row in page.items], next_cursor=page.next_cursor
    )


@router.get("/v1/evaluation-bodies/{body_id}", summary="查询一家评价机构", responses=answers(404))
async def read_evaluation_body(
    unit: ReadUnit, body_id: BodyId, as_of: AsOf = None
) -> EvaluationBodyDetailOut:
    """机构和当日有效的评价范围."""
    return EvaluationBodyDetailOut.whole(
        await queries.read_body(unit.session, body_id, as_of=as_of or unit.today)
    )


@router.post(
    "/v1/evaluation-bodies",
    summary="登记评价机构",
    status_code=201,
    response_model=EvaluationBodyDetailOut,
    responses=answers(409),
)
async def register_evaluation_body(unit: WriteUnit, once: OnceOnly, body: EvaluationBodyIn) -> Response:
    """由机构所在地的主管部门办理；机构代码的类别和省份与所填内容核对。"""
    body_id = await register_body(
        unit,
        body_code=body.body_code,
        kind=body.kind,
        name=body.name,
        unified_social_credit_code=body.unified_social_credit_code,
        division_code=body.division_code,
    )
    location = {"Location": f"/v1/evaluation-bodies/{body_id}"}
    return await once.answer(await _shown(unit, body_id), 201, location)


@router.post(
    "/v1/evaluation-bodies/{body_id}/scopes",
    summary="登记评价范围",
    status_code=201,
    response_model=EvaluationBodyDetailOut,
    responses=answers(404, 409),
)
async def record_evaluation_scope(
    unit: WriteUnit, once: OnceOnly, body_id: BodyId, body: ScopeIn
) -> Response:
    """照备案文件登记职业、等级和有效期；同一职业的有效期不能重叠。"""
    await record_scope(
        unit,
        body_id=body_id,
        occupation_edition=body.occupation_edition,
        occupation_code=body.occupation_code,
        lowest=body.lowest_level,
        highest=body.highest_level,
        starts_on=body.starts_on,
        ends_before=body.ends_before,
        document_number=body.document_number,
    )
    return await once.answer(await _shown(unit, body_id), 201)


@router.post(
    "/v1/evaluation-bodies/{body_id}/scopes:end",
    summary="终止评价范围",
    response_model=EvaluationBodyDetailOut,
    responses=answers(404, 409),
)
async def end_evaluation_scope(
    unit: WriteUnit, once: OnceOnly, body_id: BodyId, body: ScopeEndIn
) -> Response:
    """不能追溯；已发证书以发证当日的范围为准。"""
    await end_scope(
        unit,
        body_id=body_id,
        occupation_edition=body.occupation_edition,
        occupation_code=body.occupation_code,
        ends_before=body.ends_before,
    )
    return await once.answer(await _shown(unit, body_id), 200)


async def _shown(unit: WriteUnit, body_id: UUID) -> EvaluationBodyDetailOut:
    return EvaluationBodyDetailOut.whole(await queries.read_body(unit.session, body_id, as_of=unit.today))
