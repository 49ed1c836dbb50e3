"""Take up an announcement that evidence fell away: hold what is unpaid, open a case for what was paid.

A machine may hold; whether a claim is refused or money recovered, a person decides (DESIGN §6).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.audit.events import record_event
from app.subsidies.claims.states import HoldCause
from app.subsidies.recoveries.states import RecoveryCause

CAUSES = {
    "certificate.revoked": RecoveryCause.CERTIFICATE_REVOKED,
    "certificate.disowned": RecoveryCause.CERTIFICATE_REVOKED,
    "certificate.corrected": RecoveryCause.CERTIFICATE_CORRECTED,
    "record.revoked": RecoveryCause.RECORD_REVOKED,
    "claim.commitment_broken": RecoveryCause.COMMITMENT_BROKEN,
    "earlier_benefit.collided": RecoveryCause.DOUBLE_BENEFIT,
}
"""Announcements that are taken up, and why the money would be recovered."""
_CLAIMED_ON = frozenset(
    {"kind", "skill_level", "occupation_edition", "occupation_code", "trade_name", "issued_on", "valid_until"}
)
"""What a claim is decided by; a body that is called otherwise now, or a 复审 that is due later, changes no benefit."""

_DUE = text("""
    SELECT message_id, topic, payload FROM outbox_message AS told
    WHERE topic = ANY (CAST(:topics AS text[]))
      AND NOT EXISTS (SELECT FROM evidence_alarm AS taken WHERE taken.message_id = told.message_id)
    ORDER BY message_id LIMIT :limit
""")
_TAKE = text("INSERT INTO evidence_alarm (message_id, topic) VALUES (:message_id, :topic)")
_RESTING = """
    SELECT claim.person_id, claim.claim_id FROM record_number AS numbered
    JOIN claim ON claim.person_id = numbered.person_id AND claim.entry_id = numbered.entry_id
    WHERE numbered.record_number = ANY (CAST(:record_numbers AS text[]))
"""
_HOLD = text(f"""
    INSERT INTO claim_hold (person_id, claim_id, reason_code, reason, placed_by)
    SELECT resting.person_id, resting.claim_id, :cause, :reason, :actor FROM ({_RESTING}
      AND claim.state NOT IN ('paid', 'not_accepted', 'refused', 'withdrawn')) AS resting
    ORDER BY resting.person_id, resting.claim_id
    ON CONFLICT (person_id, claim_id, reason_code) WHERE released_at IS NULL DO NOTHING
""")  # noqa: S608 - a statement of ours inside another
_OPEN = text(f"""
    INSERT INTO recovery_case (person_id, case_id, benefit_id, message_id, cause)
    SELECT paying.person_id, uuidv7(), paying.benefit_id, :message_id, :cause FROM ({_RESTING}) AS resting
    JOIN benefit AS paying USING (person_id, claim_id)
    -- Several lists may name one benefit paid before: that is one case as long as nobody has looked into it.
    WHERE NOT (CAST(:cause AS text) = 'double_benefit' AND EXISTS (SELECT FROM recovery_case AS known
        WHERE known.person_id = paying.person_id AND known.benefit_id = paying.benefit_id
          AND known.cause = 'double_benefit' AND known.dismissed_at IS NULL))
      AND paying.canceled_at IS NULL AND recovered_of(paying.person_id, paying.benefit_id) < paying.amount_fen
""")  # noqa: S608 - a statement of ours inside another
_WHY = {
    RecoveryCause.CERTIFICATE_REVOKED: "评价工作网告知所依据的证书已撤销或不属于本人，请核查",
    RecoveryCause.CERTIFICATE_CORRECTED: "评价工作网更正了所依据证书的职业、等级、种类或日期，请按更正后的内容核查",
    RecoveryCause.RECORD_REVOKED: "所依据的培训档案已撤销，请核查",
    RecoveryCause.COMMITMENT_BROKEN: "事后核查与所作承诺不符，请核查",
    RecoveryCause.DOUBLE_BENEFIT: "导入的存量清单载明同一补贴此前已经发放，请核查",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What an alarm led to."""

    holds: int
    cases: int


async def due_alarms(unit: Unit, limit: int) -> Sequence[Row[Any]]:
    """``message_id, topic, payload`` of what was announced and not taken up; late commits are not missed."""
    return (await unit.session.execute(_DUE, {"topics": list(CAUSES), "limit": limit})).all()


async def take_alarm(unit: Unit, *, message_id: UUID, topic: str, payload: dict[str, Any]) -> Taken:
    """Once for each message: its row in ``evidence_alarm`` stands or falls with what was done."""
    cause = CAUSES[topic]
    told = {"message_id": message_id, "topic": topic}
    await unit.session.execute(_TAKE, told)
    if cause is RecoveryCause.CERTIFICATE_CORRECTED and _CLAIMED_ON.isdisjoint(payload["fields"]):
        return Taken(0, 0)
    numbers = {"record_numbers": [*payload.get("record_numbers", ()), *_single(payload)]}
    held = await unit.session.execute(
        _HOLD,
        {
            **numbers,
            "cause": HoldCause.EVIDENCE_DOUBTED,
            "reason": _WHY[cause],
            "actor": unit.actor.principal_id,
        },
    )
    opened = await unit.session.execute(_OPEN, {**numbers, "message_id": message_id, "cause": cause})
    taken = Taken(held.rowcount, opened.rowcount)  # type: ignore[attr-defined]
    if taken.holds or taken.cases:
        details = {"topic": topic, "holds": taken.holds, "cases": taken.cases}
        await record_event(
            unit, "evidence:fell_away", subject_kind="outbox_message", subject_id=message_id, details=details
        )
    return taken


def _single(payload: dict[str, Any]) -> list[str]:
    return [payload["record_number"]] if "record_number" in payload else []
