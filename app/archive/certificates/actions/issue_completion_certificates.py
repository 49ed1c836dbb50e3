"""Issue 培训合格证书 for the entries a class has just led to: set-wise, and a repeat issues nothing twice."""

from collections.abc import Sequence
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.certificates.queries.sealed_numbers import digests_of_numbers, seal_number
from app.archive.certificates.rules.completion_number import completion_number
from app.audit.events import announce, record_event
from app.db.crypto import KeyRing

_ISSUE = """
SELECT certificate_id FROM issue_completion_certificates($1, $2, $3::uuid[], $4::uuid[], $5::bytea[], $6::text[],
  $7::bytea[], $8::jsonb)
"""
_SERIALS = "SELECT nextval('completion_certificate_serial') FROM generate_series(1, $1::integer)"
_LINKED_BECAUSE = ("same_person", "same_class")
"""Codes of ``app.archive.certificates.rules.linking.LABELS``."""


async def issue_completion_certificates(
    unit: Unit, keys: KeyRing, *, opening_id: UUID, division_code: str, persons: Sequence[UUID]
) -> int:
    """How many were issued: one for each of ``persons`` whose entry of the class has none yet.

    Source: 人社部发〔2024〕5号 (证书序列号、姓名、身份信息、培训项目名称、培训起止日期、培训机构名称、发证日期). The
    door copies everything but the number from what stands already, and makes certificate, holder, answer (channel
    ``registry``) and link one statement. The registry issues them itself, hence they are matched from the start.
    """
    if not persons:
        return 0
    driver = await unit.driver()
    serials = [row[0] for row in await driver.fetch(_SERIALS, len(persons))]
    numbers = [completion_number(division_code, unit.today.year, serial) for serial in serials]
    issued = await driver.fetch(
        _ISSUE,
        unit.actor.principal_id,
        opening_id,
        list(persons),
        [uuid7() for _ in persons],
        [seal_number(keys, number, person) for number, person in zip(numbers, persons, strict=True)],
        list(keys.digest_key_ids),
        digests_of_numbers(keys, numbers),
        orjson.dumps(_LINKED_BECAUSE).decode(),
    )
    if issued:
        details = {
            "opening_id": str(opening_id),
            "certificates": sorted(str(row["certificate_id"]) for row in issued),
        }
        await record_event(
            unit, "certificate:issued", subject_kind="opening", subject_id=opening_id, details=details
        )
        await announce(unit, "certificate.issued", details)
    return len(issued)
