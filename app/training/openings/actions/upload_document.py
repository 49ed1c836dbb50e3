"""Uploading a document (上传附件) into the encrypted store.

The object is put before the row is committed. Should the commit fail, an object remains that no row names: its id was
never given out, nothing lists the store, so nobody can reach it. The other order could answer with a document that is
not there.
"""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.files.limits import MIB
from app.files.names import plain_file_name
from app.files.store import DocumentStore
from app.kernel.errors import Refused
from app.policy.values import value_of
from app.training.openings.queries.documents import FILE_NAME_FIELD, count_documents, object_owner
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules.documents import reasons_against_upload
from app.training.openings.states import DocumentPart, OpeningState

_STORE = text("""
    INSERT INTO stored_document
      (document_id, institution_id, opening_id, part, file_name_sealed, media_type, size_bytes, sha256, uploaded_by)
    VALUES (:document_id, :institution_id, :opening_id, :part, :file_name_sealed, :media_type, :size_bytes, :sha256,
            :actor)
""")


async def upload_document(
    unit: Unit,
    documents: DocumentStore,
    keys: KeyRing,
    *,
    opening_id: UUID,
    part: DocumentPart,
    file_name: str | None,
    data: bytes,
) -> UUID:
    """Seal and store a document of the caller's opening; returns its id.

    Raises NotFound, Refused with every reason, TooLarge and InvalidInput from the store (kind by content; size by
    ``opening_document_mib_max``).
    """
    row = await opening_in_sight(unit, opening_id, lock=True)
    name = plain_file_name(file_name)
    already = await count_documents(unit, opening_id)
    reasons = reasons_against_upload(OpeningState(row.state), part, already=already, name=name)
    if reasons:
        raise Refused(reasons)
    limit = value_of("opening_document_mib_max", on=unit.today, division=row.division_code).number
    stored = await documents.put(object_owner(row.institution_id), data, max_bytes=limit * MIB)
    await unit.session.execute(
        _STORE,
        {
            "document_id": stored.object_id,
            "institution_id": row.institution_id,
            "opening_id": opening_id,
            "part": part,
            "file_name_sealed": keys.seal(name, name=FILE_NAME_FIELD, owner=stored.object_id),
            "media_type": stored.kind,
            "size_bytes": stored.size_bytes,
            "sha256": bytes.fromhex(stored.sha256),
            "actor": unit.actor.principal_id,
        },
    )
    details = {"document_id": str(stored.object_id), "part": part, "sha256": stored.sha256[:16]}
    await record_event(
        unit, "document:uploaded", subject_kind="opening", subject_id=opening_id, details=details
    )
    return stored.object_id
