"""The dated list of registries that must be asked before a payment: each line begins and ends by two persons."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.exchange.peers.queries import asking_rules, peers
from app.kernel.errors import NotFound, Reason, Refused
from app.subsidies.entitlements.states import BenefitKind

_PROPOSE = text("""
    INSERT INTO asking_rule (rule_id, peer_id, kind, division_code, starts_on, document, clause, proposed_by)
    VALUES (:rule_id, :peer_id, :kind, :division_code, :starts_on, :document, :clause, :actor)
""")
_CONFIRM = text("""
    UPDATE asking_rule SET confirmed_by = :actor, confirmed_at = registry_now()
    WHERE rule_id = :rule_id AND confirmed_at IS NULL
""")
_PROPOSE_END = text("""
    UPDATE asking_rule SET ends_before = :ends_before, end_proposed_by = :actor
    WHERE rule_id = :rule_id AND confirmed_at IS NOT NULL AND ends_before IS NULL
""")
_CONFIRM_END = text("""
    UPDATE asking_rule SET end_confirmed_by = :actor, end_confirmed_at = registry_now()
    WHERE rule_id = :rule_id AND ends_before IS NOT NULL AND end_confirmed_at IS NULL
""")


async def propose_rule(
    unit: Unit,
    *,
    peer_id: UUID,
    kind: BenefitKind,
    division_code: str,
    starts_on: date,
    document: str,
    clause: str,
) -> Row[Any]:
    """A line without effect until confirmed. Raises NotFound for an unknown peer."""
    if not await peers(unit, peer_id):
        raise NotFound
    rule_id = uuid7()
    await unit.session.execute(
        _PROPOSE,
        {
            "rule_id": rule_id,
            "peer_id": peer_id,
            "kind": kind.value,
            "division_code": division_code,
            "starts_on": starts_on,
            "document": document,
            "clause": clause,
            "actor": unit.actor.principal_id,
        },
    )
    return await _done(unit, "asking_rule:proposed", rule_id)


async def confirm_rule(unit: Unit, rule_id: UUID) -> Row[Any]:
    """From its first day on nothing of its kind is paid in its area without that registry. Raises NotFound, Refused."""
    return await _move(unit, _CONFIRM, "asking_rule:confirmed", rule_id)


async def propose_end(unit: Unit, rule_id: UUID, ends_before: date) -> Row[Any]:
    """The registry is still asked until a second person confirms. Raises NotFound or Refused."""
    return await _move(unit, _PROPOSE_END, "asking_rule:end_proposed", rule_id, ends_before=ends_before)


async def confirm_end(unit: Unit, rule_id: UUID) -> Row[Any]:
    """From ``ends_before`` on the registry need not be asked. Raises NotFound or Refused."""
    return await _move(unit, _CONFIRM_END, "asking_rule:ended", rule_id)


async def _move(unit: Unit, change: Any, event: str, rule_id: UUID, **values: Any) -> Row[Any]:
    if all(rule.rule_id != rule_id for rule in await asking_rules(unit)):
        raise NotFound
    moved: Any = await unit.session.execute(
        change, {"rule_id": rule_id, "actor": unit.actor.principal_id, **values}
    )
    if moved.rowcount != 1:
        raise Refused(
            [
                Reason(
                    code="asking_rule_not_open",
                    message="名单的这一行不在可以办理这一步的状态",
                    remedy="请刷新名单后按当前状态办理",
                )
            ]
        )
    return await _done(unit, event, rule_id)


async def _done(unit: Unit, event: str, rule_id: UUID) -> Row[Any]:
    await record_event(unit, event, subject_kind="asking_rule", subject_id=rule_id)
    return next(rule for rule in await asking_rules(unit) if rule.rule_id == rule_id)
