"""Where one lands after signing in (培训机构): what is to be done, class by class, and how many stand in each state."""

from starlette.responses import Response

from app.subsidies.claims.queries.institution import claims_to_act_on
from app.subsidies.claims.rules.deadlines import NEXT_STEP
from app.subsidies.claims.states import ClaimState
from app.training.openings.queries.lists import counts_by_state
from app.training.openings.queries.worklist import live_openings
from app.training.openings.states import OpeningState
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()

SHOWN = 30
"""How many live classes the work list holds; the others are in the list of classes."""
_COUNTED = (
    OpeningState.DRAFT,
    OpeningState.RETURNED,
    OpeningState.FILED,
    OpeningState.ON_RECORD,
    OpeningState.RUNNING,
    OpeningState.CLOSED,
)


@router.get("/institution")
async def show_home(page: PageOf) -> Response:
    """The way to everything of this door."""
    async with page.reading() as unit:
        counts = await counts_by_state(unit)
        live = await live_openings(unit, limit=SHOWN)
        waiting = await claims_to_act_on(unit, most=SHOWN)
    return page.show(
        "institution/home.html",
        counts=[(state, counts[state]) for state in _COUNTED],
        live=live,
        claims=[(row, NEXT_STEP[ClaimState(row.state)]) for row in waiting],
        is_all=len(live) < SHOWN,
        today=unit.today,
    )
