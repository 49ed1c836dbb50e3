"""The parts of a filing that are typed in: teaching plan, teachers, materials, assessment plan, sessions."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.opening_shapes import (
    AssessmentPlanIn,
    SessionsIn,
    TeachersIn,
    TeachingMaterialsIn,
    TeachingPlanIn,
)
from app.kernel.clock import SHANGHAI
from app.kernel.errors import RegistryError
from app.portals.institution.meanwhile import Words, meanwhile
from app.portals.institution.opening_view import class_in_sight, is_editable, version_of
from app.portals.institution.rows import MORE, compacted, numbered, room, rows_in
from app.training.openings.actions.save_part import save_part
from app.training.openings.actions.save_sessions import save_sessions
from app.training.openings.actions.save_teachers import save_teachers
from app.training.openings.queries import contents
from app.training.openings.rules.facts import Session, Teacher
from app.training.openings.states import HOURS_NAMES, PartKind
from app.web.pages.kept import forget, kept_of
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed
from app.web.words import VOCABULARIES

router = pages()


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """How a written part is asked for: its title, template, shape, and the list in it (none: no list)."""

    title: str
    template: str
    shape: type[TeachingPlanIn | TeachingMaterialsIn | AssessmentPlanIn]
    rows: str
    labels: Mapping[str, str]


_WRITTEN: Mapping[PartKind, WrittenPart] = {
    PartKind.TEACHING_PLAN: WrittenPart(
        "教学计划",
        "institution/part_teaching_plan.html",
        TeachingPlanIn,
        "modules",
        {
            "goal": "培训目标",
            "starts_on": "开始日期",
            "ends_on": "结束日期",
            "modules": "教学模块",
            "modules.*.title": "模块名称",
            "modules.*.hours_kind": "课时类别",
            "modules.*.hours": "课时",
        },
    ),
    PartKind.TEACHING_MATERIALS: WrittenPart(
        "教材教学资源清单",
        "institution/part_teaching_materials.html",
        TeachingMaterialsIn,
        "items",
        {
            "items": "教材教学资源",
            "items.*.title": "名称",
            "items.*.kind": "类别",
            "items.*.source": "来源",
            "items.*.quantity": "数量",
        },
    ),
    PartKind.ASSESSMENT_PLAN: WrittenPart(
        "考核方案",
        "institution/part_assessment_plan.html",
        AssessmentPlanIn,
        "",
        {
            "method": "考核方式",
            "planned_on": "考核日期",
            "pass_score": "合格分数",
            "description": "考核内容和办法",
        },
    ),
}
_TEACHER_LABELS = {
    "teachers": "授课师资",
    "teachers.*.name": "教师姓名",
    "teachers.*.qualification": "职业资格、职称或技能等级",
    "teachers.*.subject": "讲授内容",
}
_SESSION_LABELS = {
    "sessions": "课次",
    "sessions.*.on": "日期",
    "sessions.*.starts_at": "开始时间",
    "sessions.*.ends_at": "结束时间",
    "sessions.*.teacher_id": "教师",
    "sessions.*.hours_kind": "课时类别",
    "sessions.*.delivery": "上课方式",
    "sessions.*.venue": "地点",
}
_Save = Callable[[Unit, int], Awaitable[None]]
_Form = Callable[..., Awaitable[Response]]
_HOURS = [(kind.value, word) for kind, word in HOURS_NAMES.items()]
_WORDS: Words = {
    "modules.*.hours_kind": dict(_HOURS),
    "items.*.kind": VOCABULARIES["material"],
    "method": VOCABULARIES["method"],
    "sessions.*.hours_kind": dict(_HOURS),
    "sessions.*.delivery": {"": "线下", **VOCABULARIES["delivery"]},
}
"""What the values of a field are called, for those that are chosen."""


@router.get("/institution/openings/{opening_id}/parts/{part}")
async def ask_part(page: PageOf, opening_id: UUID, part: PartKind) -> Response:
    """A written part, as it was saved or typed last."""
    return await _part_form(page, opening_id, part)


@router.post("/institution/openings/{opening_id}/parts/{part}")
async def save_part_page(page: PageOf, opening_id: UUID, part: PartKind) -> Response:
    """The whole part is replaced."""
    asked = _WRITTEN[part]

    async def save(unit: Unit, version: int) -> None:
        content = page.typed.read(asked.shape, part=part).model_dump(mode="json", exclude={"part"})
        await save_part(unit, opening_id=opening_id, version=version, part=part, content=content)

    async def form(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
        return await _part_form(page, opening_id, part, refusal)

    return await _saved(page, opening_id, asked.rows, asked.title, save=save, form=form)


async def _part_form(
    page: Page, opening_id: UUID, part: PartKind, refusal: RegistryError | None = None
) -> Response:
    asked = _WRITTEN[part]
    kept = None if page.typed else await kept_of(page)
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        saved = (await contents.parts_of(unit.session, opening_id)).get(part)
    stored = dict(saved.content) if saved else {}
    rows = stored.pop(asked.rows, []) if asked.rows else []
    now = Typed.from_values({**stored, **numbered(asked.rows, rows)})
    shown = page.typed or kept or now
    return page.show(
        asked.template,
        refusal=refusal,
        typed=shown,
        labels=asked.labels,
        summary=summary,
        title=asked.title,
        is_editable=is_editable(summary),
        is_kept=kept is not None,
        meanwhile=meanwhile(page, refusal, summary.opening, now, labels=asked.labels, words=_WORDS),
        hours=_HOURS,
        rows=room(page, shown, asked.rows, least=3) if asked.rows else 0,
    )


@router.get("/institution/openings/{opening_id}/teachers")
async def ask_teachers(page: PageOf, opening_id: UUID) -> Response:
    """The teachers of the class."""
    return await _teachers_form(page, opening_id)


@router.post("/institution/openings/{opening_id}/teachers")
async def save_teachers_page(page: PageOf, opening_id: UUID) -> Response:
    """The list given is the list that holds."""

    async def save(unit: Unit, version: int) -> None:
        teachers = [teacher.stated() for teacher in page.typed.read(TeachersIn).teachers]
        await save_teachers(unit, opening_id=opening_id, version=version, teachers=teachers)

    return await _saved(page, opening_id, "teachers", "授课师资", save=save, form=_teachers_form)


async def _teachers_form(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    kept = None if page.typed else await kept_of(page)
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        teachers = await contents.teachers_of(unit.session, opening_id)
    now = Typed.from_values(numbered("teachers", map(_teacher_row, teachers)))
    shown = page.typed or kept or now
    return page.show(
        "institution/part_teachers.html",
        refusal=refusal,
        typed=shown,
        labels=_TEACHER_LABELS,
        summary=summary,
        title="授课师资",
        is_editable=is_editable(summary),
        is_kept=kept is not None,
        meanwhile=meanwhile(page, refusal, summary.opening, now, labels=_TEACHER_LABELS, words=_WORDS),
        rows=room(page, shown, "teachers", least=2),
    )


@router.get("/institution/openings/{opening_id}/sessions")
async def ask_sessions(page: PageOf, opening_id: UUID) -> Response:
    """The plan of sessions: to fill in before filing, to read afterwards, week by week."""
    return await _sessions_form(page, opening_id)


@router.post("/institution/openings/{opening_id}/sessions")
async def save_sessions_page(page: PageOf, opening_id: UUID) -> Response:
    """The plan given is the plan that holds."""

    async def save(unit: Unit, version: int) -> None:
        given = [_session_given(row) for row in rows_in(page.typed, "sessions")]
        sessions = [session.stated() for session in page.typed.read(SessionsIn, sessions=given).sessions]
        await save_sessions(unit, opening_id=opening_id, version=version, sessions=sessions)

    return await _saved(page, opening_id, "sessions", "课次安排", save=save, form=_sessions_form)


async def _saved(
    page: Page, opening_id: UUID, rows: str, title: str, *, save: _Save, form: _Form
) -> Response:
    """Save a part and go back to the class; one more row asked for, or refused: the form again with what was typed."""
    if rows:
        page.typed = compacted(page.typed, rows)
    if page.typed[MORE]:
        return await form(page, opening_id)
    try:
        async with page.act() as act:
            await save(act.unit, version_of(page))
            act.go(f"/institution/openings/{opening_id}", said=f"已保存{title}")
    except RegistryError as refusal:
        return await form(page, opening_id, refusal)
    await forget(page)
    return page.go(act)


async def _sessions_form(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    kept = None if page.typed else await kept_of(page)
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        teachers = await contents.teachers_of(unit.session, opening_id)
        sessions = await contents.sessions_of(unit.session, opening_id)
    now = Typed.from_values(numbered("sessions", map(_session_row, sessions)))
    shown = page.typed or kept or now
    return page.show(
        "institution/part_sessions.html",
        refusal=refusal,
        typed=shown,
        labels=_SESSION_LABELS,
        summary=summary,
        title="课次安排",
        is_editable=is_editable(summary),
        is_kept=kept is not None,
        meanwhile=meanwhile(
            page,
            refusal,
            summary.opening,
            now,
            labels=_SESSION_LABELS,
            words={**_WORDS, "sessions.*.teacher_id": {str(each.teacher_id): each.name for each in teachers}},
        ),
        teachers=[(each.teacher_id, f"{each.name}（{each.subject}）") for each in teachers],
        names={each.teacher_id: each.name for each in teachers},
        weeks=weeks_of(sessions),
        hours=_HOURS,
        rows=room(page, shown, "sessions", least=3),
    )


def weeks_of(sessions: tuple[Session, ...]) -> list[tuple[str, list[Session]]]:
    """Sessions by calendar week (ISO 8601, from Monday)."""
    weeks: dict[tuple[int, int], list[Session]] = {}
    for session in sessions:
        year, week, _ = session.starts_at.astimezone(SHANGHAI).isocalendar()
        weeks.setdefault((year, week), []).append(session)
    return [(f"第{number}周", weeks[key]) for number, key in enumerate(sorted(weeks), start=1)]


def _teacher_row(teacher: Teacher) -> dict[str, Any]:
    return {"name": teacher.name, "qualification": teacher.qualification, "subject": teacher.subject}


def _session_row(session: Session) -> dict[str, Any]:
    starts, ends = session.starts_at.astimezone(SHANGHAI), session.ends_at.astimezone(SHANGHAI)
    return {
        "on": starts.date(),
        "starts_at": f"{starts:%H:%M}",
        "ends_at": f"{ends:%H:%M}",
        "teacher_id": session.teacher_id,
        "hours_kind": session.hours_kind.value,
        "delivery": session.delivery.value,
        "venue": session.venue,
    }


def _session_given(row: Mapping[str, str]) -> dict[str, str]:
    """A row as the API takes it: its day and times are one instant in Beijing each."""
    day = row.get("on", "")
    times = {
        name: f"{day}T{row[name]}:00+08:00" if day and name in row else ""
        for name in ("starts_at", "ends_at")
    }
    return {name: value for name, value in {**row, **times}.items() if value and name != "on"}
