"""An officer takes a link back, with a reason; the link stays as history, and no machine makes it again."""

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.certificates.queries.doors import Candidates
from app.archive.certificates.rules.deciding import refusals
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused
from app.reference.divisions import covers

_UNLINK = text("SELECT unlink_certificate(:actor, :certificate_id, :reason)")


async def unlink_certificate(unit: Unit, found: Candidates, *, reason: str) -> str:
    """Record number of the entry it was linked to. Raises NotFound outside the officer's area, and Refused."""
    certificate_id = found.picture.certificate_id
    link = found.picture.columns["link"]
    if link is None:
        raise Refused(refusals(["certificate_not_linked"]))
    record_number = str(link["record_number"])
    divisions = {entry["record_number"]: entry["division_code"] for entry in found.entries}
    if not covers(unit.actor.division_code or "", divisions.get(record_number, ""), unit.today):
        raise NotFound(refusals(["record_not_in_area"]))
    entry_id = await unit.session.scalar(
        _UNLINK, {"actor": unit.actor.principal_id, "certificate_id": certificate_id, "reason": reason}
    )
    if entry_id is None:
        raise Refused(refusals(["certificate_not_linked"]))
    payload = {"certificate_id": str(certificate_id), "record_number": record_number}
    await record_event(
        unit, "certificate:unlinked", subject_kind="certificate", subject_id=certificate_id, details=payload
    )
    await announce(unit, "certificate.unlinked", payload)
    return record_number
