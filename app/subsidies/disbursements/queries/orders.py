"""Reads of payment orders and of what is payable; nothing of persons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlmodel import col

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of
from app.subsidies.claims.states import ClaimState
from app.subsidies.disbursements.tables import PaymentOrder

_LINES = text("""
    SELECT * FROM payment_order_lines(:prefix, :order_id, CAST(:after AS uuid), :limit)
""")
_PAYABLE = text("""
    SELECT claim_id FROM claim_work_list(:prefix, ARRAY['payable'], CAST(:kinds AS text[]), NULL, NULL, :limit)
    WHERE NOT is_held
""")
_STATES = text("""
    SELECT order_id, state, claims, amount_fen FROM payment_order_states(:prefix, CAST(:orders AS uuid[]))
""")
_ORDER_OF = text("SELECT order_of_claim(:prefix, :claim_id)")


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """What an order comes to: claims and fen by the state that they stand in now."""

    claims: Mapping[ClaimState, int]
    amount_fen: int

    @property
    def count(self) -> int:
        """Claims in all."""
        return sum(self.claims.values())


async def list_orders(unit: Unit, *, cursor: str | None, limit: int) -> Page[PaymentOrder]:
    """Orders of the officer's area, the newest first."""
    found = (
        select(PaymentOrder)
        .where(col(PaymentOrder.division_code).startswith(_prefix(unit)))
        .order_by(col(PaymentOrder.order_id).desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        (before,) = decode_cursor(cursor, UUID)
        found = found.where(col(PaymentOrder.order_id) < before)
    rows = (await unit.session.scalars(found)).all()
    following = encode_cursor(rows[limit - 1].order_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def read_order(unit: Unit, order_id: UUID) -> PaymentOrder:
    """One order of the officer's area. Raises NotFound."""
    row = await unit.session.get(PaymentOrder, order_id)
    if row is None or not row.division_code.startswith(_prefix(unit)):
        raise NotFound
    return row


async def list_order_lines(unit: Unit, order_id: UUID, *, cursor: str | None, limit: int) -> Page[Row[Any]]:
    """How far each claim of an order is, and why it waits."""
    after = None if cursor is None else decode_cursor(cursor, UUID)[0]
    rows = (
        await unit.session.execute(
            _LINES, {"prefix": _prefix(unit), "order_id": order_id, "after": after, "limit": limit + 1}
        )
    ).all()
    following = encode_cursor(rows[limit - 1].claim_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def order_totals(unit: Unit, orders: Sequence[UUID]) -> dict[UUID, OrderTotals]:
    """What each order comes to, by the state of its claims, in the order of the steps."""
    rows = (await unit.session.execute(_STATES, {"prefix": _prefix(unit), "orders": list(orders)})).all()
    found = {}
    for order_id in orders:
        own = {ClaimState(row.state): row for row in rows if row.order_id == order_id}
        states = {state: own[state].claims for state in ClaimState if state in own}
        found[order_id] = OrderTotals(states, sum(row.amount_fen for row in own.values()))
    return found


async def read_order_line(unit: Unit, claim_id: UUID) -> tuple[PaymentOrder, Row[Any]]:
    """The order that a claim stands in last, and how far it is there. Raises NotFound."""
    asked = {"prefix": _prefix(unit), "claim_id": claim_id}
    order_id = (await unit.session.execute(_ORDER_OF, asked)).scalar_one()
    if order_id is None:
        raise NotFound
    order = await read_order(unit, order_id)
    before = UUID(int=claim_id.int - 1)
    line = (
        await unit.session.execute(
            _LINES, {"prefix": _prefix(unit), "order_id": order_id, "after": before, "limit": 1}
        )
    ).one()
    return order, line


async def payable_claims(unit: Unit, *, division_code: str, kinds: Sequence[str], limit: int) -> list[UUID]:
    """Claims that may be ordered now in a division, those that wait longest first."""
    found = await unit.session.scalars(
        _PAYABLE, {"prefix": prefix_of(division_code), "kinds": list(kinds), "limit": limit}
    )
    return list(found)


def _prefix(unit: Unit) -> str:
    return prefix_of(unit.actor.division_code or "")
