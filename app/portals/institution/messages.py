"""What the authorities have decided about the institution's matters, newest first, each with the way to it."""

from typing import Any

from sqlalchemy import Row
from starlette.responses import Response

from app.kernel.paging import DEFAULT_PAGE_LIMIT
from app.subsidies.messages.queries import institution_news
from app.web.pages.links import pages
from app.web.pages.page import PageOf
from app.web.words import word

router = pages()

_PLACES = {
    "opening": "/institution/openings/{}",
    "change": "/institution/openings/{}/changes",
    "listing": "/institution/claims/listings/{}",
    "account": "/institution/claims/accounts",
    "advance": "/institution/openings/{}/claims",
    "claim": "/institution/claims/{}",
}


@router.get("/institution/messages")
async def list_messages_page(page: PageOf, cursor: str | None = None) -> Response:
    """Decisions as they stand now."""
    async with page.reading() as unit:
        found = await institution_news(unit, cursor=cursor, limit=DEFAULT_PAGE_LIMIT)
    return page.show(
        "institution/messages.html",
        events=[_event(row) for row in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
    )


def _event(row: Row[Any]) -> dict[str, Any]:
    subject, _, step = row.what.partition("_")
    named = {
        "account": f"尾号{row.name}的对公账户",
        "claim": f"申领 {row.name}",
        "listing": f"所属期间 {row.name}",
    }.get(subject, row.name)
    told = word("claim", step) if subject == "claim" else word("news", row.what)
    return {
        "at": row.at,
        "title": f"{named}：{told}" if subject in {"claim", "account"} else told,
        "who": None if subject in {"claim", "account"} else named,
        "text": None,
        "href": _PLACES[subject].format(row.subject_id),
        "href_word": "查看",
    }
