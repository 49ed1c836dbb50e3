"""Misbehavior on demand: a system is told to be slow, down, wrong or overloaded, repeatably."""

import asyncio
import random
from collections import Counter
from enum import StrEnum
from typing import Annotated

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.types import Receive, Scope, Send


class System(StrEnum):
    """The outside systems that the sandbox stands for."""

    CARDHOLDER_BASE = "cardholder_base"
    CITIZEN_IDENTITY = "citizen_identity"
    ASSESSMENT_NETWORK = "assessment_network"
    UNEMPLOYMENT_INSURANCE = "unemployment_insurance"
    BANK = "bank"
    MESSAGE_GATEWAY = "message_gateway"


class Wrong(StrEnum):
    """Ways of answering 200 and yet wrongly."""

    CONTRADICTING = "contradicting"
    WRONG_REFERENCE = "wrong_reference"
    WRONG_COUNT = "wrong_count"
    MALFORMED_JSON = "malformed_json"
    OVERSIZE = "oversize"
    TRUNCATED = "truncated"
    BAD_SIGNATURE = "bad_signature"
    UNSIGNED = "unsigned"
    OUTDATED = "outdated"


class Behavior(BaseModel):
    """What a system does from now on; by default it behaves. ``remaining`` ends it after so many requests."""

    model_config = ConfigDict(extra="forbid")

    delay_ms: Annotated[list[int], Field(min_length=2, max_length=2)] = [0, 0]
    error_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    down: bool = False
    wrong: Wrong | None = None
    late_ms: Annotated[int | None, Field(ge=1, le=60_000)] = None
    rate_limit_retry_after_seconds: Annotated[int | None, Field(ge=0, le=3_600)] = None
    remaining: Annotated[int | None, Field(ge=1)] = None
    seed: int = 1

    @model_validator(mode="after")
    def _delay_is_a_range(self) -> "Behavior":
        low, high = self.delay_ms
        if not 0 <= low <= high <= 60_000:
            raise ValueError("delay_ms must be [low, high] with 0 <= low <= high <= 60000")
        return self


class NetworkBehavior(Behavior):
    """What the assessment network can do beside.

    ``duplicate_rate``: share of changes and pushes that are sent more than once. ``contradicting``: it changes its
    mind about a certificate from one question to the next, each answer being right in form and signature.
    """

    duplicate_rate: Annotated[float, Field(ge=0, le=1)] = 0.0
    contradicting: bool = False


class Course:
    """What will happen to one request."""

    def __init__(self, *, delay_ms: int, refusal: Response | None, wrong: Wrong | None, late_ms: int) -> None:
        self._delay_ms = delay_ms
        self.refusal = refusal
        self.wrong = wrong
        self._late_ms = late_ms

    async def before_work(self) -> None:
        """Be slow."""
        await asyncio.sleep(self._delay_ms / 1000)

    async def after_work(self) -> None:
        """Have done the work, but say so too late."""
        await asyncio.sleep(self._late_ms / 1000)


class Stand:
    """One system's behavior and its counts. Counts name outcomes, never persons."""

    def __init__(self, behavior: Behavior | None = None) -> None:
        self.behavior = behavior or Behavior()
        self.counts: Counter[str] = Counter()
        self._draw = random.Random(self.behavior.seed)  # noqa: S311  repeatable on purpose

    def behave(self, behavior: Behavior) -> None:
        """Follow ``behavior`` from the next request on, drawing anew from its seed."""
        self.behavior = behavior
        self._draw = random.Random(behavior.seed)  # noqa: S311

    def next_course(self) -> Course:
        """Decide what happens to the request that has just come in."""
        behavior = self.behavior
        self.counts["requests"] += 1
        if behavior.remaining is not None:
            behavior.remaining -= 1
            if behavior.remaining == 0:
                self.behavior = type(behavior)()
        return Course(
            delay_ms=self._draw.randint(*behavior.delay_ms),
            refusal=self._refusal(behavior),
            wrong=behavior.wrong,
            late_ms=behavior.late_ms or 0,
        )

    def happens(self, rate: float) -> bool:
        """Draw once whether something of that share happens now."""
        return rate > 0 and self._draw.random() < rate

    def _refusal(self, behavior: Behavior) -> Response | None:
        if behavior.down:
            self.counts["refused_down"] += 1
            return problem(503, "service_unavailable", "系统维护中，暂停服务")
        if behavior.rate_limit_retry_after_seconds is not None:
            self.counts["refused_rate_limit"] += 1
            retry_after = str(behavior.rate_limit_retry_after_seconds)
            return problem(429, "rate_limited", "调用过于频繁，请稍后再试", {"Retry-After": retry_after})
        if self._draw.random() < behavior.error_rate:
            self.counts["refused_error"] += 1
            return problem(500, "internal_error", "系统内部错误")
        return None


class TruncatedResponse(Response):
    """Announces the whole body, sends half of it and hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the beginning; the server closes the connection since the promised length is not reached."""
        body = bytes(self.body)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": False})


def problem(status: int, code: str, title: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """An error answer as both contracts describe it (RFC 9457 with ``code``)."""
    return JSONResponse(
        {"type": "about:blank", "status": status, "code": code, "title": title},
        status_code=status,
        headers=headers,
        media_type="application/problem+json",
    )


async def body_within(request: Request, bytes_max: int) -> bytes | None:
    """The request's body, or None when it is longer than ``bytes_max``."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > bytes_max:
            return None
        parts.append(part)
    return b"".join(parts)
