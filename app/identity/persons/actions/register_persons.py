"""Find or register persons by their numbers, a whole set in at most three statements."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.identity.persons.states import stored_kind
from app.kernel.identifiers import IdentityNumber

NUMBER_PURPOSE = "identity_number"
"""Digest purpose of every number that names a person (``identifier_key.digest``)."""

NUMBER_FIELD = "person_identifier.number"
"""Seal name of ``person_identifier.number_sealed``; its owner is the person."""

# A join, not "= ANY($1)": of an array the planner estimates every single element, which takes longer than the look-up.
_FIND = """
SELECT digest, person_id FROM unnest($1::bytea[]) AS given (digest) JOIN identifier_key USING (digest)
"""
# One statement: whoever wins the digest registers the person, whoever loses writes nothing at all. Foreign keys are
# judged at its end, so the key may come first. Digests go in order, so that two sets never wait for each other.
_REGISTER = """
WITH given AS MATERIALIZED (
  SELECT * FROM unnest($1::bytea[], $2::text[], $3::uuid[], $4::uuid[])
    AS line (digest, key_id, person_id, identifier_id)
), claimed AS (
  INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)
  SELECT digest, key_id, person_id, identifier_id FROM given ORDER BY digest
  ON CONFLICT (digest) DO NOTHING
  RETURNING digest, person_id
), registered AS (
  INSERT INTO person (person_id) SELECT DISTINCT person_id FROM claimed
), numbered AS (
  INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)
  SELECT new.person_id, new.identifier_id, new.kind, new.number_sealed, $8
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::bytea[], $7::boolean[])
    AS new (person_id, identifier_id, kind, number_sealed, is_first)
  WHERE new.is_first AND new.person_id IN (SELECT person_id FROM claimed)
)
SELECT digest, person_id FROM claimed
"""


@dataclass(frozen=True, slots=True)
class _Newcomer:
    number: IdentityNumber = field(repr=False)
    digests: list[tuple[str, bytes]]
    person_id: UUID
    identifier_id: UUID


async def register_persons(unit: Unit, keys: KeyRing, numbers: Sequence[IdentityNumber]) -> list[UUID]:
    """The persons of ``numbers``, in the same order; those not known yet are registered.

    Two callers with the same new number at once get the same person: the second waits for the first to commit.
    The person is the one the number was given to; merged persons (aliases) are expanded by readers.
    """
    driver = await unit.driver()
    by_text = {number.number: number for number in numbers}
    digests = {text: keys.digests(text, purpose=NUMBER_PURPOSE) for text in by_text}
    known = await _find(driver, [digest for each in digests.values() for _, digest in each])
    newcomers = [
        _Newcomer(number, digests[text], uuid7(), uuid7())
        for text, number in by_text.items()
        if not any(digest in known for _, digest in digests[text])
    ]
    if newcomers:
        known |= await _register(driver, keys, newcomers, recorded_by=unit.actor.principal_id)
        lost = [digest for each in newcomers for _, digest in each.digests if digest not in known]
        if lost:  # somebody else registered them while we waited
            known |= await _find(driver, lost)
    return [
        next(known[digest] for _, digest in digests[number.number] if digest in known) for number in numbers
    ]


async def _find(driver: asyncpg.Connection, digests: list[bytes]) -> dict[bytes, UUID]:
    return {row["digest"]: row["person_id"] for row in await driver.fetch(_FIND, digests)}


async def _register(
    driver: asyncpg.Connection, keys: KeyRing, newcomers: Sequence[_Newcomer], *, recorded_by: UUID
) -> dict[bytes, UUID]:
    # One row a digest: two a person while a digest key rotates, of which the first carries the person's own columns.
    rows = [
        (
            digest,
            key_id,
            each.person_id,
            each.identifier_id,
            stored_kind(each.number.kind).value,
            keys.seal(each.number.number, name=NUMBER_FIELD, owner=each.person_id),
            place == 0,
        )
        for each in newcomers
        for place, (key_id, digest) in enumerate(each.digests)
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row["digest"]: row["person_id"] for row in await driver.fetch(_REGISTER, *columns, recorded_by)}
