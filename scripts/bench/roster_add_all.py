"""The application with a second roster route that writes by SQLModel ``add_all``: the baseline of ``roster_intake.py``.

Everything before and after the writing is the product's own code; only here is the writing row by row.
"""

import gc
from functools import partial
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, select
from starlette.responses import Response
from uuid_utils.compat import uuid7

from app import main
from app.access import routes
from app.access.roles import Role
from app.access.unit import Unit
from app.api.v1.roster_shapes import ImportOut, RosterIn
from app.api.v1.rosters import _yardstick
from app.db.crypto import KeyRing
from app.identity.persons.actions.register_persons import NUMBER_FIELD, NUMBER_PURPOSE
from app.identity.persons.states import stored_kind
from app.kernel.errors import Refused
from app.training.rosters.actions import import_roster as product
from app.training.rosters.actions.store_lines import _row
from app.training.rosters.queries import own_opening
from app.training.rosters.rules import ReadRoster, RosterLine, judge_roster
from app.training.rosters.rules.intake import reason_against_count
from app.training.rosters.states import TakingOutcome
from app.web.dependencies import Parts, WriteUnit
from app.web.idempotency import OnceOnly

PATH = "/bench/v1/openings/{opening_id}/roster"


class Row(SQLModel, registry=registry()):
    """Base of rows that hold exactly the columns an institution may insert."""


class PersonRow(Row, table=True):
    __tablename__ = "person"
    person_id: UUID = Field(primary_key=True)


class IdentifierRow(Row, table=True):
    __tablename__ = "person_identifier"
    person_id: UUID = Field(primary_key=True, foreign_key="person.person_id")
    identifier_id: UUID = Field(primary_key=True)
    kind: str
    number_sealed: bytes
    recorded_by: UUID


class KeyRow(Row, table=True):
    __tablename__ = "identifier_key"
    digest: bytes = Field(primary_key=True)
    key_id: str
    person_id: UUID = Field(foreign_key="person_identifier.person_id")
    identifier_id: UUID


class LineRow(Row, table=True):
    __tablename__ = "roster_line"
    person_id: UUID = Field(primary_key=True, foreign_key="person.person_id")
    opening_id: UUID = Field(primary_key=True)
    line_id: UUID
    institution_id: UUID
    document_kind: str
    name_sealed: bytes
    name_digest: bytes
    name_initials: str
    number_sealed: bytes
    card_sealed: bytes | None
    phone_sealed: bytes | None
    remark_sealed: bytes | None
    content_digest: bytes
    sheet: str | None
    sheet_line: int
    added_by: UUID


class GroupRow(Row, table=True):
    __tablename__ = "roster_line_group"
    person_id: UUID = Field(primary_key=True, foreign_key="roster_line.person_id")
    opening_id: UUID = Field(primary_key=True)
    key_group_code: str = Field(primary_key=True)


router = APIRouter()


@router.post(PATH, status_code=201, response_model=ImportOut)
async def submit_by_add_all(
    opening_id: UUID, body: RosterIn, once: OnceOnly, unit: WriteUnit, parts: Parts
) -> Response:
    """The product's route, up to the writing."""
    judged = partial(judge_roster, body.entries(), _yardstick(unit))
    roster = await anyio.to_thread.run_sync(judged)
    imported = await import_by_add_all(unit, parts.keys, opening_id=opening_id, roster=roster)
    return await once.answer(ImportOut.of(imported), 201)


async def import_by_add_all(
    unit: Unit, keys: KeyRing, *, opening_id: UUID, roster: ReadRoster
) -> product.ImportedRoster:
    """As the product does it, but with two ``select … in_`` and ``add_all``."""
    opening = await own_opening(unit, opening_id, lock=True)
    facts = await product._facts(unit, opening)
    lines, refused = product._keepable(unit, roster, opening.division_code)
    rows, persons = await _person_rows(unit, keys, lines)
    given, _ = product._given(lines, persons)
    held = select(LineRow.person_id).where(LineRow.opening_id == opening_id)
    already = set((await unit.session.scalars(held.where(LineRow.person_id.in_(persons)))).all())
    fresh = [each for each in given if each.person_id not in already]
    too_many = reason_against_count(facts, added=len(fresh))
    if too_many:
        raise Refused([too_many])
    taken = []
    for each in fresh:
        names = list(LineRow.model_fields)
        values = dict(zip(_ROW_NAMES, _row(keys, each), strict=True))
        values |= {
            "opening_id": opening_id,
            "institution_id": opening.institution_id,
            "added_by": unit.actor.principal_id,
        }
        rows.append(LineRow(**{name: values[name] for name in names}))
        rows += [
            GroupRow(person_id=each.person_id, opening_id=opening_id, key_group_code=code)
            for code in each.claim.key_groups
        ]
        taken.append(product._taken(each, each.line_id, TakingOutcome.ADDED))
    # Without relationship() the order of tables is ours to give.
    for kind in (PersonRow, IdentifierRow, KeyRow, LineRow, GroupRow):
        unit.session.add_all([row for row in rows if type(row) is kind])
        await unit.session.flush()
    await product._record(unit, opening_id, taken, refused)
    return product.ImportedRoster(tuple(taken), roster)


_ROW_NAMES = (
    "line_id", "person_id", "document_kind", "name_sealed", "name_digest", "name_initials", "number_sealed",
    "card_sealed", "phone_sealed", "remark_sealed", "content_digest", "sheet", "sheet_line",
)  # fmt: skip


async def _person_rows(
    unit: Unit, keys: KeyRing, lines: list[RosterLine]
) -> tuple[list[SQLModel], list[UUID]]:
    """Rows of persons not known yet, and everybody's person_id in the order of ``lines``."""
    digests = [keys.digests(line.identity_number.number, purpose=NUMBER_PURPOSE) for line in lines]
    wanted = select(KeyRow).where(KeyRow.digest.in_([digest for each in digests for _, digest in each]))
    known = {row.digest: row.person_id for row in (await unit.session.scalars(wanted)).all()}
    rows: list[SQLModel] = []
    persons: list[UUID] = []
    for line, own in zip(lines, digests, strict=True):
        person_id = next((known[digest] for _, digest in own if digest in known), None)
        if person_id is None:
            person_id, identifier_id = uuid7(), uuid7()
            number = line.identity_number
            rows.append(PersonRow(person_id=person_id))
            rows.append(
                IdentifierRow(
                    person_id=person_id,
                    identifier_id=identifier_id,
                    kind=stored_kind(number.kind).value,
                    number_sealed=keys.seal(number.number, name=NUMBER_FIELD, owner=person_id),
                    recorded_by=unit.actor.principal_id,
                )
            )
            rows += [
                KeyRow(digest=digest, key_id=key_id, person_id=person_id, identifier_id=identifier_id)
                for key_id, digest in own
            ]
        persons.append(person_id)
    return rows, persons


def create_app() -> FastAPI:
    """The product, and the baseline beside it (admitted in this process only)."""
    routes.ROUTES = {**routes.ROUTES, ("POST", PATH): frozenset({Role.INSTITUTION})}  # type: ignore[misc]
    from app.web import dependencies  # noqa: PLC0415 - it has its own name for the table

    dependencies.ROUTES = routes.ROUTES  # type: ignore[misc]
    app = main.create_app()
    app.include_router(router)
    gc.freeze()  # as app.cli.application does
    return app
