"""What the doors hand to the frame: routers whose answers are pages, and links of the head."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import HTMLResponse


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page's head; shown to whom the table of routes lets in."""

    path: str
    word: str


def pages() -> APIRouter:
    """A router of pages: none of them is part of the API's description."""
    return APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
