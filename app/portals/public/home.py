"""The landing page (what can be found and done without signing in, open notices, the doors), and help."""

from starlette.responses import Response

from app.api.v1.public_notices import NoticeOut
from app.portals.public.naming import Names, place_asked
from app.subsidies.notices.queries import open_notices
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()

_NOTICES = 3


@router.get("/")
async def show_landing(page: PageOf) -> Response:
    """The same for everybody, signed in or not."""
    async with page.reading() as unit:
        notices = await open_notices(unit, division_code=None, limit=_NOTICES, cursor=None)
        _, places = place_asked("", unit.today)
    return page.show(
        "public/home.html",
        notices=[NoticeOut.of(row) for row in notices.items],
        places=places,
        names=Names(unit.today),
        today=unit.today,
    )


@router.get("/help")
async def show_help(page: PageOf) -> Response:
    """Help, what becomes of people's data, and how the pages can be used by everybody."""
    return page.show("public/help.html")
