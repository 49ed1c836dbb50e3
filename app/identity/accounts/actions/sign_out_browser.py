"""Signing out of the portals (退出登录): this browser, or every browser and system of one's own."""

from uuid import UUID

from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.end_sessions import end_session, end_sessions


async def sign_out_browser(unit: Unit, session_id: UUID) -> None:
    """This session is dead once this commits."""
    await end_session(unit, session_id)
    await _record(unit, "browser")


async def sign_out_everywhere(unit: Unit) -> None:
    """Every session and token of the caller is dead once this commits."""
    await end_sessions(unit, unit.actor.principal_id)
    await _record(unit, "everywhere")


async def _record(unit: Unit, reach: str) -> None:
    principal_id = unit.actor.principal_id
    await record_event(
        unit,
        "browser:signed_out",
        subject_kind="principal",
        subject_id=principal_id,
        details={"reach": reach},
    )
