"""Count the months that are not over yet, and once more each that has ended."""

from datetime import date
from typing import Any

from sqlalchemy import text

from app.access.unit import Unit
from app.kernel.clock import law_date, start_of_law_day
from app.oversight.statistics.queries.counting import FIGURES, INSTITUTION_FIGURES
from app.oversight.statistics.rules import is_over, month_after
from app.oversight.statistics.states import AS_OF_COUNTING

_LAST = text("SELECT month, counted_at FROM counted_month ORDER BY month DESC LIMIT 1")
_FIRST = text("""
    SELECT least((SELECT min(filed_at) FROM opening_filing), (SELECT min(submitted_at) FROM claim),
      (SELECT min(appended_at) FROM record_entry))
""")
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('statistics.counting'))")
# As of its own beginning nothing of a month is counted; figures need the row, and are final once it says so.
_BEGUN = text("""
    INSERT INTO counted_month (month, counted_at) VALUES (:month, :starts) ON CONFLICT (month) DO NOTHING
""")
_COUNTED = text("UPDATE counted_month SET counted_at = :now WHERE month = :month")
_FORGET = (
    text("DELETE FROM monthly_figure WHERE month = :month"),
    text("DELETE FROM institution_figure WHERE month = :month"),
)
_KEEP = """INSERT INTO monthly_figure (division_code, month, measure, kind, items, amount_fen)
    SELECT found.of, CAST(:month AS date), CAST(:measure AS text), found.kind, found.items, found.amount_fen
    FROM ({}) AS found (of, kind, items, amount_fen)"""
_KEEP_OF_INSTITUTION = """INSERT INTO institution_figure (institution_id, month, measure, items, amount_fen)
    SELECT found.of, CAST(:month AS date), CAST(:measure AS text), found.items, found.amount_fen
    FROM ({}) AS found (of, items, amount_fen)"""


async def months_due(unit: Unit) -> list[date]:
    """First days of the months to count, oldest first: from the last one counted while it ran until now."""
    this_month = unit.today.replace(day=1)
    last = (await unit.session.execute(_LAST)).one_or_none()
    if last is None:
        first_at = await unit.session.scalar(_FIRST)
        # A whole year, so that a report on a quarter in which the registry began is of all its months.
        begin = law_date(first_at or unit.now).replace(month=1, day=1)
    elif is_over(last.month, last.counted_at):
        begin = month_after(last.month)
    else:
        begin = last.month
    months = []
    while begin <= this_month:
        months.append(begin)
        begin = month_after(begin)
    return months


async def count_month(unit: Unit, month: date) -> bool:
    """Count one month anew, in one transaction: readers see it before or after. False when another worker does.

    A month that was counted after its end is final: the database refuses to count it again (``counted_month.final``).
    """
    if not await unit.session.scalar(_ALONE):
        return False
    within = {
        "month": month,
        "starts": start_of_law_day(month),
        "ends": start_of_law_day(month_after(month)),
    }
    await unit.session.execute(_BEGUN, {"month": month, "starts": within["starts"]})
    for forget in _FORGET:
        await unit.session.execute(forget, {"month": month})
    is_running = month == unit.today.replace(day=1)
    for measure, found in FIGURES.items():
        if is_running or measure not in AS_OF_COUNTING:
            await _count(unit, _KEEP.format(found), {**within, "measure": measure.value})
    for of_institution, found in INSTITUTION_FIGURES.items():
        await _count(unit, _KEEP_OF_INSTITUTION.format(found), {**within, "measure": of_institution.value})
    await unit.session.execute(_COUNTED, {"month": month, "now": unit.now})
    return True


async def _count(unit: Unit, statement: str, values: dict[str, Any]) -> None:
    # How things stand is asked without a period.
    given = {name: value for name, value in values.items() if f":{name}" in statement}
    await unit.session.execute(text(statement), given)
