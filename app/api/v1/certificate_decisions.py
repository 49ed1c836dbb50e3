"""Officers decide about certificates: candidates for linking, links, holders of numbers, archive; and the counts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from app.api.v1.certificate_shapes import (
    CandidateOut,
    CandidatesOut,
    CaseIn,
    CertificateOut,
    ConflictOut,
    ConflictsOut,
    DecidedCertificateOut,
    DecisionIn,
    LinkIn,
    MatchRateOut,
    MatchRatesOut,
)
from app.archive.certificates.actions.archive_certificate import archive_certificate
from app.archive.certificates.actions.link_certificate import link_certificate
from app.archive.certificates.actions.link_matched import judge_all
from app.archive.certificates.actions.release_number import release_number
from app.archive.certificates.actions.take_number import take_number
from app.archive.certificates.actions.unlink_certificate import unlink_certificate
from app.archive.certificates.queries.doors import Candidates, match_rates, open_conflicts, read_candidates
from app.audit.events import record_event
from app.web.dependencies import Look, LookFirst, Parts, ReadUnit, WriteUnit
from app.web.house import House
from app.web.problems import answers
from app.web.wire import Cursor

router = APIRouter(tags=["证书"])

CertificateId = Annotated[UUID, Path(description="证书标识（不是证书编号）")]

Limit = Annotated[int, Query(ge=1, le=200)]


@router.post(
    "/v1/certificates/{certificate_id}/candidates:read",
    summary="查看可关联的档案",
    response_model=CandidatesOut,
    responses=answers(404),
)
async def read_link_candidates(
    certificate_id: CertificateId, body: CaseIn, unit: WriteUnit, parts: Parts, look: LookFirst
) -> CandidatesOut:
    """持证人的全部结业档案，逐条写明支持与反对关联的依据。"""
    found = await _looked_at(look, parts, body, certificate_id)
    await record_event(
        unit,
        "certificate:candidates_read",
        subject_kind="certificate",
        subject_id=certificate_id,
        details={"purpose": body.purpose},
    )
    judgments = judge_all(unit, found.picture, found.scopes, found.entries)
    return CandidatesOut(
        certificate=CertificateOut.of(found.picture, unit.today),
        candidates=[
            CandidateOut.of(judgment, entry) for judgment, entry in zip(judgments, found.entries, strict=True)
        ],
    )


@router.post(
    "/v1/certificates/{certificate_id}:link",
    summary="关联证书与档案",
    response_model=DecidedCertificateOut,
    responses=answers(404, 409),
)
async def link(
    certificate_id: CertificateId, body: LinkIn, unit: WriteUnit, parts: Parts, look: LookFirst
) -> DecidedCertificateOut:
    """自动关联不成的，由档案所在辖区的经办人认定；改为另一条须先解除。"""
    found = await _looked_at(look, parts, body, certificate_id)
    await link_certificate(
        unit,
        found,
        record_number=body.record_number,
        reason=body.reason,
    )
    return DecidedCertificateOut(certificate_id=certificate_id, record_number=body.record_number)


@router.post(
    "/v1/certificates/{certificate_id}:unlink",
    summary="解除证书与档案的关联",
    response_model=DecidedCertificateOut,
    responses=answers(404, 409),
)
async def unlink(
    certificate_id: CertificateId, body: DecisionIn, unit: WriteUnit, parts: Parts, look: LookFirst
) -> DecidedCertificateOut:
    """原关联留存备查；解除后不再自动关联。"""
    found = await _looked_at(look, parts, body, certificate_id)
    record_number = await unlink_certificate(unit, found, reason=body.reason)
    return DecidedCertificateOut(certificate_id=certificate_id, record_number=record_number)


@router.post(
    "/v1/certificates/{certificate_id}:take-number",
    summary="认定证书编号归属",
    response_model=DecidedCertificateOut,
    responses=answers(404, 409),
)
async def take(
    certificate_id: CertificateId, body: DecisionIn, unit: WriteUnit, parts: Parts, look: LookFirst
) -> DecidedCertificateOut:
    """两人主张同一编号时由经办人认定；一个编号任何时候只有一名持有人，先认定的有效。"""
    found = await _looked_at(look, parts, body, certificate_id)
    await take_number(unit, found, reason=body.reason)
    return DecidedCertificateOut(certificate_id=certificate_id, record_number=None)


@router.post(
    "/v1/certificates/{certificate_id}:release-number",
    summary="收回证书编号",
    response_model=DecidedCertificateOut,
    responses=answers(404, 409),
)
async def release(
    certificate_id: CertificateId, body: DecisionIn, unit: WriteUnit, parts: Parts, look: LookFirst
) -> DecidedCertificateOut:
    """收回后他人方可被认定；仍关联档案或已归档的证书不能收回。"""
    found = await _looked_at(look, parts, body, certificate_id)
    await release_number(unit, found, reason=body.reason)
    return DecidedCertificateOut(certificate_id=certificate_id, record_number=None)


@router.post(
    "/v1/certificates/{certificate_id}:archive",
    summary="将证书单独归档",
    response_model=DecidedCertificateOut,
    responses=answers(404, 409),
)
async def archive(
    certificate_id: CertificateId, body: CaseIn, unit: WriteUnit, parts: Parts, look: LookFirst
) -> DecidedCertificateOut:
    """本系统没有对应培训的证书，经核实且持证人已实名的，作为一条“证书”档案。"""
    found = await _looked_at(look, parts, body, certificate_id)
    record_number = await archive_certificate(unit, found)
    return DecidedCertificateOut(certificate_id=certificate_id, record_number=record_number)


@router.get(
    "/v1/certificate-conflicts",
    summary="编号归属待认定的证书",
    response_model=ConflictsOut,
    responses=answers(),
)
async def list_conflicts(unit: ReadUnit, cursor: Cursor | None = None, limit: Limit = 50) -> ConflictsOut:
    """工作网已核实、但编号由另一人持有的证书；不含个人信息。"""
    page = await open_conflicts(unit, cursor=cursor, limit=limit)
    return ConflictsOut(
        items=[ConflictOut.model_validate(row, from_attributes=True) for row in page.items],
        next_cursor=page.next_cursor,
    )


@router.get(
    "/v1/certificate-statistics",
    summary="各评价机构的证书核实率",
    response_model=MatchRatesOut,
    responses=answers(),
)
async def certificate_statistics(unit: ReadUnit) -> MatchRatesOut:
    """只有件数：已核实（含已过期）、等待、不符、查无、撤销。"""
    items = []
    for row in await match_rates(unit):
        concluded = row.certificates - row.waiting
        items.append(
            MatchRateOut(
                **row._mapping,
                match_rate_bp=row.matched * 10_000 // concluded if concluded else None,
            )
        )
    return MatchRatesOut(items=items)


async def _looked_at(look: Look, parts: House, body: CaseIn, certificate_id: UUID) -> Candidates:
    """The certificate and the entries of its person. The look stays, whatever comes of it. Raises NotFound."""
    async with look() as unit:
        return await read_candidates(unit, parts.keys, body.case(), certificate_id)
