"""Registering an institution (机构登记): checked code, first qualification paper, active standing, in one act."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.directory.institutions import rules
from app.directory.institutions.queries import division_reasons
from app.directory.institutions.states import InstitutionKind, QualificationKind, Standing
from app.kernel.errors import InvalidInput
from app.kernel.identifiers.credit_code import check_credit_code
from app.reference.divisions import was_in_force

_INSERT = text("""
    INSERT INTO training_institution
      (unified_social_credit_code, name, kind, division_code, address, contact_phone, registered_by)
    VALUES (:code, :name, :kind, :division_code, :address, :contact_phone, :actor)
    RETURNING institution_id
""")
_ACTIVE = text("""
    INSERT INTO institution_standing (institution_id, standing, in_force, reason, document_number, decided_by)
    VALUES (:institution_id, :standing, daterange(:today, NULL), :reason, :document_number, :actor)
""")
_QUALIFY = text("""
    INSERT INTO institution_qualification
      (institution_id, kind, document_number, issued_by, in_force, recorded_by)
    VALUES (:institution_id, :kind, :document_number, :issued_by, daterange(:starts_on, :ends_before), :actor)
    RETURNING qualification_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """A paper that proves a lawful qualification, valid over ``[starts_on, ends_before)``."""

    kind: QualificationKind
    document_number: str
    issued_by: str
    starts_on: date
    ends_before: date | None


async def register_institution(
    unit: Unit,
    *,
    unified_social_credit_code: str,
    name: str,
    kind: InstitutionKind,
    division_code: str,
    address: str,
    contact_phone: str,
    qualification: Qualification,
    document_number: str | None,
) -> UUID:
    """Enter an institution into the directory as of today.

    Raises InvalidInput with every defect of the code, the division and the validity; a code that is registered
    already is refused by the database (``institution_already_registered``).
    """
    checked = check_credit_code(unified_social_credit_code, on=unit.today, area_known=was_in_force)
    reasons = [
        *checked.reasons,
        *division_reasons(unit, division_code, field="division_code"),
        *rules.reasons_against_period(
            qualification.starts_on, qualification.ends_before, field="qualification.ends_before"
        ),
    ]
    if reasons:
        raise InvalidInput(reasons)
    inserted = await unit.session.execute(
        _INSERT,
        {
            "code": checked.require().number,
            "name": name,
            "kind": kind,
            "division_code": division_code,
            "address": address,
            "contact_phone": contact_phone,
            "actor": unit.actor.principal_id,
        },
    )
    institution_id: UUID = inserted.scalar_one()
    await unit.session.execute(
        _ACTIVE,
        {
            "institution_id": institution_id,
            "standing": Standing.ACTIVE,
            "today": unit.today,
            "reason": "登记进入机构目录",
            "document_number": document_number,
            "actor": unit.actor.principal_id,
        },
    )
    await insert_qualification(unit, institution_id, qualification)
    await record_event(unit, "institution:registered", subject_kind="institution", subject_id=institution_id)
    await announce(unit, "institution:registered", {"institution_id": str(institution_id)})
    return institution_id


async def insert_qualification(unit: Unit, institution_id: UUID, qualification: Qualification) -> UUID:
    """Store a paper whose validity was judged."""
    inserted = await unit.session.execute(
        _QUALIFY,
        {
            "institution_id": institution_id,
            "kind": qualification.kind,
            "document_number": qualification.document_number,
            "issued_by": qualification.issued_by,
            "starts_on": qualification.starts_on,
            "ends_before": qualification.ends_before,
            "actor": unit.actor.principal_id,
        },
    )
    qualification_id: UUID = inserted.scalar_one()
    return qualification_id
