"""Teaching (上课与签到): the sessions of a class week by week, the sheet of one session, its rotating sign-in code."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.responses import JSONResponse, Response

from app.access.unit import Unit
from app.kernel.clock import law_date
from app.kernel.errors import RegistryError
from app.portals.institution.opening_parts import weeks_of
from app.portals.institution.opening_view import class_in_sight, is_editable
from app.training.attendance.queries.codes import devices_in_force, shown_code
from app.training.attendance.queries.sessions import policy_of
from app.training.attendance.queries.sheets import (
    SessionCounts,
    counts_of,
    expected_of,
    own_session,
    sheet_of,
)
from app.training.attendance.rules.codes import reasons_against_showing
from app.training.attendance.states import RUNNING_STATES, Held
from app.training.openings.queries import contents
from app.training.openings.queries.changes import proposal_of
from app.training.openings.queries.lists import changes_of
from app.training.openings.rules.facts import Session
from app.training.openings.states import CHANGEABLE, Delivery, OpeningState
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@dataclass(frozen=True, slots=True)
class Lesson:
    """A session as the calendar shows it."""

    session: Session
    held: Held
    counts: SessionCounts
    has_code: bool
    has_change: bool


@router.get("/institution/openings/{opening_id}/calendar")
async def show_calendar_page(page: PageOf, opening_id: UUID) -> Response:
    """Every session, week by week: when, who teaches, who signed in, what may still be changed."""
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        teachers = await contents.teachers_of(unit.session, opening_id)
        sessions = await contents.sessions_of(unit.session, opening_id)
        lessons = await _lessons(unit, opening_id, sessions, summary.opening.division_code)
        expected = await expected_of(unit, opening_id)
        devices = await devices_in_force(unit)
        now = unit.now
    by_id = {lesson.session.session_id: lesson for lesson in lessons}
    return page.show(
        "institution/calendar.html",
        summary=summary,
        weeks=[(title, [by_id[each.session_id] for each in week]) for title, week in weeks_of(sessions)],
        names={each.teacher_id: each.name for each in teachers},
        expected=expected,
        has_device=bool(devices),
        is_editable=is_editable(summary),
        is_running=summary.opening.state in RUNNING_STATES,
        may_change=OpeningState(summary.opening.state) in CHANGEABLE,
        shown_first=_first(lessons, now),
        now=now,
    )


async def _lessons(
    unit: Unit, opening_id: UUID, sessions: Sequence[Session], division_code: str
) -> list[Lesson]:
    counts = await counts_of(unit, [each.session_id for each in sessions])
    asked = {
        getattr(proposal_of(row), "session_id", None)
        for row in await changes_of(unit.session, opening_id)
        if row.decision is None
    }
    lessons = []
    for each in sessions:
        margin = policy_of(division_code, law_date(each.starts_at)).margin
        opens = each.starts_at - margin <= unit.now <= each.ends_at + margin
        lessons.append(
            Lesson(
                session=each,
                held=_held(each.starts_at, each.ends_at, unit.now),
                counts=counts[each.session_id],
                has_code=opens and each.delivery is Delivery.ONSITE,
                has_change=each.session_id in asked,
            )
        )
    return lessons


def _first(lessons: Sequence[Lesson], now: datetime) -> list[Lesson]:
    """What can be signed for now; when nothing can, the next session."""
    return [each for each in lessons if each.has_code] or [
        each for each in lessons if each.session.ends_at > now
    ][:1]


def _held(starts_at: datetime, ends_at: datetime, now: datetime) -> Held:
    if now >= ends_at:
        return Held.OVER
    if now >= starts_at:
        return Held.RUNNING
    return Held.TODAY if law_date(now) == law_date(starts_at) else Held.COMING


@router.get("/institution/sessions/{session_id}")
async def show_session_page(page: PageOf, session_id: UUID) -> Response:
    """The sheet of one session: who signed in and out, who is missing, what stands."""
    async with page.reading() as unit:
        sheet = await sheet_of(unit, page.parts.keys, session_id)
        policy = policy_of(sheet.session.division_code, law_date(sheet.session.starts_at))
        barred = reasons_against_showing(sheet.session, margin=policy.margin, now=unit.now)
        now = unit.now
    enrolled = [line for line in sheet.lines if line.withdrawn_at is None]
    return page.show(
        "institution/session.html",
        sheet=sheet,
        base=f"/institution/openings/{sheet.session.opening_id}",
        held=_held(sheet.session.starts_at, sheet.session.ends_at, now),
        is_over=now >= sheet.session.ends_at,
        come=[line for line in sheet.lines if line.has_come],
        missing=[line for line in enrolled if not line.has_come],
        expected=len(enrolled),
        has_code=not barred,
        may_correct=sheet.session.opening_state in RUNNING_STATES
        and now >= sheet.session.ends_at
        and now <= sheet.session.ends_at + policy.reception,
        closes_on=law_date(sheet.session.ends_at + policy.reception),
    )


@router.get("/institution/sessions/{session_id}/code")
async def show_code_page(page: PageOf, session_id: UUID, device: UUID | None = None) -> Response:
    """The code, big, for the screen in the room; of the first device unless another one is chosen."""
    async with page.reading() as unit:
        session, opening_name, venue = await own_session(unit, session_id)
        devices = await devices_in_force(unit)
        chosen = device or (devices[0].source_id if devices else None)
        code, seconds_left, refusal = None, 0, None
        if chosen is not None:
            try:
                code, seconds_left = await shown_code(unit, page.parts.keys, session_id, chosen)
            except RegistryError as refused:
                refusal = refused
        counts = (await counts_of(unit, [session_id]))[session_id]
        expected = await expected_of(unit, session.opening_id)
    if refusal is not None and not refusal.reasons:
        raise refusal
    return page.show(
        "institution/code.html",
        session=session,
        opening_name=opening_name,
        venue=venue,
        devices=devices,
        chosen=chosen,
        code=code,
        barred=refusal.reasons if refusal is not None else (),
        seconds_left=seconds_left,
        signed_in=counts.signed_in,
        expected=expected,
        own_page=f"{page.parts.settings.issuer}/my/check-in?session={session_id}",
    )


@router.get("/institution/sessions/{session_id}/code/now")
async def read_code_page(page: PageOf, session_id: UUID, device: UUID) -> Response:
    """The code as the open page asks for it when the one it shows has run out."""
    async with page.reading() as unit:
        code, seconds_left = await shown_code(unit, page.parts.keys, session_id, device)
        counts = (await counts_of(unit, [session_id]))[session_id]
    return JSONResponse({"code": code, "seconds_left": seconds_left, "signed_in": counts.signed_in})
