"""Issue an extract of the own record, or a copy of a numbered notice about an own claim."""

from collections.abc import Sequence
from uuid import UUID

from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.exchange.codes.rules import new_paper_code
from app.exchange.extracts.actions.store_document import store_document
from app.exchange.extracts.queries import Issued, find_notice, holder_of, sealed_as, shown_to_me
from app.exchange.extracts.rules.contents import (
    Printing,
    extract_content,
    notice_content,
    reasons_against_extract,
)
from app.exchange.extracts.states import DocumentKind
from app.exchange.shares.queries import entries_shown, own_entries
from app.kernel.errors import Refused


async def issue_extract(unit: Unit, keys: KeyRing, *, record_numbers: Sequence[str], site: str) -> Issued:
    """Chosen entries, or all when none is named. Raises Refused. ``site`` is our public address."""
    person_id, document_id = unit.actor.person_id, uuid7()
    assert person_id is not None
    own = await own_entries(unit, record_numbers)
    unknown = [number for number in dict.fromkeys(record_numbers) if number not in own]
    chosen = [row.entry_id for row in own.values()] if record_numbers else None
    stored = [] if unknown else await shown_to_me(unit, chosen)
    reasons = reasons_against_extract(unknown, len(stored))
    if reasons:
        raise Refused(reasons)
    entries = [UUID(each["entry_id"]) for each in stored]
    printing = Printing(issued_at=unit.now, code=new_paper_code(), site=site)
    content = extract_content(
        await holder_of(unit, keys, person_id),
        entries_shown(keys, stored),
        await sealed_as(unit, entries),
        printing,
    )
    kind = DocumentKind.RECORD_EXTRACT
    await store_document(
        unit,
        keys,
        kind=kind,
        person_id=person_id,
        document_id=document_id,
        content=content,
        entries=entries,
        code=printing.code,
    )
    return Issued(document_id, kind, unit.now, None, content)


async def issue_notice_copy(unit: Unit, keys: KeyRing, *, notice_number: str, site: str) -> Issued:
    """A numbered notice on paper. Raises NotFound when it is not about a claim of the caller."""
    found = await find_notice(unit, notice_number)
    document_id = uuid7()
    printing = Printing(issued_at=unit.now, code=new_paper_code(), site=site)
    content = notice_content(await holder_of(unit, keys, found.person_id), found.facts, printing)
    kind = DocumentKind.DECISION_NOTICE
    await store_document(
        unit,
        keys,
        kind=kind,
        person_id=found.person_id,
        document_id=document_id,
        content=content,
        notice_id=found.notice_id,
        code=printing.code,
    )
    return Issued(document_id, kind, unit.now, None, content)
