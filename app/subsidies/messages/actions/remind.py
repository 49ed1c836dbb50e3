"""Remind citizens before a day passes: the supplement they owe, and what they could claim while it can be claimed.

How long before is a policy value (``deadline_reminder_working_days``, ``window_reminder_days``). One reminder for one
day: its id follows from claim or entry and that day.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.gateways.message_templates import MessageTemplate
from app.policy.values import PolicyUndefined, value_of
from app.reference.calendar import due_after
from app.subsidies.messages.actions.make_messages import NAMESPACE, message_of, store_messages
from app.subsidies.messages.rules import BENEFIT_NAME

_SUPPLEMENTS = text("""
    SELECT claim.person_id, claim.claim_id, claim.kind, claim.division_code, supplement.due_on
    FROM claim JOIN claim_supplement AS supplement
      ON supplement.person_id = claim.person_id AND supplement.claim_id = claim.claim_id
    WHERE claim.state = 'supplement_requested' AND supplement.answered_at IS NULL AND supplement.due_on >= :today
      AND claim.payee_kind = 'person' AND (claim.person_id, claim.claim_id) > (:after_person, :after_id)
    ORDER BY claim.person_id, claim.claim_id LIMIT :page
""")
_CLAIMABLE = text("""
    SELECT person_id, entry_id, kind, division_code, last_claim_on FROM proactive_candidate
    WHERE last_claim_on BETWEEN :today AND CAST(:today AS date) + 90
      AND (person_id, entry_id) > (:after_person, :after_id)
    ORDER BY person_id, entry_id, kind LIMIT :page
""")
FIRST = (UUID(int=0), UUID(int=0))
"""Where a pass begins."""


async def remind_of_supplements(
    unit: Unit, after: tuple[UUID, UUID], page: int
) -> tuple[int, tuple[UUID, UUID] | None]:
    """Reminders made for a page of open supplements, and where the next page begins (None: no more)."""
    rows = await _page(unit, _SUPPLEMENTS, after, page)
    made = [
        message_of(
            uuid5(NAMESPACE, f"supplement_due/{row.claim_id}/{row.due_on}"),
            row.person_id,
            MessageTemplate.SUPPLEMENT_ASKED,
            {"benefit": BENEFIT_NAME[row.kind], "due_on": row.due_on.isoformat()},
        )
        for row in rows
        if _is_near_in_working_days(unit, row)
    ]
    last = (rows[-1].person_id, rows[-1].claim_id) if len(rows) == page else None
    return await store_messages(unit, made), last


async def remind_of_windows(
    unit: Unit, after: tuple[UUID, UUID], page: int
) -> tuple[int, tuple[UUID, UUID] | None]:
    """Reminders made for a page of what could be claimed and ends soon, and where the next page begins."""
    rows = await _page(unit, _CLAIMABLE, after, page)
    made = [
        message_of(
            uuid5(NAMESPACE, f"window/{row.entry_id}/{row.kind}/{row.last_claim_on}"),
            row.person_id,
            MessageTemplate.DEADLINE_NEAR,
            {
                "benefit": BENEFIT_NAME[row.kind],
                "due_on": row.last_claim_on.isoformat(),
                "days": str((row.last_claim_on - unit.today).days),
            },
        )
        for row in rows
        if _is_near_in_days(unit, row)
    ]
    last = (rows[-1].person_id, rows[-1].entry_id) if len(rows) == page else None
    return await store_messages(unit, made), last


async def _page(unit: Unit, statement: Any, after: tuple[UUID, UUID], page: int) -> Sequence[Row[Any]]:
    parameters = {"today": unit.today, "after_person": after[0], "after_id": after[1], "page": page}
    return (await unit.session.execute(statement, parameters)).all()


def _is_near_in_working_days(unit: Unit, row: Row[Any]) -> bool:
    try:
        days = value_of("deadline_reminder_working_days", on=unit.today, division=row.division_code).number
    except PolicyUndefined:
        return bool((row.due_on - unit.today).days <= 3)
    # While the year's holidays are not out, somebody is reminded a little early rather than too late.
    return bool(row.due_on <= due_after(unit.today, days).on)


def _is_near_in_days(unit: Unit, row: Row[Any]) -> bool:
    days = value_of("window_reminder_days", on=unit.today, division=row.division_code).number
    return bool((row.last_claim_on - unit.today).days <= days)
