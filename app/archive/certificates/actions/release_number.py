"""An officer takes a number away from the person who holds it, with a reason that stays."""

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.certificates.queries.doors import Candidates
from app.archive.certificates.rules.deciding import refusals
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused

_RELEASE = text("SELECT release_certificate_number(:actor, :certificate_id, :reason)")


async def release_number(unit: Unit, found: Candidates, *, reason: str) -> None:
    """Raises NotFound, and Refused while the certificate is linked or archived, or holds nothing."""
    certificate_id = found.picture.certificate_id
    outcome = await unit.session.scalar(
        _RELEASE, {"actor": unit.actor.principal_id, "certificate_id": certificate_id, "reason": reason}
    )
    if outcome == "absent":
        raise NotFound
    if outcome != "released":
        raise Refused(refusals([outcome]))
    await record_event(
        unit,
        "certificate:number_released",
        subject_kind="certificate",
        subject_id=certificate_id,
    )
    await announce(unit, "certificate.number_released", {"certificate_id": str(certificate_id)})
