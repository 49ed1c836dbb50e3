"""What the doors hand to the frame: routers whose answers are pages, and links of the head."""

from dataclasses import dataclass
from functools import cached_property

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse
from starlette.routing import Match
from starlette.types import Scope

_API = "/v1/"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page's head; shown to whom the table of routes lets in."""

    path: str
    word: str


class PageRouter(APIRouter):
    """Looks through its routes only for addresses that begin like one of them.

    To compare an address with each route of four hundred takes half a millisecond, a fifth of a light page.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As every router, but quick about what cannot be its own."""
        if not scope["path"].startswith(self._beginnings):
            return Match.NONE, {}
        return super().matches(scope)

    @cached_property
    def _beginnings(self) -> tuple[str, ...]:
        return tuple(route.path.partition("{")[0] for route in self.routes if isinstance(route, APIRoute))


class PortalRouter(APIRouter):
    """All pages. It stands before the API, and lets the API's addresses pass at once."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As every router, for what is no address of the API."""
        return (Match.NONE, {}) if scope["path"].startswith(_API) else super().matches(scope)


def pages() -> APIRouter:
    """A router of pages: none of them is part of the API's description."""
    return PageRouter(include_in_schema=False, default_response_class=HTMLResponse)
