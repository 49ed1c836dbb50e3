"""Who looked at me, newest first."""

from starlette.responses import Response

from app.api.v1.me import AccessOut
from app.archive.records.queries import officers_named
from app.exchange.looks.queries import looks_at_me
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()
_PAGE = 30


@router.get("/my/accesses")
async def list_accesses_page(page: PageOf, cursor: str | None = None) -> Response:
    """Every look: when, who, why, for which case; of strangers the network as far as it is kept."""
    async with page.reading() as unit:
        found = await looks_at_me(unit, limit=_PAGE, cursor=cursor)
        looking = [look.principal_id for look in found.items if look.principal_id is not None]
        officers = await officers_named(unit, looking)
        items = [AccessOut.of(look, officers) for look in found.items]
    return page.show("citizen/accesses.html", items=items, next_cursor=found.next_cursor, cursor=cursor)
