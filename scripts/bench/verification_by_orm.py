"""The same audited verification as FastAPI and SQLModel are usually put together: the bench's baseline.

Identical work: ES256 token verified (python-jose), whether it still counts, purpose and case, the number's check
digit, keyed digest, budget (the very object the product uses), persons read as one, newest proved name, the record with
its state and seal, an access row or a row for the miss, one commit, and the same fields in the answer. Each request has
its own session, loads rows as objects, and answers through ``response_model``.

It is served by ``uvicorn scripts.bench.verification_by_orm:app``; ``BENCH_DSN`` names an owner's connection, because
the product's roles may not read persons without the door.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException
from sqlalchemy import DateTime, or_, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, col, select
from uuid_utils.compat import uuid7

from app.access.actor import Actor, Permission
from app.access.tokens import _actor, _credential
from app.access.unit import Credential
from app.api.v1.verification_shapes import VerificationIn, VerificationOut, VerifiedItemOut
from app.archive.records.tables import AccessEvent, RecordEntry
from app.exchange.verification.actions.take_allowance import Allowances
from app.exchange.verification.rules import ANSWER_HOLDS, DISCLOSURES
from app.exchange.verification.states import Outcome
from app.kernel.clock import law_date, utc_now
from app.kernel.identifiers import check_identity_number
from app.kernel.names import same_name
from app.reference.divisions import was_in_force
from app.settings import Settings
from app.web.house import House
from app.web.signing_keys import keep_signing_keys


class Row(SQLModel, registry=registry()):
    """Tables of this module alone: the product maps some of the same names."""


class IdentifierKey(Row, table=True):
    """A number by its digest."""

    __tablename__ = "identifier_key"
    digest: bytes = Field(primary_key=True)
    person_id: UUID


class PersonName(Row, table=True):
    """A proved name."""

    __tablename__ = "person_name"
    person_id: UUID = Field(primary_key=True)
    name_id: UUID = Field(primary_key=True)
    name_sealed: bytes


class PersonAlias(Row, table=True):
    """A merge."""

    __tablename__ = "person_alias"
    person_id: UUID = Field(primary_key=True)
    alias_id: UUID = Field(primary_key=True)
    survivor_id: UUID
    merged_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    ended_at: datetime | None = Field(sa_type=DateTime(timezone=True))


class RecordNumber(Row, table=True):
    """A record by its number."""

    __tablename__ = "record_number"
    record_number: str = Field(primary_key=True)
    person_id: UUID
    entry_id: UUID


class Inclusion(Row, table=True):
    """A seal."""

    __tablename__ = "inclusion"
    person_id: UUID = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)
    leaf_index: int


class DeniedToken(Row, table=True):
    """A token that ended early."""

    __tablename__ = "denied_token"
    jti: UUID = Field(primary_key=True)


class Principal(Row, table=True):
    """Who acts."""

    __tablename__ = "principal"
    principal_id: UUID = Field(primary_key=True)
    agency_id: UUID | None
    suspended_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    tokens_not_before: datetime | None = Field(sa_type=DateTime(timezone=True))


class VerificationMiss(Row, table=True):
    """A number nobody has."""

    __tablename__ = "verification_miss"
    principal_id: UUID = Field(primary_key=True)
    miss_id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=DateTime(timezone=True))
    agency_id: UUID
    purpose: str
    case_number: str
    request_id: str | None


house = House.of(Settings())
allowances = Allowances(house.engines, house.settings)
engine = create_async_engine(
    os.environ["BENCH_DSN"].replace("postgresql://", "postgresql+asyncpg://"),
    pool_size=16,
    max_overflow=0,
    connect_args={"server_settings": {"search_path": "registry", "jit": "off"}},
)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """The token keys of the registry that is measured beside."""
    async with keep_signing_keys(house):
        yield


app = FastAPI(lifespan=lifespan)


async def session() -> AsyncIterator[AsyncSession]:
    """One session, one transaction a request."""
    async with AsyncSession(engine) as opened, opened.begin():
        yield opened


async def caller(authorization: Annotated[str, Header()]) -> tuple[Actor, Credential]:
    """The token verified each time, as it is usually done."""
    now = utc_now()
    claims = house.tokens._claims(authorization.removeprefix("Bearer "), now)

    actor = _actor(claims)
    if Permission.LOOKUP not in actor.permissions:
        raise HTTPException(403)
    return actor, _credential(claims)


Session = Annotated[AsyncSession, Depends(session, scope="function")]
CallerOf = Annotated[tuple[Actor, Credential], Depends(caller)]


@app.post("/v1/verifications", response_model=VerificationOut, response_model_exclude_unset=True)
async def verify(body: VerificationIn, unit: Session, calling: CallerOf) -> Any:
    """One verification."""
    actor, credential = calling
    await allowances.spend(actor, body.purpose)
    await _require_in_force(unit, actor, credential)
    checked = check_identity_number(
        body.identity_number, on=law_date(utc_now()), area_known=was_in_force
    ).require()
    digests = [digest for _, digest in house.keys.digests(checked.number, purpose="identity_number")]
    found = (
        await unit.execute(select(IdentifierKey).where(col(IdentifierKey.digest).in_(digests)))
    ).scalars()
    persons = list({each.person_id for each in found})
    request_id, now = str(uuid7()), await unit.scalar(text("SELECT registry_now()"))
    said = {
        "principal_id": actor.principal_id,
        "agency_id": actor.agency_id,
        "purpose": body.purpose,
        "case_number": body.case_number,
        "request_id": request_id,
        "at": now,
    }
    if not persons:
        unit.add(VerificationMiss(miss_id=uuid7(), **said))
        return _answer(Outcome.NOT_FOUND, [], now)
    persons = await _with_merged(unit, persons)
    for person_id in persons:
        unit.add(AccessEvent(person_id=person_id, access_id=uuid7(), subject="verification", **said))
    if not await _is_named(unit, persons, body.name):
        return _answer(Outcome.NOT_FOUND, [], now)
    return await _record(unit, persons, body, now)


async def _require_in_force(unit: AsyncSession, actor: Actor, credential: Credential) -> None:
    denied = await unit.execute(
        select(DeniedToken).where(col(DeniedToken.jti).in_([credential.jti, credential.session_id]))
    )
    principal = await unit.get(Principal, actor.principal_id)
    if denied.first() is not None or principal is None or principal.suspended_at is not None:
        raise HTTPException(401)


async def _with_merged(unit: AsyncSession, persons: list[UUID]) -> list[UUID]:
    aliases = await unit.execute(
        select(PersonAlias).where(
            or_(col(PersonAlias.person_id).in_(persons), col(PersonAlias.survivor_id).in_(persons)),
            col(PersonAlias.merged_at).is_not(None),
            col(PersonAlias.ended_at).is_(None),
        )
    )
    return list(
        {*persons, *(one for alias in aliases.scalars() for one in (alias.person_id, alias.survivor_id))}
    )


async def _is_named(unit: AsyncSession, persons: list[UUID], name: str) -> bool:
    names = (
        await unit.execute(
            select(PersonName)
            .where(col(PersonName.person_id).in_(persons))
            .order_by(col(PersonName.name_id).desc())
        )
    ).scalars()
    newest = {each.person_id: each for each in reversed(list(names))}
    return any(
        same_name(name, house.keys.open(each.name_sealed, name="person_name.name", owner=each.person_id))
        for each in newest.values()
    )


async def _record(unit: AsyncSession, persons: list[UUID], body: VerificationIn, now: datetime) -> Any:
    numbered = await unit.get(RecordNumber, body.record_number)
    if numbered is None or numbered.person_id not in persons:
        return _answer(Outcome.NOT_FOUND, [], now)
    entry = await unit.get(RecordEntry, (numbered.person_id, numbered.entry_id))
    assert entry is not None
    later = await unit.execute(
        select(RecordEntry).where(
            col(RecordEntry.person_id) == entry.person_id, col(RecordEntry.supersedes) == entry.entry_id
        )
    )
    successor = later.scalar_one_or_none()
    sealed = await unit.get(Inclusion, (entry.person_id, entry.entry_id))
    outcome = (
        Outcome.REVOKED
        if entry.revoked_at
        else Outcome.SUPERSEDED
        if successor is not None
        else Outcome.VALID
    )
    told = {
        "source": "record",
        "state": outcome.value,
        "number": entry.record_number,
        "kind": entry.kind,
        "title": entry.program_name,
        "occupation_edition": entry.occupation_edition,
        "occupation_code": entry.occupation_code,
        "skill_level": entry.skill_level,
        "issuer": entry.institution_name,
        "division_code": entry.division_code,
        "starts_on": entry.starts_on,
        "ends_on": entry.ends_on,
        "credited_minutes": entry.credited_minutes,
        "is_sealed": sealed is not None,
        "successor": successor.record_number if successor is not None else None,
        "revoked_at": entry.revoked_at,
        "valid_until": None,
        "confirmed_at": None,
    }
    shown = {name: told[name] for name in DISCLOSURES[body.purpose].fields}
    return _answer(outcome, [VerifiedItemOut(**shown)], now)


def _answer(outcome: Outcome, items: list[VerifiedItemOut], now: datetime) -> VerificationOut:
    return VerificationOut(
        verification_id=str(uuid7()),
        outcome=outcome,
        items=items,
        answered_at=now,
        expires_at=now + ANSWER_HOLDS,
        statement=None,
        salt=None,
    )
