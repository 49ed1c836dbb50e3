"""外省登记机构 (peers), their keys, and the list of registries to be asked: proposed by one, confirmed by another."""

import base64
import binascii
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field, SecretStr, StringConstraints
from sqlalchemy import Row
from starlette.responses import Response

from app.exchange.peers.actions.list_registry import confirm_end, confirm_rule, propose_end, propose_rule
from app.exchange.peers.actions.register_peer import (
    confirm_key,
    confirm_peer,
    end_peer,
    propose_key,
    propose_peer,
    revoke_key,
)
from app.exchange.peers.queries import asking_rules, peers
from app.exchange.peers.rules import SECRET_BYTES
from app.exchange.peers.states import PeerState
from app.kernel.errors import InvalidInput, Reason
from app.subsidies.entitlements.states import BenefitKind
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Day, Input, Instant, Output, ShortLine

router = APIRouter(tags=["系统管理（三员）"])

_Division = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
_Address = Annotated[
    str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:_\[\]-]{1,120}(/[A-Za-z0-9._~/-]{0,120})?$")
]
_Member = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
PeerId = Annotated[UUID, Path(description="外省登记机构标识")]
KeyId = Annotated[str, Path(description="公钥的 kid", pattern=r"^[A-Za-z0-9._-]{1,64}$")]
RuleId = Annotated[UUID, Path(description="名单行标识")]


class PeerIn(Input):
    """登记外省登记机构：密钥由双方线下约定，用来以标识代替号码."""

    name: ShortLine = Field(examples=["乙省职业技能培训登记中心"])
    division_code: _Division = Field(examples=["310000"])
    issuer: _Address = Field(examples=["https://registry.example.cn"])
    base_url: _Address = Field(examples=["https://registry.example.cn"])
    token_secret: SecretStr = Field(description="32字节，base64", max_length=64)
    hourly_budget: int = Field(ge=1, le=1_000_000, examples=[5000])


class PeerKeyIn(Input):
    """对方的一把公钥及其有效期."""

    public_jwk: dict[_Member, _Member] = Field(max_length=8)
    valid_from: Instant
    valid_until: Instant


class PeerKeyOut(Output):
    """一把公钥."""

    key_id: str
    public_jwk: dict[str, str]
    valid_from: datetime
    valid_until: datetime
    state: PeerState


class PeerOut(Output):
    """一个外省登记机构."""

    peer_id: UUID
    name: str
    division_code: str
    issuer: str
    base_url: str
    hourly_budget: int
    state: PeerState
    proposed_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    keys: list[PeerKeyOut]

    @classmethod
    def of(cls, row: Row[Any]) -> "PeerOut":
        """As stored, without the secret."""
        stored = row._mapping
        plain = {name: stored[name] for name in cls.model_fields if name not in {"keys", "state"}}
        keys = [
            PeerKeyOut(
                state=_state(key["confirmed_at"], key["revoked_at"]),
                **{name: key[name] for name in PeerKeyOut.model_fields if name != "state"},
            )
            for key in stored["keys"]
        ]
        return cls(**plain, state=_state(stored["confirmed_at"], stored["ended_at"]), keys=keys)


class PeersOut(Output):
    """全部外省登记机构."""

    items: list[PeerOut]


class AskingRuleIn(Input):
    """拨付前须先询问的登记机构：种类、地区、起始日期和依据."""

    peer_id: UUID
    kind: BenefitKind
    division_code: _Division = Field(examples=["110000"])
    starts_on: Day
    document: ShortLine = Field(examples=["两省人社厅数据共享协议"])
    clause: ShortLine = Field(examples=["第三条"])


class AskingEndIn(Input):
    """停止询问的日期."""

    ends_before: Day


class AskingRuleOut(Output):
    """名单的一行."""

    rule_id: UUID
    peer_id: UUID
    kind: BenefitKind
    division_code: str
    starts_on: date
    ends_before: date | None
    document: str
    clause: str
    state: PeerState

    @classmethod
    def of(cls, row: Row[Any]) -> "AskingRuleOut":
        """As stored; ended once a second person has confirmed the end."""
        stored = row._mapping
        plain = {name: stored[name] for name in cls.model_fields if name != "state"}
        return cls(**plain, state=_state(stored["confirmed_at"], stored["end_confirmed_at"]))


class AskingRulesOut(Output):
    """须先询问的名单."""

    items: list[AskingRuleOut]


def _state(confirmed_at: Any, ended_at: Any) -> PeerState:
    if ended_at is not None:
        return PeerState.ENDED
    return PeerState.PROPOSED if confirmed_at is None else PeerState.IN_FORCE


def read_secret(given: SecretStr) -> bytes:
    """The agreed key. Raises InvalidInput for what is not 32 octets in base64."""
    try:
        secret = base64.b64decode(given.get_secret_value(), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise InvalidInput(
            [
                Reason(
                    code="token_secret_malformed",
                    field="token_secret",
                    message="约定的密钥不是32字节的 base64",
                    remedy="请填写双方约定的32字节随机密钥的 base64 文本",
                )
            ]
        )
    return secret


@router.get("/v1/peer-registries", summary="外省登记机构", response_model=PeersOut, responses=answers())
async def list_peer_registries(unit: ReadUnit) -> PeersOut:
    """含尚未确认的和已停用的."""
    return PeersOut(items=[PeerOut.of(row) for row in await peers(unit)])


@router.post(
    "/v1/peer-registries",
    summary="提出登记外省登记机构",
    status_code=201,
    response_model=PeerOut,
    responses=answers(409),
)
async def create_peer_registry(body: PeerIn, unit: WriteUnit, parts: Parts, once: OnceOnly) -> Response:
    """须由另一名安全管理员确认后生效."""
    row = await propose_peer(
        unit,
        parts.keys,
        name=body.name,
        division_code=body.division_code,
        issuer=body.issuer.rstrip("/"),
        base_url=body.base_url.rstrip("/"),
        token_secret=read_secret(body.token_secret),
        hourly_budget=body.hourly_budget,
    )
    return await once.answer(PeerOut.of(row))


@router.post(
    "/v1/peer-registries/{peer_id}:confirm",
    summary="确认外省登记机构",
    response_model=PeerOut,
    responses=answers(404, 409),
)
async def confirm_peer_registry(peer_id: PeerId, unit: WriteUnit) -> PeerOut:
    """第二人确认后，后台为每个号码建立比对标识."""
    return PeerOut.of(await confirm_peer(unit, peer_id))


@router.post(
    "/v1/peer-registries/{peer_id}:end",
    summary="停用外省登记机构",
    response_model=PeerOut,
    responses=answers(404, 409),
)
async def end_peer_registry(peer_id: PeerId, unit: WriteUnit) -> PeerOut:
    """一人即可：不再询问也不再答复，已为其保留的继续有效."""
    return PeerOut.of(await end_peer(unit, peer_id))


@router.post(
    "/v1/peer-registries/{peer_id}/keys",
    summary="提出登记对方公钥",
    status_code=201,
    response_model=PeerOut,
    responses=answers(404, 409),
)
async def create_peer_key(peer_id: PeerId, body: PeerKeyIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """须由另一名安全管理员核对指纹后确认."""
    row = await propose_key(
        unit,
        peer_id,
        public_jwk=dict(body.public_jwk),
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )
    return await once.answer(PeerOut.of(row))


@router.post(
    "/v1/peer-registries/{peer_id}/keys/{key_id}:confirm",
    summary="确认对方公钥",
    response_model=PeerOut,
    responses=answers(404, 409),
)
async def confirm_peer_key(peer_id: PeerId, key_id: KeyId, unit: WriteUnit) -> PeerOut:
    """第二人确认后，它的签名在有效期内有效."""
    return PeerOut.of(await confirm_key(unit, peer_id, key_id))


@router.post(
    "/v1/peer-registries/{peer_id}/keys/{key_id}:revoke",
    summary="作废对方公钥",
    response_model=PeerOut,
    responses=answers(404, 409),
)
async def revoke_peer_key(peer_id: PeerId, key_id: KeyId, unit: WriteUnit) -> PeerOut:
    """一人即可，立即生效."""
    return PeerOut.of(await revoke_key(unit, peer_id, key_id))


@router.get(
    "/v1/asking-rules", summary="拨付前须先询问的名单", response_model=AskingRulesOut, responses=answers()
)
async def list_asking_rules(unit: ReadUnit) -> AskingRulesOut:
    """含将来的和已结束的."""
    return AskingRulesOut(items=[AskingRuleOut.of(row) for row in await asking_rules(unit)])


@router.post(
    "/v1/asking-rules",
    summary="提出列入名单",
    status_code=201,
    response_model=AskingRuleOut,
    responses=answers(404, 409),
)
async def create_asking_rule(body: AskingRuleIn, unit: WriteUnit, once: OnceOnly) -> Response:
    """须由另一名安全管理员确认."""
    row = await propose_rule(unit, **dict(body))
    return await once.answer(AskingRuleOut.of(row))


@router.post(
    "/v1/asking-rules/{rule_id}:confirm",
    summary="确认列入名单",
    response_model=AskingRuleOut,
    responses=answers(404, 409),
)
async def confirm_asking_rule(rule_id: RuleId, unit: WriteUnit) -> AskingRuleOut:
    """自起始日期起，未经该登记机构确认的一律不能拨付."""
    return AskingRuleOut.of(await confirm_rule(unit, rule_id))


@router.post(
    "/v1/asking-rules/{rule_id}:end",
    summary="提出停止询问",
    response_model=AskingRuleOut,
    responses=answers(404, 409),
)
async def end_asking_rule(rule_id: RuleId, body: AskingEndIn, unit: WriteUnit) -> AskingRuleOut:
    """第二人确认之前照常询问."""
    return AskingRuleOut.of(await propose_end(unit, rule_id, body.ends_before))


@router.post(
    "/v1/asking-rules/{rule_id}:confirm-end",
    summary="确认停止询问",
    response_model=AskingRuleOut,
    responses=answers(404, 409),
)
async def confirm_asking_end(rule_id: RuleId, unit: WriteUnit) -> AskingRuleOut:
    """自该日起不再须经其确认."""
    return AskingRuleOut.of(await confirm_end(unit, rule_id))
