"""The work list (工作台): what waits in one's area, what is pressing first."""

from dataclasses import dataclass
from datetime import date, datetime

from starlette.responses import Response

from app.kernel.clock import law_date
from app.oversight.waiting.queries import Waiting, claims_waiting, tasks_waiting
from app.oversight.waiting.states import TASK_LABELS, Task
from app.subsidies.claims.states import ClaimState
from app.subsidies.disbursements.queries.restorations import payments_closed
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()

_CLAIMS: dict[ClaimState, tuple[str, str, str]] = {
    ClaimState.SUBMITTED: (
        "补贴申领待受理",
        "/office/claims?state=submitted",
        "/office/claims/{claim_id}/accept",
    ),
    ClaimState.ACCEPTED: (
        "补贴申领待审核",
        "/office/claims?state=accepted",
        "/office/claims/{claim_id}/review",
    ),
    ClaimState.REVIEWED: (
        "补贴申领待审批",
        "/office/claims?state=reviewed",
        "/office/claims/{claim_id}/approve",
    ),
    ClaimState.APPROVED: ("已批准，待公示", "/office/notices/new", "/office/notices"),
    ClaimState.PAYABLE: ("公示期满，待拨付", "/office/money/orders/new", "/office/money/orders"),
    ClaimState.FAILED: (
        "银行退回的拨付",
        "/office/money/failed",
        "/office/money/payments/{claim_id}/retry",
    ),
}
"""Steps of claims that wait for officers: where they are listed, and the form by which they are taken."""
_TASKS: dict[Task, tuple[str, str, str]] = {
    Task.FILING: ("/office/openings", "POST", "/office/openings/{opening_id}/record"),
    Task.CHANGE: ("/office/openings/changes", "GET", "/office/openings/changes"),
    Task.SOURCE: ("/office/sources", "GET", "/office/sources"),
    Task.PRESENCE: ("/office/presence", "GET", "/office/presence"),
    Task.LISTING: ("/office/listings", "GET", "/office/listings"),
    Task.POST_CHECK: ("/office/post-checks", "GET", "/office/post-checks"),
    Task.LAPSE: ("/office/claims/lapsed", "GET", "/office/claims/lapsed"),
    Task.HOLD: ("/office/claims/held", "GET", "/office/claims/held"),
    Task.APPEAL: ("/office/claims/appeals", "GET", "/office/claims/appeals"),
    Task.OBJECTION: ("/office/objections", "GET", "/office/objections"),
    Task.DENIAL: ("/office/denials", "GET", "/office/denials"),
    Task.CORRECTION_REQUEST: ("/office/corrections", "GET", "/office/corrections"),
    Task.CORRECTION: ("/office/record-corrections", "GET", "/office/record-corrections"),
    Task.CERTIFICATE: ("/office/certificates", "GET", "/office/certificates"),
    Task.MERGE: ("/office/persons/merges", "GET", "/office/persons/merges"),
    Task.COLLISION: ("/office/persons/collisions", "GET", "/office/persons/collisions"),
}
_RISKY = frozenset({Task.LAPSE, Task.HOLD, Task.OBJECTION, Task.DENIAL, Task.COLLISION})
"""Taken up first: somebody waits too long, or somebody says that something is wrong."""


@dataclass(frozen=True, slots=True)
class Work:
    """A line of the work list."""

    title: str
    href: str
    waiting: Waiting
    days: int
    is_first: bool


@router.get("/office")
async def show_home(page: PageOf) -> Response:
    """Everything that waits for somebody with these permissions: pressing and risky first, then by age."""
    async with page.reading() as unit:
        claims = await claims_waiting(unit, list(_CLAIMS))
        tasks = await tasks_waiting(unit)
        closed = await payments_closed(unit) if page.may("GET", "/office/money") else None
        today = unit.today
    work = [
        Work(title, href, found, _days(found.oldest_at, today), found.pressing > 0)
        for state, (title, href, route) in _CLAIMS.items()
        if page.may("POST", route) and (found := claims.get(state)) is not None
    ]
    work += [
        Work(
            TASK_LABELS[task], href, found, _days(found.oldest_at, today), task in _RISKY and found.count > 0
        )
        for task, (href, method, route) in _TASKS.items()
        if page.may(method, route) and (found := tasks.get(task)) is not None
    ]
    waiting = sorted(
        (each for each in work if each.waiting.count), key=lambda each: (not each.is_first, -each.days)
    )
    idle = [each for each in work if not each.waiting.count]
    return page.show("officer/home.html", waiting=waiting, idle=idle, today=today, closed=closed)


def _days(since: datetime | None, today: date) -> int:
    return 0 if since is None else (today - law_date(since)).days
