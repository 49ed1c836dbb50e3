"""审计: what was done and who looked (audit administrator), claims exported whole (officers who audit), the log."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Query
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.claim_exports import ExportIn, PeriodExportIn, export_one, export_period
from app.api.v1.log import LogStatusOut
from app.api.v1.me import SUBJECT_LABELS
from app.archive.log.queries import log_status
from app.archive.records.states import Purpose
from app.audit.queries import AuditFilter, list_accesses, list_audit_events
from app.audit.states import BATCH, EVENT_GROUPS, EVENT_SUBJECT_LABELS
from app.identity.accounts.queries import names_of
from app.kernel.clock import parse_instant, start_of_law_day
from app.kernel.errors import RegistryError
from app.kernel.paging import decode_cursor, encode_cursor
from app.portals.officer.looks import LABELS, purposes
from app.web.pages.areas import area
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {**LABELS, "claim_id": "申领标识", "starts_on": "首日", "ends_before": "末日的次日"}
Day = Annotated[str, Query(pattern=r"^([0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))?$")]
Kind = Annotated[str, Query(pattern=r"^([a-z_]{1,60}(:[a-z_]{1,60})?)?$")]


class ClaimExportIn(ExportIn):
    """One claim, by its id."""

    claim_id: UUID


@router.get("/office/audit")
async def show_audit_page(page: PageOf, claim_id: UUID | None = None) -> Response:
    """Where the log stands, and what can be exported; ``claim_id`` when a claim's page led here."""
    return await _show(page, claim_id=claim_id)


@router.post("/office/audit/claim")
async def export_claim_page(page: PageOf) -> Response:
    """One claim with its proofs as a file; the person sees the look."""
    try:
        content = page.typed.read(ClaimExportIn)
        body = ExportIn(case_number=content.case_number, purpose=content.purpose)
        document = await export_one(page.writing, page.parts, content.claim_id, body)
    except RegistryError as refusal:
        return await _show(page, refusal)
    headers = {"Content-Disposition": f'attachment; filename="claim-{content.claim_id}.json"'}
    return Response(orjson.dumps(document), media_type="application/json", headers=headers)


@router.post("/office/audit/period")
async def export_period_page(page: PageOf) -> Response:
    """The claims of a period, one a line."""
    try:
        return await export_period(page.writing, page.parts, page.typed.read(PeriodExportIn))
    except RegistryError as refusal:
        return await _show(page, refusal)


@router.get("/office/audit/events")
async def list_events_page(
    page: PageOf,
    day: Day = "",
    action: Kind = "",
    subject: Kind = "",
    named: Annotated[str, Query(max_length=60)] = "",
    cursor: str | None = None,
) -> Response:
    """操作记录, newest first: of a day, of one kind, about one subject."""
    (before,) = decode_cursor(cursor, UUID) if cursor else (None,)
    async with page.reading() as unit:
        on = _day(day)
        since, until = (
            (start_of_law_day(on), start_of_law_day(on + timedelta(days=1))) if on else (None, None)
        )
        wanted = AuditFilter(
            action=action or None,
            subject_kind=subject or None,
            subject_id=named or None,
            since=since,
            until=until,
        )
        rows = await list_audit_events(unit, wanted, before=before, limit=_PAGE + 1)
        names = await names_of(unit, {row.principal_id for row in rows if row.principal_id})
    shown = rows[:_PAGE]
    return page.show(
        "officer/audit_events.html",
        rows=shown,
        names=names,
        day=day,
        action=action,
        subject=subject,
        named=named,
        subjects=EVENT_SUBJECT_LABELS,
        told_of=_subject_in_words,
        kinds=[(group, list(kinds.items())) for group, kinds in EVENT_GROUPS.items()],
        next_cursor=encode_cursor(shown[-1].event_id) if len(rows) > _PAGE else None,
        is_first=cursor is None,
    )


@router.get("/office/audit/accesses")
async def list_accesses_page(page: PageOf, day: Day = "", cursor: str | None = None) -> Response:
    """查看个人信息的记录 of one day: who, of which agency, why; not about whom."""
    after = decode_cursor(cursor, parse_instant, UUID) if cursor else None
    async with page.reading() as unit:
        on = _day(day) or unit.today
        rows = await list_accesses(
            unit,
            since=start_of_law_day(on),
            until=start_of_law_day(on + timedelta(days=1)),
            after=after,
            limit=_PAGE + 1,
        )
    shown = rows[:_PAGE]
    last = shown[-1] if len(rows) > _PAGE else None
    return page.show(
        "officer/audit_accesses.html",
        rows=shown,
        day=on.isoformat(),
        subjects=SUBJECT_LABELS,
        next_cursor=encode_cursor(last.at.isoformat(), last.access_id) if last else None,
        is_first=cursor is None,
    )


async def _show(page: Page, refusal: RegistryError | None = None, claim_id: UUID | None = None) -> Response:
    async with page.reading() as unit:
        sealed, today = await _status(unit), unit.today
    return page.show(
        "officer/audit.html",
        refusal=refusal,
        labels=_LABELS,
        sealed=sealed,
        claim_id=claim_id,
        purposes=purposes(Purpose.INSPECTION, Purpose.COMPLAINT),
        month=(today.replace(day=1), today + timedelta(days=1)),
        may_export=page.may("POST", "/office/audit/claim"),
        is_administrator=page.may("GET", "/office/audit/events"),
    )


async def _status(unit: Unit) -> LogStatusOut:
    return LogStatusOut.of(await log_status(unit))


def _subject_in_words(kind: str, subject_id: str) -> str:
    """Ids as they are; what is no id as people call it."""
    if subject_id == BATCH:
        return "（一批）"
    return area(subject_id) if kind == "division" else subject_id


def _day(written: str) -> date | None:
    try:
        on = date.fromisoformat(written) if written else None
    except ValueError:
        # The thirty-first of a month that has none: nothing happened on it, so today is shown.
        return None
    # The first and the last day there are have no instant before, no day after them.
    return on if on is not None and date.min < on < date.max else None
