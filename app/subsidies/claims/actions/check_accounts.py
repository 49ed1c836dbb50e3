"""Take accounts whose holder the bank has not told, and store what it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.gateways.bank_facts import AccountAnswer, AccountOutcome
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.identity.persons.actions.register_persons import NUMBER_FIELD
from app.subsidies.claims.tables import ACCOUNT_NUMBER_FIELD

BATCH = 20
# The lease is longer than the bank's slowest answer; a worker that dies leaves accounts that are due again.
_LEASE = text("""
    WITH due AS (
      SELECT person_id, account_id FROM payee_account
      WHERE check_due_at <= registry_now() AND check_outcome IS NULL AND ended_at IS NULL
      ORDER BY check_due_at LIMIT :batch FOR UPDATE SKIP LOCKED
    ), leased AS (
      UPDATE payee_account AS account SET check_due_at = registry_now() + interval '10 minutes'
      FROM due WHERE account.person_id = due.person_id AND account.account_id = due.account_id
      RETURNING account.person_id, account.account_id, account.number_sealed
    )
    SELECT leased.*, (
        SELECT known.number_sealed FROM person_identifier AS known
        WHERE known.person_id = leased.person_id AND known.ended_at IS NULL
        ORDER BY known.recorded_at DESC, known.identifier_id DESC LIMIT 1) AS identity_sealed, (
        SELECT named.name_sealed FROM person_name AS named WHERE named.person_id = leased.person_id
        ORDER BY named.name_id DESC LIMIT 1) AS name_sealed
    FROM leased
""")
_STORE = text("""
    UPDATE payee_account SET check_outcome = :outcome, check_evidence_id = :evidence_id, checked_at = :answered_at,
      check_due_at = NULL
    WHERE person_id = :person_id AND account_id = :account_id AND check_outcome IS NULL
""")


@dataclass(frozen=True, slots=True)
class DueAccount:
    """An account to ask about; ``None`` where the registry has no proved name or number to ask with."""

    person_id: UUID
    account_id: UUID
    account_number: str = field(repr=False)
    holder_name: str | None = field(repr=False)
    holder_number: str | None = field(repr=False)


async def lease_due_accounts(unit: Unit, keys: KeyRing) -> list[DueAccount]:
    """Up to ``BATCH`` accounts, each taken by nobody else for ten minutes."""
    return [
        DueAccount(
            row.person_id,
            row.account_id,
            keys.open(row.number_sealed, name=ACCOUNT_NUMBER_FIELD, owner=row.person_id),
            None
            if row.name_sealed is None
            else keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id),
            None
            if row.identity_sealed is None
            else keys.open(row.identity_sealed, name=NUMBER_FIELD, owner=row.person_id),
        )
        for row in await unit.session.execute(_LEASE, {"batch": BATCH})
    ]


async def store_account_answers(unit: Unit, answers: Sequence[tuple[DueAccount, AccountAnswer]]) -> int:
    """Keep what the bank said; how many accounts it told of. No answer leaves an account due again."""
    settled = 0
    for account, answer in answers:
        if answer.outcome is AccountOutcome.UNAVAILABLE:
            continue
        stored = await unit.session.execute(
            _STORE,
            {
                "person_id": account.person_id,
                "account_id": account.account_id,
                "outcome": answer.outcome.value,
                "evidence_id": answer.evidence_id,
                "answered_at": answer.answered_at,
            },
        )
        if stored.rowcount != 1:  # type: ignore[attr-defined]
            continue
        settled += 1
        await record_event(
            unit,
            "payee_account:checked",
            subject_kind="payee_account",
            subject_id=account.account_id,
            details={"outcome": answer.outcome.value},
        )
        await announce(
            unit,
            "payee_account.checked",
            {"account_id": str(account.account_id), "outcome": answer.outcome.value},
        )
    return settled
