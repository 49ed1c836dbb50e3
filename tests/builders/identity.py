"""What officers of identity maintenance do, as requests."""

from typing import Any
from uuid import UUID

import httpx

from app.access.actor import Permission
from tests.builders.finished_class import Trainee
from tests.registry_server import Caller, Registry

CASE = {"case_number": "测试案件0001"}
WHY = {"reason": "公安机关证明同一人先后使用两个号码", **CASE}
ANNA, BO = Trainee(serial=901), Trainee(serial=902)


def number_of(serial: int) -> str:
    return Trainee(serial=serial).number


async def officers(registry: Registry) -> tuple[Caller, Caller]:
    return await registry.officer(Permission.IDENTITY), await registry.officer(Permission.IDENTITY)


async def resolve(officer: Caller, number: str, **more: Any) -> httpx.Response:
    body = {"identity_number": number, "purpose": "identity_maintenance", **CASE, **more}
    return await officer.post("/v1/persons:resolve", json=body)


async def add(officer: Caller, person_id: UUID, number: str, **more: Any) -> httpx.Response:
    body = {"identity_number": number, "name": "测试学员", **WHY, **more}
    return await officer.post(f"/v1/persons/{person_id}/identifiers", json=body)


async def propose(officer: Caller, person_id: UUID, survivor_id: UUID, **more: Any) -> httpx.Response:
    body = {"person_id": str(person_id), "survivor_id": str(survivor_id), **WHY, **more}
    return await officer.post("/v1/person-merges", json=body)


async def decide(officer: Caller, alias_id: str, decision: str = "accepted") -> httpx.Response:
    body = {"decision": decision, "reason": "材料已核验"}
    return await officer.post(f"/v1/person-merges/{alias_id}:decide", json=body)


async def merge(maker: Caller, checker: Caller, person_id: UUID, survivor_id: UUID) -> str:
    proposed = await propose(maker, person_id, survivor_id)
    assert proposed.status_code == 201, proposed.text
    decided = await decide(checker, proposed.json()["alias_id"])
    assert decided.status_code == 200, decided.text
    assert decided.json()["state"] == "merged"
    return str(proposed.json()["alias_id"])


async def end(maker: Caller, checker: Caller, alias_id: str) -> httpx.Response:
    proposed = await maker.post(f"/v1/person-merges/{alias_id}:propose-end", json=WHY)
    assert proposed.json()["state"] == "end_proposed", proposed.text
    return await checker.post(f"/v1/person-merges/{alias_id}:confirm-end")


async def group(registry: Registry, person_id: UUID) -> set[UUID]:
    owner = await registry.owner()
    return {row[0] for row in await owner.fetch("SELECT person_group($1)", person_id)}
