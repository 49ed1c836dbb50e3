"""A browser without a window: fetches pages, fills their forms and sends them, for tests that need no real one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape

import httpx

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.identity.accounts.actions.open_browser_session import with_cookie
from tests.registry_server import Caller, Registry

_HEADERS = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def hidden_fields(page: str) -> dict[str, str]:
    """The hidden fields of a page, later ones instead of earlier ones: its tokens and what it carries on."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page)}


@dataclass(slots=True)
class FormClient:
    """Cookies of one browser. ``async with``-less: it shares the registry's transport."""

    registry: Registry
    cookies: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, caller: Caller) -> None:
        """A session of somebody, as if signed in."""
        house = self.registry.house
        async with system_unit(house.engines, DatabaseRole.APP_ACCESS) as unit:
            self.cookies["session"] = (await with_cookie(house.keys)(unit, caller.actor)).cookie

    async def get(self, path: str) -> httpx.Response:
        """Fetch a page; redirects are not followed."""
        return self._keep(await self._send("GET", path))

    async def marks(self, path: str) -> dict[str, str]:
        """The hidden fields of the last form of a page: its tokens."""
        return hidden_fields((await self.get(path)).text)

    async def post(
        self,
        path: str,
        fields: dict[str, str],
        *,
        of: str | None = None,
        files: Sequence[tuple[str, tuple[str, bytes]]] = (),
    ) -> httpx.Response:
        """Send a form with the tokens of the page ``of`` (the same address by default), and the files chosen in it."""
        filled = {**(await self.marks(of or path)), **fields}
        return self._keep(await self._send("POST", path, data=filled, files=list(files) or None))

    async def post_as_is(self, path: str, fields: dict[str, str]) -> httpx.Response:
        """Send exactly these fields."""
        return self._keep(await self._send("POST", path, data=fields))

    async def _send(self, method: str, path: str, **arguments: object) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**_HEADERS, **({"Cookie": cookie} if cookie else {})}
        self.registry.client.cookies.clear()
        return await self.registry.client.request(method, path, headers=headers, **arguments)  # type: ignore[arg-type]

    def _keep(self, answer: httpx.Response) -> httpx.Response:
        for given in answer.headers.get_list("set-cookie"):
            name, _, value = given.partition(";")[0].partition("=")
            value = value.strip('"')
            if "Max-Age=0" in given or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        self.registry.client.cookies.clear()
        return answer


async def signed_in(registry: Registry, caller: Caller) -> FormClient:
    """A browser of somebody who has signed in."""
    client = FormClient(registry)
    await client.sign_in(caller)
    return client
