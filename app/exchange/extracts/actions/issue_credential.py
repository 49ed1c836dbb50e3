"""Issue an entry as an Open Badges 3.0 credential, signed with the registry's key."""

import secrets
from uuid import uuid4

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.tokens import TokenRing
from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.extracts.actions.store_document import store_document
from app.exchange.extracts.queries import Issued, holder_of, shown_to_me
from app.exchange.extracts.rules.credentials import Badge, credential_claims, reasons_against_credential
from app.exchange.extracts.states import DocumentKind
from app.exchange.shares.queries import entries_shown, own_entries
from app.kernel.clock import utc_now
from app.kernel.errors import NotFound, Refused

CREDENTIAL_TYPE = "JWT"
"""``typ`` that Open Badges 3.0 section 8.2.1 asks for."""
_SLOT = text("SELECT list_no, slot FROM take_credential_slot(:actor, :document_id)")


async def issue_credential(unit: Unit, keys: KeyRing, tokens: TokenRing, *, record_number: str) -> Issued:
    """Its content has the one member ``jwt``. Raises NotFound for somebody else's entry, Refused."""
    person_id, document_id = unit.actor.person_id, uuid7()
    assert person_id is not None
    own = await own_entries(unit, [record_number])
    if record_number not in own:
        raise NotFound
    entry_id = own[record_number].entry_id
    stored = [each for each in await shown_to_me(unit, [entry_id]) if each["entry_id"] == str(entry_id)]
    (entry,) = entries_shown(keys, stored)
    reasons = reasons_against_credential(entry)
    if reasons:
        raise Refused(reasons)
    # The bit is drawn for a stored credential, and the credential names its bit: the row comes first, without it.
    holder, at = await holder_of(unit, keys, person_id), utc_now()
    subject_id, salt = uuid4(), secrets.token_urlsafe(16)
    kind = DocumentKind.CREDENTIAL
    await store_document(
        unit,
        keys,
        kind=kind,
        person_id=person_id,
        document_id=document_id,
        content={"record_number": record_number, "subject_id": str(subject_id)},
        entries=[entry_id],
    )
    taken = (
        await unit.session.execute(_SLOT, {"actor": unit.actor.principal_id, "document_id": document_id})
    ).one()
    claims = credential_claims(
        Badge(
            issuer=tokens.issuer,
            credential_id=document_id,
            subject_id=subject_id,
            name=holder.name,
            salt=salt,
            entry=entry,
            list_no=taken.list_no,
            slot=taken.slot,
            at=at,
        )
    )
    signed = tokens.sign_statement(claims, typ=CREDENTIAL_TYPE, now=at, expires=None)
    return Issued(document_id, kind, unit.now, None, {"record_number": record_number, "jwt": signed})
