"""Give every number its digest under the new key, then let the old key go (检索摘要密钥更换).

Runs as ``registry_owner``, batch by batch, and can be stopped and begun again at any point: what is left to do is what
the tables lack. Between the two steps both digests of every number are stored and both are unique.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.db.crypto import KeyRing
from app.identity.persons.actions.register_persons import NUMBER_FIELD, NUMBER_PURPOSE
from app.kernel.errors import Reason, Refused

_NOBODY = UUID(int=0)
# A number that was never theirs has no digest at all, and must not get one back.
_LACKING = """
    FROM person_identifier AS held
    WHERE held.end_kind IS DISTINCT FROM 'not_theirs'
      AND NOT EXISTS (SELECT FROM identifier_key AS known
        WHERE known.person_id = held.person_id AND known.identifier_id = held.identifier_id
          AND known.key_id = :key_id)
"""
_COUNT = text(f"SELECT count(*) {_LACKING}")
# The share lock makes an officer who ends a number wait, or us see that it has ended.
_NEXT = text(f"""
    SELECT held.person_id, held.identifier_id, held.number_sealed {_LACKING}
      AND (held.person_id, held.identifier_id) > (:after_person, :after_identifier)
    ORDER BY held.person_id, held.identifier_id LIMIT :batch FOR SHARE OF held
""")
_STORE = text("""
    INSERT INTO identifier_key (digest, key_id, person_id, identifier_id)
    SELECT given.digest, :key_id, given.person_id, given.identifier_id
    FROM unnest(CAST(:digests AS bytea[]), CAST(:persons AS uuid[]), CAST(:identifiers AS uuid[]))
      AS given (digest, person_id, identifier_id)
    ORDER BY given.digest
    ON CONFLICT (digest) DO NOTHING
""")
_RIVALS = text("""
    SELECT given.person_id, known.person_id AS other_id,
      known.person_id IN (SELECT person_group(given.person_id)) AS is_settled
    FROM unnest(CAST(:digests AS bytea[]), CAST(:persons AS uuid[])) AS given (digest, person_id)
    JOIN identifier_key AS known ON known.digest = given.digest AND known.person_id <> given.person_id
""")
_LOCK = text("LOCK TABLE identifier_key IN SHARE ROW EXCLUSIVE MODE")
_RETIRE = text("INSERT INTO retired_digest_key (key_id) VALUES (:key_id) ON CONFLICT DO NOTHING")
_RETIRE_STORED = text("""
    INSERT INTO retired_digest_key (key_id)
    SELECT DISTINCT known.key_id FROM identifier_key AS known WHERE known.key_id <> :key_id
    ON CONFLICT DO NOTHING
""")
_DROP = text("""
    DELETE FROM identifier_key WHERE digest IN (
      SELECT known.digest FROM identifier_key AS known WHERE known.key_id <> :key_id LIMIT :batch)
""")


@dataclass(frozen=True, slots=True)
class Position:
    """The last number looked at, in the order of persons."""

    person_id: UUID = _NOBODY
    identifier_id: UUID = _NOBODY


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two persons with one number, registered apart by processes with different keys; not merged yet."""

    person_id: UUID
    other_id: UUID


@dataclass(frozen=True, slots=True)
class FilledBatch:
    """``stored`` digests, whom they could not be stored for, and where to go on (None: nothing is left)."""

    stored: int
    rivals: tuple[Rivals, ...]
    position: Position | None


async def count_lacking(session: AsyncSession, keys: KeyRing) -> int:
    """How many numbers have no digest under the current key."""
    return int((await session.execute(_COUNT, {"key_id": keys.digest_key_ids[0]})).scalar_one())


async def fill_digests(
    session: AsyncSession, keys: KeyRing, *, after: Position = Position(), batch: int = 1000
) -> FilledBatch:
    """Store the current key's digest of up to ``batch`` numbers that lack it. Raises SealBroken."""
    found = (
        await session.execute(
            _NEXT,
            {
                "key_id": keys.digest_key_ids[0],
                "after_person": after.person_id,
                "after_identifier": after.identifier_id,
                "batch": batch,
            },
        )
    ).all()
    if not found:
        return FilledBatch(0, (), None)
    given = {
        "digests": [
            keys.digest(
                keys.open(row.number_sealed, name=NUMBER_FIELD, owner=row.person_id), purpose=NUMBER_PURPOSE
            )
            for row in found
        ],
        "persons": [row.person_id for row in found],
        "identifiers": [row.identifier_id for row in found],
    }
    stored = await session.execute(_STORE, {**given, "key_id": keys.digest_key_ids[0]})
    rivals = await session.execute(_RIVALS, {"digests": given["digests"], "persons": given["persons"]})
    return FilledBatch(
        int(stored.rowcount),  # type: ignore[attr-defined]
        tuple(Rivals(row.person_id, row.other_id) for row in rivals if not row.is_settled),
        Position(found[-1].person_id, found[-1].identifier_id),
    )


async def retire_old_digests(session: AsyncSession, keys: KeyRing) -> None:
    """From the commit on nothing is stored under any key but the current one.

    Waits for registrations under way and lets new ones wait, so that none is missed. Raises Refused while a number has
    no digest under the current key, unless that digest leads to somebody read as one with its person.
    """
    await session.execute(_LOCK)
    position: Position | None = Position()
    rivals: list[Rivals] = []
    while position is not None:
        filled = await fill_digests(session, keys, after=position)
        if filled.stored:
            raise Refused([_not_filled(filled.stored)])
        rivals += filled.rivals
        position = filled.position
    if rivals:
        raise Refused(reasons_against_rivals(rivals))
    for key_id in keys.digest_key_ids[1:]:
        await session.execute(_RETIRE, {"key_id": key_id})
    await session.execute(_RETIRE_STORED, {"key_id": keys.digest_key_ids[0]})


async def drop_old_digests(session: AsyncSession, keys: KeyRing, *, batch: int = 5000) -> int:
    """Delete up to ``batch`` digests of retired keys; returns how many."""
    dropped = await session.execute(_DROP, {"key_id": keys.digest_key_ids[0], "batch": batch})
    return int(dropped.rowcount)  # type: ignore[attr-defined]


def reasons_against_rivals(rivals: Sequence[Rivals]) -> tuple[Reason, ...]:
    """One reason for each pair of persons that hold one number."""
    return tuple(
        Reason(
            code="number_registered_twice",
            message=f"同一号码登记在两个人员编号之下：{each.person_id} 与 {each.other_id}",
            remedy="请由经办人对两个编号提出并复核合并，然后继续",
            value=str(each.person_id),
        )
        for each in rivals
    )


def _not_filled(count: int) -> Reason:
    return Reason(
        code="digests_not_filled",
        message=f"至少还有 {count} 个号码没有新密钥的摘要",
        remedy="请先运行 registry keys rotate-digests fill",
    )
