"""Changes of a class after it was put on record (变更): each kind with its own form, and their visible history."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.api.v1.opening_changes import ChangeIn
from app.kernel.clock import law_date
from app.kernel.errors import NotFound, RegistryError
from app.kernel.paging import MAX_PAGE_LIMIT
from app.portals.institution.opening_view import class_in_sight
from app.training.openings.actions.propose_change import propose_change
from app.training.openings.queries import contents
from app.training.openings.queries.lists import changes_of
from app.training.openings.states import CHANGEABLE, HOURS_NAMES, ChangeKind, OpeningState
from app.training.rosters.queries import list_own_lines
from app.web.pages.filters import day
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_LABELS = {
    "proposal.session_id": "课次",
    "proposal.teacher_id": "教师",
    "proposal.starts_at": "开始时间",
    "proposal.ends_at": "结束时间",
    "proposal.hours_kind": "课时类别",
    "proposal.name": "新教师姓名",
    "proposal.qualification": "职业资格、职称或技能等级",
    "proposal.subject": "讲授内容",
    "proposal.venue": "地点",
    "proposal.line_id": "学员",
    "reason": "变更原因",
}
_DAY = "_on"


@router.get("/institution/openings/{opening_id}/changes")
async def list_changes_page(page: PageOf, opening_id: UUID) -> Response:
    """Every change that was asked for, with what the authority said."""
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        changes = await changes_of(unit.session, opening_id)
    return page.show(
        "institution/changes.html",
        summary=summary,
        changes=list(reversed(changes)),
        kinds=list(ChangeKind),
        may_change=OpeningState(summary.opening.state) in CHANGEABLE,
    )


@router.get("/institution/openings/{opening_id}/changes/{kind}")
async def ask_change(page: PageOf, opening_id: UUID, kind: str, session: UUID | None = None) -> Response:
    """The form of one kind of change; ``session`` when it was asked for beside one in the calendar."""
    return await _form(page, opening_id, kind, chosen=session)


@router.post("/institution/openings/{opening_id}/changes/{kind}")
async def propose_change_page(page: PageOf, opening_id: UUID, kind: str) -> Response:
    """Nothing changes before the authority accepts."""
    try:
        content = page.typed.read(ChangeIn, proposal=_proposal(page, kind))
        async with page.act() as act:
            await propose_change(
                act.unit, opening_id=opening_id, proposal=content.proposal.stated(), reason=content.reason
            )
            act.go(f"/institution/openings/{opening_id}/changes", said="已提出变更，经办机构同意后生效")
    except RegistryError as refusal:
        return await _form(page, opening_id, kind, _placed(refusal, kind))
    return page.go(act)


def _proposal(page: Page, kind: str) -> dict[str, str]:
    """What was typed as the API takes it: a day and two times are two instants in Beijing."""
    prefix = "proposal."
    given = {name.removeprefix(prefix): page.typed[name] for name in page.typed if name.startswith(prefix)}
    for name in ("starts_at", "ends_at"):
        if given.get(name):
            given[name] = f"{page.typed[_DAY]}T{given[name]}:00+08:00"
    return {"kind": kind, **{name: value for name, value in given.items() if value}}


def _placed(refusal: RegistryError, kind: str) -> RegistryError:
    """The same refusal with the fields of the form: the kind is no field of it."""
    reasons = []
    for reason in refusal.reasons:
        name = (reason.field or "").replace(f"proposal.{kind}.", "proposal.")
        reasons.append(replace(reason, field=name or None))
    return type(refusal)(reasons, title=refusal.title)


async def _form(
    page: Page,
    opening_id: UUID,
    kind: str,
    refusal: RegistryError | None = None,
    chosen: UUID | None = None,
) -> Response:
    if kind not in set(ChangeKind):
        raise NotFound
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        teachers = await contents.teachers_of(unit.session, opening_id)
        sessions = await contents.sessions_of(unit.session, opening_id)
        told: dict[str, Any] = {"lines": []}
        if kind == ChangeKind.TRAINEE_WITHDRAWN:
            found = await list_own_lines(
                unit,
                page.parts.keys,
                opening_id,
                cursor=None,
                limit=MAX_PAGE_LIMIT,
                with_withdrawn=False,
            )
            told["lines"] = [(line.line_id, line.claim.name) for line in found.items]
        now = unit.now
    picked = next((each for each in sessions if each.session_id == chosen), None)
    return page.show(
        "institution/change_form.html",
        refusal=refusal,
        labels=_LABELS,
        summary=summary,
        kind=ChangeKind(kind),
        chosen=picked,
        chosen_on=law_date(picked.starts_at) if picked else None,
        sessions=[
            (each.session_id, each.starts_at, f"{day(each.starts_at)}")
            for each in sessions
            if each.starts_at > now
        ],
        teachers=[(each.teacher_id, f"{each.name}（{each.subject}）") for each in teachers],
        hours=[(hours.value, word) for hours, word in HOURS_NAMES.items()],
        may_change=OpeningState(summary.opening.state) in CHANGEABLE,
        **told,
    )
