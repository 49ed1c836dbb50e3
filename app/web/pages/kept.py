"""What is kept for its author alone: what was typed and not sent, and answers that are stored nowhere else."""

import base64
import zlib
from collections.abc import Sequence
from typing import Any

import orjson

from app.identity.accounts.actions.keep_draft import drop_draft, keep_draft, read_draft
from app.web.pages.page import Page
from app.web.pages.typed import Typed

_CONTENT = "content"


async def kept_of(page: Page) -> Typed | None:
    """The fields kept of the form at this address, or None."""
    async with page.access() as unit:
        found = await read_draft(unit, page.parts.keys, place=page.path)
    return None if found is None else Typed(found[1])


async def forget(page: Page, place: str | None = None) -> None:
    """What was sent needs no keeping."""
    async with page.access() as unit:
        await drop_draft(unit, place=place or page.path)


async def keep(page: Page, place: str, fields: Sequence[tuple[str, str]]) -> None:
    """Keep what the caller has typed into the form at ``place``, sealed, for a week."""
    async with page.access() as unit:
        await keep_draft(unit, page.parts.keys, principal_id=page.me.principal_id, place=place, fields=fields)


async def keep_content(page: Page, place: str, content: Any) -> None:
    """Keep something that JSON can write, sealed, under an address of this door, for a week."""
    packed = base64.b85encode(zlib.compress(orjson.dumps(content))).decode()
    await keep(page, place, [(_CONTENT, packed)])


async def content_kept(page: Page, place: str) -> Any:
    """What ``keep_content`` was given there by the caller, or None."""
    async with page.access() as unit:
        found = await read_draft(unit, page.parts.keys, place=place)
    packed = None if found is None else dict(found[1]).get(_CONTENT)
    return None if packed is None else orjson.loads(zlib.decompress(base64.b85decode(packed)))
