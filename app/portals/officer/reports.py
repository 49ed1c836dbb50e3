"""What people say against claims and classes: objections, denied enrollments; read for a case, decided with reasons."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.enrollment_denials import DenialDecisionIn, DenialRowOut
from app.api.v1.objections import ObjectionDecisionIn, ObjectionOut, ObjectionRowOut
from app.archive.records.states import Purpose
from app.audit.events import record_event
from app.kernel.errors import InvalidInput, RegistryError
from app.portals.officer.looks import LABELS, LookIn, look_of, purposes
from app.subsidies.denials.actions.decide_denial import decide_denial
from app.subsidies.denials.queries import list_denials, read_denial
from app.subsidies.notices.actions.decide_objection import decide_objection
from app.subsidies.notices.queries import list_objections, read_objection
from app.subsidies.notices.states import Decided
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {**LABELS, "outcome": "处理结果", "reason": "理由"}
_PURPOSES = purposes(Purpose.COMPLAINT, Purpose.SUBSIDY_REVIEW, Purpose.INSPECTION)
_Decide = Callable[[Unit], Awaitable[str]]
_Show = Callable[[Page, UUID, LookIn, RegistryError | None], Awaitable[Response]]


@router.get("/office/objections")
async def list_objections_page(page: PageOf, is_open: bool = True, cursor: str | None = None) -> Response:
    """Objections in the area, oldest first; nothing of persons, not what was written."""
    async with page.reading() as unit:
        found = await list_objections(unit, is_open=is_open, limit=_PAGE, cursor=cursor)
        today = unit.today
    return page.show(
        "officer/objections.html",
        rows=[ObjectionRowOut.of(row) for row in found.items],
        next_cursor=found.next_cursor,
        is_open=is_open,
        is_first=cursor is None,
        today=today,
    )


@router.get("/office/objections/{objection_id}")
async def ask_objection_page(page: PageOf, objection_id: UUID) -> Response:
    """Why the objection is read."""
    return _asked(page, "查看公示异议", f"/office/objections/{objection_id}", "/office/objections")


@router.post("/office/objections/{objection_id}")
async def read_objection_page(page: PageOf, objection_id: UUID) -> Response:
    """What somebody wrote; logged as a look at the person it is about."""
    try:
        content = page.typed.read(LookIn)
    except InvalidInput as refusal:
        path = f"/office/objections/{objection_id}"
        return _asked(page, "查看公示异议", path, "/office/objections", refusal)
    return await _objection(page, objection_id, content, None)


async def _objection(
    page: Page, objection_id: UUID, asked: LookIn, refusal: RegistryError | None
) -> Response:
    async with page.writing() as unit:
        found = await read_objection(
            unit, page.parts.keys, objection_id, purpose=asked.purpose, case_number=asked.case_number
        )
        await record_event(
            unit,
            "objection:read",
            subject_kind="objection",
            subject_id=objection_id,
            details={"purpose": asked.purpose.value},
        )
    return page.show(
        "officer/objection.html",
        refusal=refusal,
        labels=_LABELS,
        objection=ObjectionOut.of(found),
        asked=asked,
    )


@router.post("/office/objections/{objection_id}/decide")
async def decide_objection_page(page: PageOf, objection_id: UUID) -> Response:
    """Upheld: the claim goes back to review; dismissed: it goes on when the notice is over."""

    async def decide(unit: Unit) -> str:
        content = page.typed.read(ObjectionDecisionIn)
        decided = await decide_objection(
            unit, objection_id=objection_id, outcome=content.outcome, reason=content.reason
        )
        return "异议成立，申领已退回重新审核" if decided is Decided.SENT_BACK else "已处理"

    return await _decided(page, objection_id, "/office/objections", decide, _objection)


@router.get("/office/denials")
async def list_denials_page(page: PageOf, is_open: bool = True, cursor: str | None = None) -> Response:
    """Denied enrollments in classes of the area, oldest first; nothing of persons."""
    async with page.reading() as unit:
        found = await list_denials(unit, is_open=is_open, limit=_PAGE, cursor=cursor)
    return page.show(
        "officer/denials.html",
        rows=[DenialRowOut.of(row) for row in found.items],
        next_cursor=found.next_cursor,
        is_open=is_open,
        is_first=cursor is None,
    )


@router.get("/office/denials/{denial_id}")
async def ask_denial_page(page: PageOf, denial_id: UUID) -> Response:
    """Why the denial is read."""
    return _asked(page, "查看未参加反映", f"/office/denials/{denial_id}", "/office/denials")


@router.post("/office/denials/{denial_id}")
async def read_denial_page(page: PageOf, denial_id: UUID) -> Response:
    """Who denies and why; logged as a look at that person."""
    try:
        content = page.typed.read(LookIn)
    except InvalidInput as refusal:
        return _asked(page, "查看未参加反映", f"/office/denials/{denial_id}", "/office/denials", refusal)
    return await _denial(page, denial_id, content, None)


async def _denial(page: Page, denial_id: UUID, asked: LookIn, refusal: RegistryError | None) -> Response:
    async with page.writing() as unit:
        found = await read_denial(
            unit, page.parts.keys, denial_id, purpose=asked.purpose, case_number=asked.case_number
        )
        await record_event(
            unit,
            "enrollment_denial:read",
            subject_kind="enrollment_denial",
            subject_id=denial_id,
            details={"purpose": asked.purpose.value},
        )
    return page.show("officer/denial.html", refusal=refusal, labels=_LABELS, denial=found, asked=asked)


@router.post("/office/denials/{denial_id}/decide")
async def decide_denial_page(page: PageOf, denial_id: UUID) -> Response:
    """Confirmed or unfounded: about this one person alone."""

    async def decide(unit: Unit) -> str:
        content = page.typed.read(DenialDecisionIn)
        await decide_denial(unit, denial_id=denial_id, outcome=content.outcome, reason=content.reason)
        return "已处理；申领的暂停由有审批权限的经办人逐件解除"

    return await _decided(page, denial_id, "/office/denials", decide, _denial)


async def _decided(page: Page, subject_id: UUID, back: str, decide: _Decide, show: _Show) -> Response:
    """Decide and go back to the list; refused, the content is shown again: a look like the first, and logged so."""
    try:
        async with page.act() as act:
            act.go(back, said=await decide(act.unit))
    except RegistryError as refusal:
        asked = look_of(page)
        if asked is None:
            raise
        return await show(page, subject_id, asked, refusal)
    return page.go(act)


def _asked(page: Page, title: str, path: str, back: str, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/look.html",
        refusal=refusal,
        labels=_LABELS,
        title=title,
        action=path,
        back=back,
        told="反映的内容加密保存，写明事由和案件编号后显示。",
        purposes=_PURPOSES,
    )
