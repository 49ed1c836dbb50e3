"""The asking side, step by step: lease what is due, keep what was answered, confirm before paying, tell the end.

Every step is stored before the next one is told, and every message may be sent again: a worker that is killed
anywhere only has to be started again. What is not a trustworthy answer changes nothing but the time of the next try.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.exchange.peers.rules import BenefitKey, ask_again_in
from app.exchange.peers.states import Attesting, EndReason, Question
from app.gateways.peer_registry import Heard
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.identity.persons.actions.register_persons import NUMBER_FIELD
from app.kernel.clock import parse_instant

# What to do with each open attestation: ask (again when the person has another number since), confirm (the money is
# ordered; again when the server was started or restored since), or tell the end. Whoever may have forgotten a payment
# lets go of nothing.
_LEASE = text("""
    WITH due AS (
      SELECT own.person_id, own.attestation_id, CASE
          WHEN ended.attestation_id IS NOT NULL
            THEN CASE ended.reason WHEN 'settled' THEN 'settlement' ELSE 'release' END
          WHEN said.attestation_id IS NULL OR NOT covers_person(own.person_id, own.attestation_id, own.peer_id)
            THEN 'attestation' ELSE 'confirmation' END AS step
      FROM attestation AS own
      JOIN claim USING (person_id, claim_id)
      LEFT JOIN attestation_answer AS said USING (person_id, attestation_id)
      LEFT JOIN attestation_confirmation AS sure USING (person_id, attestation_id)
      LEFT JOIN attestation_end AS ended USING (person_id, attestation_id)
      WHERE (own.next_try_at IS NULL OR own.next_try_at <= registry_now())
        AND (ended.attestation_id IS NOT NULL AND ended.acknowledged_at IS NULL AND (ended.reason = 'settled'
            OR NOT EXISTS (SELECT FROM restoration WHERE restoration.confirmed_at IS NULL))
          OR ended.attestation_id IS NULL AND own.closed_at IS NULL AND said.attestation_id IS NULL
          OR ended.attestation_id IS NULL AND own.closed_at IS NULL AND said.outcome = 'not_claimed'
            AND sure.attestation_id IS NULL AND claim.state = 'ordered' AND said.expires_at > registry_now()
          OR ended.attestation_id IS NULL AND own.closed_at IS NULL AND said.outcome = 'not_claimed'
            AND (sure.attestation_id IS NOT NULL OR said.expires_at > registry_now())
            AND NOT covers_person(own.person_id, own.attestation_id, own.peer_id)
          OR ended.attestation_id IS NULL AND own.closed_at IS NULL
            AND greatest(sure.heard_at, own.confirmed_anew_at) <= last_disturbance()
            AND EXISTS (SELECT FROM claim AS paying WHERE paying.person_id = own.person_id
              AND paying.state = 'ordered' AND paying.key_group = own.key_group
              AND paying.benefit_line = own.benefit_line AND paying.skill_level = own.skill_level
              AND paying.period = own.period))
      ORDER BY own.attestation_id LIMIT :limit FOR UPDATE OF own SKIP LOCKED
    )
    UPDATE attestation AS own SET tries = own.tries + 1, next_try_at = registry_now() + interval '60 seconds'
    FROM due WHERE own.person_id = due.person_id AND own.attestation_id = due.attestation_id
    RETURNING own.*, due.step
""")
_MORE = text("""
    SELECT claim.claim_number, claim.submitted_at, coalesce((
        SELECT wider.statement FROM attestation_coverage AS wider WHERE wider.person_id = own.person_id
        AND wider.attestation_id = own.attestation_id ORDER BY wider.recorded_at DESC LIMIT 1),
        said.statement) AS statement, sure.statement AS confirmation, ended.reason,
      ended.instruction_id, coalesce((SELECT seen FROM peer_mark WHERE peer_mark.peer_id = own.peer_id), 0) AS seen, (
        SELECT jsonb_agg(jsonb_build_array(held.person_id, encode(held.number_sealed, 'base64')))
        FROM person_group(claim.person_id) AS member (person_id) JOIN person_identifier AS held USING (person_id)
        WHERE held.end_kind IS DISTINCT FROM 'not_theirs') AS numbers, (
        SELECT encode(known.name_sealed, 'base64') FROM person_name AS known
        WHERE known.person_id = claim.person_id ORDER BY known.name_id DESC LIMIT 1) AS name
    FROM attestation AS own JOIN claim USING (person_id, claim_id)
    LEFT JOIN attestation_answer AS said USING (person_id, attestation_id)
    LEFT JOIN attestation_confirmation AS sure USING (person_id, attestation_id)
    LEFT JOIN attestation_end AS ended USING (person_id, attestation_id)
    WHERE own.person_id = :person_id AND own.attestation_id = :attestation_id
""")
_ANSWER = text("""
    INSERT INTO attestation_answer (person_id, attestation_id, outcome, statement, answered_at, expires_at)
    VALUES (:person_id, :attestation_id, :outcome, :statement, :answered_at, :expires_at)
    ON CONFLICT (person_id, attestation_id) DO NOTHING
""")
_COVER = text("""
    INSERT INTO attestation_coverage (person_id, attestation_id, token, statement)
    SELECT :person_id, :attestation_id, given, :statement FROM unnest(CAST(:tokens AS bytea[])) AS given
    ON CONFLICT (person_id, attestation_id, token) DO NOTHING
""")
_CONFIRM = text("""
    INSERT INTO attestation_confirmation (person_id, attestation_id, peer_id, statement, confirmed_at)
    VALUES (:person_id, :attestation_id, :peer_id, :statement, :confirmed_at)
    ON CONFLICT (person_id, attestation_id) DO NOTHING
""")
_ANEW = text("""
    UPDATE attestation SET confirmed_anew_at = clock_timestamp()
    WHERE person_id = :person_id AND attestation_id = :attestation_id
""")
_MEET = text("SELECT meet_answer(:peer_id, :number, :told_before, :seen_of_ours)")
_PACE = text("""
    UPDATE attestation SET next_try_at = registry_now() + :again_in, last_failure = :failure
    WHERE person_id = :person_id AND attestation_id = :attestation_id
""")
_DONE = text("""
    UPDATE attestation SET next_try_at = NULL, tries = 0, last_failure = :failure,
      closed_at = CASE WHEN :closes THEN coalesce(closed_at, registry_now()) ELSE closed_at END
    WHERE person_id = :person_id AND attestation_id = :attestation_id
""")
_TOLD = text("""
    UPDATE attestation_end SET acknowledged_at = registry_now()
    WHERE person_id = :person_id AND attestation_id = :attestation_id AND acknowledged_at IS NULL
""")
# Settled; finally rejected, and nothing else under way; or given up before anything was confirmed.
_ENDED = text("""
    SELECT own.person_id, own.attestation_id, told.reason, told.instruction_id FROM attestation AS own
    CROSS JOIN LATERAL (
      SELECT CASE WHEN paying.settled_at IS NOT NULL THEN 'settled' ELSE 'bank_rejected' END AS reason,
        instruction.instruction_id
      FROM payment_attestation AS rests JOIN bank_instruction AS instruction USING (instruction_id)
      JOIN benefit AS paying ON paying.person_id = instruction.person_id
        AND paying.benefit_id = instruction.benefit_id
      WHERE rests.person_id = own.person_id AND rests.attestation_id = own.attestation_id
      GROUP BY paying.settled_at, instruction.instruction_id, instruction.attempt, instruction.state
      HAVING paying.settled_at IS NOT NULL OR instruction.state = 'rejected'
      ORDER BY instruction.attempt DESC LIMIT 1) AS told
    WHERE NOT EXISTS (SELECT FROM attestation_end AS ended
      WHERE ended.person_id = own.person_id AND ended.attestation_id = own.attestation_id)
    UNION ALL
    SELECT own.person_id, own.attestation_id, 'withdrawn', NULL FROM attestation AS own
    JOIN claim USING (person_id, claim_id)
    JOIN attestation_answer AS said USING (person_id, attestation_id)
    LEFT JOIN attestation_confirmation AS sure USING (person_id, attestation_id)
    LEFT JOIN attestation_end AS ended USING (person_id, attestation_id)
    WHERE claim.state IN ('withdrawn', 'refused', 'not_accepted') AND said.outcome = 'not_claimed'
      AND said.expires_at > registry_now() AND sure.attestation_id IS NULL AND ended.attestation_id IS NULL
    LIMIT :limit
""")
_END = text("""
    INSERT INTO attestation_end (person_id, attestation_id, reason, instruction_id)
    VALUES (:person_id, :attestation_id, :reason, :instruction_id) ON CONFLICT (person_id, attestation_id) DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class DueStep:
    """One message to one peer. ``numbers`` and ``name`` are opened only to ask."""

    person_id: UUID
    attestation_id: UUID
    peer_id: UUID
    step: Question
    tries: int
    key: BenefitKey
    claim_number: str
    filed_at: datetime
    statement: str | None
    confirmation: str | None
    reason: EndReason | None
    instruction_id: UUID | None
    answers_seen: int
    numbers: tuple[str, ...] = field(repr=False)
    name: str | None = field(repr=False)


async def lease_due(unit: Unit, limit: int) -> list[Any]:
    """What is due, for this worker alone for a minute; committed before anything is sent."""
    return list((await unit.session.execute(_LEASE, {"limit": limit})).all())


async def open_due(unit: Unit, keys: KeyRing, row: Any) -> DueStep:
    """What there is to say."""
    more = (
        await unit.session.execute(_MORE, {"person_id": row.person_id, "attestation_id": row.attestation_id})
    ).one()
    asks = row.step == Question.ATTESTATION
    return DueStep(
        person_id=row.person_id,
        attestation_id=row.attestation_id,
        peer_id=row.peer_id,
        step=Question(row.step),
        tries=row.tries,
        key=BenefitKey(row.key_group, row.benefit_line, row.skill_level, row.period),
        claim_number=more.claim_number,
        filed_at=more.submitted_at,
        statement=more.statement,
        confirmation=more.confirmation,
        reason=None if more.reason is None else EndReason(more.reason),
        instruction_id=more.instruction_id,
        answers_seen=more.seen,
        numbers=_numbers(keys, more.numbers) if asks else (),
        name=_name(keys, row.person_id, more.name) if asks else None,
    )


async def is_remembered(unit: Unit, due: DueStep, heard: Heard) -> bool:
    """Whether we know all that the peer says to have told us and heard from us; if not, payments are closed now."""
    restored = await unit.session.scalar(
        _MEET,
        {
            "peer_id": due.peer_id,
            "number": heard.claims["answer_number"],
            "told_before": heard.claims["answers_seen"],
            "seen_of_ours": heard.claims["answers_seen_here"],
        },
    )
    return not restored


async def keep_answer(unit: Unit, due: DueStep, heard: Heard) -> Attesting:
    """The first answer stands, as it was signed. A "no" about more numbers of the person widens what it covers."""
    outcome = Attesting(heard.claims["outcome"])
    if due.statement is not None and outcome is not Attesting.NOT_CLAIMED:
        if due.confirmation is None:
            await close_attestation(unit, due, outcome.value)
        else:  # What may have been paid on it still rests on it; nothing more is.
            await try_again(unit, due, outcome.value)
        return outcome
    expires_at = None
    if outcome is Attesting.NOT_CLAIMED:
        expires_at = parse_instant(heard.claims["valid_until"])
    await unit.session.execute(
        _ANSWER,
        {
            **_whose(due),
            "outcome": outcome.value,
            "statement": heard.statement,
            "answered_at": parse_instant(heard.claims["answered_at"]),
            "expires_at": expires_at,
        },
    )
    if outcome is Attesting.NOT_CLAIMED:
        tokens = [bytes.fromhex(token) for token in heard.claims["tokens"]]
        await unit.session.execute(_COVER, {**_whose(due), "statement": heard.statement, "tokens": tokens})
    await _done(unit, due)
    return outcome


async def keep_confirmation(unit: Unit, due: DueStep, heard: Heard) -> None:
    """The word a payment may rest on."""
    await unit.session.execute(
        _CONFIRM,
        {
            **_whose(due),
            "peer_id": due.peer_id,
            "statement": heard.statement,
            "confirmed_at": parse_instant(heard.claims["answered_at"]),
        },
    )
    await unit.session.execute(_ANEW, _whose(due))
    await _done(unit, due)


async def close_attestation(unit: Unit, due: DueStep, why: str) -> None:
    """It came too late, or was forgotten there: this one never confirms. Another may be asked."""
    await _done(unit, due, failure=why, closes=True)


async def keep_told(unit: Unit, due: DueStep, outcome: str) -> None:
    """The peer knows the end."""
    await unit.session.execute(_TOLD, _whose(due))
    await _done(unit, due, failure=None if outcome in {"settled", "released"} else outcome, closes=True)


async def try_again(unit: Unit, due: DueStep, failure: str) -> None:
    """Nothing trustworthy was heard."""
    await unit.session.execute(
        _PACE, {**_whose(due), "again_in": ask_again_in(due.tries), "failure": failure}
    )


async def end_attestations(unit: Unit, limit: int) -> int:
    """Store what ended by the bank's last word, or was given up unconfirmed; how many."""
    rows: Sequence[Any] = (await unit.session.execute(_ENDED, {"limit": limit})).all()
    ended = 0
    for row in rows:
        try:
            async with unit.session.begin_nested():
                await unit.session.execute(_END, dict(row._mapping))
        except (
            IntegrityError
        ):  # attestation_end_rests_on_bank: it is instructed again, or the bank contradicts itself
            continue
        ended += 1
        await record_event(
            unit,
            "attestation:ended",
            subject_kind="attestation",
            subject_id=row.attestation_id,
            details={"reason": row.reason},
        )
    return ended


async def _done(unit: Unit, due: DueStep, *, failure: str | None = None, closes: bool = False) -> None:
    await unit.session.execute(_DONE, {**_whose(due), "failure": failure, "closes": closes})


def _whose(due: DueStep) -> dict[str, UUID]:
    return {"person_id": due.person_id, "attestation_id": due.attestation_id}


def _numbers(keys: KeyRing, sealed: Sequence[Any] | None) -> tuple[str, ...]:
    return tuple(
        keys.open(base64.b64decode(number), name=NUMBER_FIELD, owner=UUID(person))
        for person, number in sealed or ()
    )


def _name(keys: KeyRing, person_id: UUID, sealed: str | None) -> str | None:
    return None if sealed is None else keys.open(base64.b64decode(sealed), name=NAME_FIELD, owner=person_id)
