"""An officer reads the lines of a listing: purpose and case are stored before a line of it leaves."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.records.states import Purpose
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.kernel.masking import mask_number_own_institution
from app.subsidies.listings.queries import NAME_FIELD, NUMBER_FIELD, get_listing

_READ = text("""
    SELECT line, name_sealed, number_sealed, person_id
    FROM read_listing(:actor, :agency, :purpose, :case_number, :request_id, :listing_id)
""")


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line as the authority sees it, with the full outcome of the check."""

    person_id: UUID
    name: str = field(repr=False)
    masked_number: str
    key_group_code: str | None
    check_outcome: str | None


async def read_lines(
    unit: Unit, keys: KeyRing, listing_id: UUID, *, purpose: Purpose, case_number: str
) -> list[ReadLine]:
    """Every line; the door stores one access row a person in the statement that reads (I10). Raises NotFound."""
    await get_listing(unit, listing_id)
    rows = (
        await unit.session.execute(
            _READ,
            {
                "actor": unit.actor.principal_id,
                "agency": unit.actor.agency(),
                "purpose": purpose.value,
                "case_number": case_number,
                "request_id": unit.actor.request_id,
                "listing_id": listing_id,
            },
        )
    ).all()
    await record_event(
        unit,
        "listing:read",
        subject_kind="employer_listing",
        subject_id=listing_id,
        details={"lines": len(rows), "purpose": purpose.value},
    )
    return [
        ReadLine(
            person_id=row.person_id,
            name=keys.open(row.name_sealed, name=NAME_FIELD, owner=row.person_id),
            masked_number=mask_number_own_institution(
                keys.open(row.number_sealed, name=NUMBER_FIELD, owner=row.person_id)
            ),
            key_group_code=row.line["key_group_code"],
            check_outcome=row.line["check_outcome"],
        )
        for row in rows
    ]
