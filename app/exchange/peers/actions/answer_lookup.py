"""Answers a peer's look-up of one person by number and name: records, a certificate, contribution months.

Absent, and there under another name, are the same answer. The doors store the access rows under the peer's agency, so
the person sees which region looked, and why.
"""

from datetime import date
from typing import Any

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.certificates.actions.look_up_certificates import look_up_certificates
from app.archive.certificates.queries.doors import Case
from app.archive.records.actions.look_up_records import Subject, look_up_records
from app.archive.records.states import Purpose
from app.db.crypto import KeyRing
from app.exchange.peers.actions.take_question import Taken
from app.gateways.insurance import UnemploymentInsurance
from app.gateways.insurance_facts import InsuranceOutcome, InsuranceQuery
from app.identity.persons.actions.register_persons import NUMBER_PURPOSE
from app.kernel.errors import InvalidInput, Reason

_LOOKED = text("SELECT note_peer_look(:peer_id, CAST(:digests AS bytea[]), :purpose, :case_number, :request)")
_ENTRY = (
    "record_number", "kind", "occupation_edition", "occupation_code", "skill_level", "division_code", "starts_on",
    "ends_on", "period",
)  # fmt: skip
"""What another region needs of an entry; scores, classes and teachers stay here."""


async def answer_records(
    unit: Unit, keys: KeyRing, taken: Taken, subject: Subject, *, purpose: Purpose
) -> dict[str, Any]:
    """The entries of the archive with their state."""
    (found,) = await look_up_records(
        unit, keys, purpose=purpose, case_number=taken.case_number, subjects=[subject]
    )
    superseded = {entry["supersedes"] for entry in found.entries}
    return {
        "about": "records",
        "is_found": found.is_found,
        "entries": [_entry(entry, superseded) for entry in found.entries],
        "answered_at": unit.now.isoformat(),
    }


async def answer_certificate(
    unit: Unit, keys: KeyRing, taken: Taken, *, name: str, certificate_number: str, purpose: Purpose
) -> dict[str, Any]:
    """One certificate by its number, of somebody of that name."""
    found = await look_up_certificates(
        unit, keys, Case(purpose, taken.case_number), name=name, certificate_number=certificate_number
    )
    return {
        "about": "certificate",
        "is_found": bool(found),
        "certificates": [
            {
                "kind": each.kind.value,
                "state": each.state.value,
                "issued_on": each.issued_on.isoformat(),
                **{
                    name: each.columns[name]
                    for name in ("occupation_edition", "occupation_code", "skill_level", "body_name")
                },
            }
            for each in found
        ],
        "answered_at": unit.now.isoformat(),
    }


async def answer_contribution_months(
    unit: Unit,
    keys: KeyRing,
    insurance: UnemploymentInsurance,
    taken: Taken,
    subject: Subject,
    *,
    as_of: date,
    purpose: Purpose,
) -> dict[str, Any]:
    """What this region's insurance says now, with the regions that it had no answer from (异地缴费证明)."""
    await unit.session.execute(
        _LOOKED,
        {
            "peer_id": taken.peer.peer_id,
            "digests": [digest for _, digest in keys.digests(subject.number, purpose=NUMBER_PURPOSE)],
            "purpose": purpose.value,
            "case_number": taken.case_number,
            "request": taken.request_id,
        },
    )
    try:
        query = InsuranceQuery(identity_number=subject.number, name=subject.name, as_of=as_of)
    except ValueError:
        raise InvalidInput(
            [
                Reason(
                    code="subject_malformed",
                    field="identity_number",
                    message="号码或姓名不合失业保险平台的格式",
                    remedy="请核对后重新查询",
                )
            ]
        ) from None
    (told,) = await insurance.ask_facts([query])
    facts = told.facts
    said: dict[str, Any] = {
        "about": "contribution_months",
        "outcome": told.outcome.value,
        "as_of": as_of.isoformat(),
        "is_partial": told.outcome is not InsuranceOutcome.ANSWERED,
        "answered_at": unit.now.isoformat(),
    }
    if facts is not None:
        months = facts.months
        said["months"] = {"own_region": months.own_region, "deemed": months.deemed, "total": months.total}
        said["silent_regions"] = list(facts.silent_regions)
    return said


def _entry(entry: dict[str, Any], superseded: set[Any]) -> dict[str, Any]:
    state = "in_force"
    if entry["revoked_at"] is not None:
        state = "revoked"
    elif entry["superseded_at"] is not None or entry["entry_id"] in superseded:
        state = "superseded"
    return {**{name: entry[name] for name in _ENTRY}, "state": state}
