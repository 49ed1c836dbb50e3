"""项目目录 (directory of programs): public reads with the five published fields, acts of agencies."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from app.api.v1.institutions import AsOf, Edition, OccupationCodeText
from app.directory.programs import queries
from app.directory.programs.actions.publish_program import publish_program
from app.directory.programs.actions.revise_program import revise_program
from app.directory.programs.actions.withdraw_program import withdraw_program
from app.directory.programs.queries import ProgramVersion
from app.directory.programs.rules import ProgramContent
from app.reference.skill_levels import SkillLevel
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, DivisionCodeText, Input, Line, LongText, Output, Why

router = APIRouter(tags=["项目目录"])

ProgramId = Annotated[UUID, Path(description="项目编号")]
Hours = Annotated[int, Field(ge=0, le=5000, description="课时", examples=[40])]


class ProgramVersionIn(Input):
    """项目内容：人社部发〔2025〕10号三(二)公布的五项及课时构成."""

    name: Line = Field(examples=["某市养老护理员（五级）培训"])
    occupation_edition: Edition
    occupation_code: OccupationCodeText
    skill_level: SkillLevel = Field(examples=["level_5"])
    training_type: Annotated[str, Field(pattern=r"^[a-z_]{2,40}$", examples=["employment_skills"])]
    training_mode: Annotated[str, Field(pattern=r"^[a-z_]{2,40}$", examples=["classroom"])]
    open_positions: Annotated[int, Field(ge=0, le=10_000_000, description="技能岗位用工数量", examples=[320])]
    skill_requirements: LongText = Field(examples=["能为老年人提供生活照料、基础护理和安全保护"])
    content: LongText = Field(examples=["职业道德、照护基础知识、实操训练、安全操作"])
    theory_hours: Hours
    practice_hours: Hours
    safety_hours: Hours
    starts_on: date = Field(examples=["2026-12-01"])
    ends_before: date | None = Field(default=None, examples=["2028-01-01"])

    def stated(self) -> ProgramContent:
        """As the act takes it."""
        return ProgramContent(**{name: getattr(self, name) for name in ProgramVersionIn.model_fields})


class ProgramIn(ProgramVersionIn):
    """新项目."""

    division_code: DivisionCodeText


class ProgramEndIn(Input):
    """项目退出."""

    ends_before: date = Field(description="自该日起不再施行", examples=["2027-01-01"])
    reason: Why = Field(examples=["岗位需求变化"])


class TrainingDurationOut(Output):
    """培训时长（课时）."""

    class_hours: int
    theory_hours: int
    practice_hours: int
    safety_hours: int


class PublishedOut(Output):
    """向社会公布的五项，人社部发〔2025〕10号三(二)."""

    posts_wanted: int = Field(description="技能岗位用工数量")
    skill_requirements: str = Field(description="技能要求")
    training_content: str = Field(description="培训内容")
    training_duration: TrainingDurationOut = Field(description="培训时长")
    training_mode: str = Field(description="培训方式（代码）")


class ProgramOut(Output):
    """目录中的项目（某一版本）."""

    program_id: UUID
    version: int
    division_code: str
    name: str
    occupation_edition: int
    occupation_code: str
    skill_level: SkillLevel
    training_type: str
    published: PublishedOut
    starts_on: date | None
    ends_before: date | None

    @classmethod
    def of(cls, version: ProgramVersion) -> Self:
        """As everybody may see it."""
        row = version.row
        return cls(
            program_id=row.program_id,
            version=row.version,
            division_code=version.division_code,
            name=row.name,
            occupation_edition=row.occupation_edition,
            occupation_code=row.occupation_code,
            skill_level=SkillLevel(row.skill_level),
            training_type=row.training_type,
            published=PublishedOut(
                posts_wanted=row.open_positions,
                skill_requirements=row.skill_requirements,
                training_content=row.content,
                training_duration=TrainingDurationOut(
                    class_hours=row.class_hours,
                    theory_hours=row.theory_hours,
                    practice_hours=row.practice_hours,
                    safety_hours=row.safety_hours,
                ),
                training_mode=row.training_mode,
            ),
            starts_on=row.in_force.lower,
            ends_before=row.in_force.upper,
        )


class ProgramPage(Output):
    """一页项目."""

    items: list[ProgramOut]
    next_cursor: str | None


class ProgramHistory(Output):
    """一个项目的全部版本，先旧后新."""

    program_id: UUID
    versions: list[ProgramOut]


@router.get("/v1/programs", summary="查询项目目录", responses=answers())
async def list_programs(
    unit: ReadUnit,
    as_of: AsOf = None,
    division: Annotated[DivisionCodeText | None, Query(description="发布地区（含下级）")] = None,
    occupation: Annotated[OccupationCodeText | None, Query(description="职业编码")] = None,
    skill_level: Annotated[SkillLevel | None, Query(description="技能等级")] = None,
    training_type: Annotated[
        str | None, Query(pattern=r"^[a-z_]{2,40}$", description="培训类型（代码）")
    ] = None,
    text: Annotated[Line | None, Query(description="名称中含有的文字", max_length=60)] = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ProgramPage:
    """某一天施行的项目；按首次发布先后排列."""
    page = await queries.list_programs(
        unit.session,
        as_of=as_of or unit.today,
        within=division,
        occupation_code=occupation,
        skill_level=skill_level,
        training_type=training_type,
        text=text,
        cursor=cursor,
        limit=limit,
    )
    return ProgramPage(items=[ProgramOut.of(version) for version in page.items], next_cursor=page.next_cursor)


@router.get("/v1/programs/{program_id}", summary="查询一个项目的全部版本", responses=answers(404))
async def read_program(unit: ReadUnit, program_id: ProgramId) -> ProgramHistory:
    """备案只能使用申报日施行的版本."""
    return await _shown(unit, program_id)


@router.post(
    "/v1/programs",
    summary="发布项目",
    status_code=201,
    response_model=ProgramHistory,
    responses=answers(409),
)
async def publish(unit: WriteUnit, once: OnceOnly, body: ProgramIn) -> Response:
    """新项目进入本地区的目录."""
    program_id = await publish_program(unit, division_code=body.division_code, content=body.stated())
    location = {"Location": f"/v1/programs/{program_id}"}
    return await once.answer(await _shown(unit, program_id), 201, location)


@router.post(
    "/v1/programs/{program_id}:revise",
    summary="调整项目（发布新版本）",
    status_code=201,
    response_model=ProgramHistory,
    responses=answers(404, 409),
)
async def revise(unit: WriteUnit, once: OnceOnly, program_id: ProgramId, body: ProgramVersionIn) -> Response:
    """新版本自起始日施行，旧版本同日终止；已备案的班次仍按其申报时的版本."""
    await revise_program(unit, program_id=program_id, content=body.stated())
    return await once.answer(await _shown(unit, program_id), 201)


@router.post(
    "/v1/programs/{program_id}:withdraw",
    summary="项目退出目录",
    response_model=ProgramHistory,
    responses=answers(404, 409),
)
async def withdraw(unit: WriteUnit, once: OnceOnly, program_id: ProgramId, body: ProgramEndIn) -> Response:
    """自该日起不能再以此项目申报."""
    await withdraw_program(unit, program_id=program_id, ends_before=body.ends_before, reason=body.reason)
    return await once.answer(await _shown(unit, program_id), 200)


async def _shown(unit: WriteUnit, program_id: UUID) -> ProgramHistory:
    versions = await queries.versions_of(unit.session, program_id)
    return ProgramHistory(program_id=program_id, versions=[ProgramOut.of(version) for version in versions])
