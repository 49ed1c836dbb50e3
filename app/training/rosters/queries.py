"""Reads of rosters: the institution's own lines, opened for showing or comparing, and the counts of a class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.errors import NotFound
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.training.rosters.rules.intake import Claim
from app.training.rosters.states import LineState

NAME_FIELD = "roster_line.name"
NUMBER_FIELD = "roster_line.number"
CARD_FIELD = "roster_line.card"
PHONE_FIELD = "roster_line.phone"
REMARK_FIELD = "roster_line.remark"
"""Seal names of the sealed columns; the owner of each is the person."""

_OPENING = text("""
    SELECT opening_id, institution_id, division_code, state, name FROM course_opening
    WHERE opening_id = :opening_id AND institution_id = :institution_id
""")
_OPENING_LOCKED = text(f"{_OPENING.text} FOR UPDATE")
_LINES = text("""
    SELECT person_id, line_id, document_kind, name_sealed, number_sealed, card_sealed, phone_sealed, remark_sealed,
      sheet, sheet_line, state, added_at, withdrawn_at, withdrawal_reason,
      ARRAY(SELECT key_group_code FROM roster_line_group AS held
            WHERE held.person_id = line.person_id AND held.opening_id = line.opening_id ORDER BY 1) AS key_groups
    FROM roster_line AS line
    WHERE opening_id = :opening_id AND (:with_withdrawn OR withdrawn_at IS NULL)
      AND (CAST(:after AS uuid) IS NULL OR (name_initials, line_id) >
           (SELECT name_initials, line_id FROM roster_line WHERE opening_id = :opening_id AND line_id = :after))
    ORDER BY name_initials, line_id
    LIMIT :limit
""")
_COUNTS = text("""
    SELECT count(*) FILTER (WHERE withdrawn_at IS NULL) AS lines,
      count(*) FILTER (WHERE withdrawn_at IS NULL AND state = 'unverified') AS unverified,
      count(*) FILTER (WHERE withdrawn_at IS NULL AND state = 'matched') AS matched,
      count(*) FILTER (WHERE withdrawn_at IS NULL AND state = 'not_matched') AS not_matched,
      count(*) FILTER (WHERE withdrawn_at IS NULL AND state = 'unavailable') AS unavailable,
      count(*) FILTER (WHERE withdrawn_at IS NOT NULL) AS withdrawn
    FROM roster_line WHERE opening_id = :opening_id
""")
_NAMES_OF_PERSONS = text("""
    SELECT DISTINCT ON (person_id) person_id, name_sealed FROM roster_line
    WHERE person_id = ANY(:persons) AND institution_id = :institution_id
    ORDER BY person_id, added_at DESC
""")
_NAMES = text("""
    SELECT person_id, name_sealed FROM roster_line WHERE opening_id = :opening_id AND institution_id = :institution_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLine:
    """A line as its own institution sees it: the claim in full, and of the check only the state."""

    line_id: UUID
    claim: Claim
    state: LineState
    sheet: str | None
    sheet_line: int | None
    added_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class RosterCounts:
    """Lines of a class that are not withdrawn, by state; ``withdrawn`` counts the others."""

    lines: int
    unverified: int
    matched: int
    not_matched: int
    unavailable: int
    withdrawn: int


async def own_opening(unit: Unit, opening_id: UUID, *, lock: bool = False) -> Row[Any]:
    """The caller institution's opening, locked against filing and other imports when asked. Raises NotFound."""
    whose = {"opening_id": opening_id, "institution_id": unit.actor.institution()}
    found = (await unit.session.execute(_OPENING_LOCKED if lock else _OPENING, whose)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def names_of_class(unit: Unit, keys: KeyRing, opening_id: UUID) -> dict[UUID, str]:
    """Names on the roster by person, for the institution of the class; nobody for another's."""
    asked = {"opening_id": opening_id, "institution_id": unit.actor.institution()}
    return {
        row.person_id: keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id)
        for row in await unit.session.execute(_NAMES, asked)
    }


async def names_of_persons(unit: Unit, keys: KeyRing, persons: Sequence[UUID]) -> dict[UUID, str]:
    """Names of these persons as the caller's institution put them on its own rosters last; nobody else's."""
    asked = {"persons": list(persons), "institution_id": unit.actor.institution()}
    return {
        row.person_id: keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id)
        for row in await unit.session.execute(_NAMES_OF_PERSONS, asked)
    }


async def list_own_lines(
    unit: Unit, keys: KeyRing, opening_id: UUID, *, cursor: str | None, limit: int, with_withdrawn: bool
) -> Page[OwnLine]:
    """A page of the institution's own roster, by pinyin initials.

    The cursor names a line, not its initials: it stands in the address of the next page.
    """
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    rows = (
        await unit.session.execute(
            _LINES,
            {
                "opening_id": opening_id,
                "after": after,
                "limit": limit + 1,
                "with_withdrawn": with_withdrawn,
            },
        )
    ).all()
    shown = rows[:limit]
    more = encode_cursor(shown[-1].line_id) if len(rows) > limit else None
    return Page(tuple(_own_line(keys, row) for row in shown), more)


async def count_lines(unit: Unit, opening_id: UUID) -> RosterCounts:
    """How the real-name check of a class stands."""
    return RosterCounts(*(await unit.session.execute(_COUNTS, {"opening_id": opening_id})).one())


def opened_claim(keys: KeyRing, row: Mapping[str, Any]) -> Claim:
    """The claim of a stored line, decrypted."""
    owner: UUID = row["person_id"]

    def opened(sealed: bytes | None, name: str) -> str | None:
        return None if sealed is None else keys.open(sealed, name=name, owner=owner)

    return Claim(
        number=keys.open(row["number_sealed"], name=NUMBER_FIELD, owner=owner),
        document_kind=row["document_kind"],
        name=keys.open(row["name_sealed"], name=NAME_FIELD, owner=owner),
        card_number=opened(row["card_sealed"], CARD_FIELD),
        phone=opened(row["phone_sealed"], PHONE_FIELD),
        key_groups=tuple(row["key_groups"]),
        remark=opened(row["remark_sealed"], REMARK_FIELD),
    )


def _own_line(keys: KeyRing, row: Row[Any]) -> OwnLine:
    return OwnLine(
        line_id=row.line_id,
        claim=opened_claim(keys, dict(row._mapping)),
        state=LineState(row.state),
        sheet=row.sheet,
        sheet_line=row.sheet_line,
        added_at=row.added_at,
        withdrawn_at=row.withdrawn_at,
        withdrawal_reason=row.withdrawal_reason,
    )
