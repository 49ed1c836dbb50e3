"""Classes (班次): their list, a new one, one of them with what comes next, and its basics."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.opening_shapes import OpeningChangesIn, OpeningIn
from app.api.v1.openings import CancelIn
from app.directory.institutions.queries import read_institution
from app.directory.programs.queries import list_programs
from app.kernel.errors import RegistryError
from app.kernel.paging import DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT
from app.portals.institution.meanwhile import meanwhile
from app.portals.institution.opening_view import class_in_sight, draft_of, is_editable, tasks_of, version_of
from app.reference.divisions import DivisionLevel, divisions
from app.training.openings.actions.cancel_opening import cancel_opening
from app.training.openings.actions.create_opening import create_opening
from app.training.openings.actions.revise_draft import revise_draft
from app.training.openings.queries import contents
from app.training.openings.queries.lists import OpeningSummary, changes_of, counts_by_state, list_openings
from app.training.openings.states import CANCELABLE, OpeningState
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed
from app.web.words import VOCABULARIES

router = pages()

LABELS = {
    "program_id": "培训项目",
    "division_code": "开班地区",
    "name": "班次名称",
    "planned_size": "计划人数",
    "venue": "培训地点",
    "reason": "取消原因",
}
_TEXT_MAX = 60
_PART_WORDS = VOCABULARIES["opening_part"]


@router.get("/institution/openings")
async def list_openings_page(
    page: PageOf, state: str = "", text: str = "", cursor: str | None = None
) -> Response:
    """Classes of the institution, the newest first; by state, by words of the name."""
    chosen = OpeningState(state) if state in set(OpeningState) else None
    sought = text.strip()[:_TEXT_MAX]
    async with page.reading() as unit:
        found = await list_openings(
            unit, state=chosen, text=sought or None, cursor=cursor, limit=DEFAULT_PAGE_LIMIT
        )
        counts = await counts_by_state(unit)
    return page.show(
        "institution/openings.html",
        openings=found,
        counts=counts,
        chosen=chosen,
        sought=sought,
        is_first=cursor is None,
    )


@router.get("/institution/openings/new")
async def ask_opening(page: PageOf) -> Response:
    """What a new class begins with."""
    return await _new_form(page)


@router.post("/institution/openings")
async def create_opening_page(page: PageOf) -> Response:
    """A draft; everything else of it is filled in part by part."""
    try:
        content = page.typed.read(OpeningIn)
        async with page.act() as act:
            opening_id = await create_opening(act.unit, **content.model_dump())
            act.go(f"/institution/openings/{opening_id}", said="已建立草稿，请逐项填写开班备案材料")
    except RegistryError as refusal:
        return await _new_form(page, refusal)
    return page.go(act)


@router.get("/institution/openings/{opening_id}")
async def show_opening(page: PageOf, opening_id: UUID) -> Response:
    """One class: a task list before filing, afterwards what happened and what comes next."""
    return await _opening_page(page, opening_id)


@router.post("/institution/openings/{opening_id}/cancel")
async def cancel_opening_page(page: PageOf, opening_id: UUID) -> Response:
    """The class will not be held."""
    try:
        content = page.typed.read(CancelIn)
        async with page.act() as act:
            await cancel_opening(act.unit, opening_id=opening_id, reason=content.reason)
            act.go(f"/institution/openings/{opening_id}", said="已取消开班")
    except RegistryError as refusal:
        return await _opening_page(page, opening_id, refusal)
    return page.go(act)


@router.get("/institution/openings/{opening_id}/basics")
async def ask_basics(page: PageOf, opening_id: UUID) -> Response:
    """Name, program, division, size and venue of a draft."""
    return await _basics_form(page, opening_id)


@router.post("/institution/openings/{opening_id}/basics")
async def save_basics(page: PageOf, opening_id: UUID) -> Response:
    """Change what was said first."""
    try:
        content = page.typed.read(OpeningChangesIn)
        async with page.act() as act:
            await revise_draft(
                act.unit, opening_id=opening_id, version=version_of(page), changes=content.stated()
            )
            act.go(f"/institution/openings/{opening_id}", said="已保存基本情况")
    except RegistryError as refusal:
        return await _basics_form(page, opening_id, refusal)
    return page.go(act)


async def _opening_page(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        draft = await draft_of(unit, opening_id)
        told: dict[str, Any] = {
            "summary": summary,
            "draft": draft,
            "tasks": tasks_of(draft) if draft else [],
            "today": unit.today,
            "is_cancelable": OpeningState(summary.opening.state) in CANCELABLE,
            "sessions": await contents.sessions_of(unit.session, opening_id),
            "returned": [
                (_PART_WORDS.get(each["part"], ""), each["message"]) for each in summary.returned_reasons
            ],
            "events": _events(summary, len(await changes_of(unit.session, opening_id))),
        }
    return page.show("institution/opening.html", refusal=refusal, labels=LABELS, **told)


def _events(summary: OpeningSummary, changes: int) -> list[dict[str, Any]]:
    """The life of a class, latest first."""
    row = summary.opening
    told: list[tuple[Any, str, str | None]] = [
        (row.canceled_at, "已取消开班", row.cancellation_reason),
        (row.closed_at, "已结班，合格学员的培训档案已归档", None),
        (row.on_record_at, "经办机构已备案", f"备案编号 {summary.record_number}"),
        (summary.filed_at, f"第{row.filing_no}次申报开班备案", None),
        (row.created_at, "建立草稿", None),
    ]
    events: list[dict[str, Any]] = [
        {"at": at, "title": title, "who": None, "text": text, "href": None} for at, title, text in told if at
    ]
    if changes:
        events[0] = {
            **events[0],
            "text": "；".join(filter(None, [events[0]["text"], f"备案后变更{changes}项"])),
        }
    return events


async def _new_form(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        options = await _options(unit)
    return page.show("institution/opening_new.html", refusal=refusal, labels=LABELS, **options)


async def _basics_form(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        options = await _options(unit)
    row = summary.opening
    names = ("program_id", "division_code", "name", "planned_size", "venue")
    saved = Typed.from_values({name: getattr(row, name) for name in names})
    return page.show(
        "institution/opening_basics.html",
        refusal=refusal,
        labels=LABELS,
        summary=summary,
        is_editable=is_editable(summary),
        typed=None if page.typed else saved,
        meanwhile=meanwhile(
            page,
            refusal,
            row,
            saved,
            labels=LABELS,
            words={name: {str(key): told for key, told in options[name]} for name in options},
        ),
        **options,
    )


async def _options(unit: Unit) -> dict[str, Any]:
    """Programs in force, and the divisions that the institution is designated for."""
    detail = await read_institution(unit.session, unit.actor.institution(), as_of=unit.today)
    named = {row.division_code for row in detail.designations} or {detail.institution.division_code}
    table = divisions().get()
    offered = {
        division.code: table.path_name_of(division.code, unit.today) or division.name
        for code in named
        for division in table.in_force(unit.today, within=code)
        if division.level is DivisionLevel.COUNTY or division.code == code
    }
    programs = await list_programs(
        unit.session,
        as_of=unit.today,
        within=None,
        occupation_code=None,
        skill_level=None,
        text=None,
        cursor=None,
        limit=MAX_PAGE_LIMIT,
    )
    taught = {(row.occupation_edition, row.occupation_code) for row in detail.designations}
    chosen = [
        version.row
        for version in programs.items
        if not taught or (version.row.occupation_edition, version.row.occupation_code) in taught
    ]
    return {
        "programs": [(row.program_id, row.name) for row in chosen or [v.row for v in programs.items]],
        "divisions": sorted(offered.items()),
    }
