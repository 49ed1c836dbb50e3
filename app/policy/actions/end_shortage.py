"""Taking an occupation off a province's list of shortage occupations, from a day on."""

from datetime import date

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Conflict, NotFound, Reason, Refused
from app.policy.actions.record_shortages import reasons_against_division
from app.policy.queries import listed_periods
from app.policy.rules import reasons_against_ending
from app.reference.occupations import occupations

_END = text("""
    UPDATE shortage_occupation SET in_force = daterange(lower(in_force), :ends_before)
    WHERE division_code = :division_code AND benefit_line = :line AND lower(in_force) = :starts_on
      AND upper(in_force) IS NOT DISTINCT FROM CAST(:present_end AS date)
""")


async def end_shortage(
    unit: Unit, *, division_code: str, occupation_edition: int, occupation_code: str, ends_before: date
) -> str:
    """End the listing in force (or the coming one) from ``ends_before`` on; returns its benefit line.

    Raises NotFound without such a listing, Refused outside the agency's area, for a day already past or after its end,
    Conflict when somebody was faster.
    """
    reasons = reasons_against_division(unit, division_code)
    if reasons:
        raise Refused(reasons)
    line = occupations().get().benefit_line_of(occupation_edition, occupation_code)
    periods = await listed_periods(unit.session, division_code, [] if line is None else [line])
    live = [
        period
        for period in periods.get(line or "", ())
        if period.ends_before is None or period.ends_before > unit.today
    ]
    if line is None or not live:
        raise NotFound([_NOT_LISTED])
    period = live[0]
    reasons = reasons_against_ending(ends_before, today=unit.today, period=period)
    if reasons:
        raise Refused(reasons)
    ended = await unit.session.execute(
        _END,
        {
            "division_code": division_code,
            "line": line,
            "starts_on": period.starts_on,
            "present_end": period.ends_before,
            "ends_before": ends_before,
        },
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict
    details = {"line": line, "ends_before": ends_before.isoformat()}
    await record_event(
        unit, "shortage_list:ended", subject_kind="division", subject_id=division_code, details=details
    )
    await announce(unit, "shortage_list:ended", {"division_code": division_code, **details})
    return line


_NOT_LISTED = Reason(
    code="shortage_not_listed",
    message="该省目录中没有仍然有效的这个职业",
    remedy="请用 GET /v1/shortage-occupations 查询目录",
    field="occupation_code",
)
