"""Client of another region's registry: the same product on the other side, asked by signed questions.

Contract: ``openapi/upstream/peer-registry.yaml``. Whatever is late, refused, malformed or not signed for this very
question is no answer: it opens no gate, and the same question is asked again.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
from pydantic import BaseModel, ConfigDict, Field

from app.gateways.circuit import CircuitBreaker
from app.gateways.http import Answer, Call, FailureKind, Pace, ResilientClient, UpstreamFailed, read_model
from app.gateways.peer_signatures import Sign, sign_question

STATEMENT_CHARACTERS_MAX = 65_536


class _WireAnswer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    statement: Annotated[str, Field(max_length=STATEMENT_CHARACTERS_MAX)]


@dataclass(frozen=True, slots=True)
class Line:
    """Where a peer is reached."""

    peer_id: str
    base_url: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A peer's statement, verified and for this very question: its text and its claims."""

    statement: str
    claims: Mapping[str, Any]


Read = Callable[[str], Mapping[str, Any] | None]
"""The claims of a statement under the peer's keys; None when it does not hold."""


class PeerRegistries:
    """The clients of all peers, each with connections and a breaker of its own."""

    def __init__(
        self,
        *,
        pace: Pace | None = None,
        circuit: Callable[[], CircuitBreaker] = CircuitBreaker,
        transport: httpx.AsyncBaseTransport | None = None,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self._pace = pace or Pace(attempts=1, deadline_seconds=8.0)
        self._circuit = circuit
        self._transport = transport
        self._unix_time = unix_time
        self._clients: dict[Line, ResilientClient] = {}

    async def aclose(self) -> None:
        """Close the kept connections."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def ask(
        self, line: Line, path: str, document: Mapping[str, object], *, sign: Sign, key_id: str, read: Read
    ) -> Heard:
        """What the peer signed in answer to ``document``.

        Raises:
            UpstreamFailed: no trustworthy answer to this question within the deadline.
        """
        nonces: list[str] = []

        def prepare(request: httpx.Request) -> None:
            nonces.append(secrets.token_hex(16))
            sign_question(request, sign=sign, key_id=key_id, created=int(self._unix_time()), nonce=nonces[-1])

        def heard(answer: Answer) -> Heard:
            statement = read_model(answer, _WireAnswer).statement
            claims = read(statement)
            if claims is None:
                raise UpstreamFailed(FailureKind.SIGNATURE)
            if claims.get("nonce") != nonces[-1]:
                raise UpstreamFailed(FailureKind.MISMATCHED)
            return Heard(statement, claims)

        call = Call(
            operation=path.rpartition("/")[2],
            method="POST",
            path=path,
            is_idempotent=True,
            body=json.dumps(document, ensure_ascii=False).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            prepare=prepare,
        )
        return await self._client(line).send(call, heard)

    def _client(self, line: Line) -> ResilientClient:
        if line not in self._clients:
            self._clients[line] = ResilientClient(
                system=f"peer {line.peer_id}",
                base_url=line.base_url,
                pace=self._pace,
                circuit=self._circuit(),
                transport=self._transport,
            )
        return self._clients[line]
