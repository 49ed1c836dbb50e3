"""Designating an institution (定点) for an occupation in a division, and ending that."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select, text
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.directory.institutions import rules
from app.directory.institutions.queries import (
    division_reasons,
    institution_not_found,
    is_in_scope,
    standings_of,
)
from app.directory.institutions.states import Standing
from app.directory.institutions.tables import DesignationRow
from app.kernel.errors import Conflict, NotFound, Reason, Refused
from app.reference.occupations import occupations

_INSERT = text("""
    INSERT INTO institution_designation
      (institution_id, occupation_edition, occupation_code, division_code, in_force, document_number, decided_by)
    VALUES (:institution_id, :edition, :code, :division_code, daterange(:starts_on, :ends_before), :document_number,
            :actor)
""")
_END = text("""
    UPDATE institution_designation SET in_force = daterange(lower(in_force), :ends_before)
    WHERE institution_id = :institution_id AND occupation_edition = :edition AND occupation_code = :code
      AND division_code = :division_code AND lower(in_force) = :starts_on
""")


async def designate(
    unit: Unit,
    *,
    institution_id: UUID,
    occupation_edition: int,
    occupation_code: str,
    division_code: str,
    starts_on: date,
    ends_before: date | None,
    document_number: str,
) -> None:
    """Let an institution train an occupation in a division. The division, not the institution's seat, decides which
    agency may do this. Raises NotFound for an unknown institution, Refused with every reason.
    """
    standings = await standings_of(unit.session, institution_id)
    if not standings:
        raise institution_not_found()
    known = occupations().get().find(occupation_edition, occupation_code) is not None
    reasons = [
        *_reasons_of_standing(standings[-1].standing),
        *rules.reasons_against_occupation(occupation_edition, occupation_code, known=known),
        *division_reasons(unit, division_code, field="division_code"),
        *rules.reasons_against_period(starts_on, ends_before, field="ends_before"),
    ]
    if reasons:
        raise Refused(reasons)
    subject = {"edition": occupation_edition, "code": occupation_code, "division_code": division_code}
    await unit.session.execute(
        _INSERT,
        {
            **subject,
            "institution_id": institution_id,
            "starts_on": starts_on,
            "ends_before": ends_before,
            "document_number": document_number,
            "actor": unit.actor.principal_id,
        },
    )
    await record_event(
        unit, "institution:designated", subject_kind="institution", subject_id=institution_id, details=subject
    )
    await announce(unit, "institution:designated", {"institution_id": str(institution_id), **subject})


async def end_designation(
    unit: Unit,
    *,
    institution_id: UUID,
    occupation_edition: int,
    occupation_code: str,
    division_code: str,
    ends_before: date,
) -> None:
    """End the designation in force (or the coming one) from ``ends_before`` on.

    Raises NotFound when there is none in the agency's area, Refused for a day already past or used by a filing.
    """
    current = await _live_designation(
        unit, institution_id, occupation_edition, occupation_code, division_code
    )
    starts_on = current.in_force.lower
    assert starts_on is not None
    reasons = rules.reason_against_ending(ends_before, today=unit.today, starts_on=starts_on)
    if reasons:
        raise Refused(reasons)
    subject = {"edition": occupation_edition, "code": occupation_code, "division_code": division_code}
    named = {**subject, "institution_id": institution_id, "starts_on": starts_on}
    ended = await unit.session.execute(_END, {**named, "ends_before": ends_before})
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict
    await record_event(
        unit,
        "institution:designation_ended",
        subject_kind="institution",
        subject_id=institution_id,
        details={**subject, "ends_before": ends_before.isoformat()},
    )


async def _live_designation(
    unit: Unit, institution_id: UUID, edition: int, code: str, division_code: str
) -> DesignationRow:
    found = await unit.session.scalars(
        select(DesignationRow)
        .where(
            col(DesignationRow.institution_id) == institution_id,
            col(DesignationRow.occupation_edition) == edition,
            col(DesignationRow.occupation_code) == code,
            col(DesignationRow.division_code) == division_code,
            func.coalesce(func.upper(col(DesignationRow.in_force)) > unit.today, True),
        )
        .order_by(func.lower(col(DesignationRow.in_force)).desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    row = found.one_or_none()
    if row is None or not is_in_scope(unit, division_code):
        raise NotFound(
            [
                Reason(
                    code="designation_unknown",
                    message="没有找到仍然有效的这项定点",
                    remedy="请在机构目录中查询该机构的定点范围",
                )
            ]
        )
    return row


def _reasons_of_standing(standing: Standing) -> tuple[Reason, ...]:
    if standing is not Standing.WITHDRAWN:
        return ()
    return (
        Reason(
            code="institution_withdrawn",
            message="该机构已退出目录，不能再定点",
            remedy="请核对机构；确需重新进入目录的请按新机构登记",
            field="institution_id",
            citation=rules.LAWFUL_QUALIFICATION,
        ),
    )
