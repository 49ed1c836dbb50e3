"""Order a recovery (追回): the case, its number and its notice with the ways to 复议 and 诉讼, all together."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused
from app.reference.divisions import prefix_of
from app.subsidies.claims.rules.notices import notice_number, remedies_of
from app.subsidies.claims.states import NoticeKind
from app.subsidies.recoveries.queries import benefits_resting_on
from app.subsidies.recoveries.rules import (
    REASONS,
    RECOVERY_MISSING,
    due_on,
    notice_reasons,
    recovery_number,
)
from app.subsidies.recoveries.states import RecoveryCause

_SERIALS = text("SELECT nextval('recovery_serial') AS recovery, nextval('notice_serial') AS notice")
_PAID = text("SELECT division_code, amount_fen, remaining_fen FROM paid_claim(:prefix, :claim_id)")
_ORDER = text("""
    SELECT order_recovery(:actor, :agency, :request, :recovery_id, :number, :claim_id, :cause, :reason, :amount_fen,
      :due_on, :notice_id, :notice_number, CAST(:reasons AS jsonb), CAST(:remedies AS jsonb))
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedRecovery:
    """What was ordered."""

    recovery_id: UUID
    recovery_number: str
    claim_id: UUID
    due_on: date


async def order_recovery(
    unit: Unit, *, claim_id: UUID, division: str, cause: RecoveryCause, reason: str, amount_fen: int
) -> OrderedRecovery:
    """Of a claim paid in ``division``. Raises NotFound outside the area, Refused for what cannot be recovered."""
    serials = (await unit.session.execute(_SERIALS)).one()
    year, due = unit.today.year, due_on(unit.today, division)
    made = OrderedRecovery(
        recovery_id=uuid7(),
        recovery_number=recovery_number(division, year, serials.recovery),
        claim_id=claim_id,
        due_on=due,
    )
    outcome: str = (
        await unit.session.execute(
            _ORDER,
            {
                "actor": unit.actor.principal_id,
                "agency": unit.actor.agency(),
                "request": unit.actor.request_id,
                "recovery_id": made.recovery_id,
                "number": made.recovery_number,
                "claim_id": claim_id,
                "cause": cause,
                "reason": reason,
                "amount_fen": amount_fen,
                "due_on": due,
                "notice_id": uuid7(),
                "notice_number": notice_number(division, year, serials.notice),
                "reasons": orjson.dumps(notice_reasons(cause, reason, amount_fen, due)).decode(),
                "remedies": orjson.dumps(remedies_of(NoticeKind.RECOVERY, unit.today, division)).decode(),
            },
        )
    ).scalar_one()
    if outcome == "claim_unknown":
        raise NotFound
    if outcome in REASONS:
        raise Refused([REASONS[outcome]])
    await record_event(
        unit,
        "recovery:ordered",
        subject_kind="recovery",
        subject_id=made.recovery_id,
        details={"recovery_number": made.recovery_number, "cause": cause, "amount_fen": amount_fen},
    )
    await announce(
        unit, "claim.recovery_ordered", {"claim_id": str(claim_id), "recovery_number": made.recovery_number}
    )
    return made


async def order_recovery_of_claim(
    unit: Unit, *, claim_id: UUID, cause: RecoveryCause, reason: str, amount_fen: int | None
) -> OrderedRecovery:
    """Without an amount all that is not ordered back yet. Raises NotFound outside the area, Refused when nothing is."""
    found = (
        await unit.session.execute(
            _PAID, {"prefix": prefix_of(unit.actor.division_code or ""), "claim_id": claim_id}
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    if found.amount_fen is None:
        raise Refused([REASONS["nothing_paid"]])
    return await order_recovery(
        unit,
        claim_id=claim_id,
        division=found.division_code,
        cause=cause,
        reason=reason,
        amount_fen=amount_fen or found.remaining_fen,
    )


async def order_recoveries_of_entry(
    unit: Unit, *, record_number: str, reason: str | None
) -> tuple[OrderedRecovery, ...]:
    """For all that was paid on an entry which is being revoked and not ordered back yet, in the same transaction.

    Raises Refused without a ``reason`` (``record_paid_needs_recovery``), when another region paid, and while the bank
    has not said whether it paid (``not_settled``).
    """
    resting = await benefits_resting_on(unit, record_number)
    if not resting:
        return ()
    if not all(paid.is_settled for paid in resting):
        raise Refused([REASONS["not_settled"]])
    if reason is None:
        raise Refused([RECOVERY_MISSING])
    made = []
    for paid in resting:
        try:
            made.append(
                await order_recovery(
                    unit,
                    claim_id=paid.claim_id,
                    division=paid.division_code,
                    cause=RecoveryCause.RECORD_REVOKED,
                    reason=reason,
                    amount_fen=paid.remaining_fen,
                )
            )
        except NotFound:
            raise Refused([REASONS["paid_elsewhere"]]) from None
    return tuple(made)
