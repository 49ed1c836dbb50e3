"""Removing a document from a draft (删除附件): the row is marked, the object goes after the commit."""

from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.files.store import Owner
from app.kernel.errors import Conflict, Refused
from app.training.openings.queries.documents import document_of, object_owner
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules.documents import reasons_against_removal
from app.training.openings.states import OpeningState
from app.training.openings.tables import DocumentRow


async def remove_document(unit: Unit, *, opening_id: UUID, document_id: UUID) -> Owner:
    """Mark a document as removed; returns below whom its object lies, which the caller deletes after the commit.

    An object deleted before a commit that then fails would be a filed document lost; one that outlives the commit
    is out of reach, because every read asks the row first, and the announcement lets a job delete it again.
    Raises NotFound, Refused once the opening was filed.
    """
    row = await opening_in_sight(unit, opening_id, lock=True)
    await document_of(unit, opening_id, document_id)
    reasons = reasons_against_removal(OpeningState(row.state))
    if reasons:
        raise Refused(reasons)
    removed = await unit.session.execute(
        update(DocumentRow)
        .where(col(DocumentRow.document_id) == document_id, col(DocumentRow.removed_at).is_(None))
        .values(removed_at=unit.now)
        .execution_options(synchronize_session=False)
    )
    if removed.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict
    details = {"document_id": str(document_id)}
    await record_event(
        unit, "document:removed", subject_kind="opening", subject_id=opening_id, details=details
    )
    await announce(unit, "document:removed", {**details, "institution_id": str(row.institution_id)})
    return object_owner(row.institution_id)
