"""Certificates: a citizen and an institution report and see them, an agency looks up with purpose and decides."""

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from app.access.actor import Actor
from app.access.unit import Unit
from app.api.v1.certificate_shapes import (
    CertificateIn,
    CertificateLookupIn,
    CertificateOut,
    CertificatesOut,
    LineCertificatesIn,
    MyCertificateOut,
    MyCertificatesOut,
    PersonCertificateIn,
    SubmittedLineOut,
    SubmittedLinesOut,
    SubmittedOut,
    TraineeCertificateOut,
    TraineeCertificatesOut,
)
from app.archive.certificates.actions.look_up_certificates import (
    identity_digests,
    is_named,
    look_up_certificates,
)
from app.archive.certificates.actions.submit_certificates import Submission, submit_certificates
from app.archive.certificates.actions.submit_for_person import submit_for_person
from app.archive.certificates.queries.doors import read_certificates
from app.archive.certificates.queries.own import (
    certificates_of_opening,
    certificates_of_person,
    persons_of_lines,
)
from app.archive.certificates.rules.numbers import Declared, judge_format
from app.archive.certificates.rules.submitting import Claim, reasons_against_submitting
from app.archive.certificates.states import CertificateSource
from app.kernel.clock import law_date, utc_now
from app.kernel.errors import InvalidInput, NotFound, Reason
from app.kernel.identifiers import check_identity_number
from app.reference.divisions import was_in_force
from app.reference.occupations import occupations
from app.training.completion.queries import is_opening_of
from app.web.dependencies import Admitted, Look, LookFirst, Parts, ReadUnit, WriteUnit
from app.web.house import House
from app.web.idempotency import OnceOnly
from app.web.problems import ReasonOut, answers, reason_out

router = APIRouter(tags=["证书"])


@router.get("/v1/me/certificates", summary="我的证书", response_model=MyCertificatesOut, responses=answers())
async def my_certificates(unit: ReadUnit, parts: Parts) -> MyCertificatesOut:
    """全部证书的核实情况、最近一次确认时间，以及申领期限还剩几天、为何停止计算。"""
    own = await certificates_of_person(unit, parts.keys, _myself(unit))
    return MyCertificatesOut(items=[MyCertificateOut.of(each.picture, unit.today) for each in own])


@router.post(
    "/v1/me/certificates",
    summary="补报我的证书",
    status_code=201,
    response_model=SubmittedOut,
    responses=answers(409),
)
async def report_certificate(body: CertificateIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """提交后由本系统向评价工作网查验；暂时查不到的不作结论，期间申领期限停止计算。"""
    claim = body.claim()
    _refuse(reasons_against_submitting(claim, today=unit.today, known=occupations().get()))
    (submitted,) = await submit_certificates(
        unit, parts.keys, CertificateSource.CITIZEN, [Submission(_myself(unit), claim)]
    )
    return await once.answer(
        SubmittedOut(
            certificate_id=submitted.certificate_id,
            is_new=submitted.is_new,
            number_warnings=_doubts(claim, unit),
        )
    )


@router.get(
    "/v1/openings/{opening_id}/certificates",
    summary="本班学员的证书",
    response_model=TraineeCertificatesOut,
    responses=answers(404),
)
async def list_certificates_of_opening(
    opening_id: UUID, unit: ReadUnit, parts: Parts
) -> TraineeCertificatesOut:
    """本机构提交的、本班核发的和已关联到本班档案的；学员的其他证书不在其中。编号已遮盖。"""
    await _require_own_opening(unit, opening_id)
    own = await certificates_of_opening(unit, parts.keys, opening_id, unit.actor.institution())
    return TraineeCertificatesOut(items=[TraineeCertificateOut.of_trainee(each, unit.today) for each in own])


@router.post(
    "/v1/openings/{opening_id}/certificates",
    summary="提交本班学员的证书",
    status_code=201,
    response_model=SubmittedLinesOut,
    responses=answers(404, 409),
)
async def submit_certificates_of_opening(
    opening_id: UUID, body: LineCertificatesIn, unit: WriteUnit, parts: Parts, once: OnceOnly
) -> Response:
    """逐行答复：有误的行写明全部原因，其余各行照常登记。"""
    await _require_own_opening(unit, opening_id)
    persons = await persons_of_lines(
        unit, opening_id, unit.actor.institution(), [line.line_id for line in body.lines]
    )
    claims = [line.claim() for line in body.lines]
    defects = [
        (*_line_defects(index, line.line_id, persons), *_claim_defects(index, claim, unit))
        for index, (line, claim) in enumerate(zip(body.lines, claims, strict=True))
    ]
    good = [index for index, reasons in enumerate(defects) if not reasons]
    submitted = await submit_certificates(
        unit,
        parts.keys,
        CertificateSource.INSTITUTION,
        [Submission(persons[body.lines[index].line_id], claims[index]) for index in good],
    )
    taken = dict(zip(good, submitted, strict=True))
    return await once.answer(
        SubmittedLinesOut(
            accepted=len(good),
            refused=len(body.lines) - len(good),
            items=[
                SubmittedLineOut(
                    line_id=line.line_id,
                    certificate_id=taken[index].certificate_id if index in taken else None,
                    is_new=index in taken and taken[index].is_new,
                    reasons=_out(defects[index]),
                    number_warnings=_doubts(claims[index], unit),
                )
                for index, line in enumerate(body.lines)
            ],
        )
    )


@router.post(
    "/v1/certificates",
    summary="经办机构代为登记证书",
    status_code=201,
    response_model=SubmittedOut,
    responses=answers(404, 409, 429),
)
async def submit_certificate_of_person(
    body: PersonCertificateIn, unit: WriteUnit, parts: Parts, look: LookFirst, once: OnceOnly
) -> Response:
    """须写明事由与案件编号；查无此人与姓名不符答复相同，计入查询额度。查验与本人提交的一样。"""
    return await once.answer(await submit_for(body, unit, parts, look))


async def submit_for(body: PersonCertificateIn, unit: Unit, parts: House, look: Look) -> SubmittedOut:
    """The look is stored whatever comes of it. Raises InvalidInput, NotFound, TooMany."""
    claim = body.certificate.claim()
    number, reasons = _identity_number(unit.today, body.identity_number)
    _refuse(
        (
            *reasons,
            *reasons_against_submitting(
                claim, today=unit.today, known=occupations().get(), at="certificate."
            ),
        )
    )
    await parts.allowances.spend(unit.actor, body.purpose)
    async with look() as looking:
        found = await read_certificates(
            looking, parts.keys, body.case(), persons=identity_digests(parts.keys, number)
        )
    if not any(is_named(each, body.name) for each in found):
        parts.allowances.count_miss(unit.actor, body.purpose)
    submitted = await submit_for_person(unit, parts.keys, found, name=body.name, claim=claim)
    return SubmittedOut(
        certificate_id=submitted.certificate_id,
        is_new=submitted.is_new,
        number_warnings=_doubts(claim, unit),
    )


@router.post(
    "/v1/certificates:lookup",
    summary="经办机构查询证书",
    response_model=CertificatesOut,
    responses=answers(409, 429),
)
async def look_up(
    body: CertificateLookupIn, caller: Admitted, look: LookFirst, parts: Parts
) -> CertificatesOut:
    """按证书编号或身份号码，二者择一；查询记录先于答复保存，并在本人的“谁查过我”中显示。计入查询额度。"""
    assert caller.actor is not None
    return await look_up_for(caller.actor, body, look, parts)


async def look_up_for(actor: Actor, body: CertificateLookupIn, look: Look, parts: House) -> CertificatesOut:
    """Certificates of persons of that name. Raises InvalidInput, TooMany."""
    number: str | None = None
    reasons: tuple[Reason, ...] = ()
    if (body.certificate_number is None) == (body.identity_number is None):
        reasons = (
            Reason(
                code="lookup_by_one",
                field="certificate_number",
                message="请填写证书编号或身份号码中的一项",
                remedy="按证书查询填写证书编号，按人查询填写身份号码",
            ),
        )
    elif body.identity_number is not None:
        number, reasons = _identity_number(law_date(utc_now()), body.identity_number)
    _refuse(reasons)
    await parts.allowances.spend(actor, body.purpose)
    async with look() as unit:
        found = await look_up_certificates(
            unit,
            parts.keys,
            body.case(),
            name=body.name,
            certificate_number=body.certificate_number,
            identity_number=number,
        )
    if not found:
        parts.allowances.count_miss(actor, body.purpose)
    return CertificatesOut(items=[CertificateOut.of(each, unit.today) for each in found])


def _myself(unit: Unit) -> UUID:
    assert unit.actor.person_id is not None
    return unit.actor.person_id


def _refuse(reasons: tuple[Reason, ...]) -> None:
    if reasons:
        raise InvalidInput(reasons)


def _out(reasons: tuple[Reason, ...]) -> list[ReasonOut]:
    return [ReasonOut.model_validate(reason_out(each)) for each in reasons]


def _doubts(claim: Claim, unit: Unit) -> list[ReasonOut]:
    """What looks wrong about the number: a warning as long as the network may still match it."""
    declared = Declared(kind=claim.kind, on=unit.today, level=claim.skill_level, issued_on=claim.issued_on)
    _, warnings = judge_format(claim.certificate_number, declared, network_says_matched=True)
    return _out(warnings)


def _identity_number(on: date, text: str) -> tuple[str, tuple[Reason, ...]]:
    checked = check_identity_number(text, on=on, area_known=was_in_force, field="identity_number")
    return ("", tuple(checked.reasons)) if checked.reasons else (checked.require().number, ())


def _line_defects(index: int, line_id: UUID, persons: dict[UUID, UUID]) -> tuple[Reason, ...]:
    if line_id in persons:
        return ()
    return (
        Reason(
            code="roster_line_not_found",
            field=f"lines.{index}.line_id",
            message="本班名册中没有这一行，或学员已退出",
            remedy="请从本班名册中选择学员",
        ),
    )


def _claim_defects(index: int, claim: Claim, unit: Unit) -> tuple[Reason, ...]:
    return reasons_against_submitting(
        claim, today=unit.today, known=occupations().get(), at=f"lines.{index}."
    )


async def _require_own_opening(unit: Unit, opening_id: UUID) -> None:
    if not await is_opening_of(unit, opening_id, unit.actor.institution()):
        raise NotFound
