"""Give every certificate number its digest under the new key, then let the old key's go (检索摘要密钥更换).

Beside that of identity numbers (``app.identity.persons.actions.rotate_digests``): the same commands, the same owner,
batch by batch, and what is left to do is what the tables lack. Certificates, holders and links point at the number's
id, which no rotation touches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.archive.certificates.queries.sealed_numbers import digests_of_number, open_number
from app.db.crypto import KeyRing
from app.kernel.errors import Reason, Refused

_NOTHING = UUID(int=0)
# What a number reads is sealed in each certificate that bears it; any one will do.
_LACKING = """
    FROM certificate_number AS number
    CROSS JOIN LATERAL (
      SELECT borne.person_id, borne.number_sealed FROM certificate AS borne
      WHERE borne.number_id = number.number_id LIMIT 1) AS bearing
    WHERE NOT EXISTS (SELECT FROM certificate_number_key AS known
      WHERE known.number_id = number.number_id AND known.key_id = :key_id)
"""
_COUNT = text(f"SELECT count(*) {_LACKING}")
_NEXT = text(f"""
    SELECT number.number_id, bearing.person_id, bearing.number_sealed {_LACKING} AND number.number_id > :after
    ORDER BY number.number_id LIMIT :batch
""")
_STORE = text("""
    INSERT INTO certificate_number_key (digest, key_id, number_id)
    SELECT given.digest, :key_id, given.number_id
    FROM unnest(CAST(:digests AS bytea[]), CAST(:numbers AS uuid[])) AS given (digest, number_id)
    ORDER BY given.digest ON CONFLICT (digest) DO NOTHING
""")
_RIVALS = text("""
    SELECT given.number_id AS spare_id, known.number_id AS kept_id
    FROM unnest(CAST(:digests AS bytea[]), CAST(:numbers AS uuid[])) AS given (digest, number_id)
    JOIN certificate_number_key AS known ON known.digest = given.digest AND known.number_id <> given.number_id
""")
# The order of the doors: certificate, then holder.
_LOCK_SPARE = text("""
    SELECT FROM certificate WHERE number_id = ANY (CAST(:spare AS uuid[]))
    ORDER BY person_id, certificate_id FOR UPDATE
""")
_HELD_TWICE = text("""
    SELECT spare.certificate_id, kept.certificate_id AS other_id
    FROM unnest(CAST(:spare AS uuid[]), CAST(:kept AS uuid[])) AS rival (spare_id, kept_id)
    JOIN certificate_holder AS spare ON spare.number_id = rival.spare_id
    JOIN certificate_holder AS kept ON kept.number_id = rival.kept_id
""")
_JOIN_HOLDERS = text("""
    UPDATE certificate_holder SET number_id = rival.kept_id
    FROM unnest(CAST(:spare AS uuid[]), CAST(:kept AS uuid[])) AS rival (spare_id, kept_id)
    WHERE certificate_holder.number_id = rival.spare_id
""")
_JOIN_CERTIFICATES = text("""
    UPDATE certificate SET number_id = rival.kept_id
    FROM unnest(CAST(:spare AS uuid[]), CAST(:kept AS uuid[])) AS rival (spare_id, kept_id)
    WHERE certificate.number_id = rival.spare_id AND NOT EXISTS (
      SELECT FROM certificate AS own WHERE own.number_id = rival.kept_id AND own.person_id = certificate.person_id)
""")
_LOCK = text("LOCK TABLE certificate_number_key IN SHARE ROW EXCLUSIVE MODE")
_RETIRE_STORED = text("""
    INSERT INTO retired_digest_key (key_id)
    SELECT DISTINCT known.key_id FROM certificate_number_key AS known WHERE known.key_id <> :key_id
    ON CONFLICT DO NOTHING
""")
_DROP = text("""
    DELETE FROM certificate_number_key WHERE digest IN (
      SELECT known.digest FROM certificate_number_key AS known WHERE known.key_id <> :key_id LIMIT :batch)
""")


@dataclass(frozen=True, slots=True)
class HeldTwice:
    """Two certificates that each hold the one number, named apart by processes with different keys."""

    certificate_id: UUID
    other_id: UUID


@dataclass(frozen=True, slots=True)
class FilledNumbers:
    """``stored`` digests, what an officer has to decide first, and the number to go on after (None: none is left)."""

    stored: int
    held_twice: tuple[HeldTwice, ...]
    after: UUID | None


async def count_lacking_numbers(session: AsyncSession, keys: KeyRing) -> int:
    """How many certificate numbers have no digest under the current key."""
    return int((await session.execute(_COUNT, {"key_id": keys.digest_key_ids[0]})).scalar_one())


async def fill_number_digests(
    session: AsyncSession, keys: KeyRing, *, after: UUID = _NOTHING, batch: int = 1000
) -> FilledNumbers:
    """Store the current key's digest of up to ``batch`` certificate numbers that lack it. Raises SealBroken."""
    key_id = keys.digest_key_ids[0]
    found = (await session.execute(_NEXT, {"key_id": key_id, "after": after, "batch": batch})).all()
    if not found:
        return FilledNumbers(0, (), None)
    given = {
        "digests": [
            digests_of_number(keys, open_number(keys, row.number_sealed, row.person_id))[0] for row in found
        ],
        "numbers": [row.number_id for row in found],
    }
    stored = await session.execute(_STORE, {**given, "key_id": key_id})
    return FilledNumbers(
        int(stored.rowcount),  # type: ignore[attr-defined]
        await _join(session, (await session.execute(_RIVALS, given)).all()),
        found[-1].number_id,
    )


async def _join(session: AsyncSession, rivals: Sequence[Row[Any]]) -> tuple[HeldTwice, ...]:
    """Let numbers that were named twice, by processes of which each knew one key alone, be one.

    Nothing is joined while both names have a holder: which of the two that is, an officer decides. A second certificate
    of a person who has one under the kept name stays as it is.
    """
    if not rivals:
        return ()
    pairs = {"spare": [row.spare_id for row in rivals], "kept": [row.kept_id for row in rivals]}
    await session.execute(_LOCK_SPARE, pairs)
    held_twice = (await session.execute(_HELD_TWICE, pairs)).all()
    if not held_twice:
        await session.execute(_JOIN_HOLDERS, pairs)
        await session.execute(_JOIN_CERTIFICATES, pairs)
    return tuple(HeldTwice(row.certificate_id, row.other_id) for row in held_twice)


async def retire_old_number_digests(session: AsyncSession, keys: KeyRing) -> None:
    """From the commit on no certificate number is stored under any key but the current one.

    To be called after ``retire_old_digests`` in its transaction: whoever registers takes identity numbers first. Raises
    Refused while a number has no digest under the current key.
    """
    await session.execute(_LOCK)
    after: UUID | None = _NOTHING
    held_twice: list[HeldTwice] = []
    while after is not None:
        filled = await fill_number_digests(session, keys, after=after)
        if filled.stored:
            raise Refused([_not_filled(filled.stored)])
        held_twice += filled.held_twice
        after = filled.after
    if held_twice:
        raise Refused(reasons_against_held_twice(held_twice))
    await session.execute(_RETIRE_STORED, {"key_id": keys.digest_key_ids[0]})


async def drop_old_number_digests(session: AsyncSession, keys: KeyRing, *, batch: int = 5000) -> int:
    """Delete up to ``batch`` digests of retired keys; returns how many."""
    dropped = await session.execute(_DROP, {"key_id": keys.digest_key_ids[0], "batch": batch})
    return int(dropped.rowcount)  # type: ignore[attr-defined]


def reasons_against_held_twice(found: Sequence[HeldTwice]) -> tuple[Reason, ...]:
    """One reason for each pair of certificates that hold one number."""
    return tuple(
        Reason(
            code="certificate_number_held_twice",
            message=f"同一证书编号由两张证书各自占用：{each.certificate_id} 与 {each.other_id}",
            remedy="请由经办人核实后释放其中一张的编号，然后继续",
            value=str(each.certificate_id),
        )
        for each in found
    )


def _not_filled(count: int) -> Reason:
    return Reason(
        code="digests_not_filled",
        message=f"至少还有 {count} 个证书编号没有新密钥的摘要",
        remedy="请先运行 registry keys rotate-digests fill",
    )
