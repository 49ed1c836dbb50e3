"""An agency looks up persons by number and name: purpose and case first, access rows in the same statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.access.unit import Unit
from app.archive.records.queries import read_records
from app.archive.records.states import Purpose
from app.audit.events import note_misses, record_event
from app.db.crypto import KeyRing
from app.kernel.names import same_name


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the agency asks for; the number in its normal form."""

    number: str = field(repr=False)
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """Answer for one subject. Absent, and present under another name, are the same answer."""

    is_found: bool
    entries: tuple[dict[str, Any], ...]


NOT_FOUND = Found(is_found=False, entries=())


async def look_up_records(
    unit: Unit, keys: KeyRing, *, purpose: Purpose, case_number: str, subjects: Sequence[Subject]
) -> list[Found]:
    """The records of ``subjects``, in their order. Looks at persons whose name differs are logged like the others."""
    owners: list[int] = []
    digests: list[bytes] = []
    for position, subject in enumerate(subjects):
        for _, digest in keys.digests(subject.number, purpose="identity_number"):
            owners.append(position)
            digests.append(digest)
    rows = await read_records(unit, purpose=purpose, case_number=case_number, digests=digests)
    known = {owners[row.ordinal - 1] for row in rows}
    await note_misses(unit, purpose=purpose, case_number=case_number, missed=len(subjects) - len(known))
    names: dict[int, set[str]] = {}
    entries: dict[int, dict[UUID, dict[str, Any]]] = {}
    for row in rows:
        position = owners[row.ordinal - 1]
        if row.name_sealed is not None:
            name = keys.open(row.name_sealed, name="person_name.name", owner=row.name_person_id)
            names.setdefault(position, set()).add(name)
        if row.entry is not None:
            entries.setdefault(position, {})[row.entry["entry_id"]] = row.entry
    await record_event(
        unit,
        "record:looked_up",
        subject_kind="case",
        subject_id=case_number,
        details={"purpose": purpose, "subjects": len(subjects)},
    )
    return [
        Found(is_found=True, entries=tuple(entries.get(position, {}).values()))
        if any(same_name(subject.name, name) for name in names.get(position, ()))
        else NOT_FOUND
        for position, subject in enumerate(subjects)
    ]
