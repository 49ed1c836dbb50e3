"""Reads of what was counted: some rows a division, month and kind, however large the archive is."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.kernel.errors import NotFound
from app.oversight.statistics.rules import Figure, Sum
from app.oversight.statistics.states import InstitutionMeasure, Measure
from app.reference.divisions import NATION, divisions, prefix_of

_AREA = "division_code BETWEEN rpad(:prefix, 6, '0') AND rpad(:prefix, 6, '9')"
_MONTHS = "month = ANY (CAST(:months AS date[]))"
_FIGURES = text(f"""
    SELECT month, measure, kind, sum(items)::bigint AS items, sum(amount_fen)::bigint AS amount_fen
    FROM monthly_figure WHERE {_AREA} AND {_MONTHS} GROUP BY month, measure, kind ORDER BY month, measure, kind
""")  # noqa: S608 - constants
_BY_AREA = text(f"""
    SELECT rpad(left(division_code, :digits), 6, '0') AS area, measure, sum(items)::bigint AS items,
      sum(amount_fen)::bigint AS amount_fen
    FROM monthly_figure WHERE {_AREA} AND {_MONTHS} AND measure = ANY (CAST(:measures AS text[]))
    GROUP BY area, measure ORDER BY area, measure
""")  # noqa: S608 - constants
_OF_INSTITUTIONS = text(f"""
    SELECT institution_id, measure, sum(items)::bigint AS items, sum(amount_fen)::bigint AS amount_fen
    FROM institution_figure WHERE institution_id = ANY (CAST(:institutions AS uuid[])) AND {_MONTHS}
    GROUP BY institution_id, measure
""")  # noqa: S608 - constants
_COUNTED = text(f"SELECT month, counted_at FROM counted_month WHERE {_MONTHS} ORDER BY month")  # noqa: S608 - constants
_LAST_COUNTED = text("SELECT month FROM counted_month ORDER BY month DESC LIMIT 1")


def prefix_asked(unit: Unit, division: str | None) -> str:
    """The digits of the area asked for, inside the officer's own; None is all of it. Raises NotFound."""
    own = prefix_of(unit.actor.division_code or NATION)
    asked = own if division is None else prefix_of(division)
    if not asked.startswith(own):
        raise NotFound(title="不在您的辖区")
    return asked


async def figures_of(unit: Unit, prefix: str, months: Sequence[date]) -> list[Figure]:
    """Everything counted of an area, by month, measure and kind."""
    rows = await unit.session.execute(_FIGURES, {"prefix": prefix, "months": list(months)})
    known = {measure.value for measure in Measure}
    return [
        Figure(row.month, Measure(row.measure), row.kind, row.items, row.amount_fen)
        for row in rows
        if row.measure in known
    ]


async def figures_by_area(
    unit: Unit, prefix: str, months: Sequence[date], measures: Sequence[Measure]
) -> dict[str, dict[Measure, Sum]]:
    """By the divisions one level below the area; a county is its own."""
    rows = await unit.session.execute(
        _BY_AREA,
        {
            "prefix": prefix,
            "months": list(months),
            # Of the country whole provinces; below, a county may be its province's own child (直辖市).
            "digits": 6 if prefix else 2,
            "measures": [measure.value for measure in measures],
        },
    )
    found: dict[str, dict[Measure, Sum]] = {}
    top = prefix.ljust(6, "0")
    for row in rows:
        own = found.setdefault(_child(row.area, top, unit.today), {})
        measure = Measure(row.measure)
        own[measure] = own.get(measure, Sum()) + Sum(row.items, row.amount_fen)
    return dict(sorted(found.items()))


def _child(code: str, top: str, on: date) -> str:
    """The division directly below ``top`` in which ``code`` lies; ``top`` itself is its own."""
    table = divisions().get()
    while code != top and (parent := table.parent_of(code, on)) != top:
        if parent == NATION:
            break
        code = parent
    return code


async def figures_of_institutions(
    unit: Unit, institutions: Sequence[UUID], months: Sequence[date]
) -> dict[UUID, dict[InstitutionMeasure, Sum]]:
    """By institution and measure, over the months together."""
    rows = await unit.session.execute(
        _OF_INSTITUTIONS, {"institutions": list(institutions), "months": list(months)}
    )
    found: dict[UUID, dict[InstitutionMeasure, Sum]] = {each: {} for each in institutions}
    for row in rows:
        found[row.institution_id][InstitutionMeasure(row.measure)] = Sum(row.items, row.amount_fen)
    return found


async def counted_at(unit: Unit, months: Sequence[date]) -> dict[date, datetime]:
    """As of when each of the months was counted; one that never was is absent."""
    rows = await unit.session.execute(_COUNTED, {"months": list(months)})
    return {row.month: row.counted_at for row in rows}


async def last_counted(unit: Unit) -> date | None:
    """The newest month counted; how things stand is told of it alone."""
    month: date | None = await unit.session.scalar(_LAST_COUNTED)
    return month
