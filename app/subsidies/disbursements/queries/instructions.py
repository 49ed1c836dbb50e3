"""What the paying worker has to do: ordered claims and advances, instructions due at the bank, notices not yet taken.

Only the paying worker's role may read these: account numbers are opened here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text

from app.access.unit import Unit
from app.db.crypto import KeyRing, SealBroken
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.subsidies.claims.tables import ACCOUNT_NUMBER_FIELD, INSTITUTION_ACCOUNT_FIELD
from app.subsidies.disbursements.rules.pace import LEASE
from app.subsidies.disbursements.states import InstructionState

log = structlog.get_logger(__name__)

_ORDERED = text("""
    SELECT claim.person_id, claim.claim_id FROM claim
    LEFT JOIN payment_wait AS waiting ON waiting.subject_id = claim.claim_id
    WHERE claim.state = 'ordered' AND (waiting.next_try_at IS NULL OR waiting.next_try_at <= registry_now())
    ORDER BY claim.state_since, claim.claim_id LIMIT :limit
""")
_ADVANCES = text("""
    SELECT advance.advance_id FROM advance
    LEFT JOIN payment_wait AS waiting ON waiting.subject_id = advance.advance_id
    WHERE advance.ordered_at IS NOT NULL AND advance.settled_at IS NULL AND advance.canceled_at IS NULL
      AND (waiting.next_try_at IS NULL OR waiting.next_try_at <= registry_now())
      AND NOT EXISTS (SELECT FROM bank_instruction AS past WHERE past.advance_id = advance.advance_id
        AND (past.state <> 'rejected' OR past.account_id = (
          SELECT own.account_id FROM institution_account AS own WHERE own.institution_id = advance.institution_id
            AND own.confirmed_at IS NOT NULL AND own.ended_at IS NULL ORDER BY own.confirmed_at DESC LIMIT 1)))
    ORDER BY advance.ordered_at LIMIT :limit
""")
_LEASE = text("SELECT instruction_id FROM lease_instructions(:limit, :lease)")
_DUE = text("""
    SELECT due.instruction_id, due.person_id, due.amount_fen, due.payee_kind, due.payee_institution_id, due.state,
      due.sends, paying.kind, own.number_sealed AS own_number, school.number_sealed AS institution_number,
      named.name_sealed, training_institution.name AS institution_name
    FROM bank_instruction AS due
    LEFT JOIN benefit AS paying ON paying.person_id = due.person_id AND paying.benefit_id = due.benefit_id
    LEFT JOIN payee_account AS own ON due.payee_kind = 'person' AND own.person_id = due.person_id
      AND own.account_id = due.account_id
    LEFT JOIN institution_account AS school ON school.institution_id = due.payee_institution_id
      AND school.account_id = due.account_id
    LEFT JOIN training_institution ON training_institution.institution_id = due.payee_institution_id
    LEFT JOIN LATERAL (SELECT person_name.name_sealed FROM person_name
      WHERE due.payee_kind = 'person' AND person_name.person_id = due.person_id
      ORDER BY person_name.name_id DESC LIMIT 1) AS named ON true
    WHERE due.instruction_id = ANY (CAST(:ids AS uuid[]))
""")
_NOTICES = text("""
    SELECT event_id, items FROM bank_notice WHERE taken_at IS NULL ORDER BY received_at, event_id LIMIT :limit
""")
_AMOUNTS = text("""
    SELECT instruction_id, amount_fen FROM bank_instruction WHERE instruction_id = ANY (CAST(:ids AS uuid[]))
""")
_DAYS = text("""
    SELECT day::date FROM generate_series(
      greatest((SELECT law_date(min(stored_at)) FROM bank_instruction), CAST(:since AS date)),
      CAST(:until AS date), interval '1 day') AS day
    WHERE NOT EXISTS (SELECT FROM bank_statement
      WHERE bank_statement.statement_on = day::date AND bank_statement.fetched_at IS NOT NULL)
    ORDER BY day
""")


@dataclass(frozen=True, slots=True)
class DueInstruction:
    """One instruction with what the bank must be told. ``kind`` is None for an advance."""

    instruction_id: UUID
    amount_fen: int
    state: InstructionState
    sends: int
    kind: str | None
    account_number: str = field(repr=False)
    holder_name: str = field(repr=False)


async def ordered_claims(unit: Unit, limit: int) -> Sequence[Row[Any]]:
    """``person_id, claim_id`` of what is ordered and may be tried now, in the order of ordering."""
    return (await unit.session.execute(_ORDERED, {"limit": limit})).all()


async def ordered_advances(unit: Unit, limit: int) -> list[UUID]:
    """Advances that are ordered, or whose last instruction the bank rejected because of an account since changed."""
    return list(await unit.session.scalars(_ADVANCES, {"limit": limit}))


async def lease_instructions(unit: Unit, limit: int) -> list[UUID]:
    """Due instructions for this worker alone until the lease ends."""
    return list(await unit.session.scalars(_LEASE, {"limit": limit, "lease": LEASE}))


async def open_instructions(unit: Unit, keys: KeyRing, ids: Sequence[UUID]) -> list[DueInstruction]:
    """What to tell the bank of each; one that does not open under this ring is told to operators and due again."""
    opened = []
    for row in await unit.session.execute(_DUE, {"ids": list(ids)}):
        try:
            opened.append(_opened(row, keys))
        except SealBroken:
            log.exception("instruction cannot be opened", instruction_id=str(row.instruction_id))
    return opened


async def untaken_notices(unit: Unit, limit: int) -> Sequence[Row[Any]]:
    """``event_id, items`` of the bank's pushes that wait."""
    return (await unit.session.execute(_NOTICES, {"limit": limit})).all()


async def amounts_of(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, int]:
    """The amount of each instruction that is ours, in fen."""
    rows = await unit.session.execute(_AMOUNTS, {"ids": list(ids)})
    return {row.instruction_id: row.amount_fen for row in rows}


async def days_without_statement(unit: Unit, *, since: date, until: date) -> list[date]:
    """Days, both included, on which something was under way and whose file was not fetched."""
    return list(await unit.session.scalars(_DAYS, {"since": since, "until": until}))


def _opened(row: Row[Any], keys: KeyRing) -> DueInstruction:
    if row.payee_kind == "person":
        number = keys.open(row.own_number, name=ACCOUNT_NUMBER_FIELD, owner=row.person_id)
        holder = keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id)
    else:
        number = keys.open(
            row.institution_number, name=INSTITUTION_ACCOUNT_FIELD, owner=row.payee_institution_id
        )
        holder = row.institution_name
    return DueInstruction(
        instruction_id=row.instruction_id,
        amount_fen=row.amount_fen,
        state=InstructionState(row.state),
        sends=row.sends,
        kind=row.kind,
        account_number=number,
        holder_name=holder,
    )
