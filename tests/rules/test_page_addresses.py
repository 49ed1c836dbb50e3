"""A page is found by its address as the list of all routes, gone through in order, would find it."""

import re

import pytest
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from app.portals import PAGES
from app.web.pages.links import PageRoutes

ROUTES = [route for router in PAGES for route in router.routes if isinstance(route, APIRoute)]
INDEX = PageRoutes(PAGES)
METHODS = ("GET", "POST", "DELETE")
STRANGE = (
    "",
    "/",
    "//",
    "/nowhere",
    "/v1/claims",
    "/office/",
    "/office/claims/1/2/3/4",
    "/my/record/",
    "/institution//x",
)


def scope_of(method: str, path: str) -> Scope:
    return {"type": "http", "method": method, "path": path, "headers": []}


def in_order(method: str, path: str) -> tuple[Match, str | None]:
    """What going through every route finds."""
    other = None
    for route in ROUTES:
        match, _ = route.matches(scope_of(method, path))
        if match is Match.FULL:
            return match, route.path
        if match is Match.PARTIAL and other is None:
            other = route.path
    return (Match.NONE, None) if other is None else (Match.PARTIAL, other)


def by_address(method: str, path: str) -> tuple[Match, str | None]:
    match, child = INDEX.matches(scope_of(method, path))
    return match, child["page_route"].path if match is not Match.NONE else None


@pytest.mark.parametrize("method", METHODS)
def test_every_page_is_found_where_the_list_has_it(method: str) -> None:
    for route in ROUTES:
        path = re.sub(r"\{[^}]+\}", "0198c0de-7f00-7000-8000-00000000abcd", route.path)
        assert by_address(method, path) == in_order(method, path), path


@pytest.mark.parametrize("path", STRANGE)
def test_what_is_no_page_is_none(path: str) -> None:
    for method in METHODS:
        assert by_address(method, path) == in_order(method, path)


def test_nothing_but_requests_is_matched() -> None:
    assert INDEX.matches({"type": "websocket", "path": "/office"}) == (Match.NONE, {})
