"""Client of the message platform (短信、电子社保卡消息): each message once, by template, without personal data.

Contract: ``openapi/upstream/message-gateway.yaml``. ``accepted`` means that the platform has taken the message, not
that anybody has read it.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import httpx
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.gateways.circuit import CircuitBreaker
from app.gateways.http import Answer, FailureKind, Pace, UpstreamFailed, read_model
from app.gateways.message_signatures import SharedKey
from app.gateways.message_templates import MessageTemplate, message_text
from app.gateways.signed_calls import SignedCalls, is_fresh, require

MESSAGES_PACE = Pace(response_bytes_max=65_536)


class MessageChannel(StrEnum):
    """短信 (address: mobile number), or 电子社保卡消息 (address: the channel's token of the person)."""

    SMS = "sms"
    SOCIAL_SECURITY_CARD = "social_security_card"


_ADDRESS = {MessageChannel.SMS: "1[0-9]{10}", MessageChannel.SOCIAL_SECURITY_CARD: "[A-Za-z0-9_-]{16,128}"}


class MessageOutcome(StrEnum):
    """What became of a message; ``UNAVAILABLE`` is ours: the platform may or may not have taken it."""

    ACCEPTED = "accepted"
    UNDELIVERABLE = "undeliverable"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message; its id makes it go out once, however often it is sent.

    Raises:
        ValueError: address or parameters have not the form of the contract; names the field only.
    """

    message_id: UUID
    channel: MessageChannel
    address: str = field(repr=False)
    template: MessageTemplate
    parameters: Mapping[str, str]

    def __post_init__(self) -> None:
        # The form is checked in full, since what is refused by the platform would be refused forever.
        if not re.fullmatch(_ADDRESS[self.channel], self.address):
            raise ValueError("address has not the form of the contract")
        message_text(self.template, self.parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAnswer:
    """The answer to a message; evidence and time are None, and ``failure`` is given, for unavailable."""

    outcome: MessageOutcome
    evidence_id: str | None = None
    answered_at: datetime | None = None
    failure: FailureKind | None = None


class _WireOutcome(StrEnum):
    ACCEPTED = "accepted"
    UNDELIVERABLE = "undeliverable"


class _WireMessage(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    message_id: Annotated[str, Field(max_length=36)]
    outcome: _WireOutcome
    evidence_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    answered_at: AwareDatetime


class MessageGateway:
    """Messages to citizens."""

    def __init__(
        self,
        *,
        base_url: str,
        key: SharedKey,
        pace: Pace | None = None,
        circuit: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self._calls = SignedCalls(
            system="message_gateway",
            base_url=base_url,
            key=key,
            pace=pace or MESSAGES_PACE,
            circuit=circuit,
            transport=transport,
            unix_time=unix_time,
        )

    @property
    def circuit(self) -> CircuitBreaker:
        """The breaker, for readiness and metrics."""
        return self._calls.circuit

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._calls.aclose()

    async def send(self, message: Message) -> MessageAnswer:
        """Hand ``message`` over; sent again with the same id it is answered as before. Never raises for a failing
        platform."""
        message_id = str(message.message_id)

        def read(answer: Answer, created: int) -> _WireMessage:
            wire = read_model(answer, _WireMessage)
            require(wire.message_id == message_id and is_fresh(wire.answered_at, created))
            return wire

        document = {
            "channel": message.channel.value,
            "address": message.address,
            "template": message.template.value,
            "parameters": dict(message.parameters),
        }
        try:
            wire = await self._calls.ask("send", "PUT", f"/v1/messages/{message_id}", read, document=document)
        except UpstreamFailed as failure:
            return MessageAnswer(outcome=MessageOutcome.UNAVAILABLE, failure=failure.kind)
        return MessageAnswer(
            outcome=MessageOutcome(wire.outcome.value),
            evidence_id=wire.evidence_id,
            answered_at=wire.answered_at,
        )
