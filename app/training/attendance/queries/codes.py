"""The rotating code of a session: a device asks for its own, an institution shows that of one of its devices."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.clock import law_date
from app.kernel.errors import NotFound, Refused
from app.training.attendance.queries.sessions import policy_of, sessions_by_id
from app.training.attendance.queries.sources import CODE_SECRET, find_source, require_source
from app.training.attendance.rules.codes import code_of, reasons_against_showing, seconds_left, step_at
from app.training.attendance.rules.sources import source_revoked
from app.training.attendance.states import SourceKind
from app.training.attendance.tables import SourceRow


async def current_code(unit: Unit, keys: KeyRing, session_id: UUID) -> tuple[str, int]:
    """The code and how many seconds it still stands. Raises NotFound for another institution's or an online session."""
    source = await require_source(unit)
    session = (await sessions_by_id(unit, source.institution_id, [session_id])).get(session_id)
    if session is None or session.is_canceled or source.code_secret_sealed is None:
        raise NotFound
    return _code(unit, keys, source, session_id)


async def shown_code(unit: Unit, keys: KeyRing, session_id: UUID, source_id: UUID) -> tuple[str, int]:
    """The code of one of the calling institution's devices, for the screen in the room.

    Only around the session itself. Raises NotFound for what is another institution's, Refused otherwise.
    """
    source = await find_source(unit, source_id)
    session = (await sessions_by_id(unit, unit.actor.institution(), [session_id])).get(session_id)
    if session is None or source.code_secret_sealed is None:
        raise NotFound
    if source.revoked_at is not None:
        raise Refused([source_revoked()])
    policy = policy_of(session.division_code, law_date(session.starts_at))
    reasons = reasons_against_showing(session, margin=policy.margin, now=unit.now)
    if reasons:
        raise Refused(reasons)
    return _code(unit, keys, source, session_id)


async def devices_in_force(unit: Unit) -> Sequence[SourceRow]:
    """The calling institution's registered devices that show codes, oldest first."""
    found = await unit.session.scalars(
        select(SourceRow)
        .where(
            col(SourceRow.institution_id) == unit.actor.institution(),
            col(SourceRow.source_kind) == SourceKind.DEVICE,
            col(SourceRow.revoked_at).is_(None),
        )
        .order_by(col(SourceRow.source_id))
    )
    return found.all()


def _code(unit: Unit, keys: KeyRing, source: SourceRow, session_id: UUID) -> tuple[str, int]:
    assert source.code_secret_sealed is not None
    secret = keys.open(source.code_secret_sealed, name=CODE_SECRET, owner=source.source_id)
    return code_of(bytes.fromhex(secret), session_id, step_at(unit.now)), seconds_left(unit.now)
