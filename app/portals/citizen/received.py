"""The page of whoever got a link: no sign-in; the code comes after ``#`` or is typed."""

from dataclasses import replace

from starlette.responses import Response

from app.access.actor import SYSTEM_ACTOR
from app.access.unit import system_unit
from app.api.v1.share_shapes import OpenedShareOut, ShareOpenIn
from app.db.roles import DatabaseRole
from app.exchange.shares.actions.open_share import opened_share, try_share
from app.kernel.errors import RegistryError
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()
_LABELS = {"code": "分享码"}


@router.get("/share")
async def ask_share_code(page: PageOf) -> Response:
    """Where scripts run, the code after ``#`` fills the field; nothing is opened before the button is pressed."""
    return page.show("public/share.html", labels=_LABELS)


@router.post("/share")
async def open_share_page(page: PageOf) -> Response:
    """One more look, told to the person; whoever opens is nobody to the registry, signed in or not."""
    nobody = replace(SYSTEM_ACTOR, request_id=page.request.state.request_id)
    source = "" if page.request.client is None else page.request.client.host
    try:
        body = page.typed.read(ShareOpenIn)
        async with system_unit(page.parts.engines, DatabaseRole.APP_PUBLIC, nobody) as unit:
            found = await try_share(unit, page.parts.keys, code=body.code, source=source)
            shown_at = unit.now
        opened = OpenedShareOut.of(opened_share(page.parts.keys, found), shown_at)
    except RegistryError as refusal:
        return page.show("public/share.html", refusal=refusal, labels=_LABELS)
    return page.show("public/share_opened.html", opened=opened)
