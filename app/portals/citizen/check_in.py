"""Sign in or out of a session with the code on the screen in the room (签到、签退)."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from app.kernel.errors import Refused, RegistryError
from app.training.attendance.actions.check_in import CheckedIn, check_in
from app.training.attendance.queries.own_sessions import OwnSession, own_sessions_now
from app.training.attendance.rules.codes import DIGITS
from app.training.attendance.states import EventKind, EventResult
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.wire import Input
from app.web.words import word

router = pages()
_LABELS = {"code": "签到码", "kind": "签到还是签退", "session_id": "课次"}


class SignIn(Input):
    """What the person types; people write the digits in two groups, as the screen shows them."""

    session_id: UUID | None = None
    code: str = Field(pattern=rf"^[0-9]{{{DIGITS}}}$")
    kind: Literal[EventKind.SIGN_IN, EventKind.SIGN_OUT]


@router.get("/my/check-in")
async def ask_code(page: PageOf, session: UUID | None = None) -> Response:
    """The code, and whether one comes or goes; ``session`` comes from the QR code in the room."""
    return await _form(page, session)


@router.post("/my/check-in")
async def check_in_page(page: PageOf) -> Response:
    """A wrong code is counted and told; too many pause."""
    try:
        typed = page.typed["code"].replace(" ", "").replace("　", "")
        content = page.typed.read(SignIn, code=typed)
        async with page.writing() as unit:
            done = await check_in(
                unit, page.parts.keys, session_id=content.session_id, code=content.code, kind=content.kind
            )
        # Told after the commit: the counted wrong code, or the evidence of double presence, must be kept.
        if done.reasons:
            raise Refused(done.reasons)
    except RegistryError as refusal:
        return await _form(page, None, refusal)
    return page.go("/my/check-in", said=_told(done, content.kind))


def _told(done: CheckedIn, kind: EventKind) -> str:
    what = word("attendance", kind)
    return f"已{what}" if done.result is EventResult.ACCEPTED else f"刚才已经{what}，不用重复"


async def _form(page: Page, session: UUID | None, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        sessions = await own_sessions_now(unit)
    return page.show(
        "citizen/check_in.html",
        refusal=refusal,
        labels=_LABELS,
        sessions=sessions,
        chosen=next((each for each in sessions if each.session_id == session), None),
        kinds=[
            (EventKind.SIGN_IN.value, "签到", "来上课"),
            (EventKind.SIGN_OUT.value, "签退", "上完课要走"),
        ],
        kind=_expected_kind(sessions),
    )


def _expected_kind(sessions: Sequence[OwnSession]) -> str:
    """Who has come, goes next."""
    has_come = any(each.signed_in_at is not None and each.signed_out_at is None for each in sessions)
    return (EventKind.SIGN_OUT if has_come else EventKind.SIGN_IN).value
