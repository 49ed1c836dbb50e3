"""Reads of the rows that leaves are made of, by kind."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from app.access.unit import Unit
from app.archive.log.rules.leaves import FIELDS

Event = tuple[str, UUID, UUID]
"""Kind, person (nil: of nobody), subject."""


def _of_person(table: str, subject: str, kind: str) -> str:
    return f"""
        SELECT asked.event, {", ".join(f"told.{name}" for name in FIELDS[kind])}
        FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (person_id, subject_id, event)
        JOIN {table} AS told ON told.person_id = asked.person_id AND told.{subject} = asked.subject_id
    """  # noqa: S608 - names of tables and columns of ours


def _of_all(table: str, subject: str, kind: str) -> str:
    return f"""
        SELECT asked.event, {", ".join(f"told.{name}" for name in FIELDS[kind])}
        FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (person_id, subject_id, event)
        JOIN {table} AS told ON told.{subject} = asked.subject_id
    """  # noqa: S608 - names of tables and columns of ours


_DECISIONS = """
    SELECT asked.event, move.person_id, move.claim_id, move.move_id, claim.kind, claim.entry_id, move.from_state,
      move.to_state, move.round, move.step, move.moved_at, move.moved_by, review.verdict, review.amount_fen,
      review.edition_id, review.facts,
      coalesce(review.reasons, acceptance.reasons) AS reasons, review.reviewed_by
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS asked (person_id, subject_id, event)
    JOIN claim_move AS move ON move.person_id = asked.person_id AND move.move_id = asked.subject_id
    JOIN claim ON claim.person_id = move.person_id AND claim.claim_id = move.claim_id
    LEFT JOIN claim_review AS review ON move.step = 'claim_approval'
      AND review.person_id = move.person_id AND review.claim_id = move.claim_id AND review.round = move.round
    LEFT JOIN claim_acceptance AS acceptance ON move.step = 'claim_acceptance'
      AND acceptance.person_id = move.person_id AND acceptance.claim_id = move.claim_id
"""
_ROWS: Mapping[str, str] = {
    "entry": _of_person("record_entry", "entry_id", "entry"),
    "revocation": _of_person("record_entry", "entry_id", "revocation"),
    "supersession": _of_person("record_entry", "entry_id", "supersession"),
    "claim_decision": _DECISIONS,
    "appeal_decision": _of_person("claim_appeal", "appeal_id", "appeal_decision"),
    "benefit": _of_person("benefit", "benefit_id", "benefit"),
    "benefit_cancellation": _of_person("benefit", "benefit_id", "benefit_cancellation"),
    "payment": _of_all("bank_instruction", "instruction_id", "payment"),
    "payment_end": _of_all("bank_answer", "answer_id", "payment_end"),
    "recovery": _of_person("recovery", "recovery_id", "recovery"),
    "recovery_step": _of_person("recovery_step", "step_id", "recovery_step"),
    "certificate_change": _of_person("certificate_state_change", "change_id", "certificate_change"),
    "policy_edition": _of_all("policy_edition", "edition_id", "policy_edition"),
    "key_change": _of_all("key_change", "change_id", "key_change"),
    "access_digest": _of_all("access_digest", "digest_id", "access_digest"),
}
_JSON = frozenset({"facts", "reasons"})


async def rows_of(unit: Unit, events: Sequence[Event]) -> list[Any]:
    """The row of each event, at its place; None where there is none (any more)."""
    driver = await unit.driver()
    rows: list[Any] = [None] * len(events)
    places: dict[str, list[int]] = defaultdict(list)
    for place, (kind, _, _) in enumerate(events):
        places[kind].append(place)
    for kind, at in places.items():
        found = await driver.fetch(
            _ROWS[kind], [events[place][1] for place in at], [events[place][2] for place in at]
        )
        for row in found:
            rows[at[row["event"] - 1]] = _with_json(row) if kind == "claim_decision" else row
    return rows


def _with_json(row: Any) -> dict[str, Any]:
    """asyncpg gives jsonb as text, unless the session was told otherwise."""
    return {
        name: orjson.loads(value) if name in _JSON and isinstance(value, str) else value
        for name, value in row.items()
    }
