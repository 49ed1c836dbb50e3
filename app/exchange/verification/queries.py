"""The question as the database takes it: many at once, one statement (see ``app.db.coalescer``)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from app.access.actor import Actor
from app.access.unit import Credential
from app.db.crypto import KeyRing
from app.db.roles import DatabaseRole
from app.exchange.verification.rules import NOTHING, Findings, Item
from app.settings import Settings

_VERIFY = "SELECT * FROM verify_persons($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
_SERVER_SETTINGS = {
    "application_name": "registry verification",
    "search_path": "registry, public",
    # Otherwise PostgreSQL plans the arrays anew each time, which costs more than looking up.
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "lock_timeout": "3000",
    "statement_timeout": "5000",
}
_CONNECT_S = 3.0


@dataclass(frozen=True, slots=True)
class Question:
    """One look: who asks and why, by which digests (one for each live key)."""

    actor: Actor
    credential: Credential
    purpose: str
    case_number: str
    request_id: str
    person_digests: list[bytes] = field(repr=False)
    record_number: str | None
    certificate_digests: list[bytes] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """``is_admitted`` is false when the token no longer counts; then nobody was looked up."""

    is_admitted: bool
    answered_at: datetime
    findings: Findings


async def connect(settings: Settings) -> asyncpg.Connection:
    """A connection of the role that looks at persons through doors only; no statement leaves state for the next."""
    return await asyncpg.connect(
        settings.dsn(DatabaseRole.APP_AGENCY), timeout=_CONNECT_S, server_settings=_SERVER_SETTINGS
    )


async def answer_all(
    connection: asyncpg.Connection, keys: KeyRing, questions: Sequence[Question]
) -> list[Answer]:
    """The answers in the order of the questions; the access rows are committed with the statement."""
    # A rotation between two questions leaves one with fewer digests than the other: all get as many as the most.
    live = max(len(each.person_digests) for each in questions)
    rows = await connection.fetch(
        _VERIFY,
        [each.actor.principal_id for each in questions],
        [each.actor.agency_id for each in questions],
        [each.credential.jti for each in questions],
        [each.credential.session_id for each in questions],
        [each.credential.issued_at for each in questions],
        [each.purpose for each in questions],
        [each.case_number for each in questions],
        [each.request_id for each in questions],
        live,
        _filled((each.person_digests for each in questions), live),
        [each.record_number for each in questions],
        _filled((each.certificate_digests or [] for each in questions), live),
    )
    by_place: list[list[asyncpg.Record]] = [[] for _ in questions]
    for row in rows:
        by_place[row["place"] - 1].append(row)
    return [_answer(keys, found) for found in by_place]


def _filled(digests: Iterable[list[bytes]], live: int) -> list[bytes | None]:
    return [digest for each in digests for digest in (*each, *(None,) * (live - len(each)))]


def _answer(keys: KeyRing, rows: Sequence[asyncpg.Record]) -> Answer:
    first = rows[0]
    if first["person_id"] is None:
        return Answer(first["is_admitted"], first["answered_at"], NOTHING)
    sealed = {row["person_id"]: row["name_sealed"] for row in rows if row["name_sealed"] is not None}
    names = tuple(keys.open(name, name="person_name.name", owner=owner) for owner, name in sealed.items())
    items = tuple(_item(row) for row in rows if row["source"] is not None)
    return Answer(first["is_admitted"], first["answered_at"], Findings(names, items))


def _item(row: asyncpg.Record) -> Item:
    return Item(
        source=row["source"],
        state=row["state"],
        number=row["number"],
        kind=row["kind"],
        title=row["title"],
        occupation_edition=row["occupation_edition"],
        occupation_code=row["occupation_code"],
        skill_level=row["skill_level"],
        issuer=row["issuer"],
        division_code=row["division_code"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        credited_minutes=row["credited_minutes"],
        is_sealed=row["leaf_index"] is not None if row["source"] == "record" else None,
        successor=row["successor"],
        revoked_at=row["revoked_at"],
        valid_until=row["valid_until"],
        confirmed_at=row["confirmed_at"],
    )
