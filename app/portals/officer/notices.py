"""公示: what may be published, what is up, what is over; lines are masked for everybody alike."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.public_notices import NoticeIn, NoticeLineOut
from app.kernel.errors import RegistryError
from app.oversight.waiting.queries import claims_waiting
from app.subsidies.claims.states import ClaimState
from app.subsidies.entitlements.states import KIND_LABELS
from app.subsidies.notices.actions.publish_notice import publish_notice
from app.subsidies.notices.queries import ended_notices, notice_lines, open_notice, open_notices
from app.web.pages.filters import day
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

_PAGE = 50
_LABELS = {
    "title": "标题",
    "division_code": "地区",
    "kinds": "补贴种类",
    "claim_ids": "申领名单",
    "": "补贴种类",
}


@router.get("/office/notices")
async def list_notices_page(page: PageOf, cursor: str | None = None) -> Response:
    """What is up, and what was: a notice comes down by itself after its last day."""
    async with page.reading() as unit:
        division = unit.actor.division_code
        up = await open_notices(unit, division_code=division, limit=_PAGE, cursor=None)
        over = await ended_notices(unit, division_code=division or "", limit=_PAGE, cursor=cursor)
        waiting = await claims_waiting(unit, [ClaimState.APPROVED, ClaimState.NOTICED])
        today = unit.today
    return page.show(
        "officer/notices.html",
        up=up.items,
        over=over,
        approved=waiting[ClaimState.APPROVED],
        noticed=waiting[ClaimState.NOTICED],
        today=today,
        is_first=cursor is None,
    )


@router.get("/office/notices/new")
async def ask_notice_page(page: PageOf) -> Response:
    """Everything approved of some kinds, at once."""
    return await _form(page)


async def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        approved = (await claims_waiting(unit, [ClaimState.APPROVED]))[ClaimState.APPROVED]
        today, division = unit.today, unit.actor.division_code
    prepared = {
        "title": f"{page.me.agency_name}补贴公示（{day(today)}）",
        "division_code": division,
    }
    return page.show(
        "officer/notice_form.html",
        refusal=refusal,
        typed=None if page.typed else Typed.from_values(prepared),
        labels=_LABELS,
        approved=approved,
        kinds=[(kind.value, word) for kind, word in KIND_LABELS.items()],
    )


@router.post("/office/notices")
async def publish_notice_page(page: PageOf) -> Response:
    """The notice is up at once."""
    try:
        content = page.typed.read(NoticeIn, lists=("kinds", "claim_ids"))
        async with page.act() as act:
            published = await publish_notice(
                act.unit,
                page.parts.keys,
                title=content.title,
                division_code=content.division_code,
                kinds=content.kinds,
                claim_ids=content.claim_ids,
            )
            more = "；还有没有列入的，可再公示一份" if published.is_more else ""
            act.go(
                f"/office/notices/{published.notice_id}",
                said=f"已公示{published.lines}件，末日{day(published.ends_on)}{more}",
            )
    except RegistryError as refusal:
        return await _form(page, refusal)
    return page.go(act)


@router.get("/office/notices/{notice_id}")
async def show_notice_page(page: PageOf, notice_id: UUID, cursor: str | None = None) -> Response:
    """The lines as everybody sees them, while the notice is up."""
    async with page.reading() as unit:
        notice = await open_notice(unit, notice_id)
        lines = await notice_lines(unit, notice_id, limit=_PAGE, cursor=cursor)
        today = unit.today
    return page.show(
        "officer/notice.html",
        notice=notice,
        lines=[NoticeLineOut.of(line_no, shown) for line_no, shown in lines.items],
        next_cursor=lines.next_cursor,
        is_first=cursor is None,
        today=today,
    )
