"""Say into which own account a claim is to be paid, as long as it is not reviewed."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import Reason, Refused

_NAME = text("SELECT name_claim_account(:actor, :claim_id, :account_id)")


async def name_account(unit: Unit, *, claim_id: UUID, account_id: UUID) -> None:
    """Raises ``Refused`` when the account is not the person's own and live, or the claim is too far."""
    named = await unit.session.execute(
        _NAME, {"actor": unit.actor.principal_id, "claim_id": claim_id, "account_id": account_id}
    )
    if not named.scalar_one():
        raise Refused(
            [
                Reason(
                    code="account_not_usable",
                    field="account_id",
                    message="这个账户不能用于这件申领：账户不是申领人本人的、已经停用，或者申领已经审核",
                    remedy="请先登记本人账户，并在审核之前变更；审核之后的变更由拨付环节办理",
                )
            ]
        )
    await record_event(
        unit,
        "claim:account_named",
        subject_kind="claim",
        subject_id=claim_id,
        details={"account": str(account_id)},
    )
