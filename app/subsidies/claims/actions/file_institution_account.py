"""An institution files its own account (对公账户); nothing is paid to it before an officer has confirmed it."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.kernel.errors import InvalidInput
from app.subsidies.claims.rules.accounts import check_plain_account
from app.subsidies.claims.tables import INSTITUTION_ACCOUNT_FIELD

_STORE = text("""
    INSERT INTO institution_account (institution_id, account_id, bank_name, number_sealed, number_tail, recorded_by)
    VALUES (:institution_id, :account_id, :bank_name, :sealed, :tail, :actor)
""")


async def file_institution_account(unit: Unit, keys: KeyRing, *, bank_name: str, number: str) -> UUID:
    """The account's id. Raises ``InvalidInput``."""
    account, reasons = check_plain_account(number)
    if account is None:
        raise InvalidInput(reasons)
    account_id, institution_id = uuid7(), unit.actor.institution()
    await unit.session.execute(
        _STORE,
        {
            "institution_id": institution_id,
            "account_id": account_id,
            "bank_name": bank_name,
            "sealed": keys.seal(account.number, name=INSTITUTION_ACCOUNT_FIELD, owner=institution_id),
            "tail": account.tail,
            "actor": unit.actor.principal_id,
        },
    )
    await record_event(
        unit, "institution_account:filed", subject_kind="institution_account", subject_id=account_id
    )
    return account_id
