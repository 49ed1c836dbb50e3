"""A filing officer registers a proposed source (登记考勤设备、平台): from now on it may sign in and send events."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, text
from uuid_utils.compat import uuid7

from app.access.passwords import digest_of_secret, new_secret
from app.access.unit import Unit
from app.audit.events import record_event
from app.db.crypto import KeyRing
from app.kernel.errors import Refused
from app.training.attendance.queries.sources import CODE_SECRET, find_proposal
from app.training.attendance.rules.sources import (
    RegistrationFacts,
    reasons_against_registration,
)
from app.training.attendance.states import SourceKind
from app.training.attendance.tables import SourceProposalRow, SourceRow

_PRINCIPAL = text("""
    INSERT INTO principal (principal_id, kind, display_name, institution_id, created_by)
    VALUES (:principal_id, :kind, :name, :institution_id, :by)
""")
_CREDENTIAL = text("""
    INSERT INTO client_credential (client_id, principal_id, principal_kind, secret_digest)
    VALUES (:client_id, :principal_id, :kind, :digest)
""")


@dataclass(frozen=True, slots=True, repr=False)
class RegisteredSource:
    """A source with its credential; the secret exists here once and is stored as a digest only."""

    source: SourceRow
    client_id: str
    client_secret: str


async def register_source(unit: Unit, keys: KeyRing, *, proposal_id: UUID) -> RegisteredSource:
    """Raises NotFound outside the officer's area, Refused when registered already."""
    proposal, is_registered = await find_proposal(unit, proposal_id)
    reasons = reasons_against_registration(
        RegistrationFacts(
            proposed_by=proposal.proposed_by,
            registered_by=unit.actor.principal_id,
            is_registered=is_registered,
        )
    )
    if reasons:
        raise Refused(reasons)
    registered = await _lay_rows(unit, keys, proposal)
    await record_event(
        unit,
        "attendance_source:registered",
        subject_kind="attendance_source",
        subject_id=registered.source.source_id,
        details={"kind": proposal.kind, "institution_id": str(proposal.institution_id)},
    )
    return registered


async def _lay_rows(unit: Unit, keys: KeyRing, proposal: SourceProposalRow) -> RegisteredSource:
    source_id, client_secret = uuid7(), new_secret()
    client_id = f"source-{source_id}"
    await unit.session.execute(
        _PRINCIPAL,
        {
            "principal_id": source_id,
            "kind": proposal.kind,
            "name": proposal.name,
            "institution_id": proposal.institution_id,
            "by": unit.actor.principal_id,
        },
    )
    await unit.session.execute(
        _CREDENTIAL,
        {
            "client_id": client_id,
            "principal_id": source_id,
            "kind": proposal.kind,
            "digest": digest_of_secret(client_secret),
        },
    )
    code_secret = None
    if proposal.kind == SourceKind.DEVICE:
        code_secret = keys.seal(secrets.token_hex(32), name=CODE_SECRET, owner=source_id)
    stored = await unit.session.scalars(
        insert(SourceRow)
        .values(
            source_id=source_id,
            source_kind=proposal.kind,
            proposal_id=proposal.proposal_id,
            institution_id=proposal.institution_id,
            name=proposal.name,
            code_secret_sealed=code_secret,
            proposed_by=proposal.proposed_by,
            registered_by=unit.actor.principal_id,
        )
        .returning(SourceRow)
    )
    return RegisteredSource(stored.one(), client_id, client_secret)
