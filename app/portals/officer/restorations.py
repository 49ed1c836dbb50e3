"""付款通道关闭: why nothing is paid, what told it, what two officers compare, and how it opens again."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.log import LogStatusOut
from app.api.v1.restorations import ReopeningIn, RestorationOut
from app.archive.log.queries import log_status
from app.identity.accounts.queries import names_of
from app.portals.officer.consequences import Consequence, ask_first, take_step
from app.subsidies.disbursements.actions.reopen_payments import confirm_reopening, propose_reopening
from app.subsidies.disbursements.queries.restorations import (
    list_restorations,
    payments_closed,
    read_restoration,
)
from app.web.pages.filters import instant
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.words import word

router = pages()

BASE = "/office/money/restorations"
_TRAIL = [("资金", "/office/money"), ("付款通道", BASE)]
_LABELS = {"finding": "核对结果"}
_EVIDENCE = {"was": "原来的位置", "is": "现在的位置", "attestation_id": "对方的答复"}
"""Words of what was seen; other members are reasons that speak for themselves."""


@router.get(BASE)
async def list_restorations_page(page: PageOf) -> Response:
    """Open ones close the gate; what is over tells who opened it, and on what finding."""
    async with page.reading() as unit:
        rows = await list_restorations(unit)
        closed = await payments_closed(unit)
        sealed = LogStatusOut.of(await log_status(unit))
        officers = {row.proposed_by for row in rows} | {row.confirmed_by for row in rows}
        names = await names_of(unit, officers - {None})
    shown = [RestorationOut.of(row) for row in rows]
    return page.show(
        "officer/restorations.html",
        closed=closed,
        is_sealed=sealed.payment_gate_open,
        now_open=[(row, _seen(row)) for row in shown if row.is_open],
        over=[row for row in shown if not row.is_open],
        names=names,
        me=page.me.principal_id,
    )


@router.get(BASE + "/{restoration_id}/propose")
async def ask_proposal(page: PageOf, restoration_id: UUID) -> Response:
    """What was compared, in words."""
    return await ask_first(page, _proposing(restoration_id), labels=_LABELS)


@router.post(BASE + "/{restoration_id}/propose")
async def propose_page(page: PageOf, restoration_id: UUID) -> Response:
    """Nothing opens yet."""

    async def take(unit: Unit) -> str:
        finding = page.typed.read(ReopeningIn).finding
        await propose_reopening(unit, restoration_id=restoration_id, finding=finding)
        return "已提出恢复付款，请另一名有审批权限的经办人核对后确认"

    return await take_step(page, _proposing(restoration_id), take, BASE, _LABELS)


@router.get(BASE + "/{restoration_id}/reopen")
async def ask_reopening(page: PageOf, restoration_id: UUID) -> Response:
    """What the first officer found, and what opens."""
    return await ask_first(page, _reopening(page, restoration_id))


@router.post(BASE + "/{restoration_id}/reopen")
async def reopen_page(page: PageOf, restoration_id: UUID) -> Response:
    """The second officer."""

    async def take(unit: Unit) -> str:
        await confirm_reopening(unit, restoration_id=restoration_id)
        still = await payments_closed(unit)
        return "已确认。还有其他情形没有确认，付款通道仍然关闭" if still else "已确认，付款通道恢复"

    return await take_step(page, _reopening(page, restoration_id), take, BASE)


def _proposing(restoration_id: UUID) -> Callable[[Unit], Awaitable[Consequence]]:
    async def look(unit: Unit) -> Consequence:
        noticed = RestorationOut.of(await read_restoration(unit, restoration_id))
        return Consequence(
            title="提出恢复付款",
            about=f"{instant(noticed.noticed_at)}发现",
            facts=_facts(noticed),
            follows=[
                "付款通道现在不打开；由另一名有审批权限、管辖全部预算的经办人核对后确认。",
                "您写下的核对结果和您的姓名长期保存。",
            ],
            undo="提出以后核对结果不能改；后来发现有遗漏的，先补录，再请另一人核对确认。",
            word="提出恢复付款",
            trail=_TRAIL,
            field="finding",
            blocked="已有人提出，请由另一人核对后确认。" if noticed.proposed_by else "",
        )

    return look


def _reopening(page: Page, restoration_id: UUID) -> Callable[[Unit], Awaitable[Consequence]]:
    async def look(unit: Unit) -> Consequence:
        row = await read_restoration(unit, restoration_id)
        noticed = RestorationOut.of(row)
        return Consequence(
            title="确认恢复付款",
            about=f"{instant(noticed.noticed_at)}发现",
            facts=[*_facts(noticed), *await _proposal(unit, row)],
            first="请您自己再核对一遍：银行流水中恢复点之后的每一笔，登记系统里都有。",
            follows=[
                "这一情形不再关闭付款通道；没有其他情形的，拨付和未申领证明立即恢复。",
                "早先取得的外省确认不再算数，须重新取得，才据以付款。",
            ],
            undo="不能撤回：付出的款项只能追回。",
            word="确认恢复付款",
            trail=_TRAIL,
            is_danger=True,
            blocked=_blocked(noticed, page.me.principal_id),
        )

    return look


def _blocked(noticed: RestorationOut, me: UUID) -> str:
    if not noticed.is_open:
        return "已经确认恢复。"
    if noticed.proposed_by is None:
        return "还没有人提出核对结果，请先由有拨付权限的经办人核对银行流水并提出。"
    return "由您提出，须由另一人确认。" if noticed.proposed_by == me else ""


async def _proposal(unit: Unit, row: Row[Any]) -> list[tuple[str, object]]:
    names = await names_of(unit, {row.proposed_by} - {None})
    return [
        ("核对结果", row.finding),
        ("提出", f"{names.get(row.proposed_by, '—')}，{instant(row.proposed_at)}" if row.finding else None),
    ]


def _facts(noticed: RestorationOut) -> list[tuple[str, object]]:
    return [("迹象", word("noticed_by", noticed.noticed_by)), *_seen(noticed)]


def _seen(noticed: RestorationOut) -> list[tuple[str, object]]:
    return [(_EVIDENCE.get(name, "看到的"), value) for name, value in noticed.evidence.items()]
