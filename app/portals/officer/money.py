"""资金: the way into everything about money, with what waits there."""

from starlette.responses import Response

from app.oversight.waiting.queries import claims_waiting
from app.portals.officer.payments import PAYING
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()

_ROOMS = (
    ("/office/money/orders", "拨付单", "公示期满的申领开单拨付，逐件看进展"),
    ("/office/money/failed", "银行退回", "更正账户后重新拨付，或者取消"),
)
"""Address, name, and what is done there; offered to whom the table of pages admits."""


@router.get("/office/money")
async def show_money_page(page: PageOf) -> Response:
    """The rooms that one may enter."""
    async with page.reading() as unit:
        waiting = await claims_waiting(unit, PAYING)
    rooms = [room for room in _ROOMS if page.may("GET", room[0])]
    return page.show("officer/money.html", rooms=rooms, waiting=waiting)
