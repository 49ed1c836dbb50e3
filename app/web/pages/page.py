"""One request of a page: who it is, what was typed, transactions, and the answers a page can give.

``Page`` is the dependency of every page. It admits by the one table of routes, as the API does, and refuses forms that
are not ours. A page calls the same actions and queries as the API, inside ``reading``, ``writing`` or ``act``.
"""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, cast

import asyncpg
import orjson
from fastapi import Depends, Request
from sqlalchemy.exc import DBAPIError
from starlette.responses import RedirectResponse, Response
from uuid_utils.compat import uuid4

from app.access.actor import SYSTEM_ACTOR, Actor
from app.access.roles import Role, roles_of
from app.access.routes import ROUTES
from app.access.unit import Unit, caller_unit, system_unit
from app.db.roles import DatabaseRole
from app.kernel.errors import Forbidden, NotFound, Refused, RegistryError
from app.web.house import House, house
from app.web.idempotency import Replayed, store_answer, take_key
from app.web.pages import cookies, forgery
from app.web.pages.complaints import Complaints
from app.web.pages.headers import headers_of_page
from app.web.pages.templates import Templates
from app.web.pages.typed import Typed
from app.web.pages.visitor import Door, SignedIn, Visitor, door_of, find_visitor, sign_in_first
from app.web.problems import reason_of_database, status_of

ONCE, REVIEW = "_once", "_review"
_FIELDS_MAX = 5_000
"""Of one form; five hundred sessions have seven fields each. The framework's own limit is a thousand."""


class ReviewFirst(RegistryError):
    """What was kept of a form whose session had run out is shown again before anything is done with it."""

    code = "typed_restored"
    title = "您刚才填写的内容已经恢复，请核对后再次提交"


@dataclass(slots=True)
class Act:
    """One transaction of a form. ``go`` says where the browser goes once it has committed."""

    unit: Unit
    location: str = ""
    said: str | None = None

    def go(self, to: str, *, said: str | None = None) -> None:
        """Send the browser to ``to`` (303), where ``said`` tells what has been done; no person's name in either."""
        self.location, self.said = to, said


@dataclass(slots=True)
class Page:
    """What a page's function is given. ``typed`` is the form of a POST, empty otherwise."""

    request: Request
    parts: House
    visitor: Visitor
    admitted: frozenset[Role]
    typed: Typed = field(default_factory=Typed)
    _new_visitor: str | None = None

    @property
    def actor(self) -> Actor | None:
        """Who is signed in."""
        return self.visitor.signed_in.actor if self.visitor.signed_in else None

    @property
    def me(self) -> Actor:
        """Who is signed in; only for pages that the public cannot open."""
        assert self.actor is not None
        return self.actor

    @property
    def door(self) -> Door:
        """Whose door this page belongs to."""
        return door_of(self.request.url.path, self.actor)

    @property
    def path(self) -> str:
        """The address without its parameters."""
        return self.request.url.path

    @property
    def said(self) -> str | None:
        """What has just been done, once after a redirect."""
        return cookies.said(self.request, self.parts)

    def may(self, method: str, route: str) -> bool:
        """Whether the caller is let in there: what one may not do is not offered."""
        return bool(ROUTES.get((method, route), frozenset()) & roles_of(self.actor))

    def token(self) -> str:
        """The token of the next form of this page."""
        cookie = self._cookie()
        if cookie is None:
            cookie = self._new_visitor = self._new_visitor or cookies.new_visitor()
        return forgery.token_for(self.parts, cookie)

    def once(self) -> str:
        """Names one intent: the same form sent twice has one effect."""
        return str(uuid4())

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Unit]:
        """A read-only transaction with one consistent picture; public pages read what everybody may."""
        async with self._unit(read_only=True) as unit:
            yield unit

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Unit]:
        """A transaction that commits when its block ends: logged look-ups, acts that show their result at once."""
        if self.typed[REVIEW]:
            raise ReviewFirst
        async with _refusals_of_database(), self._unit() as unit:
            yield unit

    @asynccontextmanager
    async def act(self) -> AsyncIterator[Act]:
        """The transaction of a form: the same form sent twice is answered as the first time. Ends with ``act.go``."""
        async with self.writing() as unit:
            act, key = Act(unit), self._key()
            if key is not None:
                await self._take(unit, key)
            yield act
            assert act.location, "an act says where to go"
            if key is not None:
                headers = {"location": act.location, "said": act.said or ""}
                await store_answer(unit, key, status=303, headers=headers, body=b"")

    @asynccontextmanager
    async def showing_once(self, then: str, *, said: str) -> AsyncIterator[Unit]:
        """The transaction of what is made and shown on this answer alone: the form sent again goes on to ``then``."""
        async with self.act() as act:
            act.go(then, said=said)
            yield act.unit

    @asynccontextmanager
    async def access(self) -> AsyncIterator[Unit]:
        """A transaction about sessions, accounts and drafts, as the database role of sign-in."""
        signed_in = self.visitor.signed_in
        if signed_in is None:
            async with system_unit(self.parts.engines, DatabaseRole.APP_ACCESS, self.registry()) as unit:
                yield unit
        else:
            async with caller_unit(
                self.parts.engines, signed_in.actor, signed_in.credential, role=DatabaseRole.APP_ACCESS
            ) as unit:
                yield unit

    def registry(self) -> Actor:
        """The registry itself, acting for somebody who is not known (yet)."""
        return replace(SYSTEM_ACTOR, request_id=self.request.state.request_id)

    def show(
        self,
        template: str,
        *,
        refusal: RegistryError | None = None,
        typed: Typed | None = None,
        labels: Mapping[str, str] | None = None,
        status: int | None = None,
        form_action: str = "",
        **context: Any,
    ) -> Response:
        """The page of a template.

        ``refusal`` stands at its top and beside its fields (``labels``: their names), with what was typed kept.
        ``typed`` fills the form otherwise. ``form_action`` is an outside origin that a form of this page leads to.
        """
        filled = typed if typed is not None else self.typed
        given = {
            "page": self,
            "typed": filled,
            "complaints": Complaints.of(refusal, labels),
            "restored": isinstance(refusal, ReviewFirst),
            **context,
        }
        told = status or (200 if refusal is None else _status_of_form(refusal))
        templates = cast(Templates, self.request.app.state.templates)
        headers = headers_of_page(self.parts, form_action)
        answer = templates.answer(self.request, template, given, status=told, headers=headers)
        if self._new_visitor is not None:
            cookies.give(answer, self.parts, cookies.VISITOR, self._new_visitor)
        if self.said is not None:
            cookies.take_back(answer, self.parts, cookies.SAID)
        return answer

    def go(self, to: str | Act, *, said: str | None = None) -> Response:
        """Send the browser on (303 See Other): a page that was posted is never the page that is shown."""
        location = to.location if isinstance(to, Act) else to
        sentence = to.said if isinstance(to, Act) else said
        answer = RedirectResponse(location, 303)
        if sentence:
            cookies.say(answer, self.parts, sentence)
        return answer

    def _cookie(self) -> str | None:
        """What the tokens of this browser's forms are bound to."""
        return cookies.read(self.request, self.parts, cookies.SESSION) or cookies.read(
            self.request, self.parts, cookies.VISITOR
        )

    def _signed_in(self) -> SignedIn | None:
        """Whose rights the page's transactions have; a public page is the same for everybody."""
        return None if Role.PUBLIC in self.admitted else self.visitor.signed_in

    @asynccontextmanager
    async def _unit(self, *, read_only: bool = False) -> AsyncIterator[Unit]:
        signed_in = self._signed_in()
        if signed_in is None:
            async with system_unit(self.parts.engines, DatabaseRole.APP_PUBLIC, self.registry()) as unit:
                yield unit
        else:
            async with caller_unit(
                self.parts.engines, signed_in.actor, signed_in.credential, read_only=read_only
            ) as unit:
                yield unit

    def _key(self) -> str | None:
        """One intent with one content; a form sent again with other content is another intent."""
        if not self.typed[ONCE] or self._signed_in() is None:
            return None
        content = orjson.dumps([self.path, self.typed[ONCE], self.typed.content(), self.typed.file_names()])
        return f"page:{hashlib.sha256(content).hexdigest()}"

    async def _take(self, unit: Unit, key: str) -> None:
        stored = await take_key(unit, key, digest=hashlib.sha256(key.encode()).digest())
        if stored is not None:
            raise Replayed(self.go(stored.headers["location"], said=stored.headers["said"] or None))


async def open_page(request: Request, parts: Annotated[House, Depends(house)]) -> AsyncIterator["Page"]:
    """The page of a caller who is admitted to it; files that came with its form are closed when it is over.

    Raises SignInFirst or Forbidden as the table of routes says, NotFound for an address that nothing can have.
    """
    try:
        yield await _admitted(request, parts)
    finally:
        await request.close()


async def _admitted(request: Request, parts: House) -> Page:
    admitted = ROUTES.get((request.method, request.scope["route"].path), frozenset())
    page = Page(request, parts, await find_visitor(request, parts), admitted)
    # A refusal further on is shown within the same frame.
    request.state.page = page
    if page.actor is not None:
        request.state.principal_kind = page.actor.kind
    if "\0" in request.url.path or any("\0" in value for value in request.query_params.values()):
        # PostgreSQL has no text with NUL in it, so nothing is there.
        raise NotFound
    if request.method == "POST":
        forgery.refuse_foreign(request)
        page.typed = Typed.of(await request.form(max_fields=_FIELDS_MAX))
        cookie = page._cookie()
        if cookie is None or not forgery.holds(parts, page.typed[forgery.FIELD], cookie):
            raise FormOutdated(page)
    if not admitted & roles_of(page.actor):
        if page.actor is None and page.visitor.left is None and page.typed.content():
            # Nobody knows whose it is, so it cannot be kept here: it stays in the browser until somebody signs in.
            raise FormOutdated(page)
        if page.actor is None:
            raise await sign_in_first(request, parts, page.visitor, page.typed)
        raise Forbidden
    return page


class FormOutdated(Exception):
    """A form of ours from before the cookies went: its content is shown again, to be sent anew."""

    def __init__(self, page: Page) -> None:
        super().__init__("form outdated")
        self.page = page


PageOf = Annotated[Page, Depends(open_page, scope="function")]


def _status_of_form(refusal: RegistryError) -> int:
    return 200 if isinstance(refusal, ReviewFirst) else status_of(refusal)


@asynccontextmanager
async def _refusals_of_database() -> AsyncIterator[None]:
    """What a named constraint says no to is a refusal with its reason, on a page as in the API."""
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError) as error:
        reason = reason_of_database(error)
        if reason is None:
            raise
        raise Refused([reason]) from error
