"""Where one lands after signing in (培训机构)."""

from starlette.responses import Response

from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@router.get("/institution")
async def show_home(page: PageOf) -> Response:
    """The way to everything of this door."""
    return page.show("institution/home.html")
