"""Where one lands after signing in (劳动者): what is waiting for me."""

from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from app.api.v1.claim_shapes import ListedClaimOut
from app.api.v1.messages import MessageOut
from app.api.v1.recovery_shapes import OwnRecoveryOut
from app.archive.records.queries import person_group
from app.exchange.extracts.queries import shown_to_me
from app.subsidies.claims.queries.lists import own_claims
from app.subsidies.claims.states import ClaimState
from app.subsidies.denials.queries import own_denials
from app.subsidies.messages.queries import own_messages
from app.subsidies.recoveries.queries import own_recoveries
from app.subsidies.recoveries.states import RecoveryState
from app.training.completion.queries import enrollments_of_persons
from app.training.openings.states import OpeningState
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()
_MESSAGES = 3
_CLAIMS = 20
_OWED = frozenset({RecoveryState.ORDERED, RecoveryState.PARTLY_REPAID})
_OVER = frozenset({ClaimState.PAID, ClaimState.WITHDRAWN, ClaimState.REFUSED, ClaimState.NOT_ACCEPTED})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something the person has to do, and until when."""

    title: str
    href: str
    text: str
    until: date | None = None


@router.get("/my")
async def show_home(page: PageOf) -> Response:
    """What waits for me, how my claims stand, what was told last, and the way to everything else."""
    async with page.reading() as unit:
        assert page.me.person_id is not None
        persons = await person_group(unit, page.me.person_id)
        claims = [
            ListedClaimOut.of(claim, unit.today)
            for claim in (await own_claims(unit, cursor=None, limit=_CLAIMS)).items
        ]
        enrollments = await enrollments_of_persons(unit, persons)
        denied = await own_denials(unit, persons)
        messages = await own_messages(unit, persons, limit=_MESSAGES, cursor=None)
        entries = await shown_to_me(unit, None)
        recoveries = [OwnRecoveryOut.of(row) for row in await own_recoveries(unit)]
        today = unit.today
    owed = [row for row in recoveries if row.state in _OWED]
    waiting = [
        Waiting("补齐申领材料", f"/my/claims/{claim.claim_id}/supplement", claim.kind_label, claim.due_on)
        for claim in claims
        if claim.state is ClaimState.SUPPLEMENT_REQUESTED
    ]
    waiting += [
        Waiting("核对收款账户", f"/my/claims/{claim.claim_id}", f"{claim.kind_label}：银行退回")
        for claim in claims
        if claim.state is ClaimState.FAILED
    ]
    waiting += [
        Waiting("退回补贴", "/my/recoveries", f"{row.recovery_number}，{row.cause_name}", row.due_on)
        for row in owed
    ]
    waiting += [
        Waiting("这个班是您报的吗？", "/my/enrollments", f"{row.institution_name}：{row.opening_name}")
        for row in enrollments
        if row.state not in {OpeningState.CLOSED, OpeningState.CANCELED}
        and row.withdrawn_at is None
        and row.opening_id not in denied
    ]
    return page.show(
        "citizen/home.html",
        waiting=waiting,
        under_way=[claim for claim in claims if claim.state not in _OVER],
        messages=[MessageOut.of(row) for row in messages.items],
        entries=len(entries),
        today=today,
    )
