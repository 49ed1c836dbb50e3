"""Note deadlines that have passed (超期): a mark on the work list. A machine refuses nothing, also not for silence."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.audit.events import announce
from app.kernel.clock import law_date
from app.subsidies.claims.rules.deadlines import deadline_of
from app.subsidies.claims.states import ClaimState

_WAITING = text("""
    SELECT held.person_id, held.claim_id, held.claim_number, held.division_code, held.state, held.round,
      held.state_since, supplement.due_on
    FROM claim AS held
    LEFT JOIN claim_supplement AS supplement ON supplement.person_id = held.person_id
     AND supplement.claim_id = held.claim_id AND held.state = 'supplement_requested'
    WHERE held.state IN ('submitted', 'supplement_requested', 'accepted', 'reviewed', 'payable')
      AND held.state_since < CAST(:before AS timestamptz)
      AND (held.person_id, held.claim_id) > (:after_person, :after_claim)
      AND NOT EXISTS (SELECT FROM deadline_lapse AS known WHERE known.person_id = held.person_id
        AND known.claim_id = held.claim_id AND known.round = held.round AND known.stage = held.state)
    ORDER BY held.person_id, held.claim_id LIMIT :page
""")
_NOTE = text("""
    INSERT INTO deadline_lapse (person_id, claim_id, round, stage, due_on)
    VALUES (:person_id, :claim_id, :round, :stage, :due_on) ON CONFLICT DO NOTHING
""")


async def waiting_claims(unit: Unit, after: tuple[UUID, UUID], page: int) -> list[Row[Any]]:
    """Claims in a state with a deadline whose lapse is not noted yet, by person and claim after ``after``."""
    parameters = {"before": unit.now, "after_person": after[0], "after_claim": after[1], "page": page}
    return list((await unit.session.execute(_WAITING, parameters)).all())


async def note_lapses(unit: Unit, waiting: list[Row[Any]]) -> int:
    """How many of them are overdue today; each is announced (``claim.deadline_lapsed``) once a state and round."""
    noted = 0
    for row in waiting:
        due_on = due_of(row._asdict())
        if due_on is None or due_on >= unit.today:
            continue
        await unit.session.execute(
            _NOTE,
            {
                "person_id": row.person_id,
                "claim_id": row.claim_id,
                "round": row.round,
                "stage": row.state,
                "due_on": due_on,
            },
        )
        await announce(
            unit,
            "claim.deadline_lapsed",
            {
                "claim_id": str(row.claim_id),
                "claim_number": row.claim_number,
                "division_code": row.division_code,
                "stage": row.state,
                "due_on": due_on.isoformat(),
            },
        )
        noted += 1
    return noted


def due_of(claim: Mapping[str, Any]) -> date | None:
    """The last day of the step that is due; None while it cannot be told (holidays not published)."""
    state = ClaimState(claim["state"])
    if state is ClaimState.SUPPLEMENT_REQUESTED:
        due_on: date | None = claim["due_on"]
        return due_on
    deadline = deadline_of(state, law_date(claim["state_since"]), claim["division_code"])
    return None if deadline is None else deadline.due_on
