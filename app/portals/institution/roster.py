"""The roster of a class (学员名册): delivered as a file or pasted from Excel, its bad rows mended where they stand."""

from functools import partial
from uuid import UUID

import anyio.to_thread
from starlette.responses import JSONResponse, Response

from app.api.v1.roster_shapes import OwnLineOut, WithdrawIn
from app.api.v1.rosters import WORKBOOK, template_answer, yardstick_of
from app.files.limits import ROSTER
from app.files.tabular import read_table
from app.kernel.errors import InvalidInput, NotFound, Reason, RegistryError
from app.kernel.paging import DEFAULT_PAGE_LIMIT
from app.portals.institution.bad_rows import (
    COLUMNS,
    BadRow,
    as_refused,
    bad_rows,
    headings,
    keep_rows,
    kept_rows,
)
from app.portals.institution.opening_view import class_in_sight, is_editable
from app.portals.institution.rows import rows_in
from app.training.rosters.actions.import_roster import ImportedRoster, import_roster
from app.training.rosters.actions.withdraw_line import withdraw_line
from app.training.rosters.queries import RosterCounts, count_lines, list_own_lines, own_opening
from app.training.rosters.rules import ReadRoster, RosterEntry, entries_in, judge_roster
from app.training.rosters.states import TakingOutcome
from app.web.pages.kept import kept_of
from app.web.pages.links import pages
from app.web.pages.page import Act, Page, PageOf
from app.web.pages.typed import Typed

router = pages()

MENDED_AT_ONCE = 100
"""How many bad rows one page shows; the next ones follow when these are settled."""
_LABELS = {"file": "名册文件", "pasted": "粘贴的名册", "reason": "撤下原因", "added": "添加的学员"}
_SINGLE = ("name", "identity_number", "card_number", "phone", "key_group", "remark")


@router.get("/institution/roster-template")
async def download_template(page: PageOf) -> Response:
    """The roster to fill in, with its drop-downs."""
    async with page.reading() as unit:
        today = unit.today
    return await template_answer(today)


@router.get("/institution/openings/{opening_id}/roster")
async def show_roster(page: PageOf, opening_id: UUID, cursor: str | None = None) -> Response:
    """Who is on the roster, how the real-name check stands, and ways to deliver more."""
    return await _roster_page(page, opening_id, cursor)


@router.get("/institution/openings/{opening_id}/roster/progress")
async def tell_progress(page: PageOf, opening_id: UUID) -> Response:
    """How far the real-name check is."""
    async with page.reading() as unit:
        await own_opening(unit, opening_id)
        counts = await count_lines(unit, opening_id)
    done = counts.lines - counts.unverified
    return JSONResponse(
        {
            "done": done,
            "total": counts.lines,
            "text": _progress_words(counts),
            "finished": counts.unverified == 0,
        }
    )


@router.post("/institution/openings/{opening_id}/roster")
async def deliver_roster(page: PageOf, opening_id: UUID) -> Response:
    """Good rows are on the roster at once; the others wait on the page where they are mended."""
    try:
        entries, notices = await _delivered(page)
        is_whole = page.typed.file("file") is not None or bool(page.typed["pasted"])
        waiting = [] if is_whole else await kept_rows(page, opening_id)
        async with page.act() as act:
            imported = await _import(act, page, opening_id, entries, notices)
            left = [*bad_rows(imported.delivered.refused, entries), *waiting]
            _go_on(act, opening_id, imported, len(left))
    except RegistryError as refusal:
        return await _roster_page(page, opening_id, None, refusal)
    await keep_rows(page, opening_id, left)
    return page.go(act)


@router.get("/institution/openings/{opening_id}/roster/fix")
async def ask_mended_rows(page: PageOf, opening_id: UUID) -> Response:
    """The rows that were refused, each with its reasons beside the cell."""
    return await _fix_page(page, opening_id)


@router.post("/institution/openings/{opening_id}/roster/fix")
async def mend_rows(page: PageOf, opening_id: UUID) -> Response:
    """Only these rows are judged again; what is left over stays."""
    rows = await kept_rows(page, opening_id)
    try:
        shown = [row.mended(_typed_of(page, number)) for number, row in enumerate(rows[:MENDED_AT_ONCE])]
        wanted = [row for number, row in enumerate(shown) if not page.typed[f"rows.{number}.skip"]]
        entries = [row.entry() for row in wanted]
        async with page.act() as act:
            imported = await _import(act, page, opening_id, entries, [])
            left = [*bad_rows(imported.delivered.refused, entries), *rows[MENDED_AT_ONCE:]]
            _go_on(act, opening_id, imported, len(left))
    except RegistryError as refusal:
        return await _fix_page(page, opening_id, refusal)
    await keep_rows(page, opening_id, left)
    return page.go(act)


@router.post("/institution/openings/{opening_id}/roster/drop-rows")
async def drop_rows(page: PageOf, opening_id: UUID) -> Response:
    """Forget the rows that were refused; they are not on the roster."""
    async with page.reading() as unit:
        await own_opening(unit, opening_id)
    await keep_rows(page, opening_id, [])
    return page.go(f"/institution/openings/{opening_id}/roster", said="已清除没有登入的行")


@router.get("/institution/openings/{opening_id}/roster/bad-rows")
async def download_bad_rows(page: PageOf, opening_id: UUID) -> Response:
    """Only the refused rows as a workbook, with reasons; mended, it can be sent as it is."""
    rows = await kept_rows(page, opening_id)
    if not rows:
        raise NotFound([Reason(code="no_bad_rows", message="没有待修改的行", remedy="名册中的行都已登入")])
    from app.training.rosters.template import refused_rows_workbook  # noqa: PLC0415 - brings the writer along

    content = await anyio.to_thread.run_sync(refused_rows_workbook, as_refused(rows))
    told = {"Content-Disposition": 'attachment; filename="refused-rows.xlsx"', "Cache-Control": "no-store"}
    return Response(content, headers=told, media_type=WORKBOOK)


@router.get("/institution/openings/{opening_id}/roster/{line_id}/withdraw")
async def ask_withdrawal(page: PageOf, opening_id: UUID, line_id: UUID) -> Response:
    """Why a trainee is taken off."""
    return await _withdrawal_form(page, opening_id, line_id)


@router.post("/institution/openings/{opening_id}/roster/{line_id}/withdraw")
async def withdraw_page(page: PageOf, opening_id: UUID, line_id: UUID) -> Response:
    """Take a trainee off the roster before filing."""
    try:
        content = page.typed.read(WithdrawIn)
        async with page.act() as act:
            await withdraw_line(act.unit, opening_id=opening_id, line_id=line_id, reason=content.reason)
            act.go(f"/institution/openings/{opening_id}/roster", said="已从名册撤下1名学员")
    except RegistryError as refusal:
        return await _withdrawal_form(page, opening_id, line_id, refusal)
    return page.go(act)


async def _delivered(page: Page) -> tuple[list[RosterEntry], list[Reason]]:
    """What was sent, in whichever way. Raises InvalidInput, TooLarge."""
    file, pasted = page.typed.file("file"), page.typed["pasted"]
    if file is not None:
        data = await file.read(ROSTER.max_bytes + 1)
        await file.close()
        table = await read_table(data, limits=ROSTER)
    elif pasted:
        table = await read_table(pasted.encode(), limits=ROSTER)
    else:
        single = {name: page.typed[name] for name in _SINGLE}
        if not any(single.values()):
            raise InvalidInput(
                [
                    Reason(
                        code="nothing_delivered",
                        message="没有选择文件，也没有粘贴内容",
                        remedy="请选择名册文件，或从Excel复制后粘贴",
                        field="file",
                    )
                ]
            )
        return [RosterEntry(line=1, **single)], []  # type: ignore[arg-type]
    entries, notices, _ = await anyio.to_thread.run_sync(entries_in, table.sheets)
    return entries, notices


async def _import(
    act: Act, page: Page, opening_id: UUID, entries: list[RosterEntry], notices: list[Reason]
) -> ImportedRoster:
    """Judge the entries and keep the good ones."""
    if entries:
        judged = partial(judge_roster, entries, yardstick_of(act.unit), notices=notices, headings=headings())
        roster = await anyio.to_thread.run_sync(judged)
    else:
        roster = ReadRoster(lines=(), refused=(), notices=())
    return await import_roster(
        act.unit,
        page.parts.keys,
        opening_id=opening_id,
        roster=roster,
        replace_held=bool(page.typed["replace"]),
    )


def _go_on(act: Act, opening_id: UUID, imported: ImportedRoster, left: int) -> None:
    """Say what came of it, and lead to what is left to do."""
    fresh = sum(each.outcome is not TakingOutcome.UNCHANGED for each in imported.taken)
    same = len(imported.taken) - fresh
    told = f"登入{fresh}名学员" + (f"，{same}名与名册相同" if same else "")
    base = f"/institution/openings/{opening_id}/roster"
    if left:
        act.go(f"{base}/fix", said=f"{told}；还有{left}行需要修改")
    else:
        act.go(base, said=told)


def _typed_of(page: Page, number: int) -> dict[str, str]:
    """One row as it was sent."""
    at = f"rows.{number}."
    return {name.removeprefix(at): page.typed[name] for name in page.typed if name.startswith(at)}


async def _fix_page(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    rows = await kept_rows(page, opening_id)
    kept = None if page.typed else await kept_of(page)
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
    shown = rows[:MENDED_AT_ONCE]
    return page.show(
        "institution/roster_fix.html",
        refusal=refusal,
        typed=kept if kept is not None and len(rows_in(kept, "rows")) <= len(shown) else page.typed,
        summary=summary,
        rows=shown,
        total=len(rows),
        columns=[(column.value, word) for column, word in zip(COLUMNS, headings(), strict=True)],
        is_kept=kept is not None,
    )


async def _roster_page(
    page: Page, opening_id: UUID, cursor: str | None, refusal: RegistryError | None = None
) -> Response:
    rows: list[BadRow] = await kept_rows(page, opening_id)
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        found = await list_own_lines(
            unit,
            page.parts.keys,
            opening_id,
            cursor=cursor,
            limit=DEFAULT_PAGE_LIMIT,
            with_withdrawn=False,
        )
        counts = await count_lines(unit, opening_id)
    return page.show(
        "institution/roster.html",
        refusal=refusal,
        labels=_LABELS,
        summary=summary,
        is_editable=is_editable(summary),
        lines=[OwnLineOut.of(line) for line in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        counts=counts,
        waiting=len(rows),
        typed=page.typed if refusal else Typed(),
    )


async def _withdrawal_form(
    page: Page, opening_id: UUID, line_id: UUID, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
    return page.show(
        "institution/roster_withdraw.html", refusal=refusal, labels=_LABELS, summary=summary, line_id=line_id
    )


def _progress_words(counts: RosterCounts) -> str:
    done = counts.lines - counts.unverified
    return f"已核验 {done} 名，共 {counts.lines} 名，还有 {counts.unverified} 名待核验"
