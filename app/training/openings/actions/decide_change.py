"""Deciding a change (变更审定): an accepted change is carried out in the same transaction."""

from uuid import UUID

from sqlalchemy import text, update
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Conflict, Reason, Refused
from app.training.openings.actions.carry_out_change import carry_out_change
from app.training.openings.actions.revise_draft import next_version
from app.training.openings.queries.changes import change_to_decide, proposal_of, read_change_facts
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules.changes import reasons_against_change
from app.training.openings.states import ChangeDecision
from app.training.openings.tables import ChangeRow

_LOCK_SESSIONS = text("SELECT session_id FROM course_session WHERE opening_id = :opening_id FOR UPDATE")


async def decide_change(
    unit: Unit, *, opening_id: UUID, change_no: int, decision: ChangeDecision, reason: str | None
) -> None:
    """Accept or refuse a proposed change of a class in the officer's area.

    Accepting judges the change anew: a session may have been held meanwhile. Raises NotFound, Refused with every
    reason (``change_decided`` when it is no longer open).
    """
    row = await opening_in_sight(unit, opening_id, lock=True)
    change = await change_to_decide(unit, opening_id, change_no)
    if change.decision is not None:
        raise Refused([_decided(change.decision)])
    if decision is ChangeDecision.REFUSED and reason is None:
        raise Refused([REFUSAL_WITHOUT_REASON])
    proposal = proposal_of(change)
    if decision is ChangeDecision.ACCEPTED:
        # Attendance holds a key of the session it begins: whoever takes the rows first is seen by the other.
        await unit.session.execute(_LOCK_SESSIONS, {"opening_id": opening_id})
        reasons = reasons_against_change(proposal, await read_change_facts(unit, row, proposal))
        if reasons:
            raise Refused(reasons)
    decided = await unit.session.execute(
        update(ChangeRow)
        .where(
            col(ChangeRow.opening_id) == opening_id,
            col(ChangeRow.change_no) == change_no,
            col(ChangeRow.decision).is_(None),
        )
        .values(
            decision=decision,
            decision_reason=reason,
            decided_at=unit.now,
            decided_by=unit.actor.principal_id,
        )
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict
    if decision is ChangeDecision.ACCEPTED:
        columns = await carry_out_change(unit, opening_id, change_no, proposal)
        await next_version(unit, row, **columns)
    details = {"change_no": change_no, "kind": proposal.kind, "decision": decision}
    await record_event(
        unit, "opening:change_decided", subject_kind="opening", subject_id=opening_id, details=details
    )
    await announce(unit, "opening:change_decided", {"opening_id": str(opening_id), **details})


REFUSAL_WITHOUT_REASON = Reason(
    code="refusal_without_reason",
    message="不同意变更时没有说明理由",
    remedy="请填写理由，以便机构知道如何改正",
    field="reason",
)


def _decided(decision: str) -> Reason:
    return Reason(
        code="change_decided",
        message="该变更已经审定",
        remedy="请刷新变更列表；需要再变更的由机构另行提出",
        field="decision",
        value=decision,
    )
