"""Gives a system (机器接入) an id and a secret, shown once and kept as a digest."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.actor import Permission, PrincipalKind
from app.access.passwords import digest_of_secret, new_secret
from app.access.unit import Unit
from app.audit.events import record_event
from app.identity.accounts.actions.open_account import open_principal
from app.identity.accounts.actions.propose_permission import propose_permission
from app.identity.accounts.actions.register_operator import must_answer_for
from app.identity.accounts.queries import get_agency
from app.identity.accounts.rules import CLIENT_KINDS

_INSERT = text("""
    INSERT INTO client_credential (client_id, principal_id, principal_kind, secret_digest)
    VALUES (:client_id, :principal_id, :kind, :digest)
""")


@dataclass(frozen=True, slots=True)
class ClientAccount:
    """A system's account; the secret cannot be read again."""

    principal_id: UUID
    client_id: str
    client_secret: str = field(repr=False)


async def register_client(
    unit: Unit,
    *,
    kind: PrincipalKind,
    display_name: str,
    agency_id: UUID | None = None,
    institution_id: UUID | None = None,
) -> ClientAccount:
    """A system of any kind that signs in with a secret (also attendance devices and platforms).

    Whether the caller may add it is the caller's to have checked.
    """
    assert kind in CLIENT_KINDS
    principal_id = await open_principal(
        unit, kind=kind, display_name=display_name, agency_id=agency_id, institution_id=institution_id
    )
    account = ClientAccount(principal_id, f"{kind.replace('_', '-')}-{uuid7().hex[-12:]}", new_secret())
    await unit.session.execute(
        _INSERT,
        {
            "client_id": account.client_id,
            "principal_id": principal_id,
            "kind": kind,
            "digest": digest_of_secret(account.client_secret),
        },
    )
    await record_event(
        unit,
        "client:registered",
        subject_kind="principal",
        subject_id=principal_id,
        details={"kind": kind, "client_id": account.client_id},
    )
    return account


async def register_institution_client(
    unit: Unit, *, institution_id: UUID, display_name: str
) -> ClientAccount:
    """An institution's own system. Raises NotFound for an institution outside the officer's area."""
    await must_answer_for(unit, institution_id)
    return await register_client(
        unit,
        kind=PrincipalKind.INSTITUTION_CLIENT,
        display_name=display_name,
        institution_id=institution_id,
    )


async def register_agency_client(
    unit: Unit, *, agency_id: UUID, display_name: str, permissions: Iterable[Permission]
) -> ClientAccount:
    """An agency's system, with permissions that a second security administrator has yet to confirm."""
    agency = await get_agency(unit, agency_id)
    account = await register_client(
        unit, kind=PrincipalKind.AGENCY_CLIENT, display_name=display_name, agency_id=agency.agency_id
    )
    for permission in sorted(set(permissions)):
        await propose_permission(unit, principal_id=account.principal_id, permission=permission)
    return account
