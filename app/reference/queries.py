"""Reads the code lists out of PostgreSQL, and lets a serving process work with them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped
from sqlmodel import col

from app.reference.calendar import HolidaySchedule, Schedules, schedules
from app.reference.divisions import Division, DivisionLevel, DivisionTable, divisions, prefix_of
from app.reference.occupations import (
    Confidence,
    Crossing,
    Edition,
    Occupation,
    OccupationTable,
    Relation,
    Trade,
    occupations,
)
from app.reference.packaged import FILES, digest_of
from app.reference.tables import (
    CodeListLoadRow,
    DivisionRow,
    HolidayScheduleRow,
    OccupationCrossingRow,
    OccupationEditionRow,
    OccupationRow,
    OccupationTradeRow,
)


def stands_within(division_code: Mapped[str], within: str) -> ColumnElement[bool]:
    """Whether a row's division lies in a subtree.

    A county is asked for by equality: of a prefix the planner believes a hundred times as many rows as there are, and
    then walks a whole list to fill one page.
    """
    prefix = prefix_of(within)
    return division_code == prefix if prefix == within else division_code.startswith(prefix)


async def read_divisions(session: AsyncSession) -> DivisionTable:
    """All dated divisions of the database."""
    rows = (await session.execute(select(DivisionRow))).scalars()
    return DivisionTable(
        Division(
            code=row.code,
            name=row.name,
            level=DivisionLevel(row.level),
            valid_from=row.in_force.lower,
            valid_to=row.in_force.upper,
            source=row.source,
        )
        for row in rows
    )


async def read_occupations(session: AsyncSession) -> OccupationTable:
    """All editions, occupations, trades and crossings of the database."""
    trades: dict[tuple[int, str], list[Trade]] = {}
    for trade in (await session.execute(select(OccupationTradeRow))).scalars():
        known = trades.setdefault((trade.edition, trade.code), [])
        known.append(Trade(name=trade.name, benefit_line=trade.benefit_line))
    editions = (await session.execute(select(OccupationEditionRow))).scalars()
    entries = (await session.execute(select(OccupationRow))).scalars()
    crossings = (await session.execute(select(OccupationCrossingRow))).scalars()
    return OccupationTable(
        [
            Edition(
                edition=row.edition,
                title=row.title,
                published_on=row.published_on,
                occupation_count=row.occupation_count,
                source=row.source,
                confidence=Confidence(row.confidence),
            )
            for row in editions
        ],
        [
            Occupation(
                edition=row.edition,
                code=row.code,
                name=row.name,
                trades=tuple(sorted(trades.get((row.edition, row.code), ()), key=lambda trade: trade.name)),
                benefit_line=row.benefit_line,
                source=row.source,
                confidence=Confidence(row.confidence),
            )
            for row in entries
        ],
        [
            Crossing(
                from_edition=row.from_edition,
                from_code=row.from_code,
                to_edition=row.to_edition,
                to_code=row.to_code,
                relation=Relation(row.relation),
                source=row.source,
            )
            for row in crossings
        ],
    )


async def read_schedules(session: AsyncSession) -> Schedules:
    """The holiday notices of the database, the newest of each year."""
    rows = (
        await session.execute(select(HolidayScheduleRow).order_by(col(HolidayScheduleRow.schedule_id)))
    ).scalars()
    return Schedules(
        HolidaySchedule(
            year=row.year,
            off=frozenset(row.days_off),
            worked=frozenset(row.days_worked),
            document=row.document_number,
            published_on=row.published_on,
        )
        for row in rows
    )


async def last_load(session: AsyncSession) -> CodeListLoadRow | None:
    """The newest load of any list, or ``None`` in a database that was never filled."""
    newest = select(CodeListLoadRow).order_by(col(CodeListLoadRow.load_id).desc()).limit(1)
    return (await session.execute(newest)).scalar_one_or_none()


async def list_loads(session: AsyncSession) -> Sequence[CodeListLoadRow]:
    """Every load of every list, newest first."""
    newest_first = select(CodeListLoadRow).order_by(col(CodeListLoadRow.load_id).desc())
    return (await session.execute(newest_first)).scalars().all()


async def _holds_only_the_packaged(session: AsyncSession) -> bool:
    """Whether nothing was ever loaded but the edition this process was shipped with."""
    loads = [(load.origin, load.content_sha256) for load in await list_loads(session)]
    return loads == [("packaged", digest_of(*FILES))]


async def adopt_lists(session: AsyncSession, *, already: UUID | None = None) -> UUID | None:
    """Make this process work with the lists of the database.

    A serving process calls this at start, and now and then with the id it got last (``already``), so that
    an import takes effect without a restart. Returns the id of the load adopted; reads nothing more when
    that is ``already``, or when the database holds just what this process was shipped with.
    """
    newest = await last_load(session)
    if newest is None or newest.load_id == already:
        return already
    if await _holds_only_the_packaged(session):
        # The usual start: reading seven thousand rows to learn what the package says would take half a second.
        divisions().forget()
        occupations().forget()
        schedules().forget()
        return newest.load_id
    division_table, occupation_table = await read_divisions(session), await read_occupations(session)
    divisions().adopt(division_table)
    occupations().adopt(occupation_table)
    schedules().adopt(await read_schedules(session))
    return newest.load_id
