"""Certificates that wait for an officer: numbers that two persons claim, links that the rules could not make."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.certificate_shapes import CandidateOut, CaseIn, CertificateOut, DecisionIn, LinkIn
from app.archive.certificates.actions.archive_certificate import archive_certificate
from app.archive.certificates.actions.link_certificate import link_certificate
from app.archive.certificates.actions.link_matched import judge_all
from app.archive.certificates.actions.release_number import release_number
from app.archive.certificates.actions.take_number import take_number
from app.archive.certificates.actions.unlink_certificate import unlink_certificate
from app.archive.certificates.queries.doors import (
    Candidates,
    match_rates,
    open_conflicts,
    read_candidates,
    waiting_certificates,
)
from app.archive.records.states import Purpose
from app.audit.events import record_event
from app.kernel.errors import InvalidInput, RegistryError
from app.portals.officer.looks import LABELS, LookIn, look_of, purposes
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {**LABELS, "reason": "理由", "record_number": "档案"}
_Take = Callable[[Unit, Candidates], Awaitable[str]]


@router.get("/office/certificates")
async def list_conflicts_page(page: PageOf, cursor: str | None = None) -> Response:
    """Two persons, one number; and how each evaluation body's certificates fare."""
    async with page.reading() as unit:
        found = await open_conflicts(unit, cursor=cursor, limit=_PAGE)
        rates = await match_rates(unit)
    return page.show("officer/certificates.html", found=found, rates=rates, is_first=cursor is None)


@router.get("/office/certificates/waiting")
async def list_waiting_page(page: PageOf, cursor: str | None = None) -> Response:
    """What the network has not confirmed yet, longest first; opening one asks for purpose and case."""
    async with page.reading() as unit:
        found = await waiting_certificates(unit, cursor=cursor, limit=_PAGE)
    return page.show("officer/certificates_waiting.html", found=found, is_first=cursor is None)


@router.get("/office/certificates/{certificate_id}")
async def ask_certificate_page(page: PageOf, certificate_id: UUID) -> Response:
    """Why the certificate and its holder's entries are read."""
    return _asked(page, certificate_id)


@router.post("/office/certificates/{certificate_id}")
async def read_certificate_page(page: PageOf, certificate_id: UUID) -> Response:
    """The certificate and every entry it could prove, with what speaks for and against."""
    try:
        content = page.typed.read(LookIn)
    except InvalidInput as refusal:
        return _asked(page, certificate_id, refusal)
    return await _show(page, certificate_id, content)


async def _show(
    page: Page, certificate_id: UUID, asked: LookIn, refusal: RegistryError | None = None
) -> Response:
    case = CaseIn(purpose=asked.purpose, case_number=asked.case_number).case()
    async with page.writing() as unit:
        found = await read_candidates(unit, page.parts.keys, case, certificate_id)
        await record_event(
            unit,
            "certificate:candidates_read",
            subject_kind="certificate",
            subject_id=certificate_id,
            details={"purpose": asked.purpose.value},
        )
        judgments = judge_all(unit, found.picture, found.scopes, found.entries)
        today = unit.today
    candidates = [
        CandidateOut.of(judgment, entry) for judgment, entry in zip(judgments, found.entries, strict=True)
    ]
    return page.show(
        "officer/certificate.html",
        refusal=refusal,
        labels=_LABELS,
        certificate=CertificateOut.of(found.picture, today),
        candidates=candidates,
        options=[
            (each.record_number, f"{each.record_number} {each.program_name or ''}") for each in candidates
        ],
        asked=asked,
    )


@router.post("/office/certificates/{certificate_id}/link")
async def link_page(page: PageOf, certificate_id: UUID) -> Response:
    """关联: which entry the certificate proves."""

    async def take(unit: Unit, found: Candidates) -> str:
        content = page.typed.read(LinkIn, **_case(page))
        await link_certificate(unit, found, record_number=content.record_number, reason=content.reason)
        return f"已关联到档案{content.record_number}"

    return await _act(page, certificate_id, take)


@router.post("/office/certificates/{certificate_id}/unlink")
async def unlink_page(page: PageOf, certificate_id: UUID) -> Response:
    """解除关联."""

    async def take(unit: Unit, found: Candidates) -> str:
        await unlink_certificate(unit, found, reason=page.typed.read(DecisionIn, **_case(page)).reason)
        return "已解除关联，不再自动关联"

    return await _act(page, certificate_id, take)


@router.post("/office/certificates/{certificate_id}/take-number")
async def take_number_page(page: PageOf, certificate_id: UUID) -> Response:
    """认定编号归属."""

    async def take(unit: Unit, found: Candidates) -> str:
        await take_number(unit, found, reason=page.typed.read(DecisionIn, **_case(page)).reason)
        return "已认定编号归属"

    return await _act(page, certificate_id, take)


@router.post("/office/certificates/{certificate_id}/release-number")
async def release_number_page(page: PageOf, certificate_id: UUID) -> Response:
    """收回编号: so that another may be found its holder."""

    async def take(unit: Unit, found: Candidates) -> str:
        await release_number(unit, found, reason=page.typed.read(DecisionIn, **_case(page)).reason)
        return "已收回编号"

    return await _act(page, certificate_id, take)


@router.post("/office/certificates/{certificate_id}/archive")
async def archive_page(page: PageOf, certificate_id: UUID) -> Response:
    """单独归档: a certificate without a training of ours becomes an entry of its own."""

    async def take(unit: Unit, found: Candidates) -> str:
        return f"已归档，档案编号{await archive_certificate(unit, found)}"

    return await _act(page, certificate_id, take)


def _case(page: Page) -> dict[str, str]:
    return {"purpose": page.typed["_purpose"], "case_number": page.typed["_case_number"]}


async def _act(page: Page, certificate_id: UUID, take: _Take) -> Response:
    """Look for the case that the form carries (which stays), then decide; refused, the look is shown again."""
    asked = look_of(page)
    if asked is None:
        return _asked(page, certificate_id)
    try:
        case = CaseIn(purpose=asked.purpose, case_number=asked.case_number).case()
        async with page.writing() as unit:
            found = await read_candidates(unit, page.parts.keys, case, certificate_id)
        async with page.act() as act:
            act.go("/office/certificates", said=await take(act.unit, found))
    except RegistryError as refusal:
        return await _show(page, certificate_id, asked, refusal)
    return page.go(act)


def _asked(page: Page, certificate_id: UUID, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/look.html",
        refusal=refusal,
        labels=_LABELS,
        title="查看证书与可关联的档案",
        action=f"/office/certificates/{certificate_id}",
        back="/office/certificates",
        told="将显示证书的核实情况和持证人的结业档案，逐条写明支持与反对关联的依据。",
        purposes=purposes(Purpose.SUBSIDY_REVIEW, Purpose.COMPLAINT, Purpose.RECORD_CORRECTION),
    )
