"""A second officer confirms the end of a merge: no row moves, each person is read alone again."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.identity.persons.queries import Merge, find_merge
from app.identity.persons.rules import StepFacts, reasons_against_ending
from app.kernel.errors import Conflict, NotFound, Refused

_END = text("SELECT end_merge(:actor, :person_id, :alias_id)")


async def end_merge(unit: Unit, *, alias_id: UUID) -> Merge:
    """The merge as it stood. Raises NotFound, Refused with every reason, Conflict when it was ended meanwhile."""
    merge = await find_merge(unit, alias_id)
    if merge is None:
        raise NotFound
    reasons = reasons_against_ending(StepFacts(merge.state, merge.end_proposed_by, unit.actor.principal_id))
    if reasons:
        raise Refused(reasons)
    is_ended = (
        await unit.session.execute(
            _END, {"actor": unit.actor.principal_id, "person_id": merge.person_id, "alias_id": alias_id}
        )
    ).scalar_one()
    if not is_ended:
        raise Conflict
    ids = {"alias_id": str(alias_id), "survivor_id": str(merge.survivor_id)}
    await record_event(
        unit, "person:merge_ended", subject_kind="person", subject_id=merge.person_id, details=ids
    )
    await announce(unit, "person.merge_ended", {**ids, "person_id": str(merge.person_id)})
    return merge
