"""Filings of classes: the list, one with everything to check, on record or back, changes, the roster for a purpose."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.documents import download
from app.api.v1.opening_changes import ChangeDecisionIn
from app.api.v1.opening_shapes import DocumentOut, OpeningOut
from app.api.v1.openings import DefectIn
from app.api.v1.roster_shapes import ReadLineOut
from app.archive.records.states import Purpose
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.portals.officer.looks import LABELS, LookIn, purposes
from app.training.openings.actions.decide_change import decide_change
from app.training.openings.actions.put_on_record import put_on_record
from app.training.openings.actions.return_opening import Defect, defects_by_rule, return_opening
from app.training.openings.queries import contents, lists
from app.training.openings.queries.changes import change_to_decide, open_changes, proposal_of
from app.training.openings.queries.documents import FILE_NAME_FIELD
from app.training.openings.queries.filing import read_filing_case
from app.training.openings.queries.scope import opening_in_sight
from app.training.openings.rules.filing import reasons_against_filing
from app.training.openings.states import STATE_NAMES, ChangeDecision, OpeningState
from app.training.rosters.actions.read_roster import read_roster
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

_PAGE = 50
_ROWS_MAX = 100
_PARTS: Mapping[str, str] = {
    "teaching_plan": "教学计划",
    "teachers": "师资",
    "teaching_materials": "教材",
    "assessment_plan": "考核方案",
    "roster": "学员名册",
    "sessions": "课次安排",
    "commitment": "承诺书",
    "documents": "附件",
    "other": "其他",
}
"""What a defect may be about, as the API names it."""
_PART_OF = {
    "modules": "teaching_plan",
    "planned_on": "assessment_plan",
    "file": "documents",
    "document_id": "documents",
}
_LABELS = {
    "defects.*.part": "哪一部分",
    "defects.*.message": "问题",
    "reasons": "退回的问题",
    "decision": "审定",
    "reason": "理由",
}


@router.get("/office/openings")
async def list_openings_page(
    page: PageOf,
    state: Annotated[str, Query(max_length=20)] = OpeningState.FILED.value,
    text: Annotated[str, Query(max_length=60)] = "",
    cursor: str | None = None,
) -> Response:
    """Filings that wait, oldest first; other states newest first."""
    chosen = OpeningState(state) if state in set(OpeningState) - {OpeningState.DRAFT} else None
    async with page.reading() as unit:
        found = await lists.list_openings(unit, state=chosen, text=text or None, cursor=cursor, limit=_PAGE)
        today = unit.today
    return page.show(
        "officer/openings.html",
        openings=[OpeningOut.of(summary) for summary in found.items],
        next_cursor=found.next_cursor,
        state=chosen,
        states=[(each.value, name) for each, name in STATE_NAMES.items() if each is not OpeningState.DRAFT],
        text=text,
        is_first=cursor is None,
        today=today,
    )


@router.get("/office/openings/changes")
async def list_changes_page(page: PageOf, cursor: str | None = None) -> Response:
    """Changes that wait for a decision, oldest first."""
    async with page.reading() as unit:
        found = await open_changes(unit, limit=_PAGE, cursor=cursor)
    return page.show("officer/opening_changes.html", found=found, is_first=cursor is None)


@router.get("/office/openings/{opening_id}")
async def show_opening_page(page: PageOf, opening_id: UUID) -> Response:
    """Everything that was filed, and everything the rules find wrong with it by now."""
    return await _show(page, opening_id)


async def _show(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        summary = await lists.summary_in_sight(unit, opening_id)
        opening = summary.opening
        given = {
            "opening": OpeningOut.of(summary),
            "parts": {
                part: row.content for part, row in (await contents.parts_of(unit.session, opening_id)).items()
            },
            "teachers": await contents.teachers_of(unit.session, opening_id),
            "sessions": await contents.sessions_of(unit.session, opening_id),
            "documents": [
                DocumentOut.of(
                    row,
                    page.parts.keys.open(row.file_name_sealed, name=FILE_NAME_FIELD, owner=row.document_id),
                )
                for row in await contents.documents_of(unit.session, opening_id)
            ],
            "changes": [(row, proposal_of(row)) for row in await lists.changes_of(unit.session, opening_id)],
            **await _judged(unit, opening),
            "today": unit.today,
        }
    typed = None if page.typed else Typed.from_values(_prepared(given["defects"], given["flags"]))
    return page.show(
        "officer/opening.html",
        refusal=refusal,
        typed=typed,
        labels=_LABELS,
        part_words=list(_PARTS.items()),
        rows=max(_rows_of(typed or page.typed) + 2, 3),
        **given,
    )


async def _judged(unit: Unit, opening: Any) -> dict[str, Any]:
    """What the rules say of a filing under review; nothing of what was decided."""
    if OpeningState(opening.state) is not OpeningState.FILED:
        return {"defects": (), "flags": (), "overlapping": None}
    filing = await lists.last_filing(unit.session, opening)
    case = await read_filing_case(unit, opening, filed_at=filing.filed_at)
    return {
        "defects": reasons_against_filing(case.facts),
        "flags": case.flags,
        "overlapping": case.overlapping_trainees,
    }


def _prepared(defects: tuple[Reason, ...], flags: tuple[Reason, ...]) -> dict[str, str]:
    """The text of a return as the rules would write it, for the officer to edit."""
    rows: dict[str, str] = {}
    found = [*defects_by_rule(defects), *(defects_by_rule(flags) if defects else [])]
    for place, defect in enumerate(found[:_ROWS_MAX]):
        part = _PART_OF.get(defect.part, defect.part)
        rows[f"defects.{place}.part"] = part if part in _PARTS else "other"
        rows[f"defects.{place}.code"] = defect.code
        rows[f"defects.{place}.message"] = defect.message
    return rows


def _rows_of(typed: Typed) -> int:
    return sum(
        name.startswith("defects.") and name.endswith(".message") and bool(typed[name]) for name in typed
    )


@router.post("/office/openings/{opening_id}/record")
async def record_page(page: PageOf, opening_id: UUID) -> Response:
    """备案: the rules judge again."""
    try:
        async with page.act() as act:
            number = await put_on_record(act.unit, opening_id=opening_id)
            act.go(await _following(act.unit), said=f"已备案，备案编号{number}")
    except RegistryError as refusal:
        return await _show(page, opening_id, refusal)
    return page.go(act)


@router.post("/office/openings/{opening_id}/return")
async def return_page(page: PageOf, opening_id: UUID) -> Response:
    """退回补正: everything at once, in the officer's words."""
    try:
        defects = _defects(page.typed)
        async with page.act() as act:
            await return_opening(act.unit, opening_id=opening_id, defects=defects)
            act.go(await _following(act.unit), said="已退回，全部问题一次告知机构")
    except RegistryError as refusal:
        return await _show(page, opening_id, refusal)
    return page.go(act)


def _defects(typed: Typed) -> list[Defect]:
    found: list[Defect] = []
    reasons: list[Reason] = []
    for place in range(_ROWS_MAX):
        at = f"defects.{place}"
        told = {part: given for part in ("part", "code", "message") if (given := typed[f"{at}.{part}"])}
        if "message" not in told:
            continue
        try:
            row = Typed(list(told.items())).read(DefectIn)
            found.append(Defect(row.part, row.code, row.message))
        except InvalidInput as invalid:
            reasons += [
                Reason(
                    code=each.code,
                    field=f"{at}.{each.field or 'message'}",
                    message=each.message,
                    remedy=each.remedy,
                    value=each.value,
                )
                for each in invalid.reasons
            ]
    if reasons:
        raise InvalidInput(reasons)
    return found


async def _following(unit: Unit) -> str:
    """The filing that waits longest now; the list when none does."""
    found = await lists.list_openings(unit, state=OpeningState.FILED, text=None, cursor=None, limit=1)
    return f"/office/openings/{found.items[0].opening.opening_id}" if found.items else "/office/openings"


@router.post("/office/openings/{opening_id}/changes/{change_no}/decide")
async def decide_change_page(page: PageOf, opening_id: UUID, change_no: int) -> Response:
    """A change after filing: carried out at once when it is accepted."""
    try:
        content = page.typed.read(ChangeDecisionIn)
        async with page.act() as act:
            await opening_in_sight(act.unit, opening_id)
            await change_to_decide(act.unit, opening_id, change_no)
            await decide_change(
                act.unit,
                opening_id=opening_id,
                change_no=change_no,
                decision=content.decision,
                reason=content.reason,
            )
            done = "已同意变更" if content.decision is ChangeDecision.ACCEPTED else "未同意变更"
            act.go(f"/office/openings/{opening_id}", said=done)
    except RegistryError as refusal:
        return await _show(page, opening_id, refusal)
    return page.go(act)


@router.get("/office/openings/{opening_id}/documents/{document_id}")
async def download_page(page: PageOf, opening_id: UUID, document_id: UUID) -> Response:
    """A document, to be saved: never opened within the page."""
    async with page.reading() as unit:
        return await download(unit, page.parts, opening_id, document_id)


@router.get("/office/openings/{opening_id}/roster")
async def ask_roster_page(page: PageOf, opening_id: UUID) -> Response:
    """Why the roster is looked at."""
    async with page.reading() as unit:
        await opening_in_sight(unit, opening_id)
    return _asked(page, opening_id)


@router.post("/office/openings/{opening_id}/roster")
async def show_roster_page(page: PageOf, opening_id: UUID) -> Response:
    """The roster, once; every trainee sees that it was read, why and for which case."""
    try:
        content = page.typed.read(LookIn)
    except InvalidInput as refusal:
        return _asked(page, opening_id, refusal)
    async with page.writing() as unit:
        lines = await read_roster(
            unit,
            page.parts.keys,
            opening_id=opening_id,
            purpose=content.purpose,
            case_number=content.case_number,
        )
        opening = await opening_in_sight(unit, opening_id)
    return page.show(
        "officer/roster.html",
        opening=opening,
        lines=[ReadLineOut.of(line) for line in lines],
        asked=content,
    )


def _asked(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/look.html",
        refusal=refusal,
        labels=LABELS,
        title="查阅学员名册",
        action=f"/office/openings/{opening_id}/roster",
        back=f"/office/openings/{opening_id}",
        told="将显示全部学员的姓名、遮盖的号码和核验结果。每名学员都会看到这次查阅。",
        purposes=purposes(Purpose.FILING_REVIEW, Purpose.COMPLAINT, Purpose.INSPECTION),
    )
