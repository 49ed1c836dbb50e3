"""Reads of accounts: who somebody is, and the lists that administrators work with."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access.actor import Actor, AdministratorKind, Permission, PrincipalKind
from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.identity.accounts.rules import SESSION_IDLE
from app.identity.accounts.states import GrantState
from app.identity.accounts.tables import AgencyRow, PasswordCredentialRow, PermissionGrantRow, PrincipalRow
from app.kernel.errors import NotFound

_LOCK = text("SELECT FROM principal WHERE principal_id = :principal_id FOR SHARE")
_RIGHTS = """
    SELECT p.principal_id, p.kind, p.display_name, p.institution_id, p.agency_id, agency.name AS agency_name,
           agency.division_code, assignment.kind AS office, citizen.person_id,
           ARRAY(SELECT permission FROM permission_grant AS held
                 WHERE held.principal_id = p.principal_id AND held.confirmed_at IS NOT NULL AND held.revoked_at IS NULL
           ) AS permissions
    FROM principal AS p
    LEFT JOIN agency USING (agency_id)
    LEFT JOIN administrator_assignment AS assignment ON assignment.principal_id = p.principal_id
    LEFT JOIN citizen_principal AS citizen ON citizen.principal_id = p.principal_id
    WHERE p.suspended_at IS NULL AND p.principal_id =
"""
_ACTOR = text(f"{_RIGHTS} :principal_id")
_PASSWORD = text("""
    SELECT principal_id, password_hash, kind FROM password_credential JOIN principal USING (principal_id)
    WHERE login_name = :login_name AND suspended_at IS NULL
""")
_SESSION = text(f"""
    SELECT seen.session_id, seen.principal_id AS whose, seen.last_seen_at, seen.at, acting.*
    FROM (SELECT session_id, principal_id, last_seen_at, clock_timestamp() AS at,
                 ended_at IS NULL AND expires_at > clock_timestamp()
                   AND last_seen_at > clock_timestamp() - CAST(:idle AS interval) AS is_live
          FROM browser_session WHERE cookie_digest = ANY (CAST(:digests AS bytea[]))) AS seen
    LEFT JOIN LATERAL ({_RIGHTS} seen.principal_id) AS acting ON seen.is_live
""")  # noqa: S608 - both halves are ours
"""Whose cookie it is and what they may, in one look: every page begins with it."""
COOKIE_PURPOSE = "browser_session"
"""Digest purpose of session cookies."""


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A sign-in of a browser. ``actor`` is None when it is over, or its principal may not act any more.

    ``at`` is the database's wall clock when it was looked up.
    """

    session_id: UUID
    principal_id: UUID
    at: datetime
    last_seen_at: datetime
    actor: Actor | None


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """What a login name leads to; ``password_hash`` is None until it is activated."""

    principal_id: UUID
    password_hash: str | None = field(repr=False)
    kind: PrincipalKind


@dataclass(frozen=True, slots=True)
class Officer:
    """An officer as the security administrators see one."""

    principal: PrincipalRow
    agency: AgencyRow
    login_name: str
    is_activated: bool
    grants: Sequence[PermissionGrantRow]


async def find_actor(unit: Unit, principal_id: UUID) -> Actor | None:
    """Who a principal is now, with the confirmed permissions; None when unknown or suspended.

    Holds the principal's row until the end of the transaction: rights that change meanwhile wait, and then make the
    token that is being issued older than themselves.
    """
    await unit.session.execute(_LOCK, {"principal_id": principal_id})
    row = (await unit.session.execute(_ACTOR, {"principal_id": principal_id})).one_or_none()
    return None if row is None else _actor_of(row, unit.actor.request_id)


async def find_browser_session(
    session: AsyncSession, keys: KeyRing, cookie: str, *, request_id: str
) -> BrowserSession | None:
    """The session a cookie belongs to, over or not; None when there never was one, or it is forgotten.

    The rights are those of now, and are not locked: nothing is issued, and the next request asks again.
    """
    digests = [digest for _, digest in keys.digests(cookie, purpose=COOKIE_PURPOSE)]
    row = (await session.execute(_SESSION, {"digests": digests, "idle": SESSION_IDLE})).one_or_none()
    if row is None:
        return None
    actor = None if row.principal_id is None else _actor_of(row, request_id)
    return BrowserSession(row.session_id, row.whose, row.at, row.last_seen_at, actor)


def _actor_of(row: Row[Any], request_id: str | None) -> Actor:
    return Actor(
        principal_id=row.principal_id,
        kind=PrincipalKind(row.kind),
        display_name=row.display_name,
        institution_id=row.institution_id,
        agency_id=row.agency_id,
        agency_name=row.agency_name or "",
        division_code=row.division_code,
        person_id=row.person_id,
        permissions=frozenset(Permission(each) for each in row.permissions),
        administrator=AdministratorKind(row.office) if row.office else None,
        request_id=request_id,
    )


async def find_password(unit: Unit, login_name: str) -> StoredPassword | None:
    """The password of a login name whose holder is not suspended."""
    row = (await unit.session.execute(_PASSWORD, {"login_name": login_name})).one_or_none()
    return StoredPassword(row.principal_id, row.password_hash, PrincipalKind(row.kind)) if row else None


async def wall_clock(unit: Unit) -> datetime:
    """The database's real time now, for tokens and one-time passwords: it never shifts, unlike the clock of law."""
    now: datetime = (await unit.session.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now


async def get_agency(unit: Unit, agency_id: UUID) -> AgencyRow:
    """An agency. Raises NotFound."""
    agency = await unit.session.get(AgencyRow, agency_id)
    if agency is None:
        raise NotFound
    return agency


async def list_agencies(unit: Unit, *, after: tuple[str, UUID] | None, limit: int) -> Sequence[AgencyRow]:
    """Agencies by division and id."""
    position = tuple_(col(AgencyRow.division_code), col(AgencyRow.agency_id))
    wanted = select(AgencyRow).order_by(position).limit(limit)
    if after is not None:
        wanted = wanted.where(position > after)
    return (await unit.session.scalars(wanted)).all()


async def list_officers(unit: Unit, *, after: UUID | None, limit: int) -> list[Officer]:
    """Officers in the order they were proposed, with their live grants."""
    wanted = (
        select(PrincipalRow, AgencyRow, PasswordCredentialRow)
        .join(AgencyRow, col(AgencyRow.agency_id) == col(PrincipalRow.agency_id))
        .join(
            PasswordCredentialRow,
            col(PasswordCredentialRow.principal_id) == col(PrincipalRow.principal_id),
        )
        .where(col(PrincipalRow.kind) == PrincipalKind.OFFICER)
        .order_by(col(PrincipalRow.principal_id))
        .limit(limit)
    )
    if after is not None:
        wanted = wanted.where(col(PrincipalRow.principal_id) > after)
    rows = (await unit.session.execute(wanted)).all()
    held = await _live_grants(unit, [principal.principal_id for principal, _, _ in rows])
    return [
        Officer(
            principal,
            agency,
            credential.login_name,
            credential.password_hash is not None,
            held.get(principal.principal_id, []),
        )
        for principal, agency, credential in rows
    ]


async def _live_grants(unit: Unit, holders: list[UUID]) -> dict[UUID, list[PermissionGrantRow]]:
    wanted = (
        select(PermissionGrantRow)
        .where(
            col(PermissionGrantRow.principal_id).in_(holders), col(PermissionGrantRow.revoked_at).is_(None)
        )
        .order_by(col(PermissionGrantRow.permission))
    )
    held: dict[UUID, list[PermissionGrantRow]] = {}
    for grant in await unit.session.scalars(wanted):
        held.setdefault(grant.principal_id, []).append(grant)
    return held


async def list_grants(
    unit: Unit, *, principal_id: UUID | None, state: GrantState | None, after: UUID | None, limit: int
) -> Sequence[PermissionGrantRow]:
    """Permission grants in the order they were proposed."""
    confirmed, revoked = col(PermissionGrantRow.confirmed_at), col(PermissionGrantRow.revoked_at)
    conditions = {
        GrantState.PROPOSED: and_(confirmed.is_(None), revoked.is_(None)),
        GrantState.CONFIRMED: and_(confirmed.is_not(None), revoked.is_(None)),
        GrantState.REVOKED: revoked.is_not(None),
    }
    wanted = select(PermissionGrantRow).order_by(col(PermissionGrantRow.grant_id)).limit(limit)
    if principal_id is not None:
        wanted = wanted.where(col(PermissionGrantRow.principal_id) == principal_id)
    if state is not None:
        wanted = wanted.where(conditions[state])
    if after is not None:
        wanted = wanted.where(col(PermissionGrantRow.grant_id) > after)
    return (await unit.session.scalars(wanted)).all()


async def names_of(unit: Unit, principals: Collection[UUID]) -> dict[UUID, str]:
    """Display names of accounts, for lists of what they did."""
    rows = await unit.session.scalars(
        select(PrincipalRow).where(col(PrincipalRow.principal_id).in_(principals))
    )
    return {row.principal_id: row.display_name for row in rows}


def state_of(grant: PermissionGrantRow) -> GrantState:
    """Where a grant stands."""
    if grant.revoked_at is not None:
        return GrantState.REVOKED
    return GrantState.PROPOSED if grant.confirmed_at is None else GrantState.CONFIRMED
