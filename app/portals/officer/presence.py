"""考勤更正: classes with corrections that wait; read for a purpose, decided by somebody other than who proposed."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.attendance_shapes import OfficerCorrectionOut, PresenceDecisionIn
from app.archive.records.states import Purpose
from app.kernel.errors import InvalidInput, RegistryError
from app.oversight.waiting.queries import open_presence_corrections
from app.portals.officer.looks import LABELS, LookIn, look_of, purposes
from app.training.attendance.actions.decide_correction import decide_correction
from app.training.attendance.queries.presence import opening_for_officer, read_corrections
from app.training.attendance.states import RUNNING_STATES, PresenceVerdict
from app.training.openings.queries.scope import opening_in_sight
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {**LABELS, "decision": "核实结果", "reason": "理由", "present_from": "更正后的时段"}


@router.get("/office/presence")
async def list_presence_page(page: PageOf, cursor: str | None = None) -> Response:
    """Which classes wait for an answer, longest first; nothing of persons."""
    async with page.reading() as unit:
        found = await open_presence_corrections(unit, limit=_PAGE, cursor=cursor)
        today = unit.today
    return page.show(
        "officer/presence_list.html",
        rows=found.items,
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        today=today,
    )


@router.get("/office/openings/{opening_id}/presence")
async def ask_presence_page(page: PageOf, opening_id: UUID) -> Response:
    """Why the corrections are read."""
    async with page.reading() as unit:
        await opening_for_officer(unit, opening_id)
    return _asked(page, opening_id)


@router.post("/office/openings/{opening_id}/presence")
async def read_presence_page(page: PageOf, opening_id: UUID) -> Response:
    """What was asked for, beside what stands; every trainee sees the look."""
    try:
        content = page.typed.read(LookIn)
    except InvalidInput as refusal:
        return _asked(page, opening_id, refusal)
    return await _show(page, opening_id, content)


@router.post("/office/openings/{opening_id}/presence/{correction_id}/decide")
async def decide_presence_page(page: PageOf, opening_id: UUID, correction_id: UUID) -> Response:
    """Agreed: it replaces or strikes the presence at once."""
    try:
        content = page.typed.read(PresenceDecisionIn)
        async with page.act() as act:
            await decide_correction(
                act.unit,
                opening_id=opening_id,
                correction_id=correction_id,
                verdict=content.decision,
                reason=content.reason,
            )
            is_agreed = content.decision is PresenceVerdict.ACCEPTED
            act.go(
                "/office/presence",
                said="已同意更正，到课已更新" if is_agreed else "已不予更正，机构将看到理由",
            )
    except RegistryError as refusal:
        asked = look_of(page)
        if asked is None:
            raise
        return await _show(page, opening_id, asked, refusal)
    return page.go(act)


async def _show(
    page: Page, opening_id: UUID, asked: LookIn, refusal: RegistryError | None = None
) -> Response:
    async with page.writing() as unit:
        seen = await read_corrections(
            unit, page.parts.keys, opening_id, purpose=asked.purpose, case_number=asked.case_number
        )
        opening = await opening_in_sight(unit, opening_id)
    corrections = [OfficerCorrectionOut.of(each) for each in seen]
    return page.show(
        "officer/presence.html",
        refusal=refusal,
        labels=_LABELS,
        opening=opening,
        waiting=[each for each in corrections if each.decision is None],
        decided=[each for each in corrections if each.decision is not None],
        is_running=opening.state in RUNNING_STATES,
        asked=asked,
    )


def _asked(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/look.html",
        refusal=refusal,
        labels=LABELS,
        title="查看考勤更正",
        action=f"/office/openings/{opening_id}/presence",
        back="/office/presence",
        told="将显示学员的姓名、机构要求更正的时段和理由、现有的到课。涉及的学员都会看到这次查看。",
        purposes=purposes(Purpose.FILING_REVIEW, Purpose.COMPLAINT, Purpose.INSPECTION),
    )
