"""The rotating code a device shows for one of its institution's sessions."""

from uuid import UUID

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.kernel.errors import NotFound
from app.training.attendance.queries.sessions import sessions_by_id
from app.training.attendance.queries.sources import CODE_SECRET, require_source
from app.training.attendance.rules.codes import code_of, seconds_left, step_at


async def current_code(unit: Unit, keys: KeyRing, session_id: UUID) -> tuple[str, int]:
    """The code and how many seconds it still stands. Raises NotFound for another institution's or an online session."""
    source = await require_source(unit)
    session = (await sessions_by_id(unit, source.institution_id, [session_id])).get(session_id)
    if session is None or session.is_canceled or source.code_secret_sealed is None:
        raise NotFound
    secret = keys.open(source.code_secret_sealed, name=CODE_SECRET, owner=source.source_id)
    return code_of(bytes.fromhex(secret), session_id, step_at(unit.now)), seconds_left(unit.now)
