"""Reads of persons by officers, always through doors that store who looked; and the work list of merges."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from app.access.unit import Unit
from app.identity.persons.rules import MergeFacts, merge_state
from app.identity.persons.states import CollisionKind, MergeState
from app.kernel.paging import Page, decode_cursor, encode_cursor

_READ_PERSON = text("""
    SELECT asked_person_id, person_id, root_id, name_sealed, identifier_id, kind, number_sealed, recorded_at, ended_at,
      end_kind, aliases
    FROM read_person(:actor, :agency, :purpose, :case_number, :request, CAST(:digests AS bytea[]), :person_id)
""")
_READ_MERGE = text("""
    SELECT person_known, survivor_known, person_root, survivor_root, has_open_proposal, collisions
    FROM read_merge(:actor, :agency, :case_number, :request, :person_id, :survivor_id)
""")
_READ_SIDES = text("""
    SELECT side, person_id, told, records, certificates, benefits
    FROM read_merge_sides(:actor, :agency, :case_number, :request, :person_id, :survivor_id, :alias_id)
""")
_LIST_MERGES = text("SELECT * FROM list_merges(:asked, :only_waiting, :before, :page)")


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge with its dates and officers; nothing of the persons but their ids."""

    alias_id: UUID
    person_id: UUID
    survivor_id: UUID
    case_number: str
    proposed_by: UUID
    proposed_at: datetime
    merged_by: UUID | None
    merged_at: datetime | None
    refused_by: UUID | None
    refused_at: datetime | None
    end_case_number: str | None
    end_proposed_by: UUID | None
    end_proposed_at: datetime | None
    ended_by: UUID | None
    ended_at: datetime | None

    @property
    def state(self) -> MergeState:
        """How far it has come."""
        return merge_state(
            merged_at=self.merged_at,
            refused_at=self.refused_at,
            end_proposed_at=self.end_proposed_at,
            ended_at=self.ended_at,
        )


@dataclass(frozen=True, slots=True)
class Collision:
    """Two facts that cannot both be true of one person."""

    kind: CollisionKind
    opening_id: UUID
    other_opening_id: UUID
    record_number: str | None
    other_record_number: str | None
    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Side:
    """What is read as one with one of two persons, apart from their merge: ids, entries, certificates, benefits."""

    members: frozenset[UUID]
    records: tuple[Mapping[str, Any], ...]
    certificates: tuple[Mapping[str, Any], ...]
    benefits: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class MergeSides:
    """Both sides of a merge; ``told`` are the officers' reasons of its steps, empty before there is one."""

    merged: Side
    survivor: Side
    told: Mapping[str, str | None]

    @property
    def doubled(self) -> tuple[Mapping[str, Any], ...]:
        """Benefits that both sides hold: they will stand as a collision (重复享受), which stops payment."""
        theirs = {_once(each) for each in self.survivor.benefits}
        return tuple(each for each in self.merged.benefits if _once(each) in theirs)


async def read_person_rows(
    unit: Unit,
    *,
    purpose: str,
    case_number: str,
    digests: Sequence[bytes] = (),
    person_id: UUID | None = None,
) -> Sequence[Row[Any]]:
    """A row for every number of everybody read as one with the person found by number or id; sealed.

    The access rows are stored by the same statement (I10). Empty when there is no such person.
    """
    return (
        await unit.session.execute(
            _READ_PERSON,
            {
                **_reader(unit),
                "purpose": purpose,
                "case_number": case_number,
                "digests": list(digests),
                "person_id": person_id,
            },
        )
    ).all()


async def read_merge_facts(
    unit: Unit, *, person_id: UUID, survivor_id: UUID, case_number: str
) -> tuple[MergeFacts, tuple[Collision, ...]]:
    """What the rules ask before a merge, and what would collide; logged as a look at both persons."""
    row = (
        await unit.session.execute(
            _READ_MERGE,
            {
                **_reader(unit),
                "case_number": case_number,
                "person_id": person_id,
                "survivor_id": survivor_id,
            },
        )
    ).one()
    facts = MergeFacts(
        person_id=person_id,
        survivor_id=survivor_id,
        person_known=row.person_known,
        survivor_known=row.survivor_known,
        person_root=row.person_root,
        survivor_root=row.survivor_root,
        has_open_proposal=row.has_open_proposal,
    )
    return facts, collisions_of(row.collisions)


def collisions_of(stored: Sequence[dict[str, Any]]) -> tuple[Collision, ...]:
    """Collisions as a door told them."""
    return tuple(map(_collision, stored))


async def find_merge(unit: Unit, alias_id: UUID) -> Merge | None:
    """One merge by id."""
    rows = await _merges(unit, asked=alias_id, before=None, page=1)
    return rows[0] if rows else None


async def list_merges(
    unit: Unit, *, limit: int, cursor: str | None, only_waiting: bool = False
) -> Page[Merge]:
    """Merges, the newest first: every one, or those of which a step waits for a second officer."""
    before = decode_cursor(cursor, UUID)[0] if cursor is not None else None
    rows = await _merges(unit, asked=None, before=before, page=limit + 1, only_waiting=only_waiting)
    more = encode_cursor(rows[limit - 1].alias_id) if len(rows) > limit else None
    return Page(tuple(rows[:limit]), more)


async def read_merge_sides(
    unit: Unit, *, person_id: UUID, survivor_id: UUID, case_number: str, alias_id: UUID | None = None
) -> MergeSides | None:
    """What is joined by a merge, or parted by its end; a look at all whom it touches. None without both persons."""
    rows = (
        await unit.session.execute(
            _READ_SIDES,
            {
                **_reader(unit),
                "case_number": case_number,
                "person_id": person_id,
                "survivor_id": survivor_id,
                "alias_id": alias_id,
            },
        )
    ).all()
    merged, survivor = (_side(row for row in rows if row.side == side) for side in ("merged", "survivor"))
    if not merged.members or not survivor.members:
        return None
    return MergeSides(merged, survivor, rows[0].told or {})


def _side(rows: Iterable[Row[Any]]) -> Side:
    found = list(rows)
    return Side(
        members=frozenset(row.person_id for row in found),
        records=tuple(each for row in found for each in row.records),
        certificates=tuple(each for row in found for each in row.certificates),
        benefits=tuple(each for row in found for each in row.benefits),
    )


def _once(benefit: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(benefit[name] for name in ("key_group", "benefit_line", "skill_level", "period"))


async def _merges(
    unit: Unit, *, asked: UUID | None, before: UUID | None, page: int, only_waiting: bool = False
) -> list[Merge]:
    rows = await unit.session.execute(
        _LIST_MERGES, {"asked": asked, "only_waiting": only_waiting, "before": before, "page": page}
    )
    return [Merge(**row) for row in rows.mappings()]


def _collision(stored: dict[str, Any]) -> Collision:
    def instant(name: str) -> datetime | None:
        return datetime.fromisoformat(stored[name]) if stored[name] else None

    return Collision(
        kind=CollisionKind(stored["kind"]),
        opening_id=UUID(stored["opening_id"]),
        other_opening_id=UUID(stored["other_opening_id"]),
        record_number=stored["record_number"],
        other_record_number=stored["other_record_number"],
        starts_at=instant("starts_at"),
        ends_at=instant("ends_at"),
    )


def _reader(unit: Unit) -> dict[str, Any]:
    return {
        "actor": unit.actor.principal_id,
        "agency": unit.actor.agency(),
        "request": unit.actor.request_id,
    }
