"""Take certificates whose check is due, for a while, so that two workers do not ask about the same ones."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.access.unit import Unit
from app.archive.certificates.queries.sealed_numbers import open_number
from app.archive.certificates.rules.transitions import LEASE
from app.db.crypto import KeyRing, SealBroken
from app.identity.persons.actions.register_persons import NUMBER_FIELD as IDENTITY_NUMBER_FIELD

BATCH = 500
"""Certificates a lease takes at most: what the network answers in one request."""

# Whoever has no proved name yet is asked about later: a claimed name would make the network an oracle.
_LEASE = """
WITH due AS (
  SELECT certificate.person_id, certificate.certificate_id FROM certificate
  WHERE certificate.check_due_at <= $1 AND certificate.kind <> 'training_completion'
  ORDER BY certificate.check_due_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE certificate SET check_due_at = $2, check_attempts = certificate.check_attempts + 1
FROM due
LEFT JOIN LATERAL (
  SELECT person_name.name_sealed FROM person_name
  WHERE person_name.person_id = due.person_id ORDER BY person_name.name_id DESC LIMIT 1
) AS name ON true
CROSS JOIN LATERAL (
  SELECT array_agg(held.number_sealed ORDER BY held.person_id = due.person_id DESC, held.ended_at IS NULL DESC,
      held.recorded_at DESC, held.identifier_id DESC) AS numbers_sealed,
    array_agg(held.person_id ORDER BY held.person_id = due.person_id DESC, held.ended_at IS NULL DESC,
      held.recorded_at DESC, held.identifier_id DESC) AS owners
  FROM person_group(due.person_id) AS member (person_id)
  JOIN person_identifier AS held ON held.person_id = member.person_id
  WHERE held.end_kind IS DISTINCT FROM 'not_theirs'
) AS identifiers
WHERE certificate.person_id = due.person_id AND certificate.certificate_id = due.certificate_id
RETURNING certificate.person_id, certificate.certificate_id, certificate.check_attempts,
  certificate.number_sealed, name.name_sealed, identifiers.numbers_sealed, identifiers.owners
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedCertificate:
    """A certificate to ask about; ``attempt`` tells later whether the lease still holds.

    ``certificate_number`` is None when there is nothing to ask: no proved identity, or a sealed value does not open.
    ``identity_numbers``: the present one first, then those the person had or has by a merge; the network may know the
    certificate under any of them.
    """

    person_id: UUID
    certificate_id: UUID
    attempt: int
    certificate_number: str | None = field(repr=False)
    identity_numbers: tuple[str, ...] = field(repr=False)
    name: str = field(repr=False)


async def lease_due_certificates(unit: Unit, keys: KeyRing, *, limit: int = BATCH) -> list[LeasedCertificate]:
    """Those due now. A worker that dies leaves them leased; they are due again when the lease ends."""
    driver = await unit.driver()
    rows = await driver.fetch(_LEASE, unit.now, unit.now + LEASE, limit)
    return [_leased(keys, row) for row in rows]


def _leased(keys: KeyRing, row: Any) -> LeasedCertificate:
    owner = row["person_id"]
    number: str | None = None
    identity_numbers: tuple[str, ...] = ()
    name = ""
    if row["name_sealed"] is not None and row["owners"]:
        try:
            identity_numbers = tuple(
                keys.open(sealed, name=IDENTITY_NUMBER_FIELD, owner=bearer)
                for sealed, bearer in zip(row["numbers_sealed"], row["owners"], strict=True)
            )
            name = keys.open(row["name_sealed"], name="person_name.name", owner=owner)
            number = open_number(keys, row["number_sealed"], owner)
        except SealBroken:
            number = None
    return LeasedCertificate(
        person_id=owner,
        certificate_id=row["certificate_id"],
        attempt=row["check_attempts"],
        certificate_number=number,
        identity_numbers=identity_numbers,
        name=name,
    )
