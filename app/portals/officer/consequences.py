"""Steps that cannot simply be taken back: a page of their own says what follows before anybody presses the button."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from app.access.unit import Unit
from app.kernel.errors import RegistryError
from app.web.pages.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What the page of a step tells.

    ``first``: what has to be done before it; ``blocked``: why this person cannot take it; ``field``: what is asked.
    """

    title: str
    about: str
    facts: list[tuple[str, object]]
    follows: list[str]
    undo: str
    word: str
    trail: list[tuple[str, str]]
    first: str = ""
    is_danger: bool = False
    blocked: str = ""
    field: str = ""

    @property
    def back(self) -> str:
        """Where one goes who does not take it."""
        return self.trail[-1][1]


Look = Callable[[Unit], Awaitable[Consequence]]


async def ask_first(
    page: Page, look: Look, refusal: RegistryError | None = None, labels: Mapping[str, str] | None = None
) -> Response:
    """The page of the step."""
    async with page.reading() as unit:
        step = await look(unit)
        today = unit.today
    return page.show("officer/consequence.html", refusal=refusal, labels=labels, step=step, today=today)


async def take_step(
    page: Page,
    look: Look,
    take: Callable[[Unit], Awaitable[str]],
    to: str,
    labels: Mapping[str, str] | None = None,
) -> Response:
    """Take it, once; ``take`` tells what has been done. A refusal stands on the page of the step."""
    try:
        async with page.act() as act:
            act.go(to, said=await take(act.unit))
    except RegistryError as refusal:
        return await ask_first(page, look, refusal, labels)
    return page.go(act)
