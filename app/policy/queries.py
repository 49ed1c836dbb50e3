"""Reads of published editions and shortage lists; all of them public."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access.unit import Unit
from app.kernel.errors import NotFound, Reason, Refused
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.kernel.periods import DatePeriod
from app.policy.editions import packaged_digest
from app.policy.tables import PolicyEditionRow, ShortageOccupationRow
from app.reference.divisions import NATION, divisions


async def current_edition(unit: Unit) -> UUID:
    """The published edition of the very book this process decides by; every decision stores it.

    Raises ``Refused`` (``policy_not_published``) when that book was not published: nothing is decided by a book
    nobody can read up later.
    """
    found = await unit.session.execute(
        select(col(PolicyEditionRow.edition_id)).where(
            col(PolicyEditionRow.content_digest) == packaged_digest()
        )
    )
    edition_id = found.scalar_one_or_none()
    if edition_id is None:
        raise Refused([_NOT_PUBLISHED])
    return edition_id


async def list_editions(session: AsyncSession, *, cursor: str | None, limit: int) -> Page[PolicyEditionRow]:
    """Editions, the newest first."""
    found = select(PolicyEditionRow).order_by(col(PolicyEditionRow.edition_id).desc()).limit(limit + 1)
    if cursor is not None:
        (before,) = decode_cursor(cursor, UUID)
        found = found.where(col(PolicyEditionRow.edition_id) < before)
    rows = (await session.scalars(found)).all()
    following = encode_cursor(rows[limit - 1].edition_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), following)


async def read_edition(session: AsyncSession, edition_id: UUID) -> PolicyEditionRow:
    """One edition whole. Raises NotFound."""
    row = await session.get(PolicyEditionRow, edition_id)
    if row is None:
        raise NotFound
    return row


async def shortages_on(
    session: AsyncSession, *, as_of: date, division: str | None, cursor: str | None, limit: int
) -> Page[ShortageOccupationRow]:
    """Occupations on a list in force on a day; with ``division`` those that hold there (its own and those above)."""
    division_code, line = col(ShortageOccupationRow.division_code), col(ShortageOccupationRow.benefit_line)
    found = (
        select(ShortageOccupationRow)
        .where(col(ShortageOccupationRow.in_force).contains(as_of))
        .order_by(division_code, line)
        .limit(limit + 1)
    )
    if division is not None:
        scopes = divisions().get().scopes_of(division, as_of)
        found = found.where(division_code.in_([scope for scope in scopes if scope != NATION]))
    if cursor is not None:
        after = decode_cursor(cursor, str, str)
        found = found.where(tuple_(division_code, line) > after)
    rows = (await session.scalars(found)).all()
    following = (
        encode_cursor(rows[limit - 1].division_code, rows[limit - 1].benefit_line)
        if len(rows) > limit
        else None
    )
    return Page(tuple(rows[:limit]), following)


async def listed_periods(
    session: AsyncSession, division: str, lines: Sequence[str]
) -> dict[str, list[DatePeriod]]:
    """Periods over which a division ever listed these occupations, by benefit line, oldest first."""
    rows = await session.execute(
        select(col(ShortageOccupationRow.benefit_line), col(ShortageOccupationRow.in_force))
        .where(
            col(ShortageOccupationRow.division_code) == division,
            col(ShortageOccupationRow.benefit_line).in_(lines),
        )
        .order_by(func.lower(col(ShortageOccupationRow.in_force)))
    )
    periods: dict[str, list[DatePeriod]] = {}
    for line, stored in rows:
        periods.setdefault(line, []).append(DatePeriod(stored.lower or date.min, stored.upper))
    return periods


_NOT_PUBLISHED = Reason(
    code="policy_not_published",
    message="本系统正在使用的政策版本尚未发布，不能据以作出决定",
    remedy="请系统管理员运行 registry policy publish 后再办理",
)
