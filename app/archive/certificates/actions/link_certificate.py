"""An officer links a certificate to the entry it proves, where the registry left the choice to a person."""

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.archive.certificates.actions.link_matched import judge_all
from app.archive.certificates.queries.doors import Candidates
from app.archive.certificates.rules.deciding import reasons_against_linking, refusals
from app.archive.certificates.rules.linking import Judgment
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Refused
from app.reference.divisions import covers

_LINK = text("SELECT link_certificate(:actor, :certificate_id, :entry_id, CAST(:reasons AS jsonb))")


async def link_certificate(unit: Unit, found: Candidates, *, record_number: str, reason: str) -> Judgment:
    """What was for and against it. Takes the number for the person, if nobody holds it.

    Raises NotFound (no such certificate, or no such entry of its person in the officer's area) and Refused with every
    reason that no officer can set aside.
    """
    certificate_id = found.picture.certificate_id
    judgments = judge_all(unit, found.picture, found.scopes, found.entries)
    divisions = {entry["record_number"]: entry["division_code"] for entry in found.entries}
    judgment = next((each for each in judgments if each.entry.record_number == record_number), None)
    if judgment is None or not covers(unit.actor.division_code or "", divisions[record_number], unit.today):
        raise NotFound(refusals(["record_not_in_area"]))
    reasons = reasons_against_linking(judgment)
    if reasons:
        raise Refused(reasons)
    stored = [
        *judgment.reasons_for,
        *(f"despite:{code}" for code in judgment.reasons_against),
        "officer_decision",
    ]
    outcome = await unit.session.scalar(
        _LINK,
        {
            "actor": unit.actor.principal_id,
            "certificate_id": certificate_id,
            "entry_id": judgment.entry.entry_id,
            "reasons": orjson.dumps([*stored, reason]).decode(),
        },
    )
    if outcome == "absent":
        raise NotFound
    if outcome != "linked":
        raise Refused(refusals([outcome]))
    payload = {"certificate_id": str(certificate_id), "record_number": record_number}
    await record_event(
        unit,
        "certificate:linked",
        subject_kind="certificate",
        subject_id=certificate_id,
        details={**payload, "is_automatic": False},
    )
    await announce(unit, "certificate.linked", payload)
    return judgment
