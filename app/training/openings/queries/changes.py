"""What a change after filing is judged by, and its stored form."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Discriminator, TypeAdapter
from sqlalchemy import Row, select, text, tuple_
from sqlmodel import col

from app.access.unit import Unit
from app.directory.institutions.tables import InstitutionRow
from app.directory.programs.tables import ProgramVersionRow
from app.kernel.clock import parse_instant
from app.kernel.errors import NotFound, Reason
from app.kernel.paging import Page, decode_cursor, encode_cursor
from app.reference.training_kinds import find_training_mode
from app.training.openings.queries.contents import sessions_of, teachers_of
from app.training.openings.queries.filing import limits_on
from app.training.openings.queries.scope import in_sight
from app.training.openings.rules.changes import ChangeFacts, Proposal, TraineeWithdrawn
from app.training.openings.states import HoursKind, OpeningState
from app.training.openings.tables import ChangeRow, OpeningRow

_STORED: TypeAdapter[Proposal] = TypeAdapter(Annotated[Proposal, Discriminator("kind")])
_HELD = text("SELECT session_id FROM session_held WHERE opening_id = :opening_id")
_ON_ROSTER = text("""
    SELECT EXISTS (SELECT FROM roster_line
                   WHERE opening_id = :opening_id AND line_id = :line_id AND withdrawn_at IS NULL)
""")


def stored_proposal(proposal: Proposal) -> dict[str, Any]:
    """A proposal as JSON."""
    stored: dict[str, Any] = _STORED.dump_python(proposal, mode="json")
    return stored


def proposal_of(row: ChangeRow) -> Proposal:
    """The proposal of a stored change."""
    return _STORED.validate_python(row.proposal)


async def read_change_facts(unit: Unit, opening: OpeningRow, proposal: Proposal) -> ChangeFacts:
    """Facts as of now; call with the opening's row locked."""
    session, opening_id = unit.session, opening.opening_id
    found = await session.scalars(
        select(ProgramVersionRow).where(
            col(ProgramVersionRow.program_id) == opening.program_id,
            col(ProgramVersionRow.version) == opening.program_version,
        )
    )
    program = found.one()
    mode = find_training_mode(program.training_mode, unit.today)
    online = mode is not None and mode.is_online
    held = await session.scalars(_HELD, {"opening_id": opening_id})
    return ChangeFacts(
        now=unit.now,
        state=OpeningState(opening.state),
        sessions=await sessions_of(session, opening_id),
        held=frozenset(held),
        teachers=await teachers_of(session, opening_id),
        required_hours={
            HoursKind.THEORY: program.theory_hours,
            HoursKind.PRACTICE: program.practice_hours,
            HoursKind.SAFETY: program.safety_hours,
        },
        program_is_online=online,
        limits=limits_on(unit.today, opening.division_code, online=online),
        on_roster=await _on_roster(unit, opening_id, proposal),
    )


async def open_changes(unit: Unit, *, limit: int, cursor: str | None) -> Page[Row[Any]]:
    """Changes that wait for a decision, with their opening's name and institution; oldest first."""
    position = (col(ChangeRow.proposed_at), col(ChangeRow.opening_id), col(ChangeRow.change_no))
    asked: Any = (
        select(
            *position,
            col(ChangeRow.kind),
            col(ChangeRow.reason),
            col(OpeningRow.name).label("opening_name"),
            col(InstitutionRow.name).label("institution_name"),
        )
        .join(OpeningRow, col(OpeningRow.opening_id) == col(ChangeRow.opening_id))
        .join(InstitutionRow, col(InstitutionRow.institution_id) == col(OpeningRow.institution_id))
        .where(col(ChangeRow.decision).is_(None), in_sight(unit))
        .order_by(*position)
    )
    if cursor is not None:
        asked = asked.where(tuple_(*position) > decode_cursor(cursor, parse_instant, UUID, int))
    rows = (await unit.session.execute(asked.limit(limit + 1))).all()
    last = rows[limit - 1] if len(rows) > limit else None
    more = None
    if last is not None:
        more = encode_cursor(last.proposed_at.isoformat(), last.opening_id, last.change_no)
    return Page(tuple(rows[:limit]), more)


async def change_to_decide(unit: Unit, opening_id: UUID, change_no: int) -> ChangeRow:
    """A change of an opening that is in sight. Raises NotFound."""
    found = await unit.session.scalars(
        select(ChangeRow)
        .where(col(ChangeRow.opening_id) == opening_id, col(ChangeRow.change_no) == change_no)
        .execution_options(populate_existing=True)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound(
            [Reason(code="change_unknown", message="本班次没有这项变更", remedy="请从变更列表中选择")]
        )
    return row


async def _on_roster(unit: Unit, opening_id: UUID, proposal: Proposal) -> bool | None:
    if not isinstance(proposal, TraineeWithdrawn) or not unit.actor.is_institution:
        return None
    named = {"opening_id": opening_id, "line_id": proposal.line_id}
    found: bool = (await unit.session.execute(_ON_ROSTER, named)).scalar_one()
    return found
