"""An officer proposes that two persons are one (合并); a second one decides."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.persons.queries import Collision, read_merge_facts
from app.identity.persons.rules import reasons_against_proposing, reasons_against_texts
from app.kernel.errors import InvalidInput, Refused

_INSERT = text("""
    INSERT INTO person_alias (person_id, alias_id, survivor_id, reason, case_number, proposed_by)
    VALUES (:person_id, :alias_id, :survivor_id, :reason, :case_number, :proposed_by)
""")


@dataclass(frozen=True, slots=True)
class ProposedMerge:
    """``survivor_id`` is whom the named survivor is read as: a merge never points at an alias."""

    alias_id: UUID
    person_id: UUID
    survivor_id: UUID
    collisions: tuple[Collision, ...]


async def propose_merge(
    unit: Unit, *, person_id: UUID, survivor_id: UUID, reason: str, case_number: str
) -> ProposedMerge:
    """Raises Refused with every reason. Nothing is read differently before the decision."""
    defects = reasons_against_texts(reason=reason, case_number=case_number)
    if defects:
        raise InvalidInput(defects)
    facts, collisions = await read_merge_facts(
        unit, person_id=person_id, survivor_id=survivor_id, case_number=case_number
    )
    reasons = reasons_against_proposing(facts)
    if reasons:
        raise Refused(reasons)
    alias_id = uuid7()
    await unit.session.execute(
        _INSERT,
        {
            "person_id": person_id,
            "alias_id": alias_id,
            "survivor_id": facts.survivor_root,
            "reason": reason,
            "case_number": case_number,
            "proposed_by": unit.actor.principal_id,
        },
    )
    await record_event(
        unit,
        "person:merge_proposed",
        subject_kind="person",
        subject_id=person_id,
        details={
            "alias_id": str(alias_id),
            "survivor_id": str(facts.survivor_root),
            "case_number": case_number,
            "collisions": len(collisions),
        },
    )
    return ProposedMerge(alias_id, person_id, facts.survivor_root, collisions)
