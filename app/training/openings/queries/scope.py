"""Whose opening it is: an institution sees its own, an officer those of the agency's area that were ever filed."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, select
from sqlmodel import col

from app.access.unit import Unit
from app.kernel.errors import NotFound, PreconditionFailed, Reason, Refused
from app.reference.divisions import NATION, divisions
from app.reference.queries import stands_within
from app.training.openings.rules.clauses import FIVE_PARTS
from app.training.openings.states import EDITABLE, STATE_NAMES, OpeningState
from app.training.openings.tables import OpeningRow


def in_sight(unit: Unit) -> ColumnElement[bool]:
    """The WHERE of every read of openings: another tenant's opening is simply not there."""
    if unit.actor.is_institution:
        return col(OpeningRow.institution_id) == unit.actor.institution()
    return and_(in_area(unit), col(OpeningRow.filing_no).is_not(None))


def in_area(unit: Unit) -> ColumnElement[bool]:
    """Openings in the subtree of the caller's agency as of today; none when its code is no longer in force."""
    scope = unit.actor.division_code
    if scope is None or (scope != NATION and divisions().get().find(scope, unit.today) is None):
        return false()
    return stands_within(col(OpeningRow.division_code), scope)


async def opening_in_sight(unit: Unit, opening_id: UUID, *, lock: bool = False) -> OpeningRow:
    """The opening; with ``lock`` nobody else changes it until this transaction ends. Raises NotFound."""
    asked = (
        select(OpeningRow)
        .where(col(OpeningRow.opening_id) == opening_id, in_sight(unit))
        .execution_options(populate_existing=True)
    )
    found = await unit.session.scalars(asked.with_for_update() if lock else asked)
    row = found.one_or_none()
    if row is None:
        raise opening_not_found()
    return row


def opening_not_found() -> NotFound:
    """The refusal for a class that is not there, or not in the caller's sight."""
    return NotFound(
        [Reason(code="opening_not_found", message="没有找到这个班次", remedy="请从班次列表中打开")]
    )


async def draft_to_edit(unit: Unit, opening_id: UUID, *, version: int | None = None) -> OpeningRow:
    """The caller's own draft or returned opening, locked; ``version`` is what ``If-Match`` named.

    Raises NotFound, Refused (``opening_not_editable``) and PreconditionFailed.
    """
    row = await opening_in_sight(unit, opening_id, lock=True)
    state = OpeningState(row.state)
    if state not in EDITABLE:
        raise Refused([not_editable(state)])
    if version is not None and row.version != version:
        raise PreconditionFailed(
            [
                Reason(
                    code="version_outdated",
                    message=f"您修改的是第{version}版，目前已是第{row.version}版",
                    remedy="请看清最新内容，再决定怎样修改",
                    field="If-Match",
                    value=str(version),
                )
            ]
        )
    return row


def not_editable(state: OpeningState) -> Reason:
    """Why an opening that lies with the authority is not edited."""
    return Reason(
        code="opening_not_editable",
        message=f"班次目前为“{STATE_NAMES[state]}”，不能直接修改",
        remedy="已申报的请等待退回；已备案的请提出变更；已结班、已取消的不再修改",
        field="state",
        value=STATE_NAMES[state],
        citation=FIVE_PARTS,
    )
