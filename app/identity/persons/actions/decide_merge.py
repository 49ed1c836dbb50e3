"""A second officer accepts or refuses a merge. Accepting moves no row: readers expand the alias from then on."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.identity.persons.queries import Collision, Merge, collisions_of, find_merge, read_merge_facts
from app.identity.persons.rules import (
    ALREADY_ONE,
    StepFacts,
    reasons_against_deciding,
    reasons_against_texts,
)
from app.identity.persons.states import MergeState
from app.kernel.errors import Conflict, InvalidInput, NotFound, Refused

_DECIDE = text("""
    SELECT outcome, collisions FROM decide_merge(:actor, :person_id, :alias_id, :is_accepted, :reason)
""")


@dataclass(frozen=True, slots=True)
class DecidedMerge:
    """What became of it; ``collisions`` (of an accepted one) are a case for the reviewers of records."""

    merge: Merge
    state: MergeState
    collisions: tuple[Collision, ...]


async def decide_merge(unit: Unit, *, alias_id: UUID, is_accepted: bool, reason: str) -> DecidedMerge:
    """Raises NotFound, Refused with every reason, Conflict when somebody else decided meanwhile."""
    defects = reasons_against_texts(reason=reason, case_number="")
    if defects:
        raise InvalidInput(defects)
    merge = await find_merge(unit, alias_id)
    if merge is None:
        raise NotFound
    reasons = reasons_against_deciding(StepFacts(merge.state, merge.proposed_by, unit.actor.principal_id))
    if reasons:
        raise Refused(reasons)
    # Logged as a look at both: the answer tells of their classes.
    await read_merge_facts(
        unit, person_id=merge.person_id, survivor_id=merge.survivor_id, case_number=merge.case_number
    )
    decided = (
        await unit.session.execute(
            _DECIDE,
            {
                "actor": unit.actor.principal_id,
                "person_id": merge.person_id,
                "alias_id": alias_id,
                "is_accepted": is_accepted,
                "reason": reason,
            },
        )
    ).one()
    if decided.outcome == "already_one":
        raise Refused([ALREADY_ONE])
    if decided.outcome not in {MergeState.MERGED, MergeState.REFUSED}:
        raise Conflict
    collisions = collisions_of(decided.collisions)
    state = MergeState(decided.outcome)
    await _tell(unit, merge, state, reason, collisions)
    return DecidedMerge(merge, state, collisions)


async def _tell(
    unit: Unit, merge: Merge, state: MergeState, reason: str, collisions: tuple[Collision, ...]
) -> None:
    details: dict[str, Any] = {
        "alias_id": str(merge.alias_id),
        "survivor_id": str(merge.survivor_id),
        "case_number": merge.case_number,
        "reason": reason,
    }
    if state is MergeState.MERGED:
        # Without record numbers: they hold 18 digits too, and the audit trail refuses whatever looks like a number.
        details["collisions"] = [
            {name: value for name, value in asdict(each).items() if not name.endswith("record_number")}
            for each in collisions
        ]
    await record_event(
        unit,
        f"person:{'merged' if state is MergeState.MERGED else 'merge_refused'}",
        subject_kind="person",
        subject_id=merge.person_id,
        details=details,
    )
    if state is MergeState.MERGED:
        ids = {"person_id": str(merge.person_id), "survivor_id": str(merge.survivor_id)}
        await announce(unit, "person.merged", {**ids, "alias_id": str(merge.alias_id)})
        if collisions:
            await announce(
                unit,
                "person.merge_collided",
                {**ids, "alias_id": str(merge.alias_id), "count": len(collisions)},
            )
