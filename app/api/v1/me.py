"""What a citizen sees of themselves: the lifelong record, the classes they are enrolled in, who looked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.access.unit import Unit
from app.api.v1.log import InclusionOut
from app.api.v1.record_shapes import EntryOut
from app.archive.log.queries import own_proof
from app.archive.records.queries import entries_of_persons, officers_named, person_group
from app.archive.records.states import PURPOSE_LABELS, Purpose
from app.exchange.extracts.states import KIND_LABELS as DOCUMENT_LABELS
from app.exchange.looks.queries import Look, looks_at_me
from app.exchange.looks.states import CHANNEL_LABELS, LookChannel
from app.kernel.errors import NotFound, Reason
from app.kernel.masking import mask_name_public
from app.kernel.paging import check_page_limit
from app.training.completion.queries import enrollments_of_persons
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["本人"])

_NOT_SEALED = Reason(
    code="record_not_sealed",
    message="没有找到您名下已公布的这条档案",
    remedy="新登记的档案在 60 秒内封存并公布，请稍后再试；编号以“我的培训档案”所示为准",
)

SUBJECT_LABELS: Mapping[str, str] = {
    "record": "培训档案",
    "roster": "学员名册",
    "identity": "身份信息",
    "attendance": "考勤",
    "result": "考核结果",
    "verification": "核验",
    **{kind.value: label for kind, label in DOCUMENT_LABELS.items()},
    "benefit": "补贴享受情况",
    "comparison": "信息比对",
}


class MyRecordOut(Output):
    """本人的终身职业技能培训档案."""

    entries: list[EntryOut]


class EnrollmentOut(Output):
    """机构为本人登记的一个班."""

    opening_id: UUID
    opening_name: str
    institution_name: str
    state: str = Field(examples=["running"])
    added_at: datetime
    withdrawn_at: datetime | None
    first_session_at: datetime | None
    last_session_ends_at: datetime | None


class EnrollmentsOut(Output):
    """本人被登记的全部班级，最近的在前."""

    items: list[EnrollmentOut]


class AccessOut(Output):
    """一次查看：何时、谁、为什么。经办机构写明经办人（姓名已遮盖）与案件；持链接或打印件的人只知大致网络来源."""

    at: datetime
    channel: LookChannel
    channel_label: str = Field(examples=["经办机构查询"])
    agency_name: str | None = Field(examples=["示例区人力资源和社会保障局"])
    officer: str | None = Field(examples=["张*"])
    subject: str = Field(examples=["培训档案"])
    purpose: Purpose | None
    purpose_label: str | None = Field(examples=["补贴审核"])
    case_number: str | None
    source_region: str | None = Field(
        description="网络地址的前半部分；经办机构查询时为空", examples=["203.0.*.*"]
    )
    proof_id: UUID | None = Field(description="被打开的分享或被查验的打印件")

    @classmethod
    def of(cls, look: Look, officers: Mapping[UUID, Any]) -> Self:
        """As it leaves."""
        officer = None if look.principal_id is None else officers[look.principal_id]
        purpose = None if look.purpose is None else Purpose(look.purpose)
        return cls(
            at=look.at,
            channel=look.channel,
            channel_label=CHANNEL_LABELS[look.channel],
            agency_name=None if officer is None else officer.name,
            officer=None if officer is None else mask_name_public(officer.display_name),
            subject=SUBJECT_LABELS[look.subject],
            purpose=purpose,
            purpose_label=None if purpose is None else PURPOSE_LABELS[purpose],
            case_number=look.case_number,
            source_region=look.source_region,
            proof_id=look.proof_id,
        )


class AccessesOut(Output):
    """查询记录，最近的在前."""

    items: list[AccessOut]
    next_cursor: str | None


@router.get("/v1/me/record", summary="我的培训档案", response_model=MyRecordOut, responses=answers())
async def my_record(unit: ReadUnit) -> MyRecordOut:
    """全部档案条目，含已更正和已撤销的；身份合并过的，各个身份名下的一并列出。"""
    entries = await entries_of_persons(unit, await _myself(unit))
    return MyRecordOut(entries=EntryOut.of_all(list(entries)))


@router.get(
    "/v1/me/record/{record_number}/proof",
    summary="我的档案条目的封存证明",
    response_model=InclusionOut,
    responses=answers(404),
)
async def my_proof(
    record_number: Annotated[
        str, Path(max_length=40, description="档案编号", examples=["R110105-2026-00000001-9"])
    ],
    unit: ReadUnit,
) -> InclusionOut:
    """含内容与随机数：交给谁，谁就能脱机核验这条档案（registry-verify proof）。请只交给需要的人。"""
    proof = await own_proof(unit, await _myself(unit), record_number)
    if proof is None:
        raise NotFound([_NOT_SEALED])
    return InclusionOut(**proof.bundle)


@router.get(
    "/v1/me/enrollments", summary="我被登记的班级", response_model=EnrollmentsOut, responses=answers()
)
async def my_enrollments(unit: ReadUnit) -> EnrollmentsOut:
    """哪些机构把我登记进了名册；没有参加过的，请向经办机构反映。"""
    rows = await enrollments_of_persons(unit, await _myself(unit))
    return EnrollmentsOut(items=[EnrollmentOut.model_validate(row, from_attributes=True) for row in rows])


@router.get("/v1/me/accesses", summary="谁查过我", response_model=AccessesOut, responses=answers())
async def my_accesses(
    unit: ReadUnit,
    limit: Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])] = None,
    cursor: Annotated[str | None, Query(max_length=1024, description="上一页返回的 next_cursor")] = None,
) -> AccessesOut:
    """每一次查看：经办机构的时间、经办人、事由与案件编号；分享链接被打开、打印件被查验的时间与大致来源。"""
    page = await looks_at_me(unit, limit=check_page_limit(limit), cursor=cursor)
    looking = [look.principal_id for look in page.items if look.principal_id is not None]
    officers = await officers_named(unit, looking)
    return AccessesOut(
        items=[AccessOut.of(look, officers) for look in page.items], next_cursor=page.next_cursor
    )


async def _myself(unit: Unit) -> list[UUID]:
    assert unit.actor.person_id is not None
    return await person_group(unit, unit.actor.person_id)
