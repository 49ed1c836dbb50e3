"""An officer asks who a number is: the person, all numbers held, and with whom they are read as one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.identity.persons.actions.register_persons import NUMBER_FIELD, NUMBER_PURPOSE
from app.identity.persons.queries import read_person_rows
from app.identity.persons.rules import reasons_against_texts
from app.identity.persons.states import EndKind, IdentifierKind, MergeState
from app.kernel.errors import InvalidInput, NotFound
from app.kernel.identifiers import IdentityNumber


@dataclass(frozen=True, slots=True)
class KnownNumber:
    """One number of a person."""

    identifier_id: UUID
    person_id: UUID
    kind: IdentifierKind
    number: str = field(repr=False)
    recorded_at: datetime
    ended_at: datetime | None
    end_kind: EndKind | None


@dataclass(frozen=True, slots=True)
class LiveAlias:
    """A merge that is proposed, in force, or about to end, and touches the person."""

    alias_id: UUID
    person_id: UUID
    survivor_id: UUID
    state: MergeState


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Whom a number or id leads to. ``survivor_id`` is whom they are read as; ``name`` the newest proved one."""

    person_id: UUID
    survivor_id: UUID
    group: frozenset[UUID]
    name: str | None = field(repr=False)
    numbers: tuple[KnownNumber, ...]
    aliases: tuple[LiveAlias, ...]


async def resolve_person(
    unit: Unit, keys: KeyRing, *, number: IdentityNumber, purpose: str, case_number: str
) -> KnownPerson:
    """The person of a number; the look is stored first and shown to them. Raises NotFound for an unknown number."""
    defects = reasons_against_texts(case_number=case_number)
    if defects:
        raise InvalidInput(defects)
    person = await find_person_by_number(unit, keys, number=number, purpose=purpose, case_number=case_number)
    if person is None:
        raise NotFound
    await record_event(
        unit,
        "person:resolved",
        subject_kind="person",
        subject_id=person.person_id,
        details={"purpose": purpose, "case_number": case_number},
    )
    return person


async def find_person_by_number(
    unit: Unit, keys: KeyRing, *, number: IdentityNumber, purpose: str, case_number: str
) -> KnownPerson | None:
    """The person of a number, read through the logging door; None when nobody has it."""
    digests = [digest for _, digest in keys.digests(number.number, purpose=NUMBER_PURPOSE)]
    rows = await read_person_rows(unit, purpose=purpose, case_number=case_number, digests=digests)
    return _opened(rows, keys)


async def find_person_by_id(
    unit: Unit, keys: KeyRing, *, person_id: UUID, purpose: str, case_number: str
) -> KnownPerson | None:
    """The person of an id, read through the logging door; None when there is none."""
    rows = await read_person_rows(unit, purpose=purpose, case_number=case_number, person_id=person_id)
    return _opened(rows, keys)


def _opened(rows: Sequence[Row[Any]], keys: KeyRing) -> KnownPerson | None:
    if not rows:
        return None
    asked = rows[0].asked_person_id
    own = next(row for row in rows if row.person_id == asked)
    # A person without a proved name of their own goes by that of whom they are read as, else of anybody in the group.
    named = sorted(
        (row for row in rows if row.name_sealed is not None),
        key=lambda row: (row.person_id != asked, row.person_id != row.root_id),
    )
    return KnownPerson(
        person_id=asked,
        survivor_id=own.root_id,
        group=frozenset(row.person_id for row in rows),
        name=keys.open(named[0].name_sealed, name=NAME_FIELD, owner=named[0].person_id) if named else None,
        numbers=tuple(
            KnownNumber(
                identifier_id=row.identifier_id,
                person_id=row.person_id,
                kind=IdentifierKind(row.kind),
                number=keys.open(row.number_sealed, name=NUMBER_FIELD, owner=row.person_id),
                recorded_at=row.recorded_at,
                ended_at=row.ended_at,
                end_kind=None if row.end_kind is None else EndKind(row.end_kind),
            )
            for row in rows
            if row.identifier_id is not None
        ),
        aliases=tuple({alias["alias_id"]: _alias(alias) for row in rows for alias in row.aliases}.values()),
    )


def _alias(stored: dict[str, Any]) -> LiveAlias:
    state = MergeState.PROPOSED
    if stored["merged_at"] is not None:
        state = MergeState.MERGED if stored["end_proposed_at"] is None else MergeState.END_PROPOSED
    return LiveAlias(UUID(stored["alias_id"]), UUID(stored["person_id"]), UUID(stored["survivor_id"]), state)
