"""用人单位名单 (employers' listings): filed by an enterprise, confirmed or returned by an officer."""

from functools import partial
from typing import Annotated
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, File, Path, Query, UploadFile
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.listing_shapes import (
    OCCUPATION_CODE_FORM,
    PERIOD_FORMS,
    ConfirmedListingOut,
    FiledListingOut,
    ListedPersonOut,
    ListedPersonPage,
    ListingHeadIn,
    ListingIn,
    ListingOut,
    ListingPage,
    ReadListingIn,
    ReadListingLineOut,
    ReadListingOut,
    ReturnedListingOut,
    ReturnListingIn,
)
from app.files.limits import ROSTER
from app.files.sheet import TableFile
from app.files.tabular import read_table
from app.kernel.paging import DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT
from app.reference.divisions import was_in_force
from app.reference.key_groups import key_groups
from app.reference.skill_levels import SkillLevel
from app.subsidies.listings.actions.decide_listing import confirm_listing, return_listing
from app.subsidies.listings.actions.file_listing import FiledListing, file_listing
from app.subsidies.listings.actions.read_lines import read_lines
from app.subsidies.listings.queries import get_listing, list_listings, list_own_lines
from app.subsidies.listings.rules import ListingHead
from app.subsidies.listings.states import ListingKind, ListingState
from app.training.rosters.rules import Yardstick, judge_roster, key_group_labels, read_roster
from app.web.dependencies import Admitted, Parts, ReadUnit, WriteUnit
from app.web.idempotency import Once, OnceOnly
from app.web.problems import answers
from app.web.wire import Cursor, Day, DivisionCodeText

router = APIRouter(tags=["用人单位名单"])

ListingId = Annotated[UUID, Path(description="名单编号")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE_LIMIT)]


async def delivered_table(
    caller: Admitted,
    file: Annotated[
        UploadFile, File(description="名单文件：.xlsx、.xls 或 CSV（UTF-8、GB18030），列名与学员名册相同")
    ],
) -> TableFile:
    """The uploaded file as sheets. Read before the transaction begins: a slow file keeps no row locked."""
    data = await file.read(ROSTER.max_bytes + 1)
    await file.seek(0)
    return await read_table(data, limits=ROSTER)


async def head_in_address(
    kind: ListingKind,
    division_code: DivisionCodeText,
    period: Annotated[str, Query(max_length=10, description=PERIOD_FORMS, examples=["2026-05"])],
    starts_on: Day | None = None,
    ends_on: Day | None = None,
    occupation_edition: Annotated[int | None, Query(ge=1999, le=2100)] = None,
    occupation_code: Annotated[str | None, Query(pattern=OCCUPATION_CODE_FORM)] = None,
    skill_level: SkillLevel = SkillLevel.NONE,
) -> ListingHead:
    """What a file is a listing of."""
    return ListingHeadIn(
        kind=kind,
        division_code=division_code,
        period=period,
        starts_on=starts_on,
        ends_on=ends_on,
        occupation_edition=occupation_edition,
        occupation_code=occupation_code,
        skill_level=skill_level,
    ).head()


@router.post(
    "/v1/employer-listings",
    summary="报送用人单位名单（JSON，逐行答复）",
    status_code=201,
    response_model=FiledListingOut,
    responses={
        200: {"model": FiledListingOut, "description": "没有一行可以报送"},
        **answers(404, 409, 429),
    },
)
async def file_employer_listing(body: ListingIn, once: OnceOnly, unit: WriteUnit, parts: Parts) -> Response:
    """学徒培养年度、以工代训月份、留工培训人员。通过的行一次报送，实名核验后由经办人确认；未通过的行列出全部原因。"""
    judged = partial(judge_roster, body.entries(), _yardstick(unit))
    lines = await anyio.to_thread.run_sync(judged)
    return await _answered(once, await file_listing(unit, parts.keys, head=body.head(), lines=lines))


@router.post(
    "/v1/employer-listings:import",
    summary="报送用人单位名单（文件，逐行答复）",
    status_code=201,
    response_model=FiledListingOut,
    responses={
        200: {"model": FiledListingOut, "description": "没有一行可以报送"},
        **answers(404, 409, 413, 429),
    },
)
async def import_employer_listing(
    table: Annotated[TableFile, Depends(delivered_table)],
    head: Annotated[ListingHead, Depends(head_in_address)],
    once: OnceOnly,
    unit: WriteUnit,
    parts: Parts,
) -> Response:
    """所属期间与职业写在网址参数中；文件的列名、检查与学员名册相同。"""
    lines = await anyio.to_thread.run_sync(read_roster, table.sheets, _yardstick(unit))
    return await _answered(once, await file_listing(unit, parts.keys, head=head, lines=lines))


@router.get(
    "/v1/employer-listings",
    summary="查询用人单位名单",
    response_model=ListingPage,
    responses=answers(),
)
async def list_employer_listings(
    unit: ReadUnit,
    state: ListingState | None = None,
    cursor: Cursor | None = None,
    limit: Limit = DEFAULT_PAGE_LIMIT,
) -> ListingPage:
    """单位只见本单位的，经办人见本辖区的；只有件数，没有个人信息。"""
    page = await list_listings(unit, state=state, cursor=cursor, limit=limit)
    return ListingPage(items=[ListingOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get(
    "/v1/employer-listings/{listing_id}",
    summary="查看一份用人单位名单",
    response_model=ListingOut,
    responses=answers(404),
)
async def get_employer_listing(listing_id: ListingId, unit: ReadUnit) -> ListingOut:
    """状态、核验件数、退回理由。"""
    return ListingOut.of(await get_listing(unit, listing_id))


@router.get(
    "/v1/employer-listings/{listing_id}/lines",
    summary="查看本单位名单的各行",
    response_model=ListedPersonPage,
    responses=answers(404),
)
async def list_employer_listing_lines(
    listing_id: ListingId,
    unit: ReadUnit,
    parts: Parts,
    cursor: Cursor | None = None,
    limit: Limit = DEFAULT_PAGE_LIMIT,
) -> ListedPersonPage:
    """姓名和证件号码已遮盖。"""
    await get_listing(unit, listing_id)
    page = await list_own_lines(unit, parts.keys, listing_id, cursor=cursor, limit=limit)
    return ListedPersonPage(
        items=[ListedPersonOut.of(each) for each in page.items], next_cursor=page.next_cursor
    )


@router.post(
    "/v1/employer-listings/{listing_id}:read",
    summary="经办机构查阅名单（留痕）",
    response_model=ReadListingOut,
    responses=answers(404),
)
async def read_employer_listing(
    listing_id: ListingId, body: ReadListingIn, unit: WriteUnit, parts: Parts
) -> ReadListingOut:
    """须写明事由和案件编号；名单上的每一人都会看到这次查阅。"""
    lines = await read_lines(unit, parts.keys, listing_id, purpose=body.purpose, case_number=body.case_number)
    return ReadListingOut(items=[ReadListingLineOut.of(line) for line in lines])


@router.post(
    "/v1/employer-listings/{listing_id}:confirm",
    summary="确认用人单位名单",
    response_model=ConfirmedListingOut,
    responses=answers(404, 409),
)
async def confirm_employer_listing(listing_id: ListingId, unit: WriteUnit) -> ConfirmedListingOut:
    """全部人员核验完毕方可确认；通过核验的人员即时形成档案，补贴据此申领。"""
    appended = await confirm_listing(unit, listing_id)
    return ConfirmedListingOut(listing_id=listing_id, records_appended=appended)


@router.post(
    "/v1/employer-listings/{listing_id}:return",
    summary="退回用人单位名单",
    response_model=ReturnedListingOut,
    responses=answers(404, 409),
)
async def return_employer_listing(
    listing_id: ListingId, body: ReturnListingIn, unit: WriteUnit
) -> ReturnedListingOut:
    """一次告知全部问题；单位更正后作为新的名单重新报送。"""
    await return_listing(unit, listing_id, reason=body.reason)
    return ReturnedListingOut(listing_id=listing_id, state=ListingState.RETURNED)


def _yardstick(unit: Unit) -> Yardstick:
    labels = key_group_labels((group.code, group.name) for group in key_groups(unit.today))
    return Yardstick(on=unit.today, area_known=was_in_force, key_groups=labels)


async def _answered(once: Once, filed: FiledListing) -> Response:
    if filed.listing_id is None:
        return await once.answer(FiledListingOut.of(filed), 200, kept=FiledListingOut.of(filed, at_rest=True))
    headers = {"Location": f"/v1/employer-listings/{filed.listing_id}"}
    return await once.answer(
        FiledListingOut.of(filed), 201, headers, kept=FiledListingOut.of(filed, at_rest=True)
    )
