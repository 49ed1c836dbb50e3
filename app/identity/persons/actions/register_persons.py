"""Find or register persons by their numbers, a whole set in at most three statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from uuid import UUID

import asyncpg

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.db.ids import new_ids
from app.identity.persons.states import stored_kind
from app.kernel.identifiers import IdentityNumber

NUMBER_PURPOSE = "identity_number"
"""Digest purpose of every number that names a person (``identifier_key.digest``)."""

NUMBER_FIELD = "person_identifier.number"
"""Seal name of ``person_identifier.number_sealed``; its owner is the person."""

# A join, not "= ANY($1)": of an array the planner estimates every single element, which takes longer than the look-up.
# Two arrays instead of rows: thousands of rows take longer to read than to find.
_FIND = """
SELECT array_agg(digest), array_agg(person_id)
FROM unnest($1::bytea[]) AS given (digest) JOIN identifier_key USING (digest)
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
  SELECT new.person_id, new.identifier_id, new.kind, new.number_sealed, $7
  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::bytea[]) AS new (person_id, identifier_id, kind, number_sealed)
  WHERE new.kind IS NOT NULL AND new.person_id IN (SELECT person_id FROM claimed)
)
SELECT array_agg(digest), array_agg(person_id) FROM claimed
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Newcomers:
    """Column by column; ``digests`` by key id."""

    numbers: list[str] = field(repr=False)
    kinds: list[str]
    digests: dict[str, list[bytes]]
    person_ids: list[UUID]
    identifier_ids: list[UUID]


async def register_persons(unit: Unit, keys: KeyRing, numbers: Sequence[IdentityNumber]) -> list[UUID]:
    """The persons of ``numbers``, in the same order; those not known yet are registered.

    Two callers with the same new number at once get the same person: the second waits for the first to commit.
    The person is the one the number was given to; merged persons (aliases) are expanded by readers.
    """
    driver = await unit.driver()
    by_text = {number.number: number for number in numbers}
    # Under every live key: two while one is rotated.
    digests = {
        key_id: keys.digest_all(by_text, purpose=NUMBER_PURPOSE, key_id=key_id)
        for key_id in keys.digest_key_ids
    }
    by_digest = await _find(driver, [digest for each in digests.values() for digest in each])
    persons = _persons_of(by_text, digests, by_digest)
    if len(persons) < len(by_text):
        new = _newcomers(by_text, digests, persons)
        by_digest |= await _register(driver, keys, new, recorded_by=unit.actor.principal_id)
        lost = [digest for each in new.digests.values() for digest in each if digest not in by_digest]
        if lost:  # somebody else registered them while we waited
            by_digest |= await _find(driver, lost)
        persons |= _persons_of(new.numbers, new.digests, by_digest)
    return [persons[number.number] for number in numbers]


def _persons_of(
    texts: Iterable[str], digests: Mapping[str, Sequence[bytes]], by_digest: Mapping[bytes, UUID]
) -> dict[str, UUID]:
    """The persons of those ``texts`` that are known under any key."""
    return {
        text: person_id
        for text, *own in zip(texts, *digests.values(), strict=True)
        for person_id in [next(filter(None, map(by_digest.get, own)), None)]
        if person_id is not None
    }


def _newcomers(
    by_text: Mapping[str, IdentityNumber], digests: Mapping[str, Sequence[bytes]], known: Mapping[str, UUID]
) -> _Newcomers:
    is_new = [text not in known for text in by_text]
    numbers = list(compress(by_text, is_new))
    return _Newcomers(
        numbers=numbers,
        kinds=[stored_kind(number.kind).value for number in compress(by_text.values(), is_new)],
        digests={key_id: list(compress(each, is_new)) for key_id, each in digests.items()},
        person_ids=new_ids(len(numbers)),
        identifier_ids=new_ids(len(numbers)),
    )


async def _find(driver: asyncpg.Connection, digests: list[bytes]) -> dict[bytes, UUID]:
    return _pairs(await driver.fetchrow(_FIND, digests))


async def _register(
    driver: asyncpg.Connection, keys: KeyRing, new: _Newcomers, *, recorded_by: UUID
) -> dict[bytes, UUID]:
    # One row a digest: two a person while a digest key rotates. The columns that are the person's own come once, and
    # where they have run out unnest() gives NULL.
    count, times = len(new.numbers), len(new.digests)
    sealed = keys.seal_all(new.numbers, name=NUMBER_FIELD, owners=new.person_ids)
    claimed = await driver.fetchrow(
        _REGISTER,
        [digest for each in new.digests.values() for digest in each],
        [key_id for key_id in new.digests for _ in range(count)],
        new.person_ids * times,
        new.identifier_ids * times,
        new.kinds,
        sealed,
        recorded_by,
    )
    return _pairs(claimed)


def _pairs(arrays: asyncpg.Record) -> dict[bytes, UUID]:
    """``array_agg`` of no rows is NULL."""
    digests, persons = arrays
    return dict(zip(digests or (), persons or (), strict=True))
