"""Store what is being issued: its sealed content, the entries it speaks of, and the digest of its code."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.exchange.codes.rules import digest_of
from app.exchange.extracts.queries import CONTENT_FIELD
from app.exchange.extracts.states import DocumentKind

_DOCUMENT = text("""
    INSERT INTO issued_document (person_id, document_id, kind, notice_id, content_sealed, issued_by)
    VALUES (:person_id, :document_id, :kind, :notice_id, :content, :actor)
""")
_ENTRY = text("""
    INSERT INTO issued_document_entry (person_id, document_id, entry_person_id, entry_id)
    SELECT :person_id, :document_id, entry.person_id, entry.entry_id FROM record_entry AS entry
    WHERE entry.entry_id = ANY (CAST(:entries AS uuid[])) AND entry.person_id IN (SELECT person_group(:person_id))
""")
_CODE = text("""
    INSERT INTO document_code (code_digest, person_id, document_id) VALUES (:digest, :person_id, :document_id)
""")


async def store_document(
    unit: Unit,
    keys: KeyRing,
    *,
    kind: DocumentKind,
    person_id: UUID,
    document_id: UUID,
    content: Mapping[str, Any],
    entries: Sequence[UUID] = (),
    notice_id: UUID | None = None,
    code: str | None = None,
) -> None:
    """Store it, with its event. ``code`` is None for what is verified by its own signature."""
    whose = {"person_id": person_id, "document_id": document_id}
    sealed = keys.seal(orjson.dumps(content).decode(), name=CONTENT_FIELD, owner=document_id)
    row = {
        **whose,
        "kind": kind,
        "notice_id": notice_id,
        "content": sealed,
        "actor": unit.actor.principal_id,
    }
    await unit.session.execute(_DOCUMENT, row)
    if entries:
        await unit.session.execute(_ENTRY, {**whose, "entries": list(entries)})
    if code is not None:
        await unit.session.execute(_CODE, {**whose, "digest": digest_of(code)})
    await record_event(
        unit,
        "document:issued",
        subject_kind="issued_document",
        subject_id=document_id,
        details={"kind": kind.value, "entries": len(entries)},
    )
