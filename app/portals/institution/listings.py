"""Listings of an enterprise (用人单位名单): delivered as a file or pasted, checked, decided, and claimed on."""

from functools import partial
from uuid import UUID

import anyio.to_thread
from starlette.responses import JSONResponse, Response

from app.api.v1.claim_batch_shapes import BATCH_MAX, BatchIn
from app.api.v1.claims import answer_batch
from app.api.v1.listing_shapes import (
    FiledListingOut,
    ListedPersonOut,
    ListingHeadIn,
    ListingOut,
    RefusedLineOut,
)
from app.api.v1.rosters import yardstick_of
from app.directory.institutions.queries import read_institution
from app.files.limits import ROSTER
from app.files.sheet import TableFile
from app.files.tabular import read_table
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.kernel.paging import DEFAULT_PAGE_LIMIT
from app.portals.institution.batches import go_to_answers, keep_answers
from app.reference.divisions import area_name
from app.reference.occupations import occupations
from app.reference.skill_levels import SkillLevel, facts_of
from app.subsidies.claims.queries.institution import entries_of_listing
from app.subsidies.entitlements.states import PayeeKind, period_in_words
from app.subsidies.listings.actions.file_listing import file_listing
from app.subsidies.listings.queries import get_listing, list_listings, list_own_lines
from app.subsidies.listings.rules import ListingHead
from app.subsidies.listings.states import KIND_LABELS, ListingKind
from app.training.rosters.rules import read_roster
from app.web.pages.kept import content_kept, keep_content
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

_LABELS = {
    "kind": "名单种类",
    "division_code": "受理地",
    "period": "所属期间",
    "starts_on": "培养年度开始",
    "ends_on": "培养年度结束",
    "occupation_edition": "职业分类大典版本",
    "occupation_code": "职业编码",
    "skill_level": "培养等级",
    "file": "名单文件",
}
_HEAD = frozenset(ListingHeadIn.model_fields)
_PERIODS = {
    ListingKind.WORK_MONTH: "所属月份填年-月，如 2026-05",
    ListingKind.APPRENTICESHIP_YEAR: "选第几个培养年度，并填培养年度起止日期和职业",
    ListingKind.RETAINED_EMPLOYEE: "所属年份填四位数字，如 2022",
}


_YEAR = "_year"
"""Of apprenticeship, chosen in words."""
_YEARS = [(f"year-{number}", period_in_words(f"year-{number}")) for number in range(1, 5)]


@router.get("/institution/claims/listings")
async def list_listings_page(page: PageOf, cursor: str | None = None) -> Response:
    """The newest first."""
    async with page.reading() as unit:
        found = await list_listings(unit, state=None, cursor=cursor, limit=DEFAULT_PAGE_LIMIT)
    return page.show(
        "institution/listings.html",
        listings=[ListingOut.of(each) for each in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
    )


@router.get("/institution/claims/listings/new")
async def ask_listing(page: PageOf) -> Response:
    """What it is a listing of, and the persons as a file or pasted."""
    return await _form(page)


@router.post("/institution/claims/listings")
async def file_listing_page(page: PageOf) -> Response:
    """The lines nothing stands against are filed; the others come back with their reasons."""
    try:
        head, table = await _delivered(page)
        async with page.act() as act:
            judged = partial(read_roster, table.sheets, yardstick_of(act.unit))
            lines = await anyio.to_thread.run_sync(judged)
            filed = FiledListingOut.of(await file_listing(act.unit, page.parts.keys, head=head, lines=lines))
            if filed.listing_id is None:
                raise InvalidInput([_nobody_filed])
            base = f"/institution/claims/listings/{filed.listing_id}"
            more = f"；{len(filed.refused)}行没有报送，原因见下" if filed.refused else ""
            act.go(base, said=f"已报送{filed.filed}人{more}")
    except RegistryError as refusal:
        is_read = isinstance(refusal, InvalidInput) and _nobody_filed in refusal.reasons
        return await _form(page, refusal, refused=filed.refused if is_read else [])
    if filed.refused:
        await keep_content(page, base, [line.model_dump(mode="json") for line in filed.refused])
    return page.go(act)


@router.get("/institution/claims/listings/{listing_id}")
async def show_listing(page: PageOf, listing_id: UUID, cursor: str | None = None) -> Response:
    """Its state, the real-name check, and whose subsidy may be claimed."""
    return await _listing_page(page, listing_id, cursor)


@router.get("/institution/claims/listings/{listing_id}/progress")
async def tell_progress(page: PageOf, listing_id: UUID) -> Response:
    """How far the real-name check is."""
    async with page.reading() as unit:
        counts = (await get_listing(unit, listing_id)).counts
    done = counts.lines - counts.unchecked
    told = f"已核验 {done} 名，共 {counts.lines} 名"
    return JSONResponse({"done": done, "total": counts.lines, "text": told, "finished": not counts.unchecked})


@router.post("/institution/claims/listings/{listing_id}/claims")
async def claim_listing(page: PageOf, listing_id: UUID) -> Response:
    """Claim for everybody of it who was not claimed for; each line has an answer of its own."""
    try:
        async with page.act() as act:
            await get_listing(act.unit, listing_id)
            free = [each for each in await entries_of_listing(act.unit, listing_id) if each.is_free]
            if not free:
                raise InvalidInput([_nobody_left])
            content = Typed().read(
                BatchIn,
                kind=free[0].kind,
                payee_kind=PayeeKind.INSTITUTION,
                record_numbers=[each.record_number for each in free[:BATCH_MAX]],
            )
            answered = await answer_batch(act.unit, content)
            go_to_answers(act, answered)
    except RegistryError as refusal:
        return await _listing_page(page, listing_id, None, refusal)
    back = f"/institution/claims/listings/{listing_id}"
    await keep_answers(page, answered, back=back, back_word="返回名单")
    return page.go(act)


async def _delivered(page: Page) -> tuple[ListingHead, TableFile]:
    """What is listed, and the persons. Raises InvalidInput with the defects of both, TooLarge."""
    typed = Typed([(name, value) for name, value in page.typed.content() if name in _HEAD])
    if typed["kind"] == ListingKind.APPRENTICESHIP_YEAR:
        typed = Typed([*typed.items(), ("period", page.typed[_YEAR] or typed["period"])])
    reasons: list[Reason] = []
    head = table = None
    try:
        head = typed.read(ListingHeadIn).head()
    except InvalidInput as refused:
        reasons += refused.reasons
    try:
        table = await _table_typed(page)
    except InvalidInput as refused:
        reasons += refused.reasons
    if head is None or table is None:
        raise InvalidInput(reasons)
    return head, table


async def _table_typed(page: Page) -> TableFile:
    """The persons. Raises InvalidInput, TooLarge."""
    file, pasted = page.typed.file("file"), page.typed["pasted"]
    if file is None:
        if not pasted:
            raise InvalidInput([_nothing_delivered])
        return await read_table(pasted.encode(), limits=ROSTER)
    data = await file.read(ROSTER.max_bytes + 1)
    await file.close()
    return await read_table(data, limits=ROSTER)


async def _form(
    page: Page, refusal: RegistryError | None = None, *, refused: list[RefusedLineOut] | None = None
) -> Response:
    async with page.reading() as unit:
        today = unit.today
        own = await read_institution(unit.session, page.me.institution(), as_of=today)
    edition = occupations().get().edition_on(today)
    return page.show(
        "institution/listing_form.html",
        refusal=refusal,
        labels=_LABELS,
        kinds=[(kind.value, KIND_LABELS[kind], _PERIODS[kind]) for kind in _PERIODS],
        years=_YEARS,
        levels=[(level.value, facts_of(level).name) for level in SkillLevel],
        edition=None if edition is None else edition.edition,
        refused=refused or [],
        province=own.institution.division_code[:2] + "0000",
    )


async def _listing_page(
    page: Page, listing_id: UUID, cursor: str | None, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        view = await get_listing(unit, listing_id)
        found = await list_own_lines(
            unit, page.parts.keys, listing_id, cursor=cursor, limit=DEFAULT_PAGE_LIMIT
        )
        entries = await entries_of_listing(unit, listing_id)
    kept = await content_kept(page, f"/institution/claims/listings/{listing_id}")
    return page.show(
        "institution/listing.html",
        refusal=refusal,
        listing=ListingOut.of(view),
        place=area_name(view.listing.division_code),
        lines=[(line.name, ListedPersonOut.of(line)) for line in found.items],
        claims={each.record_number: each for each in entries},
        free=sum(each.is_free for each in entries),
        batch_max=BATCH_MAX,
        refused=[RefusedLineOut.model_validate(line) for line in kept or []],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
    )


_nothing_delivered = Reason(
    code="nothing_delivered",
    field="file",
    message="没有选择文件，也没有粘贴内容",
    remedy="请选择名单文件，或从Excel复制后粘贴",
)
_nobody_filed = Reason(
    code="nobody_filed",
    field="file",
    message="没有一行可以报送，什么都没有留存",
    remedy="请按下面逐行的说明改正后重新报送",
)
_nobody_left = Reason(
    code="nobody_left",
    message="名单中没有还可以申领的人",
    remedy="已提交的请在补贴申领中查看；名单确认后才能申领",
)
