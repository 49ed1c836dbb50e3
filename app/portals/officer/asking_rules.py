"""须先询问的名单: which registries must be asked before what is paid where; lines begin and end by two persons."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.peer_registries import AskingEndIn, AskingRuleIn, AskingRuleOut, PeerOut
from app.exchange.peers.actions.list_registry import confirm_end, confirm_rule, propose_end, propose_rule
from app.exchange.peers.queries import asking_rules, peers
from app.exchange.peers.states import PeerState
from app.kernel.errors import NotFound, RegistryError
from app.portals.officer.consequences import Consequence, ask_first, take_step
from app.portals.officer.peers import ROOM, SECOND_PERSON
from app.reference.divisions import area_name
from app.subsidies.entitlements.states import KIND_LABELS
from app.web.pages.filters import day
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

BASE = "/office/administration/asking-rules"
_TRAIL = [*ROOM, ("须先询问的名单", BASE)]
_LABELS = {
    "peer_id": "登记机构",
    "kind": "补贴",
    "division_code": "地区",
    "starts_on": "自该日起",
    "ends_before": "自该日起不再询问",
    "document": "依据的文件",
    "clause": "条款",
}


@router.get(BASE)
async def list_rules_page(page: PageOf) -> Response:
    """All lines, past and future ones included."""
    me = page.me.principal_id
    async with page.reading() as unit:
        found = await asking_rules(unit)
        names = {row.peer_id: row.name for row in await peers(unit)}
    rows = [AskingRuleOut.of(row) for row in found]
    mine = {row.rule_id for row in found if me == (row.end_proposed_by or row.proposed_by)}
    order = list(PeerState)
    rows.sort(key=lambda row: (order.index(row.state), row.starts_on))
    return page.show("officer/asking_rules.html", rows=rows, names=names, mine=mine)


@router.get(f"{BASE}/new")
async def ask_rule_page(page: PageOf) -> Response:
    """Whom to ask, about what, where, from when, and by which agreement."""
    return await _form(page)


@router.post(BASE)
async def propose_rule_page(page: PageOf) -> Response:
    """Without effect until another administrator confirms."""
    try:
        body = page.typed.read(AskingRuleIn)
        async with page.act() as act:
            await propose_rule(act.unit, **dict(body))
            act.go(BASE, said="已提出列入名单，请另一名安全管理员确认")
    except RegistryError as refusal:
        return await _form(page, refusal)
    return page.go(act)


@router.get(BASE + "/{rule_id}/confirm")
async def ask_confirmation(page: PageOf, rule_id: UUID) -> Response:
    """What is not paid any more without that registry."""
    return await ask_first(page, _confirming(page, rule_id))


@router.post(BASE + "/{rule_id}/confirm")
async def confirm_rule_page(page: PageOf, rule_id: UUID) -> Response:
    """第二人确认."""

    async def take(unit: Unit) -> str:
        rule = AskingRuleOut.of(await confirm_rule(unit, rule_id))
        return f"已确认，{day(rule.starts_on)}起须先询问"

    return await take_step(page, _confirming(page, rule_id), take, BASE)


@router.get(BASE + "/{rule_id}/end")
async def ask_end(page: PageOf, rule_id: UUID) -> Response:
    """From which day on it need not be asked."""
    return await ask_first(page, _ending(rule_id), labels=_LABELS)


@router.post(BASE + "/{rule_id}/end")
async def propose_end_page(page: PageOf, rule_id: UUID) -> Response:
    """Still asked until another administrator confirms."""

    async def take(unit: Unit) -> str:
        await propose_end(unit, rule_id, page.typed.read(AskingEndIn).ends_before)
        return "已提出停止询问，请另一名安全管理员确认；确认之前照常询问"

    return await take_step(page, _ending(rule_id), take, BASE, _LABELS)


@router.get(BASE + "/{rule_id}/confirm-end")
async def ask_end_confirmation(page: PageOf, rule_id: UUID) -> Response:
    """What is paid from then on without that registry."""
    return await ask_first(page, _confirming_end(page, rule_id))


@router.post(BASE + "/{rule_id}/confirm-end")
async def confirm_end_page(page: PageOf, rule_id: UUID) -> Response:
    """第二人确认."""

    async def take(unit: Unit) -> str:
        rule = AskingRuleOut.of(await confirm_end(unit, rule_id))
        return f"已确认，自{day(rule.ends_before)}起不再询问"

    return await take_step(page, _confirming_end(page, rule_id), take, BASE)


def _confirming(page: Page, rule_id: UUID) -> Callable[[Unit], Awaitable[Consequence]]:
    async def look(unit: Unit) -> Consequence:
        row, rule, name = await _found(unit, rule_id)
        what = f"{area_name(rule.division_code)}的{KIND_LABELS[rule.kind]}"
        return Consequence(
            title="确认列入名单",
            about=name,
            facts=_facts(rule, name),
            follows=[
                f"{day(rule.starts_on)}起，{what}在拨付前一律先询问{name}，未经它确认的不能拨付。",
                "它没有答复时按时再问，其间申领等待拨付，不会退回。",
            ],
            undo="确认不能撤回；要停止询问，须再由两人办理。",
            word="确认列入",
            trail=_TRAIL,
            blocked=SECOND_PERSON if row.proposed_by == page.me.principal_id else "",
        )

    return look


def _ending(rule_id: UUID) -> Callable[[Unit], Awaitable[Consequence]]:
    async def look(unit: Unit) -> Consequence:
        _, rule, name = await _found(unit, rule_id)
        return Consequence(
            title="提出停止询问",
            about=name,
            facts=_facts(rule, name),
            follows=[
                "另一名安全管理员确认之前照常询问。",
                "确认以后，自所填的日期起，拨付不再等待它的确认：两地重复享受只能事后发现。",
            ],
            undo="提出以后日期不能改；确认以后要再询问，须重新列入名单。",
            word="提出停止询问",
            trail=_TRAIL,
            field="ends_before",
        )

    return look


def _confirming_end(page: Page, rule_id: UUID) -> Callable[[Unit], Awaitable[Consequence]]:
    async def look(unit: Unit) -> Consequence:
        row, rule, name = await _found(unit, rule_id)
        return Consequence(
            title="确认停止询问",
            about=name,
            facts=_facts(rule, name),
            follows=[f"自{day(rule.ends_before)}起，拨付不再等待{name}的确认：两地重复享受只能事后发现。"],
            undo="确认不能撤回；要再询问，须重新列入名单，由两人办理。",
            word="确认停止询问",
            trail=_TRAIL,
            is_danger=True,
            blocked=SECOND_PERSON if row.end_proposed_by == page.me.principal_id else "",
        )

    return look


def _facts(rule: AskingRuleOut, name: str) -> list[tuple[str, object]]:
    return [
        ("登记机构", name),
        ("补贴", KIND_LABELS[rule.kind]),
        ("地区", area_name(rule.division_code)),
        ("期间", f"{day(rule.starts_on)}起" + (f"，{day(rule.ends_before)}前" if rule.ends_before else "")),
        ("依据", f"{rule.document} {rule.clause}"),
    ]


async def _found(unit: Unit, rule_id: UUID) -> tuple[Row[Any], AskingRuleOut, str]:
    row = next((row for row in await asking_rules(unit) if row.rule_id == rule_id), None)
    if row is None:
        raise NotFound
    (peer,) = await peers(unit, row.peer_id)
    return row, AskingRuleOut.of(row), peer.name


async def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        known = [PeerOut.of(row) for row in await peers(unit)]
        today = unit.today
    return page.show(
        "officer/asking_rule_form.html",
        refusal=refusal,
        labels=_LABELS,
        trail=_TRAIL,
        peers=[(str(each.peer_id), each.name) for each in known if each.state is not PeerState.ENDED],
        kinds=[(kind.value, word) for kind, word in KIND_LABELS.items()],
        today=today,
    )
