"""机构目录 (directory of institutions): public reads, acts of agencies with the directory permission."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from app.directory.institutions import queries
from app.directory.institutions.actions.add_qualification import add_qualification
from app.directory.institutions.actions.change_standing import change_standing
from app.directory.institutions.actions.designate import designate, end_designation
from app.directory.institutions.actions.register_institution import Qualification, register_institution
from app.directory.institutions.queries import InstitutionDetail
from app.directory.institutions.rules import InstitutionFacts
from app.directory.institutions.states import InstitutionKind, QualificationKind, Standing
from app.directory.institutions.tables import DesignationRow, QualificationRow
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import AnyDay, Cursor, DivisionCodeText, Input, Line, Output, ShortLine, Why

router = APIRouter(tags=["机构目录"])

InstitutionId = Annotated[UUID, Path(description="机构编号")]
AsOf = Annotated[AnyDay | None, Query(description="查询哪一天的状态；不填为今天", examples=["2026-03-01"])]
OccupationCodeText = Annotated[
    str, Field(pattern=r"^[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}$", examples=["4-10-01-06"])
]
Edition = Annotated[int, Field(ge=1999, le=2100, description="职业分类大典版本（年）", examples=[2022])]


class QualificationIn(Input):
    """资质证照."""

    kind: QualificationKind = Field(examples=["school_license"])
    document_number: ShortLine = Field(examples=["人社民3110105000001号"])
    issued_by: Line = Field(examples=["某市某区人力资源和社会保障局"])
    starts_on: date = Field(examples=["2024-01-01"])
    ends_before: date | None = Field(
        default=None, description="有效期截止日的次日；长期有效不填", examples=["2029-01-01"]
    )

    def stated(self) -> Qualification:
        """As the act takes it."""
        return Qualification(
            kind=self.kind,
            document_number=self.document_number,
            issued_by=self.issued_by,
            starts_on=self.starts_on,
            ends_before=self.ends_before,
        )


class InstitutionIn(Input):
    """机构登记."""

    unified_social_credit_code: str = Field(max_length=64, examples=["52110000MJ0000018W"])
    name: Line = Field(examples=["某市示范职业培训学校"])
    kind: InstitutionKind = Field(examples=["training_school"])
    division_code: DivisionCodeText
    address: Line = Field(examples=["某市某区示范路1号"])
    contact_phone: Annotated[str, Field(pattern=r"^[0-9+() -]{5,30}$", examples=["010-00000000"])]
    qualification: QualificationIn
    document_number: ShortLine | None = Field(
        default=None, description="登记文号", examples=["某人社发〔2026〕1号"]
    )


class StandingIn(Input):
    """状态变更."""

    reason: Why = Field(examples=["年度检查不合格，限期整改"])
    effective_on: date | None = Field(default=None, description="生效日期；不填为今天，不能追溯")
    document_number: ShortLine | None = Field(default=None, examples=["某人社监〔2026〕2号"])


class DesignationIn(Input):
    """定点：可以培训哪个职业、在哪里、多久."""

    occupation_edition: Edition
    occupation_code: OccupationCodeText
    division_code: DivisionCodeText
    starts_on: date = Field(examples=["2026-01-01"])
    ends_before: date | None = Field(default=None, examples=["2028-01-01"])
    document_number: ShortLine = Field(examples=["某人社发〔2026〕3号"])


class DesignationEndIn(Input):
    """终止定点."""

    occupation_edition: Edition
    occupation_code: OccupationCodeText
    division_code: DivisionCodeText
    ends_before: date = Field(description="自该日起不再定点", examples=["2027-01-01"])


class InstitutionOut(Output):
    """目录中的机构（不含个人信息）."""

    institution_id: UUID
    unified_social_credit_code: str
    name: str
    kind: InstitutionKind
    division_code: str
    address: str
    public_phone: str | None = Field(description="办公电话；登记为手机号码的不公布")
    standing: Standing | None = Field(description="查询日的状态；当时尚未登记的为空")

    @classmethod
    def of(cls, facts: InstitutionFacts) -> Self:
        """As everybody may see it."""
        return cls(
            institution_id=facts.institution_id,
            unified_social_credit_code=facts.unified_social_credit_code,
            name=facts.name,
            kind=InstitutionKind(facts.kind),
            division_code=facts.division_code,
            address=facts.address,
            public_phone=facts.public_phone,
            standing=facts.standing,
        )


class StandingOut(Output):
    """一段状态，[starts_on, ends_before)."""

    standing: Standing
    starts_on: date
    ends_before: date | None
    document_number: str | None


class QualificationOut(Output):
    """查询日有效的资质证照."""

    qualification_id: UUID
    kind: QualificationKind
    document_number: str
    issued_by: str
    starts_on: date | None
    ends_before: date | None

    @classmethod
    def of(cls, row: QualificationRow) -> Self:
        """As everybody may see it."""
        return cls(
            qualification_id=row.qualification_id,
            kind=QualificationKind(row.kind),
            document_number=row.document_number,
            issued_by=row.issued_by,
            starts_on=row.in_force.lower,
            ends_before=row.in_force.upper,
        )


class DesignationOut(Output):
    """查询日有效的定点."""

    occupation_edition: int
    occupation_code: str
    division_code: str
    starts_on: date | None
    ends_before: date | None
    document_number: str

    @classmethod
    def of(cls, row: DesignationRow) -> Self:
        """As everybody may see it."""
        return cls(
            occupation_edition=row.occupation_edition,
            occupation_code=row.occupation_code,
            division_code=row.division_code,
            starts_on=row.in_force.lower,
            ends_before=row.in_force.upper,
            document_number=row.document_number,
        )


class InstitutionDetailOut(InstitutionOut):
    """机构及其资质、定点范围、状态历史."""

    standings: list[StandingOut]
    qualifications: list[QualificationOut]
    designations: list[DesignationOut]

    @classmethod
    def whole(cls, detail: InstitutionDetail) -> Self:
        """As everybody may see it."""
        return cls(
            **InstitutionOut.of(detail.institution).model_dump(),
            standings=[
                StandingOut(
                    standing=period.standing,
                    starts_on=period.in_force.starts_on,
                    ends_before=period.in_force.ends_before,
                    document_number=period.document_number,
                )
                for period in detail.standings
            ],
            qualifications=[QualificationOut.of(row) for row in detail.qualifications],
            designations=[DesignationOut.of(row) for row in detail.designations],
        )


class InstitutionPage(Output):
    """一页机构."""

    items: list[InstitutionOut]
    next_cursor: str | None


@router.get("/v1/institutions", summary="查询机构目录", responses=answers())
async def list_institutions(
    unit: ReadUnit,
    as_of: AsOf = None,
    division: Annotated[DivisionCodeText | None, Query(description="机构所在地区（含下级）")] = None,
    occupation: Annotated[OccupationCodeText | None, Query(description="定点职业编码")] = None,
    standing: Annotated[Standing | None, Query(description="当日状态")] = None,
    text: Annotated[Line | None, Query(description="名称中含有的文字", max_length=60)] = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> InstitutionPage:
    """某一天在目录中的机构；按登记先后排列。"""
    page = await queries.list_institutions(
        unit.session,
        as_of=as_of or unit.today,
        within=division,
        occupation_code=occupation,
        standing=standing,
        text=text,
        cursor=cursor,
        limit=limit,
    )
    return InstitutionPage(
        items=[InstitutionOut.of(facts) for facts in page.items], next_cursor=page.next_cursor
    )


@router.get("/v1/institutions/{institution_id}", summary="查询一家机构", responses=answers(404))
async def read_institution(
    unit: ReadUnit, institution_id: InstitutionId, as_of: AsOf = None
) -> InstitutionDetailOut:
    """机构、当日有效的资质和定点、全部状态历史."""
    return InstitutionDetailOut.whole(
        await queries.read_institution(unit.session, institution_id, as_of=as_of or unit.today)
    )


@router.post(
    "/v1/institutions",
    summary="登记机构进入目录",
    status_code=201,
    response_model=InstitutionDetailOut,
    responses=answers(409),
)
async def register(unit: WriteUnit, once: OnceOnly, body: InstitutionIn) -> Response:
    """两个校验位都核对；登记当日起为“在目录”。"""
    institution_id = await register_institution(
        unit,
        unified_social_credit_code=body.unified_social_credit_code,
        name=body.name,
        kind=body.kind,
        division_code=body.division_code,
        address=body.address,
        contact_phone=body.contact_phone,
        qualification=body.qualification.stated(),
        document_number=body.document_number,
    )
    location = {"Location": f"/v1/institutions/{institution_id}"}
    return await once.answer(await _shown(unit, institution_id), 201, location)


@router.post(
    "/v1/institutions/{institution_id}/qualifications",
    summary="登记资质证照",
    status_code=201,
    response_model=InstitutionDetailOut,
    responses=answers(404, 409),
)
async def add_institution_qualification(
    unit: WriteUnit, once: OnceOnly, institution_id: InstitutionId, body: QualificationIn
) -> Response:
    """换证后登记新证；旧证照的历史保留."""
    await add_qualification(unit, institution_id=institution_id, qualification=body.stated())
    return await once.answer(await _shown(unit, institution_id), 201)


@router.post(
    "/v1/institutions/{institution_id}/designations",
    summary="定点",
    status_code=201,
    response_model=InstitutionDetailOut,
    responses=answers(404, 409),
)
async def designate_institution(
    unit: WriteUnit, once: OnceOnly, institution_id: InstitutionId, body: DesignationIn
) -> Response:
    """由定点地区的主管部门办理."""
    await designate(
        unit,
        institution_id=institution_id,
        occupation_edition=body.occupation_edition,
        occupation_code=body.occupation_code,
        division_code=body.division_code,
        starts_on=body.starts_on,
        ends_before=body.ends_before,
        document_number=body.document_number,
    )
    return await once.answer(await _shown(unit, institution_id), 201)


@router.post(
    "/v1/institutions/{institution_id}/designations:end",
    summary="终止定点",
    response_model=InstitutionDetailOut,
    responses=answers(404, 409),
)
async def end_institution_designation(
    unit: WriteUnit, once: OnceOnly, institution_id: InstitutionId, body: DesignationEndIn
) -> Response:
    """不能追溯；已有备案以其为依据的日子不能收回."""
    await end_designation(
        unit,
        institution_id=institution_id,
        occupation_edition=body.occupation_edition,
        occupation_code=body.occupation_code,
        division_code=body.division_code,
        ends_before=body.ends_before,
    )
    return await once.answer(await _shown(unit, institution_id), 200)


@router.post(
    "/v1/institutions/{institution_id}:suspend",
    summary="暂停机构",
    response_model=InstitutionDetailOut,
    responses=answers(404, 409),
)
async def suspend_institution(
    unit: WriteUnit, once: OnceOnly, institution_id: InstitutionId, body: StandingIn
) -> Response:
    """暂停期间不能申报开班备案."""
    return await _change(unit, once, institution_id, Standing.SUSPENDED, body)


@router.post(
    "/v1/institutions/{institution_id}:restore",
    summary="恢复机构",
    response_model=InstitutionDetailOut,
    responses=answers(404, 409),
)
async def restore_institution(
    unit: WriteUnit, once: OnceOnly, institution_id: InstitutionId, body: StandingIn
) -> Response:
    """从暂停恢复为在目录."""
    return await _change(unit, once, institution_id, Standing.ACTIVE, body)


@router.post(
    "/v1/institutions/{institution_id}:withdraw",
    summary="机构退出目录",
    response_model=InstitutionDetailOut,
    responses=answers(404, 409),
)
async def withdraw_institution(
    unit: WriteUnit, once: OnceOnly, institution_id: InstitutionId, body: StandingIn
) -> Response:
    """退出后不能恢复."""
    return await _change(unit, once, institution_id, Standing.WITHDRAWN, body)


async def _change(
    unit: WriteUnit, once: OnceOnly, institution_id: UUID, to: Standing, body: StandingIn
) -> Response:
    await change_standing(
        unit,
        institution_id=institution_id,
        to=to,
        effective_on=body.effective_on,
        reason=body.reason,
        document_number=body.document_number,
    )
    return await once.answer(await _shown(unit, institution_id), 200)


async def _shown(unit: WriteUnit, institution_id: UUID) -> InstitutionDetailOut:
    return InstitutionDetailOut.whole(
        await queries.read_institution(unit.session, institution_id, as_of=unit.today)
    )
