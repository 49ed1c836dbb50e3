"""告知承诺的事后核查: claims that were filed on a promise and not yet looked into, the earliest due first."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.claim_commitments import PostCheckIn, PostCheckRowOut
from app.kernel.errors import RegistryError
from app.subsidies.commitments.actions.decide_post_check import decide_post_check
from app.subsidies.commitments.queries import list_post_checks, owed_check
from app.subsidies.commitments.states import CHECK_LABELS, CheckOutcome
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {"outcome": "核查结论", "findings": "核查情况", "claim_id": "申领"}
_EXPLAINED = {
    CheckOutcome.CONFIRMED: "申领照常办理",
    CheckOutcome.FAILED: "未发放的暂停办理，已发放的立案追回，并计入机构信用",
}


@router.get("/office/post-checks")
async def list_post_checks_page(page: PageOf, cursor: str | None = None) -> Response:
    """What is owed in the area; nothing of persons."""
    async with page.reading() as unit:
        found = await list_post_checks(unit, cursor=cursor, limit=_PAGE)
        today = unit.today
    return page.show(
        "officer/post_checks.html",
        rows=[PostCheckRowOut.of(row, today) for row in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        today=today,
    )


@router.get("/office/post-checks/{claim_id}")
async def ask_post_check_page(page: PageOf, claim_id: UUID) -> Response:
    """One check with the way to the claim it is about."""
    return await _show(page, claim_id)


@router.post("/office/post-checks/{claim_id}")
async def decide_post_check_page(page: PageOf, claim_id: UUID) -> Response:
    """Never by who reviewed or approved the claim; the look is logged for its person."""
    try:
        content = page.typed.read(PostCheckIn)
        async with page.act() as act:
            await decide_post_check(
                act.unit,
                page.parts.keys,
                claim_id=claim_id,
                outcome=content.outcome,
                findings=content.findings,
            )
            act.go("/office/post-checks", said=f"已记录：{CHECK_LABELS[content.outcome]}")
    except RegistryError as refusal:
        return await _show(page, claim_id, refusal)
    return page.go(act)


async def _show(page: Page, claim_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        row = await owed_check(unit, claim_id)
        today = unit.today
    return page.show(
        "officer/post_check.html",
        refusal=refusal,
        labels=_LABELS,
        check=PostCheckRowOut.of(row, today),
        outcomes=[(outcome.value, name, _EXPLAINED[outcome]) for outcome, name in CHECK_LABELS.items()],
        today=today,
    )
