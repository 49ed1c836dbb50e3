"""What somebody typed and had not sent: kept while typing, or when a session ran out, and given back to its author."""

from uuid import UUID

from starlette.responses import Response

from app.identity.accounts.actions.keep_draft import read_draft
from app.kernel.errors import InvalidInput, NotFound, Reason
from app.web.pages.kept import keep as keep_typed
from app.web.pages.links import pages
from app.web.pages.page import PageOf
from app.web.pages.visitor import KEEPING, draft_place

router = pages()


@router.get("/kept/{draft_id}")
async def show_kept(page: PageOf, draft_id: UUID) -> Response:
    """The way back to the form; another author's draft is not found."""
    async with page.access() as unit:
        kept = await read_draft(unit, page.parts.keys, draft_id=draft_id)
    if kept is None:
        raise NotFound
    place, fields = kept
    return page.show("kept.html", place=place, fields=fields, is_kept=True, sign_in=None)


@router.post(KEEPING)
async def keep(page: PageOf) -> Response:
    """Save-as-you-go of a form that asks for it (``data-draft``); answers nothing but that it is kept."""
    place = draft_place(page.typed)
    if place is None:
        raise InvalidInput([Reason(code="place_invalid", message="表单地址不正确", remedy="请刷新页面")])
    await keep_typed(page, place, page.typed.content())
    return Response(status_code=204)
