"""用人单位名单: the work list, one listing with its checks, its lines for a purpose, confirmed or returned."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.api.v1.listing_shapes import ListingOut, ReadListingLineOut, ReturnListingIn
from app.archive.records.states import Purpose
from app.kernel.errors import InvalidInput, RegistryError
from app.portals.officer.looks import LABELS, LookIn, purposes
from app.subsidies.entitlements.states import period_in_words
from app.subsidies.listings.actions.decide_listing import confirm_listing, return_listing
from app.subsidies.listings.actions.read_lines import read_lines
from app.subsidies.listings.queries import get_listing, list_listings
from app.subsidies.listings.states import STATE_LABELS, ListingState
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {**LABELS, "reason": "退回的全部问题", "listing_id": "名单"}


@router.get("/office/listings")
async def list_listings_page(
    page: PageOf,
    state: Annotated[str, Query(max_length=20)] = ListingState.FILED.value,
    cursor: str | None = None,
) -> Response:
    """Numbers of lines and of checks; nothing of persons."""
    chosen = ListingState(state) if state in set(ListingState) else ListingState.FILED
    async with page.reading() as unit:
        found = await list_listings(unit, state=chosen, cursor=cursor, limit=_PAGE)
    return page.show(
        "officer/listings.html",
        rows=[ListingOut.of(each) for each in found.items],
        period_in_words=period_in_words,
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        state=chosen,
        states=list(STATE_LABELS.items()),
    )


@router.get("/office/listings/{listing_id}")
async def show_listing_page(page: PageOf, listing_id: UUID) -> Response:
    """One listing and what may be done with it now."""
    return await _show(page, listing_id)


@router.get("/office/listings/{listing_id}/lines")
async def ask_lines_page(page: PageOf, listing_id: UUID) -> Response:
    """Why the persons are looked at."""
    async with page.reading() as unit:
        await get_listing(unit, listing_id)
    return _asked(page, listing_id)


@router.post("/office/listings/{listing_id}/lines")
async def read_lines_page(page: PageOf, listing_id: UUID) -> Response:
    """Every line, once; each person sees the look."""
    try:
        asked = page.typed.read(LookIn)
    except InvalidInput as refusal:
        return _asked(page, listing_id, refusal)
    async with page.writing() as unit:
        listing = await get_listing(unit, listing_id)
        lines = await read_lines(
            unit, page.parts.keys, listing_id, purpose=asked.purpose, case_number=asked.case_number
        )
    return page.show(
        "officer/listing_lines.html",
        listing=ListingOut.of(listing),
        period_in_words=period_in_words,
        lines=[ReadListingLineOut.of(line) for line in lines],
        asked=asked,
    )


@router.post("/office/listings/{listing_id}/confirm")
async def confirm_listing_page(page: PageOf, listing_id: UUID) -> Response:
    """Whoever matched gets an entry at once; claims rest on it."""
    try:
        async with page.act() as act:
            appended = await confirm_listing(act.unit, listing_id)
            act.go(f"/office/listings/{listing_id}", said=f"已确认，{appended}名人员形成档案")
    except RegistryError as refusal:
        return await _show(page, listing_id, refusal)
    return page.go(act)


@router.post("/office/listings/{listing_id}/return")
async def return_listing_page(page: PageOf, listing_id: UUID) -> Response:
    """Everything at once; the employer files anew."""
    try:
        content = page.typed.read(ReturnListingIn)
        async with page.act() as act:
            await return_listing(act.unit, listing_id, reason=content.reason)
            act.go("/office/listings", said="已退回，全部问题一次告知用人单位")
    except RegistryError as refusal:
        return await _show(page, listing_id, refusal)
    return page.go(act)


async def _show(page: Page, listing_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        found = await get_listing(unit, listing_id)
    return page.show(
        "officer/listing.html",
        refusal=refusal,
        labels=_LABELS,
        listing=ListingOut.of(found),
        period=period_in_words(found.listing.period),
    )


def _asked(page: Page, listing_id: UUID, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/look.html",
        refusal=refusal,
        labels=LABELS,
        title="查阅用人单位名单",
        action=f"/office/listings/{listing_id}/lines",
        back=f"/office/listings/{listing_id}",
        told="将显示全部人员的姓名、遮盖的号码和核验结果。每名人员都会看到这次查阅。",
        purposes=purposes(
            Purpose.SUBSIDY_REVIEW, Purpose.FILING_REVIEW, Purpose.COMPLAINT, Purpose.INSPECTION
        ),
    )
