"""Store answers of the card-holder base about persons: the check itself, and what a match proves (name, card)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.access.unit import Unit
from app.db.crypto import KeyRing

NAME_FIELD = "person_name.name"
CARD_FIELD = "social_security_card.number"
"""Seal names of ``person_name.name_sealed`` and ``social_security_card.number_sealed``; the owner is the person."""

CARD_PURPOSE = "card_number"
"""Digest purpose of ``social_security_card.number_digest``."""

_CHECKS = """
INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)
SELECT given.person_id, given.check_id, given.outcome, $7, given.evidence_id, given.name_digest, given.checked_at
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[])
  AS given (person_id, check_id, outcome, evidence_id, name_digest, checked_at)
"""
# Only a name that differs from the newest proved one is a new row.
_NAMES = """
INSERT INTO person_name (person_id, name_sealed, name_digest, check_id)
SELECT given.person_id, given.name_sealed, given.name_digest, given.check_id
FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::uuid[]) AS given (person_id, name_sealed, name_digest, check_id)
WHERE given.name_digest IS DISTINCT FROM (
  SELECT newest.name_digest FROM person_name AS newest WHERE newest.person_id = given.person_id
  ORDER BY newest.name_id DESC LIMIT 1)
"""
_CARDS = """
INSERT INTO social_security_card (person_id, number_sealed, number_digest, check_id)
SELECT given.person_id, given.number_sealed, given.number_digest, given.check_id
FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::uuid[])
  AS given (person_id, number_sealed, number_digest, check_id)
ON CONFLICT (person_id, number_digest) WHERE ended_at IS NULL DO NOTHING
"""
# A proved card replaces the one before it; a lost or canceled one ends without a successor.
_END_CARDS = """
UPDATE social_security_card AS card SET ended_at = registry_now()
FROM unnest($1::uuid[], $2::bytea[], $3::boolean[]) AS given (person_id, number_digest, is_replaced)
WHERE card.person_id = given.person_id AND card.ended_at IS NULL
  AND (card.number_digest = given.number_digest) <> given.is_replaced
"""
_CARD_GONE = frozenset({"card_lost", "card_canceled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedIdentity:
    """One final answer about number, name and (where it was asked) card."""

    person_id: UUID
    check_id: UUID
    outcome: str
    evidence_id: str
    checked_at: datetime
    name: str = field(repr=False)
    name_digest: bytes
    card_number: str | None = field(default=None, repr=False)


async def prove_identities(
    unit: Unit, keys: KeyRing, answers: Sequence[ProvedIdentity], *, source: str = "cardholder_base"
) -> None:
    """Append the checks; where they matched, the name and card they prove, if these are new."""
    if not answers:
        return
    driver = await unit.driver()
    await driver.execute(
        _CHECKS,
        [each.person_id for each in answers],
        [each.check_id for each in answers],
        [each.outcome for each in answers],
        [each.evidence_id for each in answers],
        [each.name_digest for each in answers],
        [each.checked_at for each in answers],
        source,
    )
    # One a person: the same trainee may stand in two classes of one batch.
    matched = {each.person_id: each for each in answers if each.outcome == "matched"}
    if matched:
        proved = list(matched.values())
        await driver.execute(
            _NAMES,
            [each.person_id for each in proved],
            [keys.seal(each.name, name=NAME_FIELD, owner=each.person_id) for each in proved],
            [each.name_digest for each in proved],
            [each.check_id for each in proved],
        )
    await _store_cards(unit, keys, answers)


async def _store_cards(unit: Unit, keys: KeyRing, answers: Sequence[ProvedIdentity]) -> None:
    driver = await unit.driver()
    told = {
        each.person_id: (each, each.card_number, keys.digest(each.card_number, purpose=CARD_PURPOSE))
        for each in answers
        if each.card_number is not None and (each.outcome == "matched" or each.outcome in _CARD_GONE)
    }
    if not told:
        return
    await driver.execute(
        _END_CARDS,
        list(told),
        [digest for _, _, digest in told.values()],
        [each.outcome == "matched" for each, _, _ in told.values()],
    )
    proved = [row for row in told.values() if row[0].outcome == "matched"]
    await driver.execute(
        _CARDS,
        [each.person_id for each, _, _ in proved],
        [keys.seal(number, name=CARD_FIELD, owner=each.person_id) for each, number, _ in proved],
        [digest for _, _, digest in proved],
        [each.check_id for each, _, _ in proved],
    )
