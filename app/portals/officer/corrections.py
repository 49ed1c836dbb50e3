"""Corrections of the archive: what citizens ask for, what officers propose, what a second person decides."""

from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.correction_requests import AnswerRequestIn, RequestOut, RequestReadIn, RequestRowOut
from app.api.v1.record_shapes import EntryOut, RecordCorrectionIn, RecordDecisionIn
from app.api.v1.records import decide
from app.archive.correction_requests.actions.answer_request import answer_request
from app.archive.correction_requests.queries import list_requests, read_request
from app.archive.correction_requests.states import ANSWER_LABELS, RequestAnswer
from app.archive.records.actions.propose_correction import propose_correction
from app.archive.records.queries import open_corrections, read_correction
from app.archive.records.states import CorrectionKind, Purpose
from app.audit.events import record_event
from app.kernel.errors import InvalidInput, NotFound, RegistryError
from app.portals.officer.looks import LABELS, LookIn, look_of
from app.portals.officer.records import LABELS_OF_CHANGES
from app.reference.divisions import covers
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

_PAGE = 50
_LABELS = {
    **LABELS,
    "answer": "答复",
    **LABELS_OF_CHANGES,
    "decision": "复核结论",
    "recovery.reason": "追回的理由",
}


@router.get("/office/corrections")
async def list_requests_page(
    page: PageOf, is_open: bool = True, only_overdue: bool = False, cursor: str | None = None
) -> Response:
    """What citizens ask to have corrected, oldest first; nothing of persons."""
    async with page.reading() as unit:
        found = await list_requests(
            unit, is_open=is_open, only_overdue=only_overdue, limit=_PAGE, cursor=cursor
        )
        today = unit.today
    return page.show(
        "officer/corrections.html",
        rows=[
            RequestRowOut(
                **row._mapping,
                answer_label=ANSWER_LABELS[None if row.answer is None else RequestAnswer(row.answer)],
            )
            for row in found.items
        ],
        next_cursor=found.next_cursor,
        is_open=is_open,
        only_overdue=only_overdue,
        is_first=cursor is None,
        today=today,
    )


@router.get("/office/corrections/{request_id}")
async def ask_request_page(page: PageOf, request_id: UUID) -> Response:
    """For which case the request is read."""
    return _asked(page, request_id)


@router.post("/office/corrections/{request_id}")
async def read_request_page(page: PageOf, request_id: UUID) -> Response:
    """Who asks and why; logged as a look at that person."""
    try:
        content = page.typed.read(RequestReadIn)
    except InvalidInput as refusal:
        return _asked(page, request_id, refusal)
    asked = LookIn(purpose=Purpose.RECORD_CORRECTION, case_number=content.case_number)
    return await _request(page, request_id, asked)


async def _request(
    page: Page, request_id: UUID, asked: LookIn, refusal: RegistryError | None = None
) -> Response:
    async with page.writing() as unit:
        found = await read_request(unit, page.parts.keys, request_id, case_number=asked.case_number)
        await record_event(
            unit, "correction_request:read", subject_kind="correction_request", subject_id=request_id
        )
        today = unit.today
    return page.show(
        "officer/correction.html",
        refusal=refusal,
        labels=_LABELS,
        wanted=RequestOut.of(found),
        asked=asked,
        today=today,
    )


@router.post("/office/corrections/{request_id}/answer")
async def answer_request_page(page: PageOf, request_id: UUID) -> Response:
    """Refused with reasons; or agreed to, by proposing the correction that a second person decides."""
    try:
        async with page.act() as act:
            act.go("/office/corrections", said=await _answer(page, act.unit, request_id))
    except RegistryError as refusal:
        asked = look_of(page)
        if asked is None:
            raise
        return await _request(page, request_id, asked, refusal)
    return page.go(act)


async def _answer(page: Page, unit: Unit, request_id: UUID) -> str:
    """One act: what is agreed to is proposed and answered together."""
    correction_id = None
    told = {name: value for name, value in page.typed.items() if name in {"answer", "reason"}}
    if page.typed["answer"] == RequestAnswer.ACCEPTED:
        proposal = Typed(
            [
                (name, value)
                for name, value in page.typed.content()
                if name.startswith("changes.") or name in {"kind", "reason"}
            ]
        ).read(RecordCorrectionIn, case_number=page.typed["_case_number"])
        correction_id = await propose_correction(
            unit,
            record_number=page.typed["_record_number"],
            kind=proposal.kind,
            changes=proposal.changes.model_dump(exclude_none=True),
            reason=proposal.reason,
            case_number=proposal.case_number,
        )
    content = Typed(list(told.items())).read(AnswerRequestIn, correction_id=correction_id)
    await answer_request(
        unit,
        request_id=request_id,
        answer=content.answer,
        reason=content.reason,
        correction_id=correction_id,
    )
    return "已答复，更正已提出，等待第二人复核" if correction_id else "已答复：不予更正"


@router.get("/office/record-corrections")
async def list_corrections_page(page: PageOf, cursor: str | None = None) -> Response:
    """Corrections that wait for a second person, oldest first."""
    async with page.reading() as unit:
        found = await open_corrections(unit, limit=_PAGE, cursor=cursor)
    return page.show(
        "officer/record_corrections.html", found=found, is_first=cursor is None, me=page.me.principal_id
    )


@router.get("/office/record-corrections/{correction_id}")
async def show_correction_page(page: PageOf, correction_id: UUID) -> Response:
    """What would be corrected; looking is an act, the correction is its own case."""
    return await _correction(page, correction_id)


async def _correction(page: Page, correction_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.writing() as unit:
        found = await read_correction(unit, correction_id)
        today = unit.today
        if found is None or not covers(unit.actor.division_code or "", found.entry["division_code"], today):
            raise NotFound
    return page.show(
        "officer/record_correction.html",
        refusal=refusal,
        labels=_LABELS,
        correction=found.correction,
        entry=EntryOut.of(found.entry, [found.entry["entry_id"]] if found.is_superseded else []),
        is_own=found.correction["proposed_by"] == str(page.me.principal_id),
        is_revocation=found.correction["kind"] == CorrectionKind.REVOKE,
    )


@router.post("/office/record-corrections/{correction_id}/decide")
async def decide_correction_page(page: PageOf, correction_id: UUID) -> Response:
    """A second person decides; what was paid on a revoked entry is recovered in the same act."""
    try:
        content = page.typed.read(RecordDecisionIn)
        async with page.act() as act:
            done = await decide(correction_id, content, act.unit)
            said = f"档案{done.record_number}：" + ("已更正" if done.decision == "accepted" else "不予更正")
            if done.recovery_numbers:
                said += f"，追回立案{'、'.join(done.recovery_numbers)}"
            act.go("/office/record-corrections", said=said)
    except RegistryError as refusal:
        return await _correction(page, correction_id, refusal)
    return page.go(act)


def _asked(page: Page, request_id: UUID, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/look.html",
        refusal=refusal,
        labels=_LABELS,
        title="查看更正申请",
        action=f"/office/corrections/{request_id}",
        back="/office/corrections",
        told="将显示申请人、所述理由和这一条档案。事由为“档案更正”。",
        purposes=None,
    )
