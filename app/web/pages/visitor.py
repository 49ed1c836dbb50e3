"""Who stands at the door: the session behind the cookie, and what becomes of a form when it is over."""

from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from app.access.actor import SYSTEM_ACTOR, Actor, PrincipalKind
from app.access.unit import Credential, single_read, system_unit
from app.db.roles import DatabaseRole
from app.identity.accounts.actions.keep_draft import keep_draft
from app.identity.accounts.actions.open_browser_session import is_to_be_seen, see_browser_session
from app.identity.accounts.queries import find_browser_session
from app.web.house import House
from app.web.pages import cookies
from app.web.pages.typed import Typed


class Door(StrEnum):
    """The four doors; the value names the folder of their templates."""

    PUBLIC = "public"
    CITIZEN = "citizen"
    INSTITUTION = "institution"
    OFFICER = "officer"


HOME = {
    Door.PUBLIC: "/",
    Door.CITIZEN: "/my",
    Door.INSTITUTION: "/institution",
    Door.OFFICER: "/office",
}
_DOOR_OF_KIND = {
    PrincipalKind.CITIZEN: Door.CITIZEN,
    PrincipalKind.INSTITUTION_OPERATOR: Door.INSTITUTION,
    PrincipalKind.OFFICER: Door.OFFICER,
    PrincipalKind.ADMINISTRATOR: Door.OFFICER,
}
KEEPING = "/drafts"
"""Where a form that keeps itself while it is typed in sends what it holds."""
_PLACE_MAX = 300
_SHARED = ("/account", "/kept", "/sign-out")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session: its principal with the rights of now, and what its transactions show the database."""

    actor: Actor
    credential: Credential
    session_id: UUID


@dataclass(frozen=True, slots=True)
class Visitor:
    """``left`` is whose session it was when it is over."""

    signed_in: SignedIn | None = None
    left: UUID | None = None


class SignInFirst(Exception):
    """Sends the browser to the right door."""

    def __init__(self, response: Response) -> None:
        super().__init__("sign in first")
        self.response = response


def door_of(path: str, actor: Actor | None) -> Door:
    """The door an address belongs to; pages for everybody signed in look like the own door."""
    for door, home in HOME.items():
        if door is not Door.PUBLIC and (path == home or path.startswith(f"{home}/")):
            return door
    if path.startswith(_SHARED):
        return home_door(actor)
    return Door.PUBLIC


def home_door(actor: Actor | None) -> Door:
    """The door somebody belongs to; administrators have theirs beside the officers'."""
    return _DOOR_OF_KIND.get(actor.kind, Door.PUBLIC) if actor else Door.PUBLIC


def home_of(actor: Actor) -> str:
    """Where somebody lands after signing in."""
    if actor.administrator is not None:
        return "/office/administration"
    door = home_door(actor)
    return "/account" if door is Door.PUBLIC else HOME[door]


async def find_visitor(request: Request, parts: House) -> Visitor:
    """Who shows the cookie. One look a request; the rights are never older than it."""
    cookie = cookies.read(request, parts, cookies.SESSION)
    if cookie is None:
        return Visitor()
    async with single_read(parts.engines, DatabaseRole.APP_ACCESS) as session:
        found = await find_browser_session(session, parts.keys, cookie, request_id=request.state.request_id)
    if found is None:
        return Visitor()
    if found.actor is None:
        return Visitor(left=found.principal_id)
    if is_to_be_seen(found):
        async with system_unit(parts.engines, DatabaseRole.APP_ACCESS) as unit:
            await see_browser_session(unit, found)
    # What a change of rights ends are the tokens issued before it; these rights were read just now.
    credential = Credential(found.session_id, found.at, found.session_id)
    return Visitor(SignedIn(found.actor, credential, found.session_id))


async def sign_in_first(request: Request, parts: House, visitor: Visitor, typed: Typed) -> Exception:
    """The way to the sign-in page and back. What was typed by somebody whose session is over waits for them."""
    path = request.url.path
    wanted = f"{path}?{request.url.query}" if request.url.query else path
    if request.method == "POST":
        wanted = HOME[door_of(path, None)]
        if visitor.left is not None and typed.content():
            registry = replace(SYSTEM_ACTOR, request_id=request.state.request_id)
            # A form that keeps itself while it is typed in names its own address: there it is looked for.
            place = draft_place(typed) if path == KEEPING else path
            async with system_unit(parts.engines, DatabaseRole.APP_ACCESS, registry) as unit:
                draft_id = await keep_draft(
                    unit, parts.keys, principal_id=visitor.left, place=place or path, fields=typed.content()
                )
            wanted = f"/kept/{draft_id}"
    return SignInFirst(to_sign_in(door_of(path, None), wanted, is_over=visitor.left is not None))


def to_sign_in(door: Door, wanted: str, *, is_over: bool) -> Response:
    """A redirect to the sign-in page of a door, which leads on to ``wanted``."""
    query = {"next": wanted, **({"over": "1"} if is_over else {})}
    return RedirectResponse(f"{sign_in_at(door)}?{urlencode(query)}", 303)


def sign_in_at(door: Door) -> str:
    """The sign-in page of a door."""
    return "/sign-in" if door is Door.PUBLIC else f"/sign-in/{door}"


def local_address(address: str) -> str | None:
    """An address of this registry that a browser may be sent on to, or None: never another host's.

    Browsers skip every further slash and backslash at the beginning and read a host (URL Standard, "special authority
    ignore slashes"), where RFC 3986 sees a path.
    """
    is_local = address.startswith("/") and not address.startswith("//") and "\\" not in address
    return (
        address if is_local and address.isascii() and address.isprintable() and len(address) <= 500 else None
    )


def draft_place(typed: Typed) -> str | None:
    """The address of the form that is kept, as it says itself; None when it says none of ours."""
    place = local_address(typed["_place"])
    return place if place and len(place) <= _PLACE_MAX else None
