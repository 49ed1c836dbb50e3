"""外省登记机构的查询 (questions of peers): signed (RFC 9421), counted, answered by signed statements (JWS)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

import httpx
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.exchange.peers.actions.answer_attestation import AttestationAsked, answer_attestation
from app.exchange.peers.actions.move_hold import confirm_hold, release_hold, settle_hold
from app.exchange.peers.actions.take_question import Taken, take_question
from app.exchange.peers.rules import BenefitKey
from app.exchange.peers.states import PATHS, STATEMENT_TYPE, EndReason, KeyGroup, Question
from app.kernel.clock import utc_now
from app.kernel.errors import InvalidInput
from app.reference.skill_levels import SkillLevel
from app.web.dependencies import Admitted, Parts
from app.web.house import House
from app.web.problems import answers
from app.web.validation import reasons_of_validation
from app.web.wire import Input, Instant, Output

router = APIRouter(tags=["外省登记机构"])

_CONTRACT = "登记机构之间的接口约定（openapi/upstream/peer-registry.yaml）"
_Token = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Line = Annotated[
    str,
    StringConstraints(pattern=r"^(none|[0-9]{4}:[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}(/[^\x00-\x1f]{1,60})?)$"),
]
_Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_:.-]{1,64}$")]
Case = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9-]{3,40}$")]
_Statement = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{16,16384}$")]
B = TypeVar("B", bound=BaseModel)
F = TypeVar("F", bound=Callable[..., Any])


class _Asked(Input):
    attestation_id: UUID
    case_number: Case
    answers_seen: int = Field(ge=0, le=2**62, description="提问方已存下的本登记机构答复的最大编号")


class AttestationIn(_Asked):
    """是否已在贵处申领：以双方约定的标识代替号码."""

    number_tokens: list[_Token] = Field(min_length=1, max_length=8)
    name_tokens: list[_Token] = Field(max_length=8)
    key_group: KeyGroup
    benefit_line: _Line
    skill_level: SkillLevel
    period: _Code
    filed_at: Instant


class HoldMoveIn(_Asked):
    """确认或者已付：附对方早先签出的答复."""

    statement: _Statement


class ReleaseIn(_Asked):
    """解除：银行终局退回的指令，或者确认之前放弃."""

    reason: EndReason
    evidence: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")] | None


class StatementOut(Output):
    """签名的答复（JWS，ES256）."""

    statement: str


def described(shape: type[BaseModel]) -> dict[str, Any]:
    """The body in the description; it is judged only after the signature."""
    return {
        "requestBody": {
            "required": True,
            "description": f"见{_CONTRACT}；签名按 RFC 9421",
            "content": {"application/json": {"schema": shape.model_json_schema()}},
        }
    }


def question_route(
    router: APIRouter, kind: Question, summary: str, shape: type[BaseModel], *statuses: int
) -> Callable[[F], F]:
    """The route of a question: its path is the contract's, its answer a signed statement."""
    return router.post(
        PATHS[kind],
        summary=summary,
        response_model=StatementOut,
        responses=answers(401, 429, *statuses),
        openapi_extra=described(shape),
    )


async def take(request: Request, parts: House, kind: Question, shape: type[B]) -> tuple[Taken, B]:
    """The question, whose it is, and its content. The signature is judged before anything of the content is told."""
    body = await request.body()
    try:
        content, defect = shape.model_validate_json(body), None
    except ValidationError as error:
        content, defect = None, error
    async with system_unit(parts.engines, DatabaseRole.APP_PEER) as unit:
        taken = await take_question(
            unit,
            parts.keys,
            kind,
            target=httpx.URL(parts.settings.issuer + PATHS[kind]),
            headers=request.headers,
            body=body,
            now=utc_now().timestamp(),
            case_number=getattr(content, "case_number", "unreadable"),
            request_id=request.state.request_id,
            answers_seen=getattr(content, "answers_seen", None),
        )
    if content is None:
        assert defect is not None
        raise InvalidInput(reasons_of_validation(defect))
    return taken, content


def signed(parts: House, taken: Taken, claims: dict[str, Any]) -> StatementOut:
    """The answer to this very question, and to nobody else."""
    said = {**claims, "aud": taken.peer.issuer, "nonce": taken.nonce}
    # Evidence for years: what it says has its own date, the paper it stands on has none.
    return StatementOut(
        statement=parts.tokens.sign_statement(said, typ=STATEMENT_TYPE, now=utc_now(), expires=None)
    )


@question_route(router, Question.ATTESTATION, "外省登记机构查询是否已在本地申领", AttestationIn, 409, 503)
async def answer_peer_attestation(request: Request, caller: Admitted, parts: Parts) -> StatementOut:
    """答“未申领”即为其保留：到期之前本地不收同一职业同一等级的申领，也不拨付."""
    taken, body = await take(request, parts, Question.ATTESTATION, AttestationIn)
    asked = AttestationAsked(
        body.attestation_id,
        tuple(bytes.fromhex(token) for token in body.number_tokens),
        tuple(bytes.fromhex(token) for token in body.name_tokens),
        BenefitKey(body.key_group, body.benefit_line, body.skill_level, body.period),
        body.filed_at,
    )
    async with system_unit(parts.engines, DatabaseRole.APP_PEER, taken.actor) as unit:
        claims = await answer_attestation(
            unit,
            parts.keys,
            taken,
            asked,
            issuer=parts.settings.issuer,
            valid_for=timedelta(hours=parts.settings.attestation_valid_hours),
        )
    return signed(parts, taken, claims)


@question_route(router, Question.CONFIRMATION, "外省登记机构在拨付前确认", HoldMoveIn)
async def answer_peer_confirmation(request: Request, caller: Admitted, parts: Parts) -> StatementOut:
    """确认后不再到期，只因银行终局退回而解除；到期之后不能确认."""
    taken, body = await take(request, parts, Question.CONFIRMATION, HoldMoveIn)
    async with system_unit(parts.engines, DatabaseRole.APP_PEER, taken.actor) as unit:
        claims = await confirm_hold(unit, parts.tokens, taken, body.attestation_id, body.statement)
    return signed(parts, taken, claims)


@question_route(router, Question.RELEASE, "外省登记机构解除保留", ReleaseIn)
async def answer_peer_release(request: Request, caller: Admitted, parts: Parts) -> StatementOut:
    """已确认的，只凭银行终局退回解除；超时不是退回."""
    taken, body = await take(request, parts, Question.RELEASE, ReleaseIn)
    reason = EndReason.WITHDRAWN if body.evidence is None else body.reason
    async with system_unit(parts.engines, DatabaseRole.APP_PEER, taken.actor) as unit:
        claims = await release_hold(
            unit,
            taken,
            body.attestation_id,
            EndReason.WITHDRAWN if reason is EndReason.SETTLED else reason,
            body.evidence,
        )
    return signed(parts, taken, claims)


@question_route(router, Question.SETTLEMENT, "外省登记机构告知已发放", HoldMoveIn)
async def answer_peer_settlement(request: Request, caller: Admitted, parts: Parts) -> StatementOut:
    """已在外省享受，本地的保留永久有效."""
    taken, body = await take(request, parts, Question.SETTLEMENT, HoldMoveIn)
    async with system_unit(parts.engines, DatabaseRole.APP_PEER, taken.actor) as unit:
        claims = await settle_hold(unit, parts.tokens, taken, body.attestation_id, body.statement)
    return signed(parts, taken, claims)
