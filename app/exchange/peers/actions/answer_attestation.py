"""Answers "has this person claimed this here?" in one transaction with the hold that a "no" is.

The statement is made from what the transaction stores, and leaves after its commit. Asked twice, it is judged twice:
of the same person and key, with more numbers perhaps, the hold stays and grows; of anybody else it is refused.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.exchange.peers.actions.take_question import Taken, answer_marks, payments_closed
from app.exchange.peers.rules import Asked, BenefitKey, Standing, attest, is_named
from app.exchange.peers.states import Attesting
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.identity.persons.actions.register_persons import NUMBER_FIELD
from app.kernel.clock import parse_instant
from app.kernel.errors import Conflict, Reason, UpstreamUnavailable

_LOOK = text("""
    SELECT look_for_attestation(:peer_id, :attestation_id, CAST(:tokens AS bytea[]), :key_group, :benefit_line,
      :skill_level, :period, :case_number, :request)
""")
_PLACE = text("""
    SELECT place_hold(:peer_id, :attestation_id, :hold_id, CAST(:tokens AS bytea[]), :key_group, :benefit_line,
      :skill_level, :period, :expires_at, :is_restored)
""")


_TOKENS_WITHIN_S = 3
"""The worker makes them every other second."""

_TOKENS_BEING_MADE = Reason(
    code="tokens_being_made",
    message="本登记机构的比对标识尚未建立完毕",
    remedy="请稍后以同一标识重新查询",
)


REUSED = Reason(
    code="attestation_id_reused",
    field="attestation_id",
    message="这个询问标识早先用于另一人或者另一项资格，或者据以作出的保留已经解除",
    remedy="请以新的标识另行询问",
)


@dataclass(frozen=True, slots=True)
class AttestationAsked:
    """The question as it came."""

    attestation_id: UUID
    numbers: tuple[bytes, ...]
    names: tuple[bytes, ...]
    key: BenefitKey
    filed_at: datetime


async def answer_attestation(
    unit: Unit, keys: KeyRing, taken: Taken, asked: AttestationAsked, *, issuer: str, valid_for: timedelta
) -> dict[str, Any]:
    """The claims to sign. Raises UpstreamUnavailable while tokens are being made, or payments may be forgotten.

    Raises Conflict for the id of another question.
    """
    found: dict[str, Any] = (
        await unit.session.execute(
            _LOOK,
            {
                **_about(taken, asked.attestation_id, asked.numbers, asked.key),
                "case_number": taken.case_number,
                "request": taken.request_id,
            },
        )
    ).scalar_one()
    if not found["is_open"]:
        raise payments_closed()
    if not found["is_ready"]:
        raise UpstreamUnavailable([_TOKENS_BEING_MADE], retry_after_seconds=_TOKENS_WITHIN_S)
    same, numbers, expires_at = found["same"], asked.numbers, unit.now + valid_for
    if same is not None:
        numbers, expires_at = _with_those_held(same, asked), parse_instant(same["expires_at"])
    outcome = attest(Standing.of(found), Asked(asked.filed_at, taken.peer.issuer), issuer=issuer)
    if outcome is Attesting.NOT_CLAIMED:
        await place_hold(
            unit, taken, asked.attestation_id, uuid7(), numbers, asked.key, expires_at=expires_at
        )
    await record_event(
        unit,
        "attestation:answered",
        subject_kind="attestation",
        subject_id=asked.attestation_id,
        details={"peer": str(taken.peer.peer_id), "outcome": outcome.value},
    )
    claims: dict[str, Any] = {
        "about": "attestation",
        "attestation_id": str(asked.attestation_id),
        "outcome": outcome.value,
        "key": asdict(asked.key),
        "tokens": [token.hex() for token in numbers],
        "answered_at": unit.now.isoformat(),
        **await answer_marks(unit, taken),
    }
    if outcome is Attesting.NOT_CLAIMED:
        claims["valid_until"] = expires_at.isoformat()
    else:
        # Only who is told "claimed" learns whether it is the very same person; a "no" tells nothing of anybody.
        claims["is_named_so"] = _named(found["persons"], keys, taken, asked.names)
    return claims


def _with_those_held(same: Mapping[str, Any], asked: AttestationAsked) -> tuple[bytes, ...]:
    held = {bytes.fromhex(token) for token in same["tokens"]}
    key = BenefitKey(same["key_group"], same["benefit_line"], same["skill_level"], same["period"])
    if same["released_at"] is not None or key != asked.key or held.isdisjoint(asked.numbers):
        raise Conflict([REUSED], title="询问标识已经用过")
    return tuple(sorted(held.union(asked.numbers)))


async def place_hold(
    unit: Unit,
    taken: Taken,
    attestation_id: UUID,
    hold_id: UUID,
    tokens: Sequence[bytes],
    key: BenefitKey,
    *,
    expires_at: datetime,
    is_restored: bool = False,
) -> None:
    """The hold; the database refuses one against what is spent here."""
    await unit.session.execute(
        _PLACE,
        {
            **_about(taken, attestation_id, tokens, key),
            "hold_id": hold_id,
            "expires_at": expires_at,
            "is_restored": is_restored,
        },
    )


def _about(taken: Taken, attestation_id: UUID, tokens: Sequence[bytes], key: BenefitKey) -> dict[str, Any]:
    return {
        "peer_id": taken.peer.peer_id,
        "attestation_id": attestation_id,
        "tokens": list(tokens),
        "key_group": key.key_group,
        "benefit_line": key.benefit_line,
        "skill_level": key.skill_level,
        "period": key.period,
    }


def _named(
    persons: Sequence[Mapping[str, Any]], keys: KeyRing, taken: Taken, tokens: Sequence[bytes]
) -> bool:
    for person in persons:
        owner = UUID(person["person_id"])
        name = keys.open(base64.b64decode(person["name"]), name=NAME_FIELD, owner=owner)
        numbers = [
            keys.open(base64.b64decode(sealed), name=NUMBER_FIELD, owner=owner)
            for sealed in person["numbers"] or ()
        ]
        if is_named(taken.peer.secret, numbers, [name], tokens):
            return True
    return False
