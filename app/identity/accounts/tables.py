"""Rows of accounts (SQLModel tables do not validate; migration 0003 holds the constraints)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

_INSTANT = DateTime(timezone=True)


class AgencyRow(SQLModel, table=True):
    """经办机构/主管部门 (``agency``)."""

    __tablename__ = "agency"

    agency_id: UUID = Field(primary_key=True)
    name: str
    division_code: str
    parent_id: UUID | None
    created_at: datetime = Field(sa_type=_INSTANT)


class PrincipalRow(SQLModel, table=True):
    """Anybody or anything that acts (``principal``)."""

    __tablename__ = "principal"

    principal_id: UUID = Field(primary_key=True)
    kind: str
    display_name: str
    agency_id: UUID | None
    institution_id: UUID | None
    created_at: datetime = Field(sa_type=_INSTANT)
    created_by: UUID | None
    suspended_at: datetime | None = Field(sa_type=_INSTANT)
    tokens_not_before: datetime | None = Field(sa_type=_INSTANT)


class PermissionGrantRow(SQLModel, table=True):
    """A permission of an officer or an agency's system (``permission_grant``)."""

    __tablename__ = "permission_grant"

    grant_id: UUID = Field(primary_key=True)
    principal_id: UUID
    principal_kind: str
    permission: str
    proposed_by: UUID
    proposed_at: datetime = Field(sa_type=_INSTANT)
    confirmed_by: UUID | None
    confirmed_at: datetime | None = Field(sa_type=_INSTANT)
    revoked_by: UUID | None
    revoked_at: datetime | None = Field(sa_type=_INSTANT)
    administrator_kind: str


class PasswordCredentialRow(SQLModel, table=True):
    """A login name and, once activated, its password (``password_credential``)."""

    __tablename__ = "password_credential"

    principal_id: UUID = Field(primary_key=True)
    login_name: str
    password_hash: str | None = Field(repr=False)
    changed_at: datetime | None = Field(sa_type=_INSTANT)


class ActivationRow(SQLModel, table=True):
    """A one-time code (``activation``)."""

    __tablename__ = "activation"

    activation_id: UUID = Field(primary_key=True)
    principal_id: UUID
    purpose: str
    code_digest: bytes | None = Field(repr=False)
    proposed_by: UUID | None
    confirmed_by: UUID | None
    created_at: datetime = Field(sa_type=_INSTANT)
    expires_at: datetime = Field(sa_type=_INSTANT)
    used_at: datetime | None = Field(sa_type=_INSTANT)
    break_glass_by: str | None
