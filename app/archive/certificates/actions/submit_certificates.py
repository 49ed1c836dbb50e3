"""Take in certificates that a citizen or an institution names; the same number again is the same certificate.

Everything begins as submitted and is due to be checked at once; nobody but the network can say more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.certificates.actions.register_numbers import register_numbers
from app.archive.certificates.queries.sealed_numbers import seal_number
from app.archive.certificates.rules.numbers import written_number
from app.archive.certificates.rules.submitting import Claim, reasons_against_more
from app.archive.certificates.states import CertificateSource
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.kernel.errors import Refused
from app.policy.values import value_of

# Among all that are read as one person.
_KNOWN = """
SELECT given.ordinal, known.certificate_id
FROM unnest($1::integer[], $2::uuid[], $3::uuid[]) AS given (ordinal, person_id, number_id)
CROSS JOIN LATERAL person_group(given.person_id) AS member (person_id)
JOIN certificate AS known ON known.person_id = member.person_id AND known.number_id = given.number_id
ORDER BY given.ordinal, known.submitted_at, known.certificate_id
"""
# One after the other: two submissions at once would both find the last place free.
_ONE_AT_A_TIME = """
SELECT pg_advisory_xact_lock(hashtextextended('certificates:' || min(member.person_id::text), 0))
FROM person_group($1) AS member (person_id)
"""
_PENDING = """
SELECT count(*) FROM certificate
WHERE certificate.person_id IN (SELECT person_group($1)) AND certificate.source = 'citizen'
  AND certificate.state IN ('submitted', 'pending_upload')
"""
_SUBMIT = """
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition,
  occupation_code, trade_name, skill_level, body_id, body_name, issued_on, valid_until, review_due_on, source,
  submitted_by)
SELECT given.person_id, given.certificate_id, given.kind, given.number_sealed, given.number_id,
  given.occupation_edition, given.occupation_code, given.trade_name, given.skill_level, body.body_id, given.body_name,
  given.issued_on, given.valid_until, given.review_due_on, $15, $16
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::uuid[], $6::smallint[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::text[], $12::date[], $13::date[], $14::date[])
  AS given (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition, occupation_code,
    trade_name, skill_level, body_code, body_name, issued_on, valid_until, review_due_on)
LEFT JOIN evaluation_body AS body ON body.body_code = given.body_code
ON CONFLICT ON CONSTRAINT certificate_once_a_person DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Submission:
    """A certificate and the person who is said to hold it."""

    person_id: UUID
    claim: Claim = field(repr=False)


@dataclass(frozen=True, slots=True)
class Submitted:
    """``is_new`` is False when the person's certificate of that number was there already."""

    certificate_id: UUID
    is_new: bool


async def submit_certificates(
    unit: Unit, keys: KeyRing, source: CertificateSource, submissions: Sequence[Submission]
) -> list[Submitted]:
    """The certificates of ``submissions``, in their order; two lines of one number are one certificate.

    Raises Refused when a citizen waits for the network's answer on as many as ``certificate_pending_max`` already.
    """
    numbers = [written_number(each.claim.certificate_number) for each in submissions]
    number_ids = await register_numbers(unit, keys, numbers)
    new_ids = [uuid7() for _ in submissions]
    asked = (list(range(len(submissions))), [each.person_id for each in submissions], number_ids)
    driver = await unit.driver()
    known = {row["ordinal"] for row in await driver.fetch(_KNOWN, *asked)}
    chosen = [position for position in range(len(submissions)) if position not in known]
    if chosen and source is CertificateSource.CITIZEN:
        await _refuse_too_many(unit, submissions[chosen[0]].person_id, len(chosen))
    if chosen:
        rows = [
            (
                submissions[position].person_id,
                new_ids[position],
                submissions[position].claim.kind.value,
                seal_number(keys, numbers[position], submissions[position].person_id),
                number_ids[position],
                submissions[position].claim.occupation_edition,
                submissions[position].claim.occupation_code,
                submissions[position].claim.trade_name,
                submissions[position].claim.skill_level.value,
                submissions[position].claim.body_code,
                submissions[position].claim.body_name,
                submissions[position].claim.issued_on,
                submissions[position].claim.valid_until,
                submissions[position].claim.review_due_on,
            )
            for position in chosen
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        await driver.execute(_SUBMIT, *columns, source.value, unit.actor.principal_id)
    found: dict[int, UUID] = {}
    for row in await driver.fetch(_KNOWN, *asked):
        found.setdefault(row["ordinal"], row["certificate_id"])
    submitted = [
        Submitted(found[position], is_new=found[position] == new_ids[position])
        for position in range(len(submissions))
    ]
    for taken in submitted:
        if taken.is_new:
            await record_event(
                unit,
                "certificate:submitted",
                subject_kind="certificate",
                subject_id=taken.certificate_id,
                details={"source": source.value},
            )
    return submitted


async def _refuse_too_many(unit: Unit, person_id: UUID, added: int) -> None:
    driver = await unit.driver()
    await driver.execute(_ONE_AT_A_TIME, person_id)
    pending = await driver.fetchval(_PENDING, person_id)
    reasons = reasons_against_more(pending, added, value_of("certificate_pending_max", on=unit.today).number)
    if reasons:
        raise Refused(reasons)
