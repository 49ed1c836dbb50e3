"""Confirms new credentials for a lost second factor: the second administrator, who hands over the code."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.access.passwords import digest_of_code, new_activation_code
from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts import rules
from app.identity.accounts.actions.end_sessions import end_sessions
from app.identity.accounts.actions.open_account import Invitation
from app.identity.accounts.states import ActivationPurpose
from app.identity.accounts.tables import ActivationRow, PasswordCredentialRow
from app.kernel.errors import NotFound, Reason, Refused


async def confirm_second_factor_reset(unit: Unit, *, activation_id: UUID) -> Invitation:
    """The one-time code; all that was issued before is dead at once. Raises NotFound, or Refused with every reason."""
    activation = await unit.session.get(ActivationRow, activation_id)
    if activation is None or activation.purpose != ActivationPurpose.SECOND_FACTOR_LOST:
        raise NotFound
    me = unit.actor.principal_id
    reasons = []
    if activation.confirmed_by is not None or activation.expires_at <= unit.now:
        reasons.append(_not_open())
    if activation.proposed_by == me:
        reasons.append(rules.second_person_needed("重置动态口令"))
    if activation.principal_id == me:
        reasons.append(rules.not_about_oneself("重置动态口令"))
    if reasons:
        raise Refused(reasons)
    code = new_activation_code()
    confirmed = await unit.session.execute(
        update(ActivationRow)
        .where(col(ActivationRow.activation_id) == activation_id, col(ActivationRow.confirmed_by).is_(None))
        .values(confirmed_by=me, code_digest=digest_of_code(code))
    )
    if confirmed.rowcount != 1:  # type: ignore[attr-defined]
        raise Refused([_not_open()])
    await end_sessions(unit, activation.principal_id)
    await record_event(
        unit,
        "second_factor_reset:confirmed",
        subject_kind="principal",
        subject_id=activation.principal_id,
        details={"activation": str(activation_id)},
    )
    credential = await unit.session.get_one(PasswordCredentialRow, activation.principal_id)
    return Invitation(activation.principal_id, credential.login_name, code, activation.expires_at)


def _not_open() -> Reason:
    return Reason(
        code="second_factor_reset_not_open",
        message="该重置申请已确认或已过期",
        remedy="仍需重置的，请重新提出",
    )
