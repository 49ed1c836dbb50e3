"""Every certificate that the network has confirmed becomes an entry of the archive, linked to a training or not.

技能提升补贴 rests on the certificate (人社部发〔2017〕40号 二), so the certificate itself has to be in the archive
before anything is paid on it. Our own 培训合格证书 need no entry: the completion they go with is one.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.certificates.queries.sealed_numbers import open_number
from app.archive.certificates.rules.readings import place_of_issue
from app.archive.records.rules import record_number
from app.audit.events import announce, record_event
from app.audit.states import BATCH
from app.db.crypto import KeyRing

NATION = "000000"
"""Where a certificate belongs whose body is not in the directory and whose number names no place: the network is
national."""

_WITHOUT_ENTRY = """
SELECT certificate.person_id, certificate.certificate_id, certificate.number_sealed, certificate.issued_on,
  body.division_code
FROM unnest($1::uuid[], $2::uuid[]) AS asked (person_id, certificate_id)
JOIN certificate USING (person_id, certificate_id)
JOIN certificate_holder AS held USING (person_id, certificate_id)
LEFT JOIN evaluation_body AS body ON body.body_id = certificate.body_id
WHERE certificate.state = 'matched' AND certificate.kind <> 'training_completion'
  AND NOT EXISTS (SELECT FROM record_entry AS entry
                  WHERE entry.person_id = certificate.person_id AND entry.certificate_id = certificate.certificate_id)
  AND EXISTS (SELECT FROM identity_check AS proof
              WHERE proof.person_id = certificate.person_id AND proof.outcome = 'matched')
ORDER BY certificate.person_id, certificate.certificate_id
"""
_SERIALS = "SELECT nextval('record_serial') FROM generate_series(1, $1::integer)"
_ARCHIVE = """
SELECT record_number FROM archive_certificates($1, $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])
"""


async def archive_matched(unit: Unit, keys: KeyRing, matched: Sequence[tuple[UUID, UUID]]) -> list[str]:
    """Numbers of the entries made now for those of ``matched`` (``(person_id, certificate_id)``) that had none.

    A certificate whose number another holds, or whose person was never matched, is passed over: it is asked for again
    when that changes. One whose entry was revoked is left to officers.
    """
    if not matched:
        return []
    driver = await unit.driver()
    rows = await driver.fetch(_WITHOUT_ENTRY, [key[0] for key in matched], [key[1] for key in matched])
    if not rows:
        return []
    divisions = [_division(keys, row) for row in rows]
    serials = [row[0] for row in await driver.fetch(_SERIALS, len(rows))]
    made = await driver.fetch(
        _ARCHIVE,
        unit.actor.principal_id,
        [row["person_id"] for row in rows],
        [row["certificate_id"] for row in rows],
        [uuid7() for _ in rows],
        [
            record_number(division, unit.today.year, serial)
            for division, serial in zip(divisions, serials, strict=True)
        ],
        divisions,
    )
    numbers = sorted(str(row["record_number"]) for row in made)
    if numbers:
        payload = {"record_numbers": numbers}
        await record_event(
            unit, "record:appended", subject_kind="certificate", subject_id=BATCH, details=payload
        )
        await announce(unit, "record.appended", payload)
    return numbers


def _division(keys: KeyRing, row: Any) -> str:
    if row["division_code"] is not None:
        return str(row["division_code"])
    number = open_number(keys, row["number_sealed"], row["person_id"])
    return place_of_issue(number, row["issued_on"]) or NATION
