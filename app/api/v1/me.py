"""What a citizen sees of themselves: the lifelong record, the classes they are enrolled in, who looked."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from app.access.unit import Unit
from app.api.v1.record_shapes import EntryOut
from app.archive.records.queries import accesses_of_persons, entries_of_persons, officers_named, person_group
from app.archive.records.states import PURPOSE_LABELS, Purpose
from app.kernel.masking import mask_name_public
from app.kernel.paging import check_page_limit
from app.training.completion.queries import enrollments_of_persons
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["本人"])

SUBJECT_LABELS = {
    "record": "培训档案",
    "roster": "学员名册",
    "identity": "身份信息",
    "attendance": "考勤",
    "result": "考核结果",
    "verification": "核验",
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
    """一次查询：何时、哪个机构、谁（姓名已遮盖）、为什么."""

    at: datetime
    agency_name: str = Field(examples=["示例区人力资源和社会保障局"])
    officer: str = Field(examples=["张*"])
    subject: str = Field(examples=["培训档案"])
    purpose: Purpose
    purpose_label: str = Field(examples=["补贴审核"])
    case_number: str


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
    """每一次经办机构查看我的信息：时间、机构、经办人、事由与案件编号。"""
    page = await accesses_of_persons(unit, await _myself(unit), limit=check_page_limit(limit), cursor=cursor)
    officers = await officers_named(unit, [access.principal_id for access in page.items])
    return AccessesOut(
        items=[
            AccessOut(
                at=access.at,
                agency_name=officers[access.principal_id].name,
                officer=mask_name_public(officers[access.principal_id].display_name),
                subject=SUBJECT_LABELS[access.subject],
                purpose=Purpose(access.purpose),
                purpose_label=PURPOSE_LABELS[Purpose(access.purpose)],
                case_number=access.case_number,
            )
            for access in page.items
        ],
        next_cursor=page.next_cursor,
    )


async def _myself(unit: Unit) -> list[UUID]:
    assert unit.actor.person_id is not None
    return await person_group(unit, unit.actor.person_id)
