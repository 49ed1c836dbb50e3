"""Record an own account (本人账户): sealed, known again by digest, and asked about at the bank before it is used."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.kernel.errors import InvalidInput
from app.subsidies.claims.rules.accounts import check_account
from app.subsidies.claims.states import AccountKind
from app.subsidies.claims.tables import ACCOUNT_NUMBER_FIELD

ACCOUNT_PURPOSE = "account_number"
_STORE = text("""
    INSERT INTO payee_account (person_id, account_id, kind, bank_name, number_sealed, number_tail, recorded_by)
    VALUES (:person_id, :account_id, :kind, :bank_name, :sealed, :tail, :actor)
""")
_KEY = text("""
    INSERT INTO account_key (digest, key_id, person_id, account_id)
    VALUES (:digest, :key_id, :person_id, :account_id)
""")


async def record_account(
    unit: Unit, keys: KeyRing, *, person_id: UUID, kind: AccountKind, bank_name: str, number: str
) -> UUID:
    """The account's id. Raises ``InvalidInput`` with every defect of the number."""
    account, reasons = check_account(kind, number)
    if account is None:
        raise InvalidInput(reasons)
    account_id = uuid7()
    await unit.session.execute(
        _STORE,
        {
            "person_id": person_id,
            "account_id": account_id,
            "kind": kind.value,
            "bank_name": bank_name,
            "sealed": keys.seal(account.number, name=ACCOUNT_NUMBER_FIELD, owner=person_id),
            "tail": account.tail,
            "actor": unit.actor.principal_id,
        },
    )
    await unit.session.execute(
        _KEY,
        [
            {"digest": digest, "key_id": key_id, "person_id": person_id, "account_id": account_id}
            for key_id, digest in keys.digests(account.number, purpose=ACCOUNT_PURPOSE)
        ],
    )
    await record_event(
        unit,
        "payee_account:recorded",
        subject_kind="payee_account",
        subject_id=account_id,
        details={"kind": kind.value},
    )
    return account_id
