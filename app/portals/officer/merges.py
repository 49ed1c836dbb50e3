"""人员合并: what was proposed, what it joins, the decision of a second officer, and its end by two again."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.persons import (
    MergeDecision,
    MergeDecisionIn,
    MergeEndIn,
    MergeOut,
    confirm_end,
    decide,
    propose_end,
)
from app.archive.records.states import Purpose
from app.audit.events import record_event
from app.identity.accounts.queries import names_of
from app.identity.persons.queries import Collision, Merge, find_merge, list_merges, read_merge_facts
from app.identity.persons.states import MergeState
from app.kernel.errors import NotFound, RegistryError
from app.portals.officer.looks import LABELS, LookIn, look_of
from app.portals.officer.merge_sides import shown_sides
from app.subsidies.claims.rules.facts import day_of
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.wire import CaseNumber, Input

router = pages()

_PAGE = 50
_LABELS = {**LABELS, "decision": "复核结论", "reason": "理由"}
_LIVE = frozenset({MergeState.PROPOSED, MergeState.MERGED, MergeState.END_PROPOSED})
"""What a merge in another state touches need not be looked at any more."""


class CaseIn(Input):
    """The case for which both are looked at."""

    case_number: CaseNumber


@router.get("/office/persons/merges")
async def list_merges_page(page: PageOf, only_waiting: bool = True, cursor: str | None = None) -> Response:
    """Those that wait for a second officer, or every one; ids and dates only."""
    async with page.reading() as unit:
        found = await list_merges(unit, limit=_PAGE, cursor=cursor, only_waiting=only_waiting)
        names = await names_of(unit, {each.end_proposed_by or each.proposed_by for each in found.items})
    return page.show(
        "officer/merges.html",
        rows=[MergeOut.of(each, page.me.principal_id) for each in found.items],
        names=names,
        next_cursor=found.next_cursor,
        only_waiting=only_waiting,
        is_first=cursor is None,
    )


@router.get("/office/persons/merges/{alias_id}")
async def show_merge_page(page: PageOf, alias_id: UUID) -> Response:
    """Who proposed it and when; nothing of the two persons before the look."""
    return await _merge(page, alias_id)


@router.post("/office/persons/merges/{alias_id}")
async def look_at_merge_page(page: PageOf, alias_id: UUID) -> Response:
    """Both sides and what may be done; a look at everybody it touches."""
    try:
        case_number = page.typed.read(CaseIn).case_number
        return await _looked(page, alias_id, case_number)
    except NotFound:
        raise
    except RegistryError as refusal:
        return await _merge(page, alias_id, refusal)


@router.post("/office/persons/merges/{alias_id}/decide")
async def decide_merge_page(page: PageOf, alias_id: UUID) -> Response:
    """复核: by another than who proposed it."""

    async def take(unit: Unit) -> str:
        body = page.typed.read(MergeDecisionIn)
        done = await decide(alias_id, body, unit)
        if body.decision is MergeDecision.REFUSED:
            return "已驳回，两个编号仍各自查询"
        held = (
            f"；发现{len(done.collisions)}处不可能同属一人的事实，请按更正程序核查" if done.collisions else ""
        )
        return f"已合并，两个编号今后一并查询{held}"

    return await _act(page, alias_id, take)


@router.post("/office/persons/merges/{alias_id}/propose-end")
async def propose_end_page(page: PageOf, alias_id: UUID) -> Response:
    """提出解除."""

    async def take(unit: Unit) -> str:
        await propose_end(alias_id, page.typed.read(MergeEndIn, case_number=page.typed["_case_number"]), unit)
        return "已提出解除，等待第二人确认；确认前仍一并查询"

    return await _act(page, alias_id, take)


@router.post("/office/persons/merges/{alias_id}/confirm-end")
async def confirm_end_page(page: PageOf, alias_id: UUID) -> Response:
    """确认解除: by another than who proposed it."""

    async def take(unit: Unit) -> str:
        await confirm_end(alias_id, unit)
        return "已解除，两个编号今后各自查询"

    return await _act(page, alias_id, take)


async def _act(page: Page, alias_id: UUID, take: Callable[[Unit], Awaitable[str]]) -> Response:
    try:
        async with page.act() as act:
            act.go(f"/office/persons/merges/{alias_id}", said=await take(act.unit))
    except NotFound:
        raise
    except RegistryError as refusal:
        asked = look_of(page)
        if asked is None:
            return await _merge(page, alias_id, refusal)
        return await _looked(page, alias_id, asked.case_number, refusal)
    return page.go(act)


async def _merge(page: Page, alias_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        merge = await _find(unit, alias_id)
        names = await _officers(unit, merge)
    return page.show(
        "officer/merge.html",
        refusal=refusal,
        labels=_LABELS,
        merge=MergeOut.of(merge, page.me.principal_id),
        names=names,
        is_live=merge.state in _LIVE,
        # A merge in force is looked at for a case of today, not for that of long ago.
        case_number=None if merge.state is MergeState.MERGED else merge.end_case_number or merge.case_number,
    )


async def _looked(
    page: Page, alias_id: UUID, case_number: str, refusal: RegistryError | None = None
) -> Response:
    async with page.writing() as unit:
        merge = await _find(unit, alias_id)
        names = await _officers(unit, merge)
        if merge.state not in _LIVE:
            raise NotFound
        person_id, survivor_id = merge.person_id, merge.survivor_id
        both = await shown_sides(
            page,
            unit,
            person_id=person_id,
            survivor_id=survivor_id,
            case_number=case_number,
            alias_id=alias_id,
        )
        impossible: tuple[Collision, ...] = ()
        if merge.state is MergeState.PROPOSED:
            # Once they are one, the door would compare one with itself.
            _, impossible = await read_merge_facts(
                unit, person_id=person_id, survivor_id=survivor_id, case_number=case_number
            )
        await record_event(unit, "person:merge_read", subject_kind="person", subject_id=person_id)
    return page.show(
        "officer/merge_sides.html",
        refusal=refusal,
        labels=_LABELS,
        merge=MergeOut.of(merge, page.me.principal_id),
        names=names,
        asked=LookIn(purpose=Purpose.IDENTITY_MAINTENANCE, case_number=case_number),
        both=both,
        impossible=impossible,
        day_of=day_of,
    )


async def _find(unit: Unit, alias_id: UUID) -> Merge:
    merge = await find_merge(unit, alias_id)
    if merge is None:
        raise NotFound
    return merge


async def _officers(unit: Unit, merge: Merge) -> dict[UUID, str]:
    taken = (merge.proposed_by, merge.merged_by, merge.refused_by, merge.end_proposed_by, merge.ended_by)
    return await names_of(unit, {each for each in taken if each is not None})
