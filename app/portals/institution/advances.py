"""Advances (预拨) to the institution: what was proposed, paid, worked off and has to be returned."""

from starlette.responses import Response

from app.api.v1.advances import AdvanceOut
from app.kernel.paging import DEFAULT_PAGE_LIMIT
from app.subsidies.disbursements.queries.advances import list_advances
from app.training.openings.queries.lists import names_of_openings
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@router.get("/institution/claims/advances")
async def list_advances_page(page: PageOf, cursor: str | None = None) -> Response:
    """The newest first, each with its class."""
    async with page.reading() as unit:
        found = await list_advances(unit, cursor=cursor, limit=DEFAULT_PAGE_LIMIT)
        names = await names_of_openings(unit, [advance.opening_id for advance in found.items])
    return page.show(
        "institution/advances.html",
        advances=[AdvanceOut.of(row) for row in found.items],
        names=names,
        next_cursor=found.next_cursor,
        is_first=cursor is None,
    )
