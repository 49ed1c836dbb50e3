"""What is kept of me, by what law, and what I may ask for."""

from starlette.responses import Response

from app.api.v1.correction_requests import OwnRequestOut
from app.archive.correction_requests.queries import own_requests
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@router.get("/my/rights")
async def show_rights_page(page: PageOf) -> Response:
    """The privacy notice, and every right with the page where it is used."""
    async with page.reading() as unit:
        requests = [OwnRequestOut.of(each) for each in await own_requests(unit, page.parts.keys)]
        today = unit.today
    return page.show("citizen/rights.html", requests=requests, today=today)
