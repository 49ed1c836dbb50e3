"""Order payable claims to be paid: by a third person, answered line by line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Reason, Refused
from app.subsidies.disbursements.queries.budgets import BudgetPicture, read_budget
from app.subsidies.disbursements.rules.funding import reason_against_source
from app.subsidies.disbursements.rules.numbers import order_number
from app.subsidies.disbursements.rules.refusals import NOTHING_PAYABLE, ORDER_REASONS
from app.subsidies.disbursements.states import OrderOutcome
from app.subsidies.entitlements.states import BenefitKind

_SERIAL = text("SELECT nextval('payment_order_serial')")
_ORDER = text("""
    SELECT ordinal, claim_id, outcome, kind, division_code, entry_on
    FROM order_payments(:actor, :order_id, :number, :budget_id, CAST(:claims AS uuid[])) ORDER BY ordinal
""")


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """What became of one claim; ``line`` counts from 1 as the claims were given. ``why`` says more than the outcome."""

    line: int
    claim_id: UUID
    outcome: OrderOutcome
    why: Reason | None = None

    @property
    def reason(self) -> Reason | None:
        """Why it was not ordered."""
        found = self.why or ORDER_REASONS.get(self.outcome)
        return None if found is None else replace(found, line=self.line)


@dataclass(frozen=True, slots=True)
class Ordered:
    """The order and its lines; the others are told with their reasons."""

    order_id: UUID
    order_number: str
    lines: tuple[OrderedLine, ...]


async def order_payments(unit: Unit, *, budget_id: UUID, claims: Sequence[UUID]) -> Ordered:
    """Raises NotFound for a budget outside the area, Refused with a reason a line when no line can be ordered."""
    budget = await read_budget(unit, budget_id)
    if not claims:
        raise Refused([NOTHING_PAYABLE])
    serial = (await unit.session.execute(_SERIAL)).scalar_one()
    order_id, number = uuid7(), order_number(budget.division_code, unit.today.year, serial)
    lines = await _ordered(unit, budget, order_id, number, claims)
    ordered = sum(line.outcome is OrderOutcome.ORDERED for line in lines)
    if not ordered:
        raise Refused([line.reason for line in lines if line.reason is not None])
    await record_event(
        unit,
        "payment:ordered",
        subject_kind="payment_order",
        subject_id=order_id,
        details={"order_number": number, "ordered": ordered, "not_ordered": len(lines) - ordered},
    )
    await announce(unit, "payment.ordered", {"order_id": str(order_id), "claims": ordered})
    return Ordered(order_id, number, lines)


async def _ordered(
    unit: Unit, budget: BudgetPicture, order_id: UUID, number: str, claims: Sequence[UUID]
) -> tuple[OrderedLine, ...]:
    rows = await unit.session.execute(
        _ORDER,
        {
            "actor": unit.actor.principal_id,
            "order_id": order_id,
            "number": number,
            "budget_id": budget.budget_id,
            "claims": list(claims),
        },
    )
    return tuple(
        OrderedLine(row.ordinal, row.claim_id, OrderOutcome(row.outcome), _against(row, budget))
        for row in rows
    )


def _against(row: Row[Any], budget: BudgetPicture) -> Reason | None:
    """Which money could pay it, where this may not."""
    if row.kind is None:
        return None
    return reason_against_source(
        BenefitKind(row.kind), budget.funding_source, on=row.entry_on, division=row.division_code
    )
