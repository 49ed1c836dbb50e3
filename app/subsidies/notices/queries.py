"""Reads of notices and objections: open lists for everybody, objections through doors that store who looked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, tuple_
from sqlmodel import col

from app.access.unit import Unit
from app.archive.records.states import Purpose
from app.db.crypto import KeyRing
from app.kernel.clock import parse_instant
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.divisions import prefix_of
from app.subsidies.notices.rules import NOTICE_OVER
from app.subsidies.notices.tables import PublicNotice

GROUNDS_FIELD = "objection.grounds"
CONTACT_FIELD = "objection.contact"

_LINES = text("SELECT line_no, shown FROM read_notice_lines(:notice_id, :after, :page)")
_OBJECTIONS = text("SELECT * FROM list_objections(:prefix, :is_open, :after_at, :after_id, :page)")
_READ_OBJECTION = text("""
    SELECT * FROM read_objection(:actor, :agency, :purpose, :case_number, :request, :prefix, :objection_id)
""")
_TRACK = text("SELECT filed_at, outcome, outcome_reason, decided_at FROM track_objection(:receipt)")
_LAPSED = text("SELECT * FROM lapsed_claims(:prefix, CAST(:after_on AS date), :after_id, :page)")


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection as an officer reads it for a case."""

    row: Row[Any]
    grounds: str = field(repr=False)
    contact: str | None = field(repr=False)


async def open_notices(
    unit: Unit, *, division_code: str | None, limit: int, cursor: str | None
) -> Page[PublicNotice]:
    """Notices that are up today in a subtree, newest first."""
    chosen = (
        select(PublicNotice)
        .where(col(PublicNotice.starts_on) <= unit.today, col(PublicNotice.ends_on) >= unit.today)
        .order_by(col(PublicNotice.published_at).desc(), col(PublicNotice.notice_id).desc())
    )
    if division_code is not None:
        chosen = chosen.where(func.starts_with(col(PublicNotice.division_code), prefix_of(division_code)))
    if cursor is not None:
        at, notice_id = decode_cursor(cursor, parse_instant, UUID)
        chosen = chosen.where(
            tuple_(col(PublicNotice.published_at), col(PublicNotice.notice_id)) < (at, notice_id)
        )
    rows = (await unit.session.scalars(chosen.limit(limit + 1))).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        tuple(rows[:limit]),
        None if last is None else encode_cursor(last.published_at.isoformat(), last.notice_id),
    )


async def ended_notices(
    unit: Unit, *, division_code: str, limit: int, cursor: str | None
) -> Page[PublicNotice]:
    """Notices of a subtree that are over, latest first, without their lines: those are shown to nobody any more."""
    chosen = (
        select(PublicNotice)
        .where(
            col(PublicNotice.ends_on) < unit.today,
            func.starts_with(col(PublicNotice.division_code), prefix_of(division_code)),
        )
        .order_by(col(PublicNotice.ends_on).desc(), col(PublicNotice.notice_id).desc())
    )
    if cursor is not None:
        last_on, notice_id = decode_cursor(cursor, _day, UUID)
        chosen = chosen.where(
            tuple_(col(PublicNotice.ends_on), col(PublicNotice.notice_id)) < (last_on, notice_id)
        )
    rows = (await unit.session.scalars(chosen.limit(limit + 1))).all()
    last = rows[limit - 1] if len(rows) > limit else None
    more = None if last is None else encode_cursor(last.ends_on.isoformat(), last.notice_id)
    return Page(tuple(rows[:limit]), more)


async def open_notice(unit: Unit, notice_id: UUID) -> PublicNotice:
    """A notice that is up today. Raises NotFound, which also says that a notice may be over."""
    chosen = select(PublicNotice).where(
        col(PublicNotice.notice_id) == notice_id,
        col(PublicNotice.starts_on) <= unit.today,
        col(PublicNotice.ends_on) >= unit.today,
    )
    found = (await unit.session.scalars(chosen)).one_or_none()
    if found is None:
        raise NotFound([NOTICE_OVER], title="没有正在公示的这份名单")
    return found


async def notice_lines(
    unit: Unit, notice_id: UUID, *, limit: int, cursor: str | None
) -> Page[tuple[int, dict[str, Any]]]:
    """``(line_no, shown)`` of an open notice, in its order."""
    after = 0 if cursor is None else decode_cursor(cursor, _line_no)[0]
    rows = (
        await unit.session.execute(_LINES, {"notice_id": notice_id, "after": after, "page": limit + 1})
    ).all()
    more = encode_cursor(rows[limit - 1].line_no) if len(rows) > limit else None
    return Page(tuple((row.line_no, row.shown) for row in rows[:limit]), more)


async def list_objections(unit: Unit, *, is_open: bool, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """Objections in the officer's area, oldest first; nothing of persons, not what was written."""
    at, objection_id = (None, None) if cursor is None else decode_cursor(cursor, parse_instant, UUID)
    rows = (
        await unit.session.execute(
            _OBJECTIONS,
            {
                "prefix": area(unit),
                "is_open": is_open,
                "after_at": at,
                "after_id": objection_id,
                "page": limit + 1,
            },
        )
    ).all()
    return _page(rows, limit, lambda row: (row.filed_at.isoformat(), row.objection_id))


async def read_objection(
    unit: Unit, keys: KeyRing, objection_id: UUID, *, purpose: Purpose, case_number: str
) -> Objection:
    """What somebody wrote, for a case; logged as a look at the person it is about. Raises NotFound."""
    row = (
        await unit.session.execute(
            _READ_OBJECTION,
            {
                "actor": unit.actor.principal_id,
                "agency": unit.actor.agency(),
                "request": unit.actor.request_id,
                "purpose": purpose,
                "case_number": case_number,
                "prefix": area(unit),
                "objection_id": objection_id,
            },
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return Objection(
        row,
        keys.open(row.grounds_sealed, name=GROUNDS_FIELD, owner=objection_id),
        None
        if row.contact_sealed is None
        else keys.open(row.contact_sealed, name=CONTACT_FIELD, owner=objection_id),
    )


async def track_objection(unit: Unit, keys: KeyRing, receipt_code: str) -> Row[Any]:
    """What became of an objection, for whoever holds its receipt. Raises NotFound."""
    for _, digest in keys.digests(receipt_code, purpose="objection_receipt"):
        row = (await unit.session.execute(_TRACK, {"receipt": digest})).one_or_none()
        if row is not None:
            return row
    raise NotFound(title="没有这个回执号")


async def lapsed_claims(unit: Unit, *, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """Claims of the officer's area whose next step is overdue, longest first."""
    on, claim_id = (None, None) if cursor is None else decode_cursor(cursor, _day, UUID)
    rows = (
        await unit.session.execute(
            _LAPSED, {"prefix": area(unit), "after_on": on, "after_id": claim_id, "page": limit + 1}
        )
    ).all()
    return _page(rows, limit, lambda row: (row.due_on.isoformat(), row.claim_id))


def area(unit: Unit) -> str:
    """The prefix of the officer's area."""
    return prefix_of(unit.actor.division_code or "")


def _page(
    rows: Sequence[Row[Any]], limit: int, position: Callable[[Row[Any]], tuple[object, ...]]
) -> Page[Row[Any]]:
    more = encode_cursor(*position(rows[limit - 1])) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), more)


def _line_no(text_of: str) -> int:
    number = int(text_of)
    if not 0 <= number < 2**31:
        raise ValueError("no line")
    return number


def _day(text_of: str) -> date:
    return date.fromisoformat(text_of)
