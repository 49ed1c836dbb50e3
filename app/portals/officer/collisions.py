"""重复享受: what two numbers that became one had both enjoyed; payment stands still until an officer has decided."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.merge_collisions import BenefitCollisionOut, CollisionDecisionIn
from app.kernel.errors import NotFound, RegistryError
from app.subsidies.collisions.actions.decide_collision import decide_collision
from app.subsidies.collisions.queries import benefit_title, find_collision, list_collisions
from app.subsidies.collisions.states import DECISION_LABELS, CollisionDecision
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {"decision": "处理结果", "reason": "理由"}
_WHEN = {
    CollisionDecision.NO_DOUBLE_BENEFIT: "经核对，两项不是同一补贴，或其中一项没有享受成",
    CollisionDecision.RECOVERED: "其中一项已立案追回，或不经登记系统退回",
}


@router.get("/office/persons/collisions")
async def list_collisions_page(page: PageOf, is_open: bool = True, cursor: str | None = None) -> Response:
    """Those that touch the area, newest first; nothing of the person."""
    async with page.reading() as unit:
        found = await list_collisions(unit, is_open=is_open, cursor=cursor, limit=_PAGE)
    return page.show(
        "officer/collisions.html",
        rows=[(benefit_title(each.as_benefit), BenefitCollisionOut.of(each)) for each in found.items],
        next_cursor=found.next_cursor,
        is_open=is_open,
        is_first=cursor is None,
    )


@router.get("/office/persons/collisions/{collision_id}")
async def show_collision_page(page: PageOf, collision_id: UUID) -> Response:
    """The two benefits beside each other."""
    return await _collision(page, collision_id)


async def _collision(page: Page, collision_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        found = await find_collision(unit, collision_id)
    if found is None:
        raise NotFound
    return page.show(
        "officer/collision.html",
        refusal=refusal,
        labels=_LABELS,
        title=benefit_title(found.as_benefit),
        collision=BenefitCollisionOut.of(found),
        decisions=[(each.value, DECISION_LABELS[each], _WHEN[each]) for each in CollisionDecision],
    )


@router.post("/office/persons/collisions/{collision_id}/decide")
async def decide_collision_page(page: PageOf, collision_id: UUID) -> Response:
    """Once; what would then be paid twice is refused with what to do first."""
    try:
        body = page.typed.read(CollisionDecisionIn)
        async with page.act() as act:
            await decide_collision(act.unit, collision_id, decision=body.decision, reason=body.reason)
            act.go(
                "/office/persons/collisions",
                said=f"已处理：{DECISION_LABELS[body.decision]}，恢复审批和发放",
            )
    except NotFound:
        raise
    except RegistryError as refusal:
        return await _collision(page, collision_id, refusal)
    return page.go(act)
