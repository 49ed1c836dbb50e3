"""Proposes new credentials for somebody who lost the second factor (动态口令丢失): the first of two administrators."""

from uuid import UUID

from sqlalchemy import insert
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.suspend_principal import must_be_another
from app.identity.accounts.rules import SECOND_FACTOR_RESET_WITHIN
from app.identity.accounts.states import ActivationPurpose
from app.identity.accounts.tables import ActivationRow, PasswordCredentialRow
from app.kernel.errors import Reason, Refused


async def propose_second_factor_reset(unit: Unit, *, principal_id: UUID, reason: str) -> ActivationRow:
    """A reset without effect until another security administrator confirms it, within 24 hours.

    ``reason`` says how the holder was recognized. Raises NotFound; Refused for oneself or a system's account.
    """
    await must_be_another(unit, principal_id, "重置动态口令")
    if await unit.session.get(PasswordCredentialRow, principal_id) is None:
        raise Refused(
            [
                Reason(
                    code="principal_without_password",
                    field="principal_id",
                    message="该账号不用口令和动态口令登录",
                    remedy="请核对账号；只有经办人、机构操作员和管理员的账号可以重置",
                )
            ]
        )
    stored = await unit.session.scalars(
        insert(ActivationRow)
        .values(
            activation_id=uuid7(),
            principal_id=principal_id,
            purpose=ActivationPurpose.SECOND_FACTOR_LOST,
            proposed_by=unit.actor.principal_id,
            expires_at=unit.now + SECOND_FACTOR_RESET_WITHIN,
        )
        .returning(ActivationRow)
    )
    activation = stored.one()
    await record_event(
        unit,
        "second_factor_reset:proposed",
        subject_kind="principal",
        subject_id=principal_id,
        details={"activation": str(activation.activation_id), "reason": reason},
    )
    return activation
