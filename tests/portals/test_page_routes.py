"""The table of pages against the pages: both name the same, and each lets in exactly whom the table says."""

import re
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute

from app.access.actor import PrincipalKind
from app.access.page_routes import PAGES
from app.access.roles import Role, roles_of
from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.identity.accounts.actions.open_browser_session import with_cookie
from app.portals import PAGES as ROUTERS
from tests.api.test_route_access import CALLERS
from tests.builders.decided_claims import grant
from tests.portals.form_client import FormClient
from tests.registry_server import Caller, Registry

pytestmark = pytest.mark.anyio

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
ENDS_THE_SESSION = {"/sign-out", "/account/sign-out-everywhere"}


def served() -> set[tuple[str, str]]:
    """Every page as it is mounted."""
    return {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", lambda _: str(uuid4()), path)


async def session_of(registry: Registry, caller: Caller) -> str:
    house = registry.house
    async with system_unit(house.engines, DatabaseRole.APP_ACCESS) as unit:
        return (await with_cookie(house.keys)(unit, caller.actor)).cookie


def test_the_table_and_the_pages_name_the_same() -> None:
    assert served() - set(PAGES) == set(), "pages that nobody is admitted to"
    assert set(PAGES) - served() == set(), "entries without a page"


async def test_nobody_gets_in_except_where_the_public_may(registry: Registry) -> None:
    for method, path in sorted(served()):
        if method != "GET" or Role.PUBLIC in PAGES[method, path]:
            continue
        answer = await registry.client.get(concrete(path), headers=HTML)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in"), path


async def test_a_form_from_elsewhere_or_without_its_token_does_nothing(registry: Registry) -> None:
    for method, path in sorted(served()):
        if method != "POST":
            continue
        for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.test"}, HTML):
            answer = await registry.client.post(concrete(path), data={"a": "b"}, headers=headers)
            assert answer.status_code == 403, f"{path} {headers}"


@pytest.mark.parametrize("role", CALLERS)
async def test_a_role_gets_in_exactly_where_the_table_says(registry: Registry, role: Role) -> None:
    caller = await CALLERS[role](registry)
    held = roles_of(caller.actor)
    if caller.actor.kind is PrincipalKind.OFFICER:
        await grant(registry, caller)
    registry.client.cookies.set("session", await session_of(registry, caller))
    wrong = []
    try:
        for method, path in sorted(served()):
            if method != "GET":
                continue
            answer = await registry.client.get(concrete(path), headers=HTML)
            expected = bool(PAGES[method, path] & held)
            entered = answer.status_code != 403
            if expected != entered or answer.status_code >= 500:
                wrong.append(f"{path}: {answer.status_code}")
    finally:
        registry.client.cookies.clear()
    assert wrong == []


async def test_a_page_says_what_protects_it(registry: Registry) -> None:
    answer: httpx.Response = await registry.client.get("/", headers=HTML)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("role", "addresses", "status"),
    [
        (Role.INSTITUTION, ("/institution/openings?text=a%00b",), 404),
        (Role.CITIZEN, ("/my/benefits/%00/check?account_id=x",), 404),
        (
            Role.AUDIT_ADMINISTRATOR,
            tuple(
                f"/office/audit/{kind}?day={day}"
                for kind in ("events", "accesses")
                for day in ("0001-01-01", "9999-12-31", "2026-02-31")
            ),
            200,
        ),
    ],
)
async def test_an_address_that_somebody_made_up_is_no_defect(
    registry: Registry, role: Role, addresses: tuple[str, ...], status: int
) -> None:
    client = FormClient(registry)
    await client.sign_in(await CALLERS[role](registry))
    assert {address: (await client.get(address)).status_code for address in addresses} == dict.fromkeys(
        addresses, status
    )
