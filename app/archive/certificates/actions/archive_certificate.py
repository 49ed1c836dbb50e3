"""An officer archives a confirmed certificate that the worker leaves alone: one whose entry was revoked before."""

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.archive.certificates.queries.doors import Candidates
from app.archive.certificates.rules.deciding import refusals
from app.archive.records.rules import record_number
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused

_SERIAL = text("SELECT nextval('record_serial')")
_ARCHIVE = text("SELECT archive_certificate(:actor, :certificate_id, :entry_id, :number, :division)")


async def archive_certificate(unit: Unit, found: Candidates) -> str:
    """Number of the new entry, under the division of the officer's agency.

    Raises NotFound, and Refused when the certificate is not matched, its person is not, another holds the number, it is
    archived already, or it is our own and goes with the entry of its class.
    """
    certificate_id = found.picture.certificate_id
    division = unit.actor.division_code
    assert division is not None
    number = record_number(division, unit.today.year, (await unit.session.execute(_SERIAL)).scalar_one())
    outcome = await unit.session.scalar(
        _ARCHIVE,
        {
            "actor": unit.actor.principal_id,
            "certificate_id": certificate_id,
            "entry_id": uuid7(),
            "number": number,
            "division": division,
        },
    )
    if outcome == "absent":
        raise NotFound
    if outcome != "archived":
        raise Refused(refusals([outcome]))
    payload = {"certificate_id": str(certificate_id), "record_number": number}
    await record_event(
        unit, "certificate:archived", subject_kind="certificate", subject_id=certificate_id, details=payload
    )
    await announce(unit, "certificate.archived", payload)
    return number
