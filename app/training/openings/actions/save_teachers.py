"""Saving the teachers of a draft (授课师资情况): the list given is the list that holds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import InvalidInput, Reason
from app.kernel.names import normalize_name
from app.training.openings.actions.revise_draft import next_version
from app.training.openings.queries.contents import teachers_of
from app.training.openings.queries.scope import draft_to_edit

_ADD = text("""
    INSERT INTO opening_teacher (opening_id, name, qualification, subject)
    VALUES (:opening_id, :name, :qualification, :subject)
""")
_CHANGE = text("""
    UPDATE opening_teacher SET qualification = :qualification
    WHERE opening_id = :opening_id AND teacher_id = :teacher_id
""")
_REMOVE = text("""
    UPDATE opening_teacher SET removed_at = :now WHERE opening_id = :opening_id AND teacher_id = :teacher_id
""")


@dataclass(frozen=True, slots=True)
class NamedTeacher:
    """A teacher as typed; name and subject together tell one from another."""

    name: str
    qualification: str
    subject: str


async def save_teachers(
    unit: Unit, *, opening_id: UUID, version: int, teachers: Sequence[NamedTeacher]
) -> None:
    """Replace the list; whoever stays keeps the ``teacher_id`` that sessions point at.

    Raises InvalidInput for a teacher listed twice, NotFound, Refused (not editable) and PreconditionFailed.
    """
    wanted = {(normalize_name(teacher.name), teacher.subject): teacher for teacher in teachers}
    _refuse_repeats(teachers)
    row = await draft_to_edit(unit, opening_id, version=version)
    known = {(known.name, known.subject): known for known in await teachers_of(unit.session, opening_id)}
    for key in known.keys() - wanted.keys():
        gone = {"opening_id": opening_id, "teacher_id": known[key].teacher_id, "now": unit.now}
        await unit.session.execute(_REMOVE, gone)
    for (name, subject), teacher in wanted.items():
        said = {"opening_id": opening_id, "qualification": teacher.qualification}
        if (name, subject) not in known:
            await unit.session.execute(_ADD, {**said, "name": name, "subject": subject})
        elif known[name, subject].qualification != teacher.qualification:
            await unit.session.execute(_CHANGE, {**said, "teacher_id": known[name, subject].teacher_id})
    await next_version(unit, row)
    await record_event(
        unit,
        "opening:teachers_saved",
        subject_kind="opening",
        subject_id=opening_id,
        details={"count": len(teachers)},
    )


def _refuse_repeats(teachers: Sequence[NamedTeacher]) -> None:
    repeats = Counter((normalize_name(teacher.name), teacher.subject) for teacher in teachers)
    reasons = [
        Reason(
            code="teacher_listed_twice",
            message=f"教师“{name}”讲授“{subject}”填写了{count}次",
            remedy="同一教师讲授同一科目只填一次",
            field="teachers",
            value=name,
        )
        for (name, subject), count in repeats.items()
        if count > 1
    ]
    if reasons:
        raise InvalidInput(reasons)
