"""Registering an evaluation body (评价机构登记)."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.directory.evaluation_bodies.rules import reasons_against_body_code
from app.directory.evaluation_bodies.states import BodyKind
from app.directory.institutions.queries import division_reasons
from app.kernel.errors import InvalidInput
from app.kernel.identifiers.credit_code import check_credit_code
from app.reference.divisions import was_in_force

_INSERT = text("""
    INSERT INTO evaluation_body (body_code, kind, name, unified_social_credit_code, division_code, registered_by)
    VALUES (:body_code, :kind, :name, :credit_code, :division_code, :actor)
    RETURNING body_id
""")


async def register_body(
    unit: Unit,
    *,
    body_code: str,
    kind: BodyKind,
    name: str,
    unified_social_credit_code: str | None,
    division_code: str,
) -> UUID:
    """Enter a body into the directory. Raises InvalidInput with every defect of the codes and the division; a code that
    is registered already is refused by the database (``body_already_registered``).
    """
    reasons = [
        *reasons_against_body_code(body_code, kind=kind, division_code=division_code),
        *division_reasons(unit, division_code, field="division_code"),
    ]
    credit_code = None
    if unified_social_credit_code is not None:
        checked = check_credit_code(unified_social_credit_code, on=unit.today, area_known=was_in_force)
        reasons += checked.reasons
        credit_code = checked.value.number if checked.value is not None else None
    if reasons:
        raise InvalidInput(reasons)
    inserted = await unit.session.execute(
        _INSERT,
        {
            "body_code": body_code,
            "kind": kind,
            "name": name,
            "credit_code": credit_code,
            "division_code": division_code,
            "actor": unit.actor.principal_id,
        },
    )
    body_id: UUID = inserted.scalar_one()
    details = {"body_code": body_code, "kind": kind}
    await record_event(
        unit,
        "evaluation_body:registered",
        subject_kind="evaluation_body",
        subject_id=body_id,
        details=details,
    )
    await announce(unit, "evaluation_body:registered", {"body_id": str(body_id), **details})
    return body_id
