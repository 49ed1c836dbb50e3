"""Ending what a body may assess, from a day on."""

from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.directory.evaluation_bodies.queries import require_body_in_scope, scopes_of
from app.directory.evaluation_bodies.rules import BodyScope, reasons_against_ending
from app.kernel.errors import Conflict, NotFound, Reason, Refused

_END = text("""
    UPDATE evaluation_body_scope SET in_force = daterange(lower(in_force), :ends_before)
    WHERE body_id = :body_id AND occupation_edition = :edition AND occupation_code = :code
      AND lower(in_force) = :starts_on AND upper(in_force) IS NOT DISTINCT FROM CAST(:present_end AS date)
""")


async def end_scope(
    unit: Unit, *, body_id: UUID, occupation_edition: int, occupation_code: str, ends_before: date
) -> None:
    """End the scope in force (or the coming one) from ``ends_before`` on.

    Raises NotFound outside the agency's area or without such a scope, Refused for a day already past or after its end,
    Conflict when somebody was faster.
    """
    await require_body_in_scope(unit, body_id)
    live = [
        scope
        for scope in await scopes_of(unit.session, body_id)
        if (scope.occupation_edition, scope.occupation_code) == (occupation_edition, occupation_code)
        and (scope.in_force.ends_before is None or scope.in_force.ends_before > unit.today)
    ]
    if not live:
        raise NotFound([_SCOPE_UNKNOWN])
    await _shorten(unit, body_id, live[0], ends_before)


async def _shorten(unit: Unit, body_id: UUID, scope: BodyScope, ends_before: date) -> None:
    starts_on, present_end = scope.in_force.starts_on, scope.in_force.ends_before
    reasons = reasons_against_ending(
        ends_before, today=unit.today, starts_on=starts_on, present_end=present_end
    )
    if reasons:
        raise Refused(reasons)
    subject = {"edition": scope.occupation_edition, "code": scope.occupation_code}
    ended = await unit.session.execute(
        _END,
        {
            **subject,
            "body_id": body_id,
            "starts_on": starts_on,
            "present_end": present_end,
            "ends_before": ends_before,
        },
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict
    details = {**subject, "ends_before": ends_before.isoformat()}
    await record_event(
        unit,
        "evaluation_body:scope_ended",
        subject_kind="evaluation_body",
        subject_id=body_id,
        details=details,
    )
    await announce(unit, "evaluation_body:scope_ended", {"body_id": str(body_id), **details})


_SCOPE_UNKNOWN = Reason(
    code="scope_unknown",
    message="没有找到仍然有效的这项评价范围",
    remedy="请在评价机构目录中查询该机构的评价范围",
    field="occupation_code",
)
