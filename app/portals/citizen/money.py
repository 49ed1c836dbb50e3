"""My vouchers, and what is asked back of me: how much, why, until when, and what I can do."""

from starlette.responses import Response

from app.api.v1.recovery_shapes import OwnRecoveryOut
from app.api.v1.vouchers import VoucherOut
from app.reference.occupations import occupations
from app.subsidies.recoveries.queries import claims_of_recoveries, own_recoveries
from app.subsidies.vouchers.queries import own_vouchers
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@router.get("/my/vouchers")
async def list_vouchers_page(page: PageOf) -> Response:
    """What each is worth, for what, until when; the number is told to the school."""
    async with page.reading() as unit:
        rows = [VoucherOut.of(row, unit.today) for row in await own_vouchers(unit)]
        today = unit.today
    return page.show(
        "citizen/vouchers.html",
        vouchers=rows,
        lines=occupations().get().line_names if rows else {},
        today=today,
    )


@router.get("/my/recoveries")
async def list_recoveries_page(page: PageOf) -> Response:
    """Newest first; the decision itself stands with its claim."""
    async with page.reading() as unit:
        rows = await own_recoveries(unit)
        claims = await claims_of_recoveries(unit, rows)
        today = unit.today
    return page.show(
        "citizen/recoveries.html",
        recoveries=[(OwnRecoveryOut.of(row), claims.get(row.recovery_id)) for row in rows],
        today=today,
    )
