"""What the doors hand to the frame: routers whose answers are pages, how a page is found, and links of the head."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_FOUND = "page_route"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page's head; shown to whom the table of routes lets in."""

    path: str
    word: str


class PageRoutes(BaseRoute):
    """All pages as one route: a page is looked up by its address instead of comparing all four hundred.

    The framework goes through included routers once to match and once more to serve; that took a fifth of a page. Here
    the part of an address before its first parameter, with the number of its segments, leads to the few routes that
    can be meant. The longest such part is asked first.
    """

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._routes: dict[tuple[str, int], list[APIRoute]] = {}
        for router in routers:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                plain = route.path.partition("{")[0]
                self._routes.setdefault((plain, route.path.count("/")), []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The page of an address; one with another method is told apart from none, as by every route."""
        other: Scope | None = None
        for route in self._candidates(scope["path"]) if scope["type"] == "http" else ():
            match, child = route.matches(scope)
            if match is Match.FULL:
                return match, {**child, _FOUND: route}
            if match is Match.PARTIAL and other is None:
                other = {**child, _FOUND: route}
        return (Match.NONE, {}) if other is None else (Match.PARTIAL, other)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the page that was found."""
        route: APIRoute = scope[_FOUND]
        scope["route"] = route
        await route.handle(scope, receive, send)

    def _candidates(self, path: str) -> Iterator[APIRoute]:
        depth = path.count("/")
        yield from self._routes.get((path, depth), ())
        end = len(path)
        while (end := path.rfind("/", 0, end)) >= 0:
            yield from self._routes.get((path[: end + 1], depth), ())


def pages() -> APIRouter:
    """A router of pages: none of them is part of the API's description."""
    return APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
