"""Make a judged part of an issuer's list ready to be stored: whose its certificates are, numbers named and sealed.

Persons and numbers are registered in transactions of their own, side by side, and committed before the part is stored:
one that a part leaves behind when its worker dies is found again by the worker that goes on. What is gained is that a
part is prepared while the database stores the part before it.
"""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

import anyio.to_thread

from app.access.unit import system_unit
from app.archive.certificates.actions.register_numbers import register_numbers
from app.archive.certificates.queries.sealed_numbers import seal_numbers
from app.archive.certificates.rules.issuer_part import JudgedPart
from app.db.crypto import KeyRing
from app.db.engine import Engines
from app.db.ids import new_ids
from app.db.roles import DatabaseRole
from app.identity.persons.actions.register_persons import register_persons


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedPart:
    """A judged part, and what it lacked, in the same order."""

    judged: JudgedPart
    persons: list[UUID]
    certificate_ids: list[UUID]
    numbers: list[UUID]
    sealed: list[bytes] = field(repr=False)


async def prepare_part(engines: Engines, keys: KeyRing, judged: JudgedPart) -> PreparedPart:
    """Raises ExceptionGroup of what the database raises."""
    async with asyncio.TaskGroup() as both:
        naming = both.create_task(_numbers(engines, keys, judged))
        registering = both.create_task(_persons(engines, keys, judged))
    persons, numbers = registering.result(), naming.result()
    sealed = await anyio.to_thread.run_sync(seal_numbers, keys, judged.numbers, persons)
    return PreparedPart(
        judged=judged,
        persons=persons,
        certificate_ids=new_ids(len(persons)),
        numbers=numbers,
        sealed=sealed,
    )


async def _persons(engines: Engines, keys: KeyRing, judged: JudgedPart) -> list[UUID]:
    async with system_unit(engines, DatabaseRole.WORKER) as unit:
        return await register_persons(unit, keys, judged.persons)


async def _numbers(engines: Engines, keys: KeyRing, judged: JudgedPart) -> list[UUID]:
    async with system_unit(engines, DatabaseRole.WORKER) as unit:
        return await register_numbers(unit, keys, judged.numbers)
