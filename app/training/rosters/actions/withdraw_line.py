"""Take a trainee off the roster while it may still change; the line stays, with the reason."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound, Reason, Refused
from app.training.rosters.queries import own_opening
from app.training.rosters.rules.intake import reason_against_changing

_WITHDRAW = text("""
    UPDATE roster_line SET withdrawn_at = :now, withdrawn_by = :actor, withdrawal_reason = :reason
    WHERE opening_id = :opening_id AND line_id = :line_id AND withdrawn_at IS NULL
""")
_IS_THERE = text("SELECT 1 FROM roster_line WHERE opening_id = :opening_id AND line_id = :line_id")


async def withdraw_line(unit: Unit, *, opening_id: UUID, line_id: UUID, reason: str) -> datetime:
    """Withdraw one line of the caller's opening and return when. Importing the trainee again reinstates the line.

    Raises NotFound, and Refused when the roster is already filed or the line already withdrawn.
    """
    opening = await own_opening(unit, opening_id, lock=True)
    which = {"opening_id": opening_id, "line_id": line_id}
    if (await unit.session.execute(_IS_THERE, which)).one_or_none() is None:
        raise NotFound
    closed = reason_against_changing(opening.state)
    if closed:
        raise Refused([closed])
    withdrawn = await unit.session.execute(
        _WITHDRAW, {**which, "now": unit.now, "actor": unit.actor.principal_id, "reason": reason}
    )
    if withdrawn.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused([_already_withdrawn()])
    await record_event(
        unit,
        "roster_line:withdrawn",
        subject_kind="course_opening",
        subject_id=opening_id,
        details={"line_id": str(line_id)},
    )
    return unit.now


def _already_withdrawn() -> Reason:
    return Reason(
        code="line_already_withdrawn",
        message="该学员已从名册撤下",
        remedy="无需重复办理；要恢复该学员，请重新导入该行",
        field="line_id",
    )
