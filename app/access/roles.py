"""Roles of the route table, and which database role a caller's transaction runs under."""

from enum import StrEnum

from app.access.actor import Actor, AdministratorKind, PrincipalKind
from app.db.roles import DatabaseRole


class Role(StrEnum):
    """Who may call a route. ``agency`` is any officer or agency system, ``agency:x`` one that holds permission x."""

    PUBLIC = "public"
    CITIZEN = "citizen"
    INSTITUTION = "institution"
    DEVICE = "device"
    PLATFORM = "platform"
    AGENCY = "agency"
    FILING = "agency:filing"
    REVIEW = "agency:review"
    APPROVAL = "agency:approval"
    PAYMENT = "agency:payment"
    INSPECTION = "agency:inspection"
    AUDIT = "agency:audit"
    DIRECTORY = "agency:directory"
    IDENTITY = "agency:identity"
    LOOKUP = "agency:lookup"
    PEER_REGION = "peer_region"
    SYSTEM_ADMINISTRATOR = "administrator:system"
    SECURITY_ADMINISTRATOR = "administrator:security"
    AUDIT_ADMINISTRATOR = "administrator:audit"


_BY_KIND = {
    PrincipalKind.CITIZEN: Role.CITIZEN,
    PrincipalKind.INSTITUTION_OPERATOR: Role.INSTITUTION,
    PrincipalKind.INSTITUTION_CLIENT: Role.INSTITUTION,
    PrincipalKind.DEVICE: Role.DEVICE,
    PrincipalKind.PLATFORM: Role.PLATFORM,
    PrincipalKind.OFFICER: Role.AGENCY,
    PrincipalKind.AGENCY_CLIENT: Role.AGENCY,
    PrincipalKind.PEER_REGION: Role.PEER_REGION,
}
_BY_OFFICE = {
    AdministratorKind.SYSTEM: Role.SYSTEM_ADMINISTRATOR,
    AdministratorKind.SECURITY: Role.SECURITY_ADMINISTRATOR,
    AdministratorKind.AUDIT: Role.AUDIT_ADMINISTRATOR,
}
_DATABASE_ROLES = {
    PrincipalKind.CITIZEN: DatabaseRole.APP_CITIZEN,
    PrincipalKind.INSTITUTION_OPERATOR: DatabaseRole.APP_INST,
    PrincipalKind.INSTITUTION_CLIENT: DatabaseRole.APP_INST,
    PrincipalKind.DEVICE: DatabaseRole.APP_DEVICE,
    PrincipalKind.PLATFORM: DatabaseRole.APP_DEVICE,
    PrincipalKind.OFFICER: DatabaseRole.APP_AGENCY,
    PrincipalKind.AGENCY_CLIENT: DatabaseRole.APP_AGENCY,
    PrincipalKind.ADMINISTRATOR: DatabaseRole.APP_ACCESS,
    # Until peers exchange attestations they see what everybody sees.
    PrincipalKind.PEER_REGION: DatabaseRole.APP_PUBLIC,
}


def roles_of(actor: Actor | None) -> frozenset[Role]:
    """Every role a caller holds; everybody holds ``public``."""
    roles = {Role.PUBLIC}
    if actor is not None:
        if actor.kind in _BY_KIND:
            roles.add(_BY_KIND[actor.kind])
        if actor.administrator is not None:
            roles.add(_BY_OFFICE[actor.administrator])
        roles.update(Role(f"agency:{permission}") for permission in actor.permissions)
    return frozenset(roles)


def database_role_of(actor: Actor | None) -> DatabaseRole:
    """The login role under which a caller's transactions run; what it may touch is a matter of grants."""
    if actor is None:
        return DatabaseRole.APP_PUBLIC
    if actor.administrator is AdministratorKind.AUDIT:
        return DatabaseRole.AUDITOR
    return _DATABASE_ROLES[actor.kind]
