"""An officer decides who holds a number that two persons claim: the rows decide, whichever region asks first."""

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.certificates.actions.request_linking import request_linking
from app.archive.certificates.queries.doors import Candidates
from app.archive.certificates.rules.deciding import refusals
from app.archive.certificates.rules.transitions import RECONFIRM_AFTER
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused

_TAKE = text("SELECT take_certificate_number(:actor, :certificate_id, :reason, :ask_again_at)")


async def take_number(unit: Unit, found: Candidates, *, reason: str) -> None:
    """Raises NotFound and Refused (``number_held_by_another``, ``number_not_confirmed``, ``already_holds``)."""
    certificate_id = found.picture.certificate_id
    outcome = await unit.session.scalar(
        _TAKE,
        {
            "actor": unit.actor.principal_id,
            "certificate_id": certificate_id,
            "reason": reason,
            "ask_again_at": unit.now + RECONFIRM_AFTER,
        },
    )
    if outcome == "absent":
        raise NotFound
    if outcome != "taken":
        raise Refused(refusals([outcome]))
    # Confirmed and held from now on: the worker archives it, and links it where everything speaks for one entry.
    await request_linking(unit, [found.picture.person_id])
    await record_event(
        unit,
        "certificate:number_taken",
        subject_kind="certificate",
        subject_id=certificate_id,
    )
    await announce(unit, "certificate.number_taken", {"certificate_id": str(certificate_id)})
