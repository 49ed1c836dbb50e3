"""Questions to an outside system that are signed, and answers that count only when they are signed for them.

Profile: RFC 9421 as ``app.gateways.message_signatures`` fixes it. A question without a body carries the digest of an
empty one and the content type of its system's other questions, so that one profile covers both.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

import httpx

from app.gateways.circuit import CircuitBreaker
from app.gateways.http import Answer, Call, FailureKind, Pace, ResilientClient, UpstreamFailed
from app.gateways.message_signatures import (
    SKEW_SECONDS,
    SharedKey,
    SignatureInvalid,
    sign_request,
    verify_answer,
)

T = TypeVar("T")


class SignedCalls:
    """The resilient client of one system, signing what goes out and verifying what comes back."""

    def __init__(
        self,
        *,
        system: str,
        base_url: str,
        key: SharedKey,
        pace: Pace,
        circuit: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self.key = key
        # Freshness of a signature is a matter of the machines' clocks, not of the registry's legal time.
        self.unix_time = unix_time
        self._client = ResilientClient(
            system=system, base_url=base_url, pace=pace, circuit=circuit, transport=transport
        )

    @property
    def circuit(self) -> CircuitBreaker:
        """The breaker, for readiness and metrics."""
        return self._client.circuit

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._client.aclose()

    async def ask(
        self,
        operation: str,
        method: str,
        path: str,
        read: Callable[[Answer, int], T],
        *,
        document: Mapping[str, object] | None = None,
        accept: str = "application/json",
        response_bytes_max: int | None = None,
    ) -> T:
        """What ``read`` makes of the verified answer and of the second (Unix) it was signed in.

        Every question asked here may be repeated: it reads, or it carries an id that makes it count once.

        Raises:
            UpstreamFailed: no trustworthy answer within the deadline.
        """
        body = b"" if document is None else json.dumps(document, ensure_ascii=False).encode("utf-8")
        call = Call(
            operation=operation,
            method=method,
            path=path,
            is_idempotent=True,
            body=body,
            headers={"Content-Type": "application/json", "Accept": accept},
            prepare=self._sign,
            response_bytes_max=response_bytes_max,
        )
        return await self._client.send(call, lambda answer: read(answer, self._verified(answer)))

    def _sign(self, request: httpx.Request) -> None:
        sign_request(request, self.key, created=int(self.unix_time()), nonce=secrets.token_hex(16))

    def _verified(self, answer: Answer) -> int:
        try:
            return verify_answer(
                request=answer.request,
                status=int(httpx.codes.OK),
                headers=answer.headers,
                body=answer.body,
                key=self.key,
                now=self.unix_time(),
            )
        except SignatureInvalid:
            raise UpstreamFailed(FailureKind.SIGNATURE) from None


def require(is_for_us: bool) -> None:
    """Refuse an answer that is right in form and yet not the one to our question.

    Raises:
        UpstreamFailed: MISMATCHED, when ``is_for_us`` is false.
    """
    if not is_for_us:
        raise UpstreamFailed(FailureKind.MISMATCHED)


def is_fresh(moment: datetime, created: int) -> bool:
    """Whether an answer's own time lies near the second it was signed in (contract, 时间戳允许误差)."""
    return abs(moment.timestamp() - created) <= SKEW_SECONDS
