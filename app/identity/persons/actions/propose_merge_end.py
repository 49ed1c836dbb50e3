"""An officer proposes to end a merge (解除合并): it was a mistake, and both are to be read apart again."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.persons.queries import Merge, find_merge
from app.identity.persons.rules import reasons_against_proposing_end, reasons_against_texts
from app.kernel.errors import Conflict, InvalidInput, NotFound, Refused

_PROPOSE = text("SELECT propose_merge_end(:actor, :person_id, :alias_id, :reason, :case_number)")


async def propose_merge_end(unit: Unit, *, alias_id: UUID, reason: str, case_number: str) -> Merge:
    """The merge as it stood. Raises NotFound, Refused, Conflict when somebody else proposed it meanwhile."""
    defects = reasons_against_texts(reason=reason, case_number=case_number)
    if defects:
        raise InvalidInput(defects)
    merge = await find_merge(unit, alias_id)
    if merge is None:
        raise NotFound
    reasons = reasons_against_proposing_end(merge.state)
    if reasons:
        raise Refused(reasons)
    is_proposed = (
        await unit.session.execute(
            _PROPOSE,
            {
                "actor": unit.actor.principal_id,
                "person_id": merge.person_id,
                "alias_id": alias_id,
                "reason": reason,
                "case_number": case_number,
            },
        )
    ).scalar_one()
    if not is_proposed:
        raise Conflict
    await record_event(
        unit,
        "person:merge_end_proposed",
        subject_kind="person",
        subject_id=merge.person_id,
        details={"alias_id": str(alias_id), "reason": reason, "case_number": case_number},
    )
    return merge
