"""考勤更正: what the institution asked for, and the form to ask; an officer decides."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.attendance_shapes import PresenceCorrectionIn, PresenceCorrectionOut
from app.kernel.clock import law_date
from app.kernel.errors import RegistryError
from app.kernel.paging import DEFAULT_PAGE_LIMIT
from app.portals.institution.opening_view import class_in_sight
from app.training.attendance.actions.propose_correction import propose_correction
from app.training.attendance.queries.presence import own_corrections
from app.training.attendance.queries.sheets import sheet_of
from app.training.attendance.rules.events import SessionFacts
from app.training.attendance.states import RUNNING_STATES
from app.training.openings.queries import contents
from app.web.pages.filters import clock_time, day
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

_LABELS = {
    "session_id": "课次",
    "line_id": "学员",
    "strikes": "更正什么",
    "present_from": "到课开始时间",
    "present_until": "到课结束时间",
    "reason": "理由",
}


@router.get("/institution/openings/{opening_id}/presence")
async def list_corrections_page(page: PageOf, opening_id: UUID, cursor: str | None = None) -> Response:
    """Corrections that were asked for, with what the authority found; and the sessions one may ask about."""
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        found = await own_corrections(
            unit, page.parts.keys, opening_id, cursor=cursor, limit=DEFAULT_PAGE_LIMIT
        )
        sessions = {each.session_id: each for each in await contents.sessions_of(unit.session, opening_id)}
        now = unit.now
    return page.show(
        "institution/presence.html",
        summary=summary,
        corrections=[PresenceCorrectionOut.of(each) for each in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        sessions=sessions,
        held=[each for each in sessions.values() if each.ends_at <= now],
        is_running=summary.opening.state in RUNNING_STATES,
    )


@router.get("/institution/openings/{opening_id}/presence/new")
async def ask_correction(page: PageOf, opening_id: UUID, session: UUID) -> Response:
    """The form, for one session."""
    return await _form(page, opening_id, session)


@router.post("/institution/openings/{opening_id}/presence/new")
async def propose_correction_page(page: PageOf, opening_id: UUID, session: UUID) -> Response:
    """Nothing is corrected before an officer agrees."""
    async with page.reading() as unit:
        sheet = await sheet_of(unit, page.parts.keys, session)
    try:
        content = _given(page, sheet.session)
        async with page.act() as act:
            await propose_correction(act.unit, opening_id=opening_id, **content.model_dump())
            act.go(f"/institution/openings/{opening_id}/presence", said="已提出考勤更正，经办机构核实后生效")
    except RegistryError as refusal:
        return await _form(page, opening_id, session, refusal)
    return page.go(act)


def _given(page: Page, session: SessionFacts) -> PresenceCorrectionIn:
    """What was typed as the API takes it: times of the session's own day in Beijing; its own ends to the second."""
    on = law_date(session.starts_at).isoformat()
    planned = {clock_time(at): at.isoformat() for at in (session.starts_at, session.ends_at)}
    strikes = page.typed["strikes"]
    fields = [("line_id", page.typed["line_id"]), ("reason", page.typed["reason"]), ("strikes", strikes)]
    if strikes != "true":
        fields += [
            (name, planned.get(typed, f"{on}T{typed}:00+08:00"))
            for name in ("present_from", "present_until")
            if (typed := page.typed[name])
        ]
    return Typed(fields).read(PresenceCorrectionIn, session_id=session.session_id)


async def _form(
    page: Page, opening_id: UUID, session_id: UUID, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        sheet = await sheet_of(unit, page.parts.keys, session_id)
    session = sheet.session
    return page.show(
        "institution/presence_form.html",
        refusal=refusal,
        labels=_LABELS,
        summary=summary,
        session=session,
        on=day(session.starts_at),
        starts=clock_time(session.starts_at),
        ends=clock_time(session.ends_at),
        lines=[(line.line_id, _told(line.name, line.has_come)) for line in sheet.lines],
        action=f"/institution/openings/{opening_id}/presence/new?session={session_id}",
    )


def _told(name: str, has_come: bool) -> str:
    return name if has_come else f"{name}（未签到）"
