"""What I can claim: every entry with the verdict of today, and why, in plain words."""

from starlette.responses import Response

from app.kernel.errors import NotFound
from app.portals.citizen.considering import Considered, consider
from app.subsidies.entitlements.states import Outcome
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()


@router.get("/my/benefits")
async def list_benefits_page(page: PageOf) -> Response:
    """What can be claimed first, then what is under way, then what cannot be claimed."""
    today, found = await consider(page)
    open_to = [
        each for each in found if each.claim is None and each.verdict.outcome is not Outcome.INELIGIBLE
    ]
    return page.show(
        "citizen/benefits.html",
        today=today,
        open_to=sorted(open_to, key=lambda each: each.verdict.last_claim_day or today.replace(year=9999)),
        claimed=[each for each in found if each.claim is not None],
        closed=[each for each in found if each.claim is None and each.verdict.outcome is Outcome.INELIGIBLE],
    )


@router.get("/my/benefits/{record_number}")
async def show_benefit_page(page: PageOf, record_number: str) -> Response:
    """条件、您的情况、结论、依据."""
    considered = await considered_one(page, record_number)
    return page.show("citizen/benefit.html", each=considered, today=considered.on)


async def considered_one(page: Page, record_number: str, *, declared: str | None = None) -> Considered:
    """The one entry. Raises NotFound when it is not the caller's or leads to nothing they may claim."""
    _, found = await consider(page, record_number, declared=declared)
    if not found:
        raise NotFound
    return found[0]
