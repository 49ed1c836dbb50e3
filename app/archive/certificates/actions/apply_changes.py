"""Take in what changed in the network's register, for the certificates that somebody here claims.

By sync and by push alike: each change is compared with every claim of its number as a query would compare it (whose,
by identity number and proved name; then its state) and goes the one way in of all answers. The same change again is
the same evidence and changes nothing; a change that was recorded before the last answer is kept and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.access.unit import Unit
from app.archive.certificates.actions.archive_matched import archive_matched
from app.archive.certificates.actions.link_matched import link_matched
from app.archive.certificates.actions.store_answers import Stored, Told, store_answers
from app.archive.certificates.queries.sealed_numbers import digests_of_number
from app.archive.certificates.rules.changes import outcome_of_change
from app.archive.certificates.rules.numbers import written_number
from app.archive.certificates.states import AnswerChannel
from app.db.crypto import KeyRing, SealBroken
from app.gateways.assessment_facts import Change, ChangeKind, NetworkState
from app.identity.persons.actions.register_persons import NUMBER_PURPOSE as IDENTITY_PURPOSE
from app.kernel.names import same_name

# A claim without a proved name is left to the query that follows the proof: a claimed name would be an oracle.
_CLAIMS = """
SELECT given.ordinal, claim.person_id, claim.certificate_id, name.name_sealed,
  ARRAY(SELECT person_group(claim.person_id)) AS members
FROM (
  SELECT DISTINCT given.ordinal, known.number_id
  FROM unnest($1::integer[], $2::bytea[]) AS given (ordinal, digest)
  JOIN certificate_number_key AS known ON known.digest = given.digest
) AS given
JOIN certificate AS claim ON claim.number_id = given.number_id AND claim.kind <> 'training_completion'
CROSS JOIN LATERAL (
  SELECT person_name.name_sealed FROM person_name
  WHERE person_name.person_id = claim.person_id ORDER BY person_name.name_id DESC LIMIT 1
) AS name
ORDER BY given.ordinal, claim.person_id, claim.certificate_id
"""
_PERSONS = """
SELECT given.ordinal, known.person_id
FROM unnest($1::integer[], $2::bytea[]) AS given (ordinal, digest)
JOIN identifier_key AS known ON known.digest = given.digest
"""


@dataclass(frozen=True, slots=True)
class Applied:
    """``concerned`` changes touched a certificate held here; ``stored`` is what came of them, ``linked`` to entries."""

    concerned: int
    stored: Stored
    linked: int


async def apply_changes(
    unit: Unit, keys: KeyRing, changes: Sequence[Change], *, channel: AnswerChannel, told_at: datetime
) -> Applied:
    """Apply ``changes``, which stand in the order of their sequence; ``told_at`` is when the network told them.

    Evidence is the change's own id, so that a page read twice stores it once.
    """
    claims = await _claims(unit, keys, changes)
    persons = await _persons(unit, keys, changes, {row["ordinal"] for row in claims})
    told = []
    for row in claims:
        change = changes[row["ordinal"]]
        is_same_name = _has_name(keys, row, change.holder.name)
        if is_same_name is not None:
            is_same_person = not persons.get(row["ordinal"], set()).isdisjoint(row["members"])
            told.append(_told(change, row, channel, told_at, is_same_person, is_same_name))
    # In the order of the register; storing sorts by time and keeps this order among equal times.
    stored = await store_answers(unit, told)
    linked = await link_matched(unit, stored.matched)
    await archive_matched(unit, keys, stored.matched)
    return Applied(concerned=len({row["ordinal"] for row in claims}), stored=stored, linked=linked)


async def _claims(unit: Unit, keys: KeyRing, changes: Sequence[Change]) -> list[Any]:
    ordinals: list[int] = []
    digests: list[bytes] = []
    for ordinal, change in enumerate(changes):
        for digest in digests_of_number(keys, written_number(change.certificate.certificate_number)):
            ordinals.append(ordinal)
            digests.append(digest)
    driver = await unit.driver()
    rows: list[Any] = await driver.fetch(_CLAIMS, ordinals, digests)
    return rows


async def _persons(
    unit: Unit, keys: KeyRing, changes: Sequence[Change], concerned: set[int]
) -> dict[int, set[UUID]]:
    """The persons here who bear the holder's number, by the place of the change."""
    ordinals: list[int] = []
    digests: list[bytes] = []
    for ordinal in sorted(concerned):
        for _, digest in keys.digests(changes[ordinal].holder.identity_number, purpose=IDENTITY_PURPOSE):
            ordinals.append(ordinal)
            digests.append(digest)
    driver = await unit.driver()
    found: dict[int, set[UUID]] = {}
    for row in await driver.fetch(_PERSONS, ordinals, digests):
        found.setdefault(row["ordinal"], set()).add(row["person_id"])
    return found


def _has_name(keys: KeyRing, row: Any, name: str) -> bool | None:
    """Whether the claimant bears ``name``; None when the stored name does not open."""
    try:
        proved = keys.open(row["name_sealed"], name="person_name.name", owner=row["person_id"])
    except SealBroken:
        return None
    return same_name(proved, name)


def _told(
    change: Change,
    row: Any,
    channel: AnswerChannel,
    told_at: datetime,
    is_same_person: bool,
    is_same_name: bool,
) -> Told:
    is_theirs = is_same_person and is_same_name
    return Told(
        person_id=row["person_id"],
        certificate_id=row["certificate_id"],
        outcome=outcome_of_change(
            is_same_person=is_same_person,
            is_same_name=is_same_name,
            is_revoked=change.certificate.state is NetworkState.REVOKED,
            is_correction=change.kind is ChangeKind.CORRECTED,
        ),
        channel=channel,
        evidence_id=change.change_id,
        # Nothing is recorded after it was told: a clock that runs ahead must not outdate the answers to come.
        answered_at=min(change.recorded_at, told_at),
        # What stands on another person's certificate is not this claimant's to see.
        certificate=change.certificate if is_theirs else None,
    )
