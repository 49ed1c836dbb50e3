"""Make messages of what steps have asked for: taking the request and making the message is one transaction.

The id of a message follows from what it is about (a move of a claim, a recovery, a line of a roster, an entry and a
day), so that the same occasion can never be told twice.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

import orjson
from sqlalchemy import Row, text

from app.access.unit import Unit
from app.gateways.message_templates import MessageTemplate, message_text
from app.kernel.clock import law_date
from app.subsidies.messages.rules import BENEFIT_NAME

NAMESPACE = UUID("8d3d6b1e-6a0b-5c52-9f0a-3d9a7c1e25c4")
"""Of messages whose id follows from an occasion."""
_TAKE = text("""
    WITH chosen AS MATERIALIZED (
      SELECT person_id, request_id FROM message_request ORDER BY request_id LIMIT :page FOR UPDATE SKIP LOCKED)
    DELETE FROM message_request AS taken USING chosen
    WHERE taken.person_id = chosen.person_id AND taken.request_id = chosen.request_id
    RETURNING taken.person_id, taken.request_id, taken.occasion, taken.subject_id
""")
_CLAIMS = text("""
    SELECT claim.claim_id, claim.kind, claim.payee_kind, supplement.due_on, notice.ends_on
    FROM claim
    LEFT JOIN claim_supplement AS supplement
      ON supplement.person_id = claim.person_id AND supplement.claim_id = claim.claim_id
    LEFT JOIN public_notice_line AS line
      ON line.person_id = claim.person_id AND line.claim_id = claim.claim_id AND line.round = claim.round
    LEFT JOIN public_notice AS notice ON notice.notice_id = line.notice_id
    WHERE (claim.person_id, claim.claim_id) IN (
      SELECT * FROM unnest(CAST(:persons AS uuid[]), CAST(:subjects AS uuid[])))
""")
_BENEFITS = text("""
    SELECT benefit.benefit_id, claim.kind, claim.payee_kind FROM benefit
    JOIN claim ON claim.person_id = benefit.person_id AND claim.claim_id = benefit.claim_id
    WHERE (benefit.person_id, benefit.benefit_id) IN (
      SELECT * FROM unnest(CAST(:persons AS uuid[]), CAST(:subjects AS uuid[])))
""")
_CANDIDATES = text("""
    SELECT entry_id, kind, last_claim_on FROM proactive_candidate
    WHERE last_claim_on >= :today AND (person_id, entry_id) IN (
      SELECT * FROM unnest(CAST(:persons AS uuid[]), CAST(:subjects AS uuid[])))
""")
_TAKE_CLASSES = text("""
    WITH chosen AS MATERIALIZED (
      SELECT request_id FROM enrollment_request ORDER BY request_id LIMIT :page FOR UPDATE SKIP LOCKED)
    DELETE FROM enrollment_request AS taken USING chosen WHERE taken.request_id = chosen.request_id
    RETURNING taken.opening_id
""")
_ENROLLED = text("""
    SELECT line.person_id, line.line_id, min(session.starts_at) AS starts_at
    FROM roster_line AS line
    JOIN course_opening AS opening USING (opening_id)
    JOIN course_session AS session USING (opening_id)
    WHERE line.opening_id = ANY(:openings) AND line.state = 'matched' AND line.withdrawn_at IS NULL
      AND opening.state IN ('on_record', 'running') AND session.canceled_at IS NULL
    GROUP BY line.person_id, line.line_id
""")
_MAKE = text("""
    INSERT INTO message_delivery (message_id, person_id, template, parameters)
    SELECT made.message_id, made.person_id, made.template, made.parameters
    FROM jsonb_to_recordset(CAST(:messages AS jsonb))
      AS made (message_id uuid, person_id uuid, template text, parameters jsonb)
    ON CONFLICT (person_id, message_id) DO NOTHING
""")
_OF_BENEFITS = {"recovery_ordered"}
_OF_CANDIDATES = {"deadline_near"}
_OF_THEMSELVES = {"correction_answered"}
"""What needs no word but its own."""


async def make_messages(unit: Unit, page: int) -> tuple[int, int]:
    """``(requests taken, messages made)``. Money for an institution is told to the institution, not to the trainee."""
    taken = (await unit.session.execute(_TAKE, {"page": page})).all()
    benefits = [row for row in taken if row.occasion in _OF_BENEFITS]
    candidates = [row for row in taken if row.occasion in _OF_CANDIDATES]
    others = _OF_BENEFITS | _OF_CANDIDATES | _OF_THEMSELVES
    claims = [row for row in taken if row.occasion not in others]
    made: list[dict[str, Any]] = [
        message_of(row.request_id, row.person_id, MessageTemplate(row.occasion), {})
        for row in taken
        if row.occasion in _OF_THEMSELVES
    ]
    if claims:
        made += _of_claims(claims, await _subjects(unit, _CLAIMS, claims, "claim_id"))
    if benefits:
        made += _of_benefits(benefits, await _subjects(unit, _BENEFITS, benefits, "benefit_id"))
    if candidates:
        made += await _of_candidates(unit, candidates)
    return len(taken), await store_messages(unit, made)


async def make_enrollment_messages(unit: Unit, page: int) -> tuple[int, int]:
    """``(classes taken, messages made)``: whoever was matched hears once a line that a class has enrolled them."""
    openings = (await unit.session.scalars(_TAKE_CLASSES, {"page": page})).all()
    rows = (
        (await unit.session.execute(_ENROLLED, {"openings": list(set(openings))})).all() if openings else []
    )
    made = [
        message_of(
            uuid5(NAMESPACE, f"enrolled/{row.line_id}"),
            row.person_id,
            MessageTemplate.ENROLLED,
            {"starts_on": law_date(row.starts_at).isoformat()},
        )
        for row in rows
    ]
    return len(openings), await store_messages(unit, made)


async def _subjects(unit: Unit, statement: Any, taken: Sequence[Row[Any]], key: str) -> dict[UUID, Row[Any]]:
    rows = await unit.session.execute(
        statement,
        {"persons": [row.person_id for row in taken], "subjects": [row.subject_id for row in taken]},
    )
    return {getattr(row, key): row for row in rows}


def _of_claims(taken: Sequence[Row[Any]], claims: dict[UUID, Row[Any]]) -> list[dict[str, Any]]:
    made = []
    for request in taken:
        claim = claims.get(request.subject_id)
        if claim is None or claim.payee_kind != "person":
            continue
        template = MessageTemplate(request.occasion)
        parameters = {"benefit": BENEFIT_NAME[claim.kind]}
        if template is MessageTemplate.SUPPLEMENT_ASKED:
            parameters["due_on"] = claim.due_on.isoformat()
        elif template is MessageTemplate.NOTICE_OPENED:
            if claim.ends_on is None:  # sent back by an objection before anybody was told
                continue
            parameters["ends_on"] = claim.ends_on.isoformat()
        made.append(message_of(request.request_id, request.person_id, template, parameters))
    return made


def _of_benefits(taken: Sequence[Row[Any]], benefits: dict[UUID, Row[Any]]) -> list[dict[str, Any]]:
    return [
        message_of(
            request.request_id,
            request.person_id,
            MessageTemplate.RECOVERY_ORDERED,
            {"benefit": BENEFIT_NAME[benefits[request.subject_id].kind]},
        )
        for request in taken
        if benefits[request.subject_id].payee_kind == "person"
    ]


async def _of_candidates(unit: Unit, taken: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    rows = await unit.session.execute(
        _CANDIDATES,
        {
            "today": unit.today,
            "persons": [row.person_id for row in taken],
            "subjects": [row.subject_id for row in taken],
        },
    )
    whose = {row.subject_id: row.person_id for row in taken}
    return [
        message_of(
            uuid5(NAMESPACE, f"pushed/{row.entry_id}/{row.kind}/{unit.today}"),
            whose[row.entry_id],
            MessageTemplate.DEADLINE_NEAR,
            {
                "benefit": BENEFIT_NAME[row.kind],
                "due_on": row.last_claim_on.isoformat(),
                "days": str(min((row.last_claim_on - unit.today).days, 999)),
            },
        )
        for row in rows
    ]


def message_of(
    message_id: UUID, person_id: UUID, template: MessageTemplate, parameters: dict[str, str]
) -> dict[str, Any]:
    """One message as ``store_messages`` takes it. Raises ValueError for parameters outside their vocabulary."""
    message_text(template, parameters)  # raises on anything that the platform would refuse for ever
    return {
        "message_id": str(message_id),
        "person_id": str(person_id),
        "template": template.value,
        "parameters": parameters,
    }


async def store_messages(unit: Unit, made: Sequence[dict[str, Any]]) -> int:
    """How many were new; a message whose id is known is not made again."""
    if not made:
        return 0
    written = await unit.session.execute(_MAKE, {"messages": orjson.dumps(list(made)).decode()})
    return int(written.rowcount)  # type: ignore[attr-defined]
