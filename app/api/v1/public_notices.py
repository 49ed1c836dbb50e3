"""公示: officers publish approved claims, everybody reads masked lines while a notice is up, anybody may object."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import Field, model_validator
from starlette.responses import Response

from app.access.actor import SYSTEM_ACTOR
from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.kernel.paging import check_page_limit
from app.subsidies.entitlements.states import BenefitKind
from app.subsidies.notices import rules
from app.subsidies.notices.actions.file_objection import FileObjection, file_objection
from app.subsidies.notices.actions.publish_notice import Published, publish_notice
from app.subsidies.notices.queries import notice_lines, open_notice, open_notices
from app.subsidies.notices.tables import PublicNotice
from app.web.dependencies import Admitted, Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, DivisionCodeText, Input, Line, LongText, Moment, Output, ShortLine

router = APIRouter(tags=["公示与异议"])

NoticeId = Annotated[UUID, Path(description="公示标识")]
Limit = Annotated[int | None, Query(description="每页条数，1 至 200，默认 50", examples=[50])]
NextCursor = Annotated[Cursor | None, Query(description="上一页返回的 next_cursor")]


class NoticeIn(Input):
    """公示一批已批准的申领：按种类取本辖区全部，或者列出名单，二者选一."""

    title: Annotated[Line, Field(examples=["北京市朝阳区2026年第12批技能提升补贴公示"])]
    division_code: DivisionCodeText
    kinds: Annotated[
        list[BenefitKind],
        Field(
            max_length=10,
            examples=[["skill_upgrade"]],
            description="补贴种类，取全部待公示",
            default_factory=list,
        ),
    ]
    claim_ids: Annotated[
        list[UUID],
        Field(max_length=rules.LINES_MAX, examples=[[]], description="申领标识名单", default_factory=list),
    ]

    @model_validator(mode="after")
    def _names_one(self) -> "NoticeIn":
        if bool(self.kinds) == bool(self.claim_ids):
            raise ValueError("kinds（按种类取全部）与 claim_ids（名单）须填且只填一项")
        if len(set(self.claim_ids)) != len(self.claim_ids):
            raise ValueError("claim_ids 中有重复的申领")
        return self


class NoticePublishedOut(Output):
    """已公示."""

    notice_id: UUID
    starts_on: date
    ends_on: date = Field(description="公示末日（含），满规定的工作日")
    lines: int = Field(examples=[120])
    is_more: bool = Field(description="是否还有已批准的申领没有列入（每份至多1000条），可再公示一份")

    @classmethod
    def of(cls, published: Published) -> "NoticePublishedOut":
        """As it leaves."""
        return cls.model_validate(published, from_attributes=True)


class NoticeOut(Output):
    """一份正在进行的公示."""

    notice_id: UUID
    title: str = Field(examples=["北京市朝阳区2026年第12批技能提升补贴公示"])
    division_code: str = Field(examples=["110105"])
    starts_on: date
    ends_on: date = Field(description="公示末日（含）")
    published_at: Moment

    @classmethod
    def of(cls, row: PublicNotice) -> "NoticeOut":
        """As it leaves; who published stays with the agency."""
        return cls.model_validate(row, from_attributes=True)


class NoticesOut(Output):
    """正在进行的公示，最近的在前."""

    items: list[NoticeOut]
    next_cursor: str | None


class NoticeLineOut(Output):
    """公示名单的一条；姓名已遮盖，不含证件号码."""

    line_no: int = Field(examples=[1], description="条目序号，提出异议时使用")
    name: str = Field(examples=["张*"])
    benefit: str = Field(examples=["技能提升补贴"])
    occupation: str | None = Field(examples=["养老护理员"])
    level: str | None = Field(examples=["四级/中级工"])
    institution: str | None = Field(examples=["示例职业培训学校"])
    amount_fen: int = Field(examples=[150000], description="金额，分")
    division: str = Field(examples=["朝阳区"])

    @classmethod
    def of(cls, line_no: int, shown: dict[str, Any]) -> "NoticeLineOut":
        """The whitelist as it was published."""
        told = {name: shown.get(name) for name in cls.model_fields if name != "line_no"}
        return cls(line_no=line_no, **told)


class NoticeLinesOut(Output):
    """一份公示及其名单的一页."""

    notice: NoticeOut
    items: list[NoticeLineOut]
    next_cursor: str | None


class ObjectionIn(Input):
    """异议；不必登录，可以不留联系方式."""

    grounds: Annotated[LongText, Field(min_length=5, max_length=2000, examples=["此人当时不在本地参加培训"])]
    contact: Annotated[
        ShortLine | None, Field(examples=["010-00000000"], description="愿意被联系时填写，只有经办人因案可见")
    ] = None


class ReceiptOut(Output):
    """异议已收到；凭回执号查询处理结果，请妥善保存."""

    receipt_code: str = Field(examples=["YABCD-EFGH-2345-67AB"])


@router.post(
    "/v1/public-notices",
    summary="公示已批准的申领",
    status_code=201,
    response_model=NoticePublishedOut,
    responses=answers(404, 409),
)
async def publish(body: NoticeIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """即日起公示，工作日自次日起算；姓名遮盖，不含证件号码。列出的每一件不符合的，一次列全原因。"""
    published = await publish_notice(
        unit,
        parts.keys,
        title=body.title,
        division_code=body.division_code,
        kinds=body.kinds,
        claim_ids=body.claim_ids,
    )
    return await once.answer(
        NoticePublishedOut.of(published), 201, {"Location": f"/v1/public-notices/{published.notice_id}"}
    )


@router.get("/v1/public-notices", summary="正在进行的公示", response_model=NoticesOut, responses=answers())
async def list_public_notices(
    unit: ReadUnit,
    division: Annotated[DivisionCodeText | None, Query(description="行政区划代码，含其下各级")] = None,
    limit: Limit = None,
    cursor: NextCursor = None,
) -> NoticesOut:
    """公示期满的自动撤下，不再列出。"""
    page = await open_notices(unit, division_code=division, limit=check_page_limit(limit), cursor=cursor)
    return NoticesOut(items=[NoticeOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.get(
    "/v1/public-notices/{notice_id}",
    summary="查看公示名单",
    response_model=NoticeLinesOut,
    responses=answers(404),
)
async def read_public_notice(
    notice_id: NoticeId, unit: ReadUnit, limit: Limit = None, cursor: NextCursor = None
) -> NoticeLinesOut:
    """只在公示期内可看；撤回和退回重审的不再显示，序号不变。"""
    notice = await open_notice(unit, notice_id)
    page = await notice_lines(unit, notice_id, limit=check_page_limit(limit), cursor=cursor)
    return NoticeLinesOut(
        notice=NoticeOut.of(notice),
        items=[NoticeLineOut.of(line_no, shown) for line_no, shown in page.items],
        next_cursor=page.next_cursor,
    )


@router.post(
    "/v1/public-notices/{notice_id}/lines/{line_no}/objections",
    summary="对公示的一条提出异议",
    status_code=201,
    response_model=ReceiptOut,
    responses=answers(404, 409, 429),
)
async def object_to_line(
    notice_id: NoticeId,
    line_no: Annotated[int, Path(ge=1, le=2_147_483_647, examples=[1], description="条目序号")],
    body: ObjectionIn,
    request: Request,
    caller: Admitted,
    parts: Parts,
    idempotency_key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            min_length=8,
            max_length=200,
            pattern=r"^[\x21-\x7e]+$",
            examples=["0198c0de-7f00-7000-8000-00000000abcd"],
            description="幂等键：重发同一请求时保持不变，答复同一回执号",
        ),
    ],
) -> ReceiptOut:
    """任何人都可以提出；内容加密保存。异议未了结前，只有这一件申领不能拨付。"""
    # Whoever objects is nobody to the registry, signed in or not: no name, no account goes with it.
    nobody = replace(SYSTEM_ACTOR, request_id=request.state.request_id)
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC, nobody) as unit:
        receipt_code = await file_objection(
            unit,
            parts.keys,
            FileObjection(
                notice_id=notice_id,
                line_no=line_no,
                grounds=body.grounds,
                contact=body.contact,
                source="" if request.client is None else request.client.host,
                once_key=idempotency_key,
            ),
        )
    return ReceiptOut(receipt_code=receipt_code)
