"""Where one lands after signing in (劳动者)."""

from starlette.responses import Response

from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@router.get("/my")
async def show_home(page: PageOf) -> Response:
    """The way to everything of this door."""
    return page.show("citizen/home.html")
