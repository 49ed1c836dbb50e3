"""外省查询 (look-ups between registries): answered for peers, and asked of all peers at once for an officer."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field, StringConstraints

from app.access.unit import system_unit
from app.api.v1.peer_questions import Case, StatementOut, question_route, signed, take
from app.archive.records.actions.look_up_records import Subject
from app.archive.records.states import Purpose
from app.audit.events import note_misses
from app.db.roles import DatabaseRole
from app.exchange.peers.actions.answer_lookup import (
    answer_certificate,
    answer_contribution_months,
    answer_records,
)
from app.exchange.peers.actions.ask_all_peers import ask_all_peers
from app.exchange.peers.states import Question
from app.kernel.clock import law_date, utc_now
from app.kernel.errors import InvalidInput, Reason
from app.kernel.identifiers import check_identity_number
from app.reference.divisions import was_in_force
from app.web.dependencies import Admitted, LookFirst, Parts
from app.web.problems import answers
from app.web.wire import Day, Input, Output, ShortLine

router = APIRouter(tags=["外省登记机构"])

_Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{15,18}$")]
_CertificateNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z]{8,40}$")]


class PeerSubjectIn(Input):
    """姓名和号码：对方须认得本人时才发送."""

    case_number: Case
    purpose: Purpose
    name: ShortLine
    identity_number: _Number


class PeerMonthsIn(PeerSubjectIn):
    """截至某日的缴费月数."""

    as_of: Day


class PeerCertificateIn(Input):
    """姓名和证书编号."""

    case_number: Case
    purpose: Purpose
    name: ShortLine
    certificate_number: _CertificateNumber


@question_route(router, Question.RECORDS, "外省登记机构查询培训档案", PeerSubjectIn)
async def answer_peer_records(request: Request, caller: Admitted, parts: Parts) -> StatementOut:
    """查询记录先于答复保存；不存在与姓名不符同样答“没有”."""
    taken, body = await take(request, parts, Question.RECORDS, PeerSubjectIn)
    async with system_unit(parts.engines, DatabaseRole.APP_PEER, taken.actor) as unit:
        subject = Subject(body.identity_number.upper(), body.name)
        claims = await answer_records(unit, parts.keys, taken, subject, purpose=body.purpose)
    return signed(parts, taken, claims)


@question_route(router, Question.CERTIFICATE, "外省登记机构查询证书", PeerCertificateIn)
async def answer_peer_certificate(request: Request, caller: Admitted, parts: Parts) -> StatementOut:
    """查询记录先于答复保存；不存在与姓名不符同样答“没有”."""
    taken, body = await take(request, parts, Question.CERTIFICATE, PeerCertificateIn)
    async with system_unit(parts.engines, DatabaseRole.APP_PEER, taken.actor) as unit:
        claims = await answer_certificate(
            unit,
            parts.keys,
            taken,
            name=body.name,
            certificate_number=body.certificate_number,
            purpose=body.purpose,
        )
    return signed(parts, taken, claims)


@question_route(router, Question.CONTRIBUTION_MONTHS, "外省登记机构查询缴费月数", PeerMonthsIn)
async def answer_peer_months(request: Request, caller: Admitted, parts: Parts) -> StatementOut:
    """由本省失业保险平台现时答复；有省份没有答复的标为不完整."""
    taken, body = await take(request, parts, Question.CONTRIBUTION_MONTHS, PeerMonthsIn)
    async with system_unit(parts.engines, DatabaseRole.APP_PEER, taken.actor) as unit:
        claims = await answer_contribution_months(
            unit,
            parts.keys,
            parts.unemployment_insurance,
            taken,
            Subject(body.identity_number.upper(), body.name),
            as_of=body.as_of,
            purpose=body.purpose,
        )
    return signed(parts, taken, claims)


class OtherLookupIn(Input):
    """向全部外省登记机构查询一人."""

    about: Question = Field(examples=["records"])
    purpose: Purpose = Field(examples=["subsidy_review"])
    case_number: Case = Field(examples=["S110105-2026-00000001"])
    name: ShortLine = Field(examples=["测试学员"])
    identity_number: _Number | None = Field(default=None, examples=["110105194910010016"])
    certificate_number: _CertificateNumber | None = Field(default=None, examples=["S000033995002265990001"])
    as_of: Day | None = None


class PeerSaidOut(Output):
    """一个登记机构的答复，原样签名."""

    registry: str
    statement: str
    claims: dict[str, Any]


class OtherLookupOut(Output):
    """各登记机构的答复；有一个没有答复即为不完整，不能当作“没有”."""

    is_partial: bool
    silent: list[str]
    answers: list[PeerSaidOut]


@router.post(
    "/v1/other-registries:lookup",
    summary="向外省登记机构查询",
    response_model=OtherLookupOut,
    responses=answers(409, 429),
)
async def look_up_elsewhere(
    body: OtherLookupIn, caller: Admitted, look: LookFirst, parts: Parts
) -> OtherLookupOut:
    """培训档案、证书或者缴费月数；各省同时询问，逐省答复。计入查询额度，各省都答“没有”的计为一次查无此人."""
    assert caller.actor is not None
    document = _document(body, law_date(utc_now()))
    await parts.allowances.spend(caller.actor, body.purpose)
    async with look() as unit, system_unit(parts.engines, DatabaseRole.WORKER) as reading:
        said = await ask_all_peers(
            reading,
            parts.keys,
            parts.tokens,
            parts.peers,
            body.about,
            document,
            issuer=parts.settings.issuer,
            officer=unit,
        )
        is_miss = said.is_nobody
        await note_misses(
            unit, purpose=body.purpose, case_number=body.case_number, missed=1 if is_miss else 0
        )
    if is_miss:
        parts.allowances.count_miss(caller.actor, body.purpose)
    return OtherLookupOut(
        is_partial=bool(said.silent),
        silent=said.silent,
        answers=[
            PeerSaidOut(registry=name, statement=heard.statement, claims=dict(heard.claims))
            for name, heard in said.heard
        ],
    )


def _document(body: OtherLookupIn, today: date) -> dict[str, object]:
    """The question as it is sent. Raises InvalidInput."""
    document: dict[str, object] = {
        "case_number": body.case_number,
        "purpose": body.purpose.value,
        "name": body.name,
    }
    if body.about is Question.CERTIFICATE:
        document["certificate_number"] = _given(body.certificate_number, "certificate_number")
    elif body.about in {Question.RECORDS, Question.CONTRIBUTION_MONTHS}:
        checked = check_identity_number(
            str(_given(body.identity_number, "identity_number")), on=today, area_known=was_in_force
        )
        if checked.reasons:
            raise InvalidInput(checked.reasons)
        document["identity_number"] = checked.require().number
        if body.about is Question.CONTRIBUTION_MONTHS:
            as_of: date = body.as_of or today
            document["as_of"] = as_of.isoformat()
    else:
        raise InvalidInput(
            [
                Reason(
                    code="lookup_of_other_kind",
                    field="about",
                    message="这里只能查询培训档案、证书和缴费月数",
                    remedy="未申领证明请在申领下办理",
                )
            ]
        )
    return document


def _given(value: str | None, field: str) -> str:
    if value is None:
        raise InvalidInput(
            [Reason(code="missing", field=field, message="查询这一项须填写", remedy="请补充后重新查询")]
        )
    return value
