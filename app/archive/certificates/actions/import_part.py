"""Store one part of an issuer's list: certificates, row-level defects and progress in one transaction, set by set."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.certificates.actions.register_numbers import register_numbers
from app.archive.certificates.queries.imports import ImportJob
from app.archive.certificates.queries.sealed_numbers import seal_number
from app.archive.certificates.rules.issuer_file import IssuedCertificate
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing
from app.identity.persons.actions.register_persons import register_persons
from app.kernel.errors import Reason

# Whoever has moved the job meanwhile has stored this part.
_ADVANCE = """
UPDATE certificate_import
SET state = CASE WHEN $3 + $4 = rows_total THEN 'done' ELSE 'running' END, rows_done = $3 + $4,
  rows_refused = rows_refused + $5, finished_at = CASE WHEN $3 + $4 = rows_total THEN registry_now() END
WHERE import_id = $1 AND rows_done = $3 AND state = $2
RETURNING state = 'done'
"""
_DEFECTS = """
INSERT INTO certificate_import_defect (import_id, line, reasons)
SELECT $1, given.line, given.reasons::jsonb FROM unnest($2::integer[], $3::text[]) AS given (line, reasons)
"""
# Among all that are read as one person.
_KNOWN = """
SELECT given.ordinal
FROM unnest($1::integer[], $2::uuid[], $3::uuid[]) AS given (ordinal, person_id, number_id)
JOIN certificate AS known ON known.number_id = given.number_id
WHERE known.person_id = given.person_id OR known.person_id IN (SELECT person_group(given.person_id))
"""
_STORE = """
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition,
  occupation_code, trade_name, skill_level, body_id, body_name, issued_on, valid_until, review_due_on, source,
  submitted_by)
SELECT given.person_id, given.certificate_id, given.kind, given.number_sealed, given.number_id,
  given.occupation_edition, given.occupation_code, given.trade_name, given.skill_level, $13, $14, given.issued_on,
  given.valid_until, given.review_due_on, 'issuer_import', $15
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::uuid[], $6::smallint[], $7::text[], $8::text[],
    $9::text[], $10::date[], $11::date[], $12::date[])
  AS given (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition, occupation_code,
    trade_name, skill_level, issued_on, valid_until, review_due_on)
ON CONFLICT ON CONSTRAINT certificate_once_a_person DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPart:
    """The rows of a part, judged: ``(line, reasons)`` of those refused."""

    rows: int
    certificates: Sequence[IssuedCertificate]
    defects: Sequence[tuple[int, tuple[Reason, ...]]]


async def import_part(unit: Unit, keys: KeyRing, job: ImportJob, part: JudgedPart) -> bool | None:
    """Whether the import is done with this part; None when another worker was faster and nothing was stored."""
    driver = await unit.driver()
    is_done: bool | None = await driver.fetchval(
        _ADVANCE, job.import_id, job.state, job.rows_done, part.rows, len(part.defects)
    )
    if is_done is None:
        return None
    if part.defects:
        await driver.execute(
            _DEFECTS,
            job.import_id,
            [line for line, _ in part.defects],
            [orjson.dumps([asdict(reason) for reason in reasons]).decode() for _, reasons in part.defects],
        )
    stored = await _store(unit, keys, job, part.certificates) if part.certificates else 0
    details = {"from_row": job.rows_done, "rows": part.rows, "stored": stored, "refused": len(part.defects)}
    await record_event(
        unit,
        "certificate_import:part_stored",
        subject_kind="certificate_import",
        subject_id=job.import_id,
        details=details,
    )
    if is_done:
        await announce(unit, "certificate_import.done", {"import_id": str(job.import_id)})
    return is_done


async def _store(unit: Unit, keys: KeyRing, job: ImportJob, certificates: Sequence[IssuedCertificate]) -> int:
    persons = await register_persons(unit, keys, [each.person for each in certificates])
    numbers = await register_numbers(unit, keys, [each.number for each in certificates])
    driver = await unit.driver()
    known = {
        row["ordinal"] for row in await driver.fetch(_KNOWN, list(range(len(numbers))), persons, numbers)
    }
    # In the order of a key, so that two imports that meet wait for each other and do not lock up.
    order = sorted(set(range(len(persons))) - known, key=lambda place: (persons[place], numbers[place]))
    rows = [_columns(keys, certificates[place], persons[place], numbers[place]) for place in order]
    if not rows:
        return 0
    status: str = await driver.execute(
        _STORE,
        *(list(column) for column in zip(*rows, strict=True)),
        job.body_id,
        job.body_name,
        job.received_by,
    )
    return int(status.rsplit(" ", 1)[1])


def _columns(keys: KeyRing, each: IssuedCertificate, person_id: UUID, number_id: UUID) -> tuple[object, ...]:
    edition, code = each.occupation or (None, None)
    return (
        person_id,
        uuid7(),
        each.kind.value,
        seal_number(keys, each.number, person_id),
        number_id,
        edition,
        code,
        each.trade_name,
        each.skill_level.value,
        each.issued_on,
        each.valid_until,
        each.review_due_on,
    )
