"""评价机构目录: bodies whose certificates count, and for what each may evaluate."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.evaluation_bodies import EvaluationBodyIn, EvaluationBodyOut, ScopeEndIn, ScopeIn, ScopeOut
from app.directory.evaluation_bodies import queries
from app.directory.evaluation_bodies.actions.end_scope import end_scope
from app.directory.evaluation_bodies.actions.record_scope import record_scope
from app.directory.evaluation_bodies.actions.register_body import register_body
from app.directory.evaluation_bodies.states import BODY_KIND_NAMES
from app.directory.institutions.queries import is_in_scope
from app.kernel.errors import RegistryError
from app.portals.officer.chosen import option, read_chosen
from app.reference.skill_levels import SkillLevel, facts_of
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {
    "body_code": "机构代码",
    "kind": "类别",
    "name": "名称",
    "unified_social_credit_code": "统一社会信用代码",
    "division_code": "地区",
    "occupation_edition": "职业分类大典版本",
    "occupation_code": "职业编码",
    "lowest_level": "最低等级",
    "highest_level": "最高等级",
    "starts_on": "自",
    "ends_before": "有效期截止日的次日",
    "document_number": "备案文号",
    "scope": "哪一项范围",
}
_LEVELS = [(level.value, facts_of(level).name) for level in SkillLevel if level is not SkillLevel.NONE]
_Take = Callable[[Unit], Awaitable[str]]


@router.get("/office/directory/bodies")
async def list_bodies_page(
    page: PageOf, text: Annotated[str, Query(max_length=60)] = "", cursor: str | None = None
) -> Response:
    """Bodies of the area, in the order in which they were registered."""
    async with page.reading() as unit:
        found = await queries.list_bodies(
            unit.session,
            as_of=unit.today,
            within=unit.actor.division_code,
            kind=None,
            occupation_code=None,
            text=text or None,
            cursor=cursor,
            limit=_PAGE,
        )
    return page.show(
        "officer/bodies.html",
        rows=[EvaluationBodyOut.of(row) for row in found.items],
        next_cursor=found.next_cursor,
        text=text,
        is_first=cursor is None,
    )


@router.get("/office/directory/bodies/new")
async def ask_body_page(page: PageOf) -> Response:
    """What stands in the numbers of its certificates."""
    return _form(page)


@router.post("/office/directory/bodies/new")
async def register_body_page(page: PageOf) -> Response:
    """Its code is checked against kind and province."""
    try:
        content = page.typed.read(EvaluationBodyIn)
        async with page.act() as act:
            body_id = await register_body(act.unit, **content.model_dump())
            act.go(f"/office/directory/bodies/{body_id}", said="已登记，请接着登记评价范围")
    except RegistryError as refusal:
        return _form(page, refusal)
    return page.go(act)


def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/body_form.html",
        refusal=refusal,
        labels=_LABELS,
        kinds=[(kind.value, name) for kind, name in BODY_KIND_NAMES.items()],
    )


@router.get("/office/directory/bodies/{body_id}")
async def show_body_page(page: PageOf, body_id: UUID) -> Response:
    """One body with every scope it ever had."""
    return await _show(page, body_id)


@router.post("/office/directory/bodies/{body_id}/scopes")
async def record_scope_page(page: PageOf, body_id: UUID) -> Response:
    """As the document says: one occupation, its levels, how long."""

    async def take(unit: Unit) -> str:
        content = page.typed.read(ScopeIn)
        given = content.model_dump(exclude={"lowest_level", "highest_level"})
        await record_scope(
            unit, body_id=body_id, lowest=content.lowest_level, highest=content.highest_level, **given
        )
        return "已登记评价范围"

    return await _act(page, body_id, take)


@router.post("/office/directory/bodies/{body_id}/scopes/end")
async def end_scope_page(page: PageOf, body_id: UUID) -> Response:
    """Not backwards: certificates issued before keep counting."""

    async def take(unit: Unit) -> str:
        content = read_chosen(page, "scope", ("occupation_edition", "occupation_code"), ScopeEndIn)
        await end_scope(unit, body_id=body_id, **content.model_dump())
        return "评价范围已定于该日终止"

    return await _act(page, body_id, take)


async def _act(page: Page, body_id: UUID, take: _Take) -> Response:
    try:
        async with page.act() as act:
            act.go(f"/office/directory/bodies/{body_id}", said=await take(act.unit))
    except RegistryError as refusal:
        return await _show(page, body_id, refusal)
    return page.go(act)


async def _show(page: Page, body_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        detail = await queries.read_body(unit.session, body_id, as_of=unit.today)
        scopes = await queries.scopes_of(unit.session, body_id)
        today = unit.today
        is_own = is_in_scope(unit, detail.body.division_code)
    shown = [ScopeOut.of(scope) for scope in scopes]
    return page.show(
        "officer/body.html",
        refusal=refusal,
        labels=_LABELS,
        body=EvaluationBodyOut.of(detail.body),
        scopes=shown,
        going_on=[
            (
                option(each.occupation_edition, each.occupation_code),
                f"{each.occupation_code}（{each.occupation_edition}版）",
            )
            for each in shown
            if each.ends_before is None or each.ends_before > today
        ],
        levels=_LEVELS,
        level_names=dict(_LEVELS),
        today=today,
        is_own=is_own,
    )
