"""Suspends an account (停用账号): at once, with everything it was given."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.access.actor import PrincipalKind
from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts import rules
from app.identity.accounts.actions.end_sessions import end_sessions
from app.identity.accounts.tables import PrincipalRow
from app.kernel.errors import NotFound, Reason, Refused


async def suspend_principal(unit: Unit, *, principal_id: UUID, reason: str) -> None:
    """No token of the account holds from the commit on. Raises NotFound, or Refused for oneself or a suspended one."""
    await must_be_another(unit, principal_id, "停用")
    await end_sessions(unit, principal_id)
    suspended = await unit.session.execute(
        update(PrincipalRow)
        .where(col(PrincipalRow.principal_id) == principal_id, col(PrincipalRow.suspended_at).is_(None))
        .values(suspended_at=unit.now)
    )
    if suspended.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused([Reason(code="principal_suspended", message="该账号已停用", remedy="无需重复办理")])
    await record_event(
        unit,
        "principal:suspended",
        subject_kind="principal",
        subject_id=principal_id,
        details={"reason": reason},
    )


async def must_be_another(unit: Unit, principal_id: UUID, what: str) -> None:
    """Raise NotFound for an unknown account or the registry's own, and Refused for the caller's own."""
    principal = await unit.session.get(PrincipalRow, principal_id)
    if principal is None or principal.kind == PrincipalKind.SYSTEM:
        raise NotFound
    if principal_id == unit.actor.principal_id:
        raise Refused([rules.not_about_oneself(what)])
