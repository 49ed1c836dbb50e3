"""One resilient HTTP client for every outside system.

The other side is treated as hostile and as often absent (OWASP API10:2023): every call has a deadline, an
answer has a size limit, redirects are not followed, compressed answers are not accepted (no bombs), proxies
of the environment are not used. Only idempotent calls are repeated (RFC 9110 §9.2.2), a bounded number of
times with full jitter. Bodies, names and numbers are never logged: a log line names system, operation, kind
of failure and duration.
"""

import asyncio
import json
import random
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cache
from typing import TypeVar

import httpx
import structlog
from pydantic import BaseModel, ValidationError

from app.gateways.circuit import CircuitBreaker, CircuitOpen, CircuitState
from app.kernel.clock import utc_now

log = structlog.get_logger(__name__)

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

_REST_SECONDS_MAX = 300.0
"""A Retry-After may close us off for at most this long, or a wrong header could do so for years."""


class FailureKind(StrEnum):
    """Why there is no answer that can be used."""

    CIRCUIT_OPEN = "circuit_open"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    CALLER_REJECTED = "caller_rejected"
    OVERSIZE = "oversize"
    MALFORMED = "malformed"
    MISMATCHED = "mismatched"
    SIGNATURE = "signature"


_RETRIED = frozenset(
    {FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.THROTTLED, FailureKind.SERVER_ERROR}
)
# A rejected caller and a throttled one have met a system that is alive.
_NOT_THE_SYSTEMS_FAULT = frozenset({FailureKind.CALLER_REJECTED, FailureKind.THROTTLED})


class UpstreamFailed(Exception):
    """A call to an outside system brought no usable answer. Holds no personal data."""

    def __init__(
        self,
        kind: FailureKind,
        *,
        status: int | None = None,
        code: str | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        self.kind = kind
        self.status = status
        self.code = code
        self.retry_after_seconds = retry_after_seconds
        super().__init__(f"{kind} (status {status}, code {code})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long and how often to try; seconds and bytes. Operating values, not policy."""

    attempt_seconds: float = 5.0
    deadline_seconds: float = 12.0
    attempts: int = 3
    backoff_seconds: float = 0.2
    backoff_seconds_max: float = 2.0
    response_bytes_max: int = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. ``prepare`` runs before each attempt: a signature with its nonce is made anew every time."""

    operation: str
    method: str
    path: str
    is_idempotent: bool
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    prepare: Callable[[httpx.Request], None] | None = field(default=None, repr=False)
    response_bytes_max: int | None = None
    """Another limit than the pace's for this answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete 200 answer within the size limit, together with the request it belongs to."""

    request: httpx.Request = field(repr=False)
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)


def strict_json(body: bytes) -> object:
    """Parse JSON; refuse doubled keys, NaN and bad UTF-8.

    Raises:
        ValueError: it is not such JSON. The text of the error holds nothing of the input.
    """

    def without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError
        return found

    def no_constant(_: str) -> object:
        raise ValueError

    try:
        parsed: object = json.loads(
            body.decode("utf-8"), object_pairs_hook=without_doubles, parse_constant=no_constant
        )
    except (ValueError, RecursionError):
        raise ValueError("not strict JSON") from None
    return parsed


def read_model(answer: Answer, model: type[M]) -> M:
    """The body as ``model`` (which must be strict and forbid extra fields).

    Raises:
        UpstreamFailed: MALFORMED. The cause is cut off, since pydantic's errors quote the input.
    """
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UpstreamFailed(FailureKind.MALFORMED)
    try:
        strict_json(answer.body)
        return model.model_validate_json(answer.body)
    except (ValueError, ValidationError):
        raise UpstreamFailed(FailureKind.MALFORMED) from None


@cache
def _trust() -> ssl.SSLContext:
    """Whom TLS believes, read once a process: each reading of the list of authorities takes 20 ms of computing."""
    return httpx.create_ssl_context(trust_env=False)


class ResilientClient:
    """HTTP client of one outside system: deadline, bounded retries, circuit breaker, size cap."""

    def __init__(
        self,
        *,
        system: str,
        base_url: str,
        pace: Pace,
        circuit: CircuitBreaker | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.system = system
        self.pace = pace
        self.circuit = circuit or CircuitBreaker()
        self.circuit.on_change = self._log_circuit
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(pace.attempt_seconds, pool=None),
            follow_redirects=False,
            trust_env=False,
            transport=transport,
            verify=_trust(),
            headers={"Accept-Encoding": "identity", "User-Agent": "training-record-registry"},
        )
        self._jitter = random.SystemRandom().random

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._client.aclose()

    async def send(self, call: Call, read: Callable[[Answer], T]) -> T:
        """Make ``call`` and return what ``read`` makes of the answer; a refusal by ``read`` is a failure.

        Raises:
            UpstreamFailed: there is no usable answer within the deadline.
        """
        ends_at = time.monotonic() + self.pace.deadline_seconds
        attempts = self.pace.attempts if call.is_idempotent else 1
        attempt = 1
        while True:
            try:
                return await self._attempt(call, read, attempt=attempt, ends_at=ends_at)
            except UpstreamFailed as failure:
                pause = self._pause_seconds(attempt, failure)
                is_last = attempt >= attempts or time.monotonic() + pause >= ends_at
                if is_last or failure.kind not in _RETRIED:
                    if failure.retry_after_seconds is not None:
                        self.circuit.rest(failure.retry_after_seconds)
                    raise
            await asyncio.sleep(pause)
            attempt += 1

    def _pause_seconds(self, attempt: int, failure: UpstreamFailed) -> float:
        longest = min(self.pace.backoff_seconds_max, self.pace.backoff_seconds * 2.0 ** (attempt - 1))
        return (failure.retry_after_seconds or 0.0) + self._jitter() * longest

    async def _attempt(self, call: Call, read: Callable[[Answer], T], *, attempt: int, ends_at: float) -> T:
        started = time.monotonic()
        try:
            permit = self.circuit.admit()
        except CircuitOpen:
            self._log_failure(call, UpstreamFailed(FailureKind.CIRCUIT_OPEN), attempt, started)
            raise UpstreamFailed(FailureKind.CIRCUIT_OPEN) from None
        try:
            answer = await self._exchange(call, min(self.pace.attempt_seconds, ends_at - started))
            result = read(answer)
        except UpstreamFailed as failure:
            if failure.kind in _NOT_THE_SYSTEMS_FAULT:
                permit.succeeded()
            else:
                permit.failed()
            self._log_failure(call, failure, attempt, started)
            raise
        except BaseException:
            permit.abandoned()
            raise
        permit.succeeded()
        return result

    async def _exchange(self, call: Call, seconds: float) -> Answer:
        request = self._client.build_request(
            call.method, call.path, content=call.body or None, headers=dict(call.headers)
        )
        if call.prepare is not None:
            call.prepare(request)
        try:
            # httpx counts its time-outs per read; a slow drip is only caught by one clock over the whole
            # call.
            async with asyncio.timeout(seconds):
                response = await self._client.send(request, stream=True)
                try:
                    body = await self._capped_body(response, call.response_bytes_max)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException):
            raise UpstreamFailed(FailureKind.TIMEOUT) from None
        except httpx.HTTPError:
            raise UpstreamFailed(FailureKind.CONNECTION) from None
        if response.status_code != httpx.codes.OK:
            raise _failure_of(response.status_code, response.headers, body)
        return Answer(request=request, headers=response.headers, body=body)

    async def _capped_body(self, response: httpx.Response, bytes_max: int | None) -> bytes:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise UpstreamFailed(FailureKind.MALFORMED, status=response.status_code)
        bytes_max = self.pace.response_bytes_max if bytes_max is None else bytes_max
        parts: list[bytes] = []
        size = 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > bytes_max:
                raise UpstreamFailed(FailureKind.OVERSIZE, status=response.status_code)
            parts.append(part)
        return b"".join(parts)

    def _log_failure(self, call: Call, failure: UpstreamFailed, attempt: int, started: float) -> None:
        log.warning(
            "upstream call failed",
            system=self.system,
            operation=call.operation,
            kind=failure.kind.value,
            status=failure.status,
            code=failure.code,
            attempt=attempt,
            milliseconds=round((time.monotonic() - started) * 1000),
        )

    def _log_circuit(self, state: CircuitState) -> None:
        if state is CircuitState.OPEN:
            log.warning("upstream circuit opened", system=self.system)
        else:
            log.info("upstream circuit closed", system=self.system)


def _failure_of(status: int, headers: httpx.Headers, body: bytes) -> UpstreamFailed:
    retry_after = _retry_after_seconds(headers.get("retry-after"))
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return UpstreamFailed(
            FailureKind.THROTTLED,
            status=status,
            code=_code_of(body),
            retry_after_seconds=1.0 if retry_after is None else retry_after,
        )
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UpstreamFailed(FailureKind.SERVER_ERROR, status=status, retry_after_seconds=retry_after)
    if status >= httpx.codes.BAD_REQUEST:
        return UpstreamFailed(FailureKind.CALLER_REJECTED, status=status, code=_code_of(body))
    return UpstreamFailed(FailureKind.MALFORMED, status=status)


def _retry_after_seconds(value: str | None) -> float | None:
    """Retry-After as seconds from now (RFC 9110 §10.2.3: a number or a date), within reason."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:10]), _REST_SECONDS_MAX)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    # Waiting is about the machine's time, not about a legal moment, hence not the registry's clock.
    return min(max((at - utc_now()).total_seconds(), 0.0), _REST_SECONDS_MAX)


def _code_of(body: bytes) -> str | None:
    """The stable code of an error answer; anything that is not a plain word could carry personal data."""
    try:
        parsed = strict_json(body)
    except ValueError:
        return None
    if not isinstance(parsed, dict):
        return None
    code = parsed.get("code", parsed.get("error"))
    return code if isinstance(code, str) and re.fullmatch(r"[a-z][a-z_]{0,63}", code) else None
