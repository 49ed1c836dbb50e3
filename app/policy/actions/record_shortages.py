"""Recording a province's list of shortage occupations (登记紧缺急需职业目录), a document at a time."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Reason, Refused
from app.policy.queries import listed_periods
from app.policy.rules import ListedOccupation, reasons_against_listing, reasons_against_province
from app.reference.divisions import covers, name_of
from app.reference.occupations import occupations

_INSERT = text("""
    INSERT INTO shortage_occupation (division_code, benefit_line, in_force, document_number, recorded_by)
    SELECT :division_code, line, daterange(:starts_on, :ends_before), :document_number, :actor
    FROM unnest(CAST(:lines AS text[])) AS line
""")


async def record_shortages(
    unit: Unit,
    *,
    division_code: str,
    listed: Sequence[tuple[int, str]],
    starts_on: date,
    ends_before: date | None,
    document_number: str,
) -> tuple[str, ...]:
    """Put occupations (edition, code) on the province's list over ``[starts_on, ends_before)``; returns their lines.

    ``starts_on`` may lie in the past: the province decided outside, the registry copies its document. Raises Refused
    with every reason of every line; then none is stored.
    """
    dictionary = occupations().get()
    named = [
        ListedOccupation(edition=edition, code=code, benefit_line=dictionary.benefit_line_of(edition, code))
        for edition, code in listed
    ]
    lines = [each.benefit_line for each in named if each.benefit_line is not None]
    reasons = [
        *reasons_against_division(unit, division_code),
        *reasons_against_listing(
            named,
            starts_on=starts_on,
            ends_before=ends_before,
            listed=await listed_periods(unit.session, division_code, lines),
        ),
    ]
    if reasons:
        raise Refused(reasons)
    await unit.session.execute(
        _INSERT,
        {
            "division_code": division_code,
            "lines": lines,
            "starts_on": starts_on,
            "ends_before": ends_before,
            "document_number": document_number,
            "actor": unit.actor.principal_id,
        },
    )
    details = {
        "lines": lines,
        "starts_on": starts_on.isoformat(),
        "ends_before": ends_before and ends_before.isoformat(),
        "document_number": document_number,
    }
    await record_event(
        unit,
        "shortage_list:recorded",
        subject_kind="division",
        subject_id=division_code,
        details=details,
    )
    await announce(unit, "shortage_list:recorded", {"division_code": division_code, **details})
    return tuple(lines)


def reasons_against_division(unit: Unit, division_code: str) -> tuple[Reason, ...]:
    """Whether the caller's agency may keep the list of a division today."""
    scope = unit.actor.division_code
    return reasons_against_province(
        division_code,
        is_known=name_of(division_code, unit.today) is not None,
        is_in_scope=scope is not None and covers(scope, division_code, unit.today),
    )
