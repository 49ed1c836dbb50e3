"""Registers an agency (登记经办机构): its name, the area it answers for, and whom it reports to."""

from uuid import UUID

from sqlalchemy import insert
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.tables import AgencyRow
from app.kernel.errors import Reason, Refused
from app.reference.divisions import NATION, covers, name_of


async def register_agency(unit: Unit, *, name: str, division_code: str, parent_id: UUID | None) -> AgencyRow:
    """The agency. Raises Refused with every reason; a name that is taken is refused by ``agency_name_key``."""
    reasons = []
    is_known = name_of(division_code, unit.today) is not None
    if not is_known:
        reasons.append(
            Reason(
                code="division_not_in_force",
                field="division_code",
                value=division_code,
                message=f"行政区划代码{division_code}今天不在用",
                remedy="请填写现行的六位行政区划代码；全国性机构填000000",
            )
        )
    parent = await unit.session.get(AgencyRow, parent_id) if parent_id is not None else None
    if parent_id is not None and parent is None:
        reasons.append(
            Reason(
                code="parent_agency_unknown",
                field="parent_id",
                message="没有找到上级机构",
                remedy="请先登记上级机构，或核对编号",
            )
        )
    elif parent is not None and is_known and not _lies_within(parent.division_code, division_code, unit):
        reasons.append(
            Reason(
                code="parent_agency_elsewhere",
                field="parent_id",
                message=f"上级机构“{parent.name}”的辖区不包括行政区划{division_code}",
                remedy="请核对上级机构与行政区划代码",
            )
        )
    if reasons:
        raise Refused(reasons)
    stored = await unit.session.scalars(
        insert(AgencyRow)
        .values(
            agency_id=uuid7(),
            name=name,
            division_code=division_code,
            parent_id=parent_id,
        )
        .returning(AgencyRow)
    )
    agency = stored.one()
    await record_event(unit, "agency:registered", subject_kind="agency", subject_id=agency.agency_id)
    return agency


def _lies_within(parent_division: str, division_code: str, unit: Unit) -> bool:
    return parent_division == NATION or covers(parent_division, division_code, unit.today)
