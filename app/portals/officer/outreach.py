"""精准推送: who could claim and has not, by area; counts for everybody, names after purpose and case, a push to all."""

from pydantic import Field
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.outreach import (
    CandidateCountOut,
    CandidatesReadIn,
    ProactiveCandidatesOut,
    PushIn,
    TakeUpOut,
    read_listed,
)
from app.archive.records.states import Purpose
from app.kernel.errors import RegistryError
from app.oversight.statistics.queries.figures import prefix_asked
from app.portals.officer.figures import Area, areas, as_of
from app.portals.officer.looks import LABELS, purposes
from app.reference.divisions import area_name
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind
from app.subsidies.outreach.actions.push_messages import push_messages
from app.subsidies.outreach.queries import candidate_counts, last_pass, take_up
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.workbooks import Cell, Sheet, workbook

router = pages()

_LABELS = {**LABELS, "division_code": "地区", "kind": "补贴"}
_SHEET_PAGE = 200


class ListIn(CandidatesReadIn):
    """The API's request; ``as_sheet`` answers with an Excel file of the same persons."""

    limit: int = Field(default=50, ge=1, le=_SHEET_PAGE)
    as_sheet: bool = False


@router.get("/office/outreach")
async def show_outreach_page(page: PageOf, division: Area = "") -> Response:
    """Counts and rates by area and subsidy; nothing of persons."""
    return await _show(page, division)


@router.get("/office/outreach/workbook")
async def download_outreach(page: PageOf, division: Area = "") -> Response:
    """The same counts as an Excel file."""
    async with page.reading() as unit:
        prefix = prefix_asked(unit, division or None)
        counts = await _counts(unit, prefix)
        rates = await _rates(unit, prefix)
        told, today = await last_pass(unit), unit.today
    code = prefix.ljust(6, "0")
    notes = [f"{area_name(code, today)} 符合条件尚未申领", as_of(told.started_at if told else None)]
    unclaimed: list[list[Cell]] = [
        [
            each.division_code,
            area_name(each.division_code, today),
            each.kind_label,
            each.benefits,
            each.amount_fen / 100,
            str(each.first_last_claim_on or ""),
        ]
        for each in counts
    ]
    shares: list[list[Cell]] = [
        [
            each.division_code,
            area_name(each.division_code, today),
            each.kind_label,
            each.paid,
            each.under_way,
            each.unclaimed,
            None if each.take_up_bp is None else each.take_up_bp / 100,
        ]
        for each in rates
    ]
    place = ["地区代码", "地区", "补贴"]
    return workbook(
        f"outreach-{code}",
        [
            Sheet("尚未申领", notes, [*place, "件数", "金额（元）", "最早的申领截止日"], unclaimed),
            Sheet("申领率", notes, [*place, "已发放", "办理中", "尚未申领", "申领率（%）"], shares),
        ],
    )


@router.get("/office/outreach/list")
async def ask_list_page(page: PageOf, division: Area = "", kind: BenefitKind | None = None) -> Response:
    """Why the names are looked at."""
    return await _asked(page, division, kind)


@router.post("/office/outreach/list")
async def list_persons_page(page: PageOf) -> Response:
    """One page of names, each look stored before they leave."""
    try:
        content = page.typed.read(ListIn)
        async with page.writing() as unit:
            limit = _SHEET_PAGE if content.as_sheet else content.limit
            body = CandidatesReadIn(**content.model_dump(exclude={"as_sheet", "limit"}), limit=limit)
            found = await read_listed(unit, page.parts.keys, body)
            today = unit.today
    except RegistryError as refusal:
        return await _asked(page, page.typed["division_code"], None, refusal)
    if content.as_sheet:
        return _sheet(content, found)
    return page.show(
        "officer/outreach_list.html",
        asked=content,
        found=found,
        area=area_name(content.division_code, today),
        kind=KIND_LABELS[content.kind],
    )


@router.post("/office/outreach/push")
async def push_page(page: PageOf) -> Response:
    """A message to everybody of an area who could claim; the officer sees no name."""
    try:
        content = page.typed.read(PushIn)
        async with page.act() as act:
            asked = await push_messages(act.unit, division_code=content.division_code, kind=content.kind)
            act.go("/office/outreach", said=f"已交办{asked}条提醒，同一人同一日只发一次")
    except RegistryError as refusal:
        return await _show(page, "", refusal)
    return page.go(act)


async def _show(page: Page, division: str, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        prefix = prefix_asked(unit, division or None)
        counts, rates = await _counts(unit, prefix), await _rates(unit, prefix)
        told, choices, today = await last_pass(unit), areas(unit), unit.today
    code = prefix.ljust(6, "0")
    return page.show(
        "officer/outreach.html",
        refusal=refusal,
        labels=_LABELS,
        counts=counts,
        rates=rates,
        told=told,
        division=code,
        name=area_name(code, today),
        choices=choices,
        today=today,
    )


async def _counts(unit: Unit, prefix: str) -> list[CandidateCountOut]:
    return [CandidateCountOut.of(row) for row in await candidate_counts(unit, prefix)]


async def _rates(unit: Unit, prefix: str) -> list[TakeUpOut]:
    return [TakeUpOut.of(row) for row in await take_up(unit, prefix)]


def _sheet(asked: ListIn, found: ProactiveCandidatesOut) -> Response:
    rows: list[list[Cell]] = [
        [
            each.name,
            each.record_number,
            each.division_code,
            each.amount_fen / 100,
            str(each.last_claim_on or ""),
            each.days_left,
        ]
        for each in found.items
    ]
    notes = [f"{KIND_LABELS[asked.kind]} 符合条件尚未申领 案件{asked.case_number}，每人已留痕，请勿外传"]
    if found.next_cursor is not None:
        notes.append(f"本文件为一页，最多{_SHEET_PAGE}人，其余请翻页下载")
    heads = ["姓名", "档案编号", "地区代码", "可申领（元）", "申领截止日", "剩余天数"]
    return workbook(f"outreach-list-{asked.division_code}", [Sheet("名单", notes, heads, rows)])


async def _asked(
    page: Page, division: str, kind: BenefitKind | None, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        own = unit.actor.division_code or ""
        choices = areas(unit) or [(own, area_name(own, unit.today))]
    return page.show(
        "officer/outreach_ask.html",
        refusal=refusal,
        labels=_LABELS,
        purposes=purposes(Purpose.SUBSIDY_REVIEW, Purpose.INSPECTION),
        kinds=[(each.value, label) for each, label in KIND_LABELS.items()],
        choices=choices,
        division=division or own,
        kind=kind,
    )
