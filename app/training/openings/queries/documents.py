"""One document of an opening that is in sight."""

from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from app.access.unit import Unit
from app.files.store import Owner
from app.kernel.errors import NotFound, Reason
from app.training.openings.tables import DocumentRow

FILE_NAME_FIELD = "stored_document.file_name"
"""The name under which file names are sealed; the document's id is their owner."""


async def document_of(unit: Unit, opening_id: UUID, document_id: UUID) -> DocumentRow:
    """A document that is not removed. Raises NotFound; the opening must have been found in sight before."""
    found = await unit.session.scalars(
        select(DocumentRow).where(
            col(DocumentRow.opening_id) == opening_id,
            col(DocumentRow.document_id) == document_id,
            col(DocumentRow.removed_at).is_(None),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound(
            [Reason(code="document_not_found", message="没有找到这份附件", remedy="请从班次的附件中打开")]
        )
    return row


async def count_documents(unit: Unit, opening_id: UUID) -> int:
    """How many documents an opening has."""
    counted = await unit.session.execute(
        select(func.count()).where(
            col(DocumentRow.opening_id) == opening_id, col(DocumentRow.removed_at).is_(None)
        )
    )
    return counted.scalar_one()


def object_owner(institution_id: UUID) -> Owner:
    """Below whom the objects of an institution lie in the store."""
    return Owner("institution", institution_id)
