"""The table of routes against the routes: both name the same, and each admits exactly whom the table says."""

import itertools
import re
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from app.access.actor import Actor, AdministratorKind, Permission, PrincipalKind
from app.access.roles import Role, roles_of
from app.access.routes import ROUTES
from app.api.v1 import ROUTERS
from tests.registry_server import Caller, Registry

pytestmark = pytest.mark.anyio

_PARAMETERS = {
    "code": "110000",
    "part": "teaching_plan",
    "change_no": "1",
    "line_no": "1",
    "attempt": "1",
    "key": "none.such",
}
"""Path parameters that are no UUIDs."""


def served() -> set[tuple[str, str]]:
    """Every route of the API as it is mounted."""
    return {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }


def concrete(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: _PARAMETERS.get(found[1], str(uuid4())), path)


async def ask(registry: Registry, caller: Caller | None, method: str, path: str) -> httpx.Response:
    if caller is None:
        return await registry.client.request(method, concrete(path))
    return await caller.request(method, concrete(path))


def test_the_table_and_the_routes_name_the_same() -> None:
    process = {route for route in ROUTES if not route[1].startswith("/v1/")}
    assert served() - set(ROUTES) == set(), "routes that nobody is admitted to"
    assert set(ROUTES) - served() - process == set(), "entries without a route"


async def test_the_application_serves_nothing_beside_the_table(registry: Registry) -> None:
    document = (await registry.client.get("/openapi.json")).json()
    described = {
        (method.upper(), path) for path, operations in document["paths"].items() for method in operations
    }
    # A path with slashes in it is "{tile:path}" to the router and "{tile}" to the document.
    assert described - {(method, path.replace(":path}", "}")) for method, path in ROUTES} == set()


async def _principal(registry: Registry, kind: PrincipalKind) -> UUID:
    owner = await registry.owner()
    return await owner.fetchval(
        "INSERT INTO principal (kind, display_name) VALUES ($1, '测试') RETURNING principal_id", kind
    )


async def _bare(registry: Registry, kind: PrincipalKind) -> Caller:
    return registry.sign_in(Actor(await _principal(registry, kind), kind))


async def _institution(registry: Registry) -> Caller:
    owner = await registry.owner()
    institution_id = await owner.fetchval(
        "INSERT INTO training_institution (unified_social_credit_code, name, kind, division_code, address,"
        " contact_phone, registered_by) VALUES ('52110105MJ00000000', '测试职业培训学校', 'training_school', '110105',"
        " '测试路1号', '010-00000000', '00000000-0000-7000-8000-000000000001') RETURNING institution_id"
    )
    return await registry.operator(institution_id)


async def _citizen(registry: Registry) -> Caller:
    owner = await registry.owner()
    return await registry.citizen(
        await owner.fetchval("INSERT INTO person DEFAULT VALUES RETURNING person_id")
    )


CALLERS: dict[Role, Callable[[Registry], Awaitable[Caller]]] = {
    Role.CITIZEN: _citizen,
    Role.INSTITUTION: _institution,
    Role.DEVICE: lambda registry: _bare(registry, PrincipalKind.DEVICE),
    Role.PLATFORM: lambda registry: _bare(registry, PrincipalKind.PLATFORM),
    Role.PEER_REGION: lambda registry: _bare(registry, PrincipalKind.PEER_REGION),
    Role.AGENCY: lambda registry: registry.officer(),
    **{
        Role(f"agency:{permission}"): lambda registry, held=permission: registry.officer(held)
        for permission in Permission
    },
    **{
        Role(f"administrator:{office}"): lambda registry, held=office: registry.administrator(held)
        for office in AdministratorKind
    },
}


def test_every_role_has_a_caller() -> None:
    assert set(CALLERS) == set(Role) - {Role.PUBLIC}


async def test_nobody_gets_in_without_a_token_except_where_the_public_may(registry: Registry) -> None:
    for method, path in sorted(served()):
        answer = await ask(registry, None, method, path)
        if Role.PUBLIC in ROUTES[method, path]:
            is_refused = answer.status_code in {401, 403}
            assert not is_refused or answer.json()["code"] not in {"unauthenticated", "forbidden"}, path
        else:
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), path


@pytest.mark.parametrize("role", CALLERS)
async def test_a_role_gets_in_exactly_where_the_table_says(registry: Registry, role: Role) -> None:
    caller = await CALLERS[role](registry)
    held = roles_of(caller.actor)
    assert role in held
    wrong = []
    for method, path in sorted(served()):
        is_signed = path in {"/v1/network-notices", "/v1/bank-notices"} or path.startswith("/v1/peer/")
        if path == "/v1/oauth/revoke" or is_signed:
            continue  # one ends the token and comes last of all; the others ask everybody for a signature
        answer = await ask(registry, caller, method, path)
        expected = bool(ROUTES[method, path] & held)
        entered = answer.status_code not in {401, 403}
        if expected != entered or answer.status_code >= 500:
            wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        if not expected:
            assert answer.json()["code"] == "forbidden"
    assert wrong == []
    assert (await caller.post("/v1/oauth/revoke")).status_code == 204
    assert (await caller.get("/v1/me")).status_code == 401


async def test_a_broken_token_is_refused_even_where_the_public_may(registry: Registry) -> None:
    for method, path in sorted(served()):
        answer = await registry.client.request(
            method, concrete(path), headers={"Authorization": "Bearer not.a.token"}
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid"), path


def test_the_three_administrators_together_hold_no_business_role() -> None:
    business = {Role(f"agency:{permission}") for permission in Permission} | {
        Role.INSTITUTION,
        Role.CITIZEN,
        Role.DEVICE,
        Role.PLATFORM,
    }
    together = set(
        itertools.chain.from_iterable(
            roles_of(Actor(uuid4(), PrincipalKind.ADMINISTRATOR, administrator=office))
            for office in AdministratorKind
        )
    )
    assert together & business == set()
