"""Ask for everything that is missing, once (补正, 一次性告知)."""

from collections.abc import Sequence
from datetime import date

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.clock import day_in_words
from app.kernel.errors import Reason
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.actions.issue_notice import issue_notice
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.rules.deadlines import supplement_due_on
from app.subsidies.claims.rules.notices import of_reasons
from app.subsidies.claims.states import NoticeKind, Step

_ASK = text("""
    INSERT INTO claim_supplement (person_id, claim_id, requests, due_on, requested_by)
    VALUES (:person_id, :claim_id, CAST(:requests AS jsonb), :due_on, :actor)
""")


async def request_supplement(
    unit: Unit, found: FoundClaim, *, items: Sequence[str], expected_version: int | None = None
) -> tuple[str, date]:
    """The notice's number and the last day for the answer.

    Raises ``Refused``, ``PreconditionFailed``, and ``CalendarYearUnpublished`` when the last day cannot be told yet.
    """
    check_step(unit, Step.REQUEST_SUPPLEMENT, found, expected_version=expected_version)
    due_on = supplement_due_on(unit.today, found.division)
    await unit.session.execute(
        _ASK,
        {
            "person_id": found.person_id,
            "claim_id": found.claim_id,
            "requests": orjson.dumps(list(items)).decode(),
            "due_on": due_on,
            "actor": unit.actor.principal_id,
        },
    )
    asked = [
        Reason(code="supplement_item", message=item, remedy=f"请在{day_in_words(due_on)}前补齐（含当日）")
        for item in items
    ]
    number = await issue_notice(
        unit,
        person_id=found.person_id,
        claim_id=found.claim_id,
        division=found.division,
        kind=NoticeKind.SUPPLEMENT,
        reasons=of_reasons(asked),
    )
    await record_event(
        unit,
        "claim:supplement_requested",
        subject_kind="claim",
        subject_id=found.claim_id,
        details={"items": len(items), "due_on": due_on.isoformat(), "notice": number},
    )
    await announce(
        unit, "claim.supplement_requested", {"claim_id": str(found.claim_id), "due_on": due_on.isoformat()}
    )
    return number, due_on
