"""Loads the State Council's notice on the holidays of a year; a corrected notice is loaded beside it and wins."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.reference.actions.record_load import Provenance, lock_lists, record_load
from app.reference.calendar import HolidaySchedule

_STORE = text("""
    INSERT INTO holiday_schedule (year, days_off, days_worked, document_number, published_on)
    VALUES (:year, :off, :worked, :document, :published_on)
""")


async def import_calendar(
    session: AsyncSession, schedule: HolidaySchedule, *, provenance: Provenance
) -> None:
    """Serving processes adopt it by themselves (``app.web.code_lists``). Runs as ``registry_owner``."""
    await lock_lists(session)
    await session.execute(
        _STORE,
        {
            "year": schedule.year,
            "off": sorted(schedule.off),
            "worked": sorted(schedule.worked),
            "document": schedule.document,
            "published_on": schedule.published_on,
        },
    )
    count = len(schedule.off) + len(schedule.worked)
    await record_load(
        session, provenance, list_name="calendar", origin="imported", rows_read=count, rows_changed=count
    )
