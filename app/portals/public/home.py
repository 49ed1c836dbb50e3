"""The landing page: the three doors, and what can be done without signing in."""

from starlette.responses import Response

from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@router.get("/")
async def show_landing(page: PageOf) -> Response:
    """The same for everybody, signed in or not."""
    return page.show("public/home.html")
