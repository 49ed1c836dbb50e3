"""Handing in a paper (上传补正材料) while a claim waits for its answer.

The object is put before the row is committed, as with the documents of a class: should the commit fail, an object
remains that no row names and nobody can reach.
"""

import hashlib
from uuid import UUID

from sqlalchemy import select, text
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.files.limits import MIB
from app.files.names import plain_file_name
from app.files.store import DocumentStore
from app.kernel.errors import Refused
from app.policy.values import value_of
from app.subsidies.claims.queries.papers import count_papers, owner_of_papers
from app.subsidies.claims.rules.papers import reasons_against_paper
from app.subsidies.claims.rules.steps import Decided
from app.subsidies.claims.tables import PAPER_NAME_FIELD, ClaimPaper

_STORE = text("""
    INSERT INTO claim_paper
      (person_id, paper_id, claim_id, file_name_sealed, media_type, size_bytes, sha256, uploaded_by)
    VALUES (:person_id, :paper_id, :claim_id, :file_name_sealed, :media_type, :size_bytes, :sha256, :actor)
""")


async def upload_paper(
    unit: Unit,
    documents: DocumentStore,
    keys: KeyRing,
    *,
    claim: Decided,
    file_name: str | None,
    data: bytes,
) -> UUID:
    """Seal and store a paper; the same file sent again by the same hands is the paper that is there already.

    Raises Refused with every reason, TooLarge and InvalidInput from the store (kind by content; size as documents of
    a class, ``opening_document_mib_max``).
    """
    sha256 = hashlib.sha256(data).digest()
    again = await _handed_in(unit, claim, sha256)
    if again is not None:
        return again
    name = plain_file_name(file_name)
    already = await count_papers(unit, claim.person_id, claim.claim_id)
    reasons = reasons_against_paper(claim.standing, already=already, name=name)
    if reasons:
        raise Refused(reasons)
    limit = value_of("opening_document_mib_max", on=unit.today, division=claim.division).number
    stored = await documents.put(owner_of_papers(claim.claim_id), data, max_bytes=limit * MIB)
    await unit.session.execute(
        _STORE,
        {
            "person_id": claim.person_id,
            "paper_id": stored.object_id,
            "claim_id": claim.claim_id,
            "file_name_sealed": keys.seal(name, name=PAPER_NAME_FIELD, owner=stored.object_id),
            "media_type": stored.kind,
            "size_bytes": stored.size_bytes,
            "sha256": sha256,
            "actor": unit.actor.principal_id,
        },
    )
    await record_event(
        unit,
        "claim:paper_uploaded",
        subject_kind="claim",
        subject_id=claim.claim_id,
        details={"paper_id": str(stored.object_id), "sha256": stored.sha256[:16]},
    )
    return stored.object_id


async def _handed_in(unit: Unit, claim: Decided, sha256: bytes) -> UUID | None:
    found = await unit.session.scalars(
        select(col(ClaimPaper.paper_id)).where(
            col(ClaimPaper.person_id) == claim.person_id,
            col(ClaimPaper.claim_id) == claim.claim_id,
            col(ClaimPaper.uploaded_by) == unit.actor.principal_id,
            col(ClaimPaper.sha256) == sha256,
            col(ClaimPaper.removed_at).is_(None),
        )
    )
    return found.one_or_none()
