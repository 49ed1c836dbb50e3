"""What was typed into a form of this door and not sent: given back when the form is opened again."""

from app.identity.accounts.actions.keep_draft import drop_draft, read_draft
from app.web.pages.page import Page
from app.web.pages.typed import Typed


async def kept_of(page: Page) -> Typed | None:
    """The fields kept of the form at this address, or None."""
    async with page.access() as unit:
        found = await read_draft(unit, page.parts.keys, place=page.path)
    return None if found is None else Typed(found[1])


async def forget(page: Page, place: str | None = None) -> None:
    """What was sent needs no keeping."""
    async with page.access() as unit:
        await drop_draft(unit, place=place or page.path)
