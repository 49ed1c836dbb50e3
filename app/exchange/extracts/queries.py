"""Reads behind issued documents: whose it is, what it shows, where that is sealed, and what was issued so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row, text

from app.access.unit import Unit
from app.archive.log.queries.proofs import proof_of
from app.db.crypto import KeyRing
from app.exchange.extracts.rules.contents import Holder, NoticeFacts, SealedAs
from app.exchange.extracts.states import DocumentKind
from app.identity.persons.actions.prove_identities import NAME_FIELD
from app.identity.persons.actions.register_persons import NUMBER_FIELD
from app.kernel.errors import NotFound
from app.subsidies.claims.states import NoticeKind
from app.subsidies.entitlements.states import BenefitKind

CONTENT_FIELD = "issued_document.content"
_HOLDER = text("""
    SELECT (SELECT name_sealed FROM person_name WHERE person_id = :person_id ORDER BY name_id DESC LIMIT 1) AS name,
      (SELECT number_sealed FROM person_identifier WHERE person_id = :person_id
       AND end_kind IS DISTINCT FROM 'not_theirs'
       ORDER BY ended_at IS NULL DESC, identifier_id DESC LIMIT 1) AS number
""")
_SHOWN = text("""
    SELECT shown_entries(:person_id, CAST(:chosen AS uuid[]), ARRAY['period', 'program', 'occupation', 'institution',
      'hours', 'score', 'certificate_number'])
""")
_OWNERS = text("""
    SELECT entry_id, person_id, record_number FROM record_entry
    WHERE entry_id = ANY (CAST(:entries AS uuid[])) AND person_id IN (SELECT person_group(:person_id))
""")
_NOTICE = text("""
    SELECT told.person_id, told.notice_id, told.notice_number, told.kind, told.issued_at, told.reasons, told.remedies,
      held.claim_number, held.kind AS benefit, agency.name AS agency,
      CASE WHEN told.kind = 'approval' THEN (SELECT approval.amount_fen FROM claim_approval AS approval
        WHERE approval.person_id = held.person_id AND approval.claim_id = held.claim_id
          AND approval.decision = 'approved' AND approval.approved_at <= told.issued_at
        ORDER BY approval.round DESC LIMIT 1) END AS amount_fen
    FROM decision_notice_number AS numbered
    JOIN decision_notice AS told ON told.person_id = numbered.person_id AND told.notice_id = numbered.notice_id
    JOIN claim AS held ON held.person_id = told.person_id AND held.claim_id = told.claim_id
    LEFT JOIN principal AS officer ON officer.principal_id = told.issued_by
    LEFT JOIN agency ON agency.agency_id = officer.agency_id
    WHERE numbered.notice_number = :number AND told.person_id IN (SELECT person_group(:person_id))
""")
_DOCUMENTS = text("""
    SELECT document.document_id, document.kind, document.issued_at, document.revoked_at,
      (SELECT count(*) FROM document_look AS look
       WHERE look.person_id = document.person_id AND look.document_id = document.document_id) AS looks
    FROM issued_document AS document
    WHERE document.person_id IN (SELECT person_group(:person_id)) AND document.kind = ANY (CAST(:kinds AS text[]))
    ORDER BY document.issued_at DESC, document.document_id DESC LIMIT 200
""")
_DOCUMENT = text("""
    SELECT document_id, kind, content_sealed, issued_at, revoked_at FROM issued_document
    WHERE document_id = :document_id AND person_id IN (SELECT person_group(:person_id))
""")
_LISTS = text("SELECT credential_lists()")
_REVOKED = text("SELECT revoked_slots(:list_no)")


@dataclass(frozen=True, slots=True)
class Issued:
    """A document of the person with what it says."""

    document_id: UUID
    kind: DocumentKind
    issued_at: datetime
    revoked_at: datetime | None
    content: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundNotice:
    """A notice and whose claim it is about."""

    person_id: UUID
    notice_id: UUID
    facts: NoticeFacts


async def holder_of(unit: Unit, keys: KeyRing, person_id: UUID) -> Holder:
    """Name and number as proved last. Every person with an account has both."""
    row = (await unit.session.execute(_HOLDER, {"person_id": person_id})).one()
    return Holder(
        name=keys.open(row.name, name=NAME_FIELD, owner=person_id),
        number=keys.open(row.number, name=NUMBER_FIELD, owner=person_id),
    )


async def shown_to_me(unit: Unit, chosen: Sequence[UUID] | None) -> list[dict[str, Any]]:
    """The caller's entries as ``shown_entries`` answers them; None for all."""
    asked = {
        "person_id": unit.actor.person_id,
        "chosen": None if chosen is None else list(chosen),
    }
    shown: list[dict[str, Any]] = await unit.session.scalar(_SHOWN, asked) or []
    return shown


async def sealed_as(unit: Unit, entries: Sequence[UUID]) -> list[SealedAs]:
    """Where entries of the caller stand in the log, in their order; those not published yet are left out."""
    asked = {"entries": list(entries), "person_id": unit.actor.person_id}
    owners = {row.entry_id: row for row in await unit.session.execute(_OWNERS, asked)}
    sealed = []
    for entry_id in entries:
        proof = await proof_of(unit, owners[entry_id].person_id, entry_id)
        if proof is None:
            continue
        leaf = proof.inclusion
        sealed.append(
            SealedAs(
                record_number=owners[entry_id].record_number,
                leaf_index=leaf.leaf_index,
                size=leaf.size,
                root=leaf.root.hex(),
                content=proof.content,
                salt=proof.salt.hex(),
                leaf=leaf.leaf.hex(),
                path=tuple(each.hex() for each in leaf.path),
                checkpoint=leaf.checkpoint,
            )
        )
    return sealed


async def find_notice(unit: Unit, notice_number: str) -> FoundNotice:
    """A notice about a claim of the caller. Raises NotFound."""
    row = (
        await unit.session.execute(_NOTICE, {"number": notice_number, "person_id": unit.actor.person_id})
    ).one_or_none()
    if row is None:
        raise NotFound
    return FoundNotice(row.person_id, row.notice_id, notice_facts(row))


def notice_facts(row: Row[Any]) -> NoticeFacts:
    """A stored notice with its claim and agency, as it is printed."""
    return NoticeFacts(
        number=row.notice_number,
        kind=NoticeKind(row.kind),
        issued_at=row.issued_at,
        agency=row.agency or "",
        claim_number=row.claim_number,
        benefit=BenefitKind(row.benefit),
        amount_fen=row.amount_fen,
        reasons=row.reasons,
        remedies=row.remedies,
    )


async def my_documents(unit: Unit, kinds: Sequence[DocumentKind]) -> Sequence[Row[Any]]:
    """What was issued to the caller, newest first, at most 200; how often each was verified."""
    asked = {"person_id": unit.actor.person_id, "kinds": [kind.value for kind in kinds]}
    return (await unit.session.execute(_DOCUMENTS, asked)).all()


async def my_document(unit: Unit, keys: KeyRing, document_id: UUID) -> Issued:
    """One of the caller's documents with what it says. Raises NotFound."""
    whose = {"document_id": document_id, "person_id": unit.actor.person_id}
    row = (await unit.session.execute(_DOCUMENT, whose)).one_or_none()
    if row is None:
        raise NotFound
    content = orjson.loads(keys.open(row.content_sealed, name=CONTENT_FIELD, owner=document_id))
    return Issued(row.document_id, DocumentKind(row.kind), row.issued_at, row.revoked_at, content)


async def revoked_slots(unit: Unit, list_no: int) -> list[int]:
    """The bits of a status list that are set. Raises NotFound for a list that holds nothing yet."""
    if list_no > (await unit.session.scalar(_LISTS) or 0):
        raise NotFound
    revoked: list[int] = await unit.session.scalar(_REVOKED, {"list_no": list_no}) or []
    return revoked
