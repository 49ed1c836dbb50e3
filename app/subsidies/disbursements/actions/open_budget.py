"""Open a budget: a division, a year, a source of money."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound, Reason
from app.reference.divisions import covers

_INSERT = text("""
    INSERT INTO budget (budget_id, division_code, year, funding_source, opened_by)
    VALUES (:budget_id, :division_code, :year, :funding_source, :actor)
""")


async def open_budget(unit: Unit, *, division_code: str, year: int, funding_source: str) -> UUID:
    """Raises NotFound outside the officer's area; a second one of the three is a conflict (``budget_exists``)."""
    if not covers(unit.actor.division_code or "", division_code, unit.today):
        raise NotFound(
            [
                Reason(
                    code="division_not_yours",
                    field="division_code",
                    value=division_code,
                    message="该行政区划不在您的辖区内，或不在代码表中",
                    remedy="请填写本辖区内的行政区划代码",
                )
            ]
        )
    budget_id = uuid7()
    await unit.session.execute(
        _INSERT,
        {
            "budget_id": budget_id,
            "division_code": division_code,
            "year": year,
            "funding_source": funding_source,
            "actor": unit.actor.principal_id,
        },
    )
    await record_event(
        unit,
        "budget:opened",
        subject_kind="budget",
        subject_id=budget_id,
        details={"division_code": division_code, "year": year, "funding_source": funding_source},
    )
    return budget_id
