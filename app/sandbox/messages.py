"""The message platform (短信、电子社保卡消息) of the sandbox, and the box of what it has taken.

Contract: ``openapi/upstream/message-gateway.yaml``. Nothing is sent anywhere: a demo shows the box.
"""

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.sandbox.behavior import Wrong, problem
from app.sandbox.desk import Desk, Refusal, answered_at

BODY_BYTES_MAX = 16_384
OVERSIZE_BYTES = 262_144
TEMPLATES: dict[str, str] = {
    "enrolled": (
        "您已被登记为职业技能培训班学员，{starts_on}开班。请登录“我的培训档案”核对；非本人报名的，可在线提出异议。"
    ),
    "deadline_near": (
        "您有一项{benefit}可以申领，期限至{due_on}（含当日），还有{days}天。请登录“我的培训档案”办理，办理不收费。"
    ),
    "supplement_asked": (
        "您申领的{benefit}需要补正材料，请于{due_on}（含当日）前登录“我的培训档案”一次补齐。"
    ),
    "decision_made": "您申领的{benefit}已作出决定。请登录“我的培训档案”查看决定书、理由、依据和救济途径。",
    "notice_opened": "您申领的{benefit}已进入公示，公示至{ends_on}（含当日）。请登录“我的培训档案”查看。",
    "paid": "您申领的{benefit}已拨付至您登记的本人账户，请留意到账。工作人员不会索要验证码或转账。",
    "payment_failed": (
        "您申领的{benefit}拨付未成功。请登录“我的培训档案”核对或更换本人收款账户，更换后将重新拨付。"
    ),
    "recovery_ordered": (
        "关于您已领取的{benefit}，有新的文书送达。请登录“我的培训档案”查看理由、依据、期限和救济途径。"
    ),
    "correction_answered": "您提交的档案更正申请已有答复。请登录“我的培训档案”查看结果、理由和救济途径。",
}
"""The texts as they are registered with the platform (x-templates of the contract)."""

_FORMS = {
    "benefit": "技能提升补贴|职业培训补贴|生活费补贴|企业新型学徒制补贴|以工代训补贴|一次性留工培训补助|职业培训券",
    "days": "[0-9]{1,3}",
    "due_on": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "ends_on": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "starts_on": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
_ADDRESSES = {"sms": "1[0-9]{10}", "social_security_card": "[A-Za-z0-9_-]{16,128}"}


class MessageIn(BaseModel):
    """One message by template."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    channel: Literal["sms", "social_security_card"]
    address: Annotated[str, Field(max_length=128)]
    template: str
    parameters: dict[str, str]

    @model_validator(mode="after")
    def _is_registered(self) -> "MessageIn":
        text = TEMPLATES.get(self.template)
        if text is None or set(re.findall(r"\{(\w+)\}", text)) != self.parameters.keys():
            raise ValueError("no such template, or other parameters than its own")
        if not all(re.fullmatch(_FORMS[name], value) for name, value in self.parameters.items()):
            raise ValueError("a parameter is outside its vocabulary")
        if not re.fullmatch(_ADDRESSES[self.channel], self.address):
            raise ValueError("no address of this channel")
        return self


@dataclass(slots=True, kw_only=True)
class Taken:
    """A message that was handed over; ``received`` counts how often."""

    message: MessageIn = field(repr=False)
    outcome: str
    evidence_id: str
    received: int = 1


class MessageSetting(BaseModel):
    """Addresses with these ends are undeliverable; the whole of it is replaced."""

    model_config = ConfigDict(extra="forbid")

    undeliverable_tails: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,16}$")]], Field(max_length=100)
    ] = ["0000"]


class MessagePlatform:
    """Takes messages, each once, and shows what it has taken."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._setting = MessageSetting()
        self._taken: dict[str, Taken] = {}

    def router(self) -> APIRouter:
        """The contract's one route, and the controls."""
        routes = APIRouter()
        routes.add_api_route("/v1/messages/{message_id}", self.put, methods=["PUT"], response_model=None)
        routes.add_api_route("/sandbox/messages", self.set, methods=["PUT"])
        routes.add_api_route("/sandbox/messages", self.box, methods=["GET"])
        return routes

    async def put(self, request: Request, message_id: str) -> Response:
        """Take a message, once."""
        try:
            course, asked = await self._desk.question(request, MessageIn)
        except Refusal as refusal:
            return refusal.response
        if not re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", message_id):
            return self._desk.invalid()
        taken = self._taken.get(message_id)
        if taken is None:
            tails = tuple(self._setting.undeliverable_tails)
            taken = Taken(
                message=asked,
                outcome="undeliverable" if tails and asked.address.endswith(tails) else "accepted",
                evidence_id=self._desk.evidence_id(),
            )
            self._taken[message_id] = taken
            self._desk.stand.counts[f"taken_{taken.outcome}"] += 1
        elif taken.message != asked:
            return problem(409, "message_differs", "该编号已有内容不同的消息")
        else:
            taken.received += 1
        answer = {
            "message_id": message_id,
            "outcome": taken.outcome,
            "evidence_id": taken.evidence_id,
            "answered_at": answered_at(),
        }
        match course.wrong:
            case Wrong.CONTRADICTING:
                answer["outcome"] = "sent"
            case Wrong.WRONG_REFERENCE:
                answer["message_id"] = "00000000-0000-0000-0000-000000000000"
            case Wrong.WRONG_COUNT:
                del answer["evidence_id"]
            case Wrong.OUTDATED:
                answer["answered_at"] = "1970-01-01T00:00:00+00:00"
            case _:
                pass
        return await self._desk.answer(request, answer, course)

    async def set(self, setting: MessageSetting) -> MessageSetting:
        """Deliver so from now on."""
        self._setting = setting
        return setting

    async def box(
        self, address_tail: str = "", offset: int = 0, limit: int = 50
    ) -> dict[str, list[dict[str, Any]]]:
        """What was taken, the latest first, as the person reads it."""
        found = [
            {
                "message_id": message_id,
                "channel": taken.message.channel,
                "address_tail": taken.message.address[-4:],
                "template": taken.message.template,
                "text": TEMPLATES[taken.message.template].format_map(taken.message.parameters),
                "outcome": taken.outcome,
                "received": taken.received,
            }
            for message_id, taken in reversed(self._taken.items())
            if taken.message.address.endswith(address_tail)
        ]
        return {"messages": found[max(offset, 0) :][: max(0, min(limit, 10_000))]}
