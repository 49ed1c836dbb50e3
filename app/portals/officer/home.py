"""Where one lands after signing in (经办机构)."""

from starlette.responses import Response

from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@router.get("/office")
async def show_home(page: PageOf) -> Response:
    """The way to everything of this door."""
    return page.show("officer/home.html")
