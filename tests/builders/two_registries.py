"""Two registries that know each other, each a whole application on a database of its own, and the wire between them."""

import base64
import dataclasses
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from uuid_utils.compat import uuid7

from app.access.actor import AdministratorKind
from app.gateways.circuit import CircuitBreaker
from app.gateways.http import Pace
from app.gateways.peer_registry import PeerRegistries
from app.identity.persons.actions.register_persons import NUMBER_FIELD, NUMBER_PURPOSE
from app.jobs.attestations import run_attestations, run_tokens
from app.jobs.payments import run_payments
from app.jobs.sealing import LogStopped, run_sealing
from app.kernel.clock import utc_now
from tests.builders.payments import Paying, lay_payable, lay_paying
from tests.registry_server import Caller, Cluster, Registry, open_registry
from tests.sandbox_server import SandboxServer

SECRET = base64.b64encode(b"two registries share this secret").decode()
SETTLED = (
    "SELECT count(*) FROM benefit WHERE person_id = $1 AND settled_at IS NOT NULL AND canceled_at IS NULL"
)


class Killed(BaseException):
    """The asking process is gone; nothing after this line of it has happened."""


class Wire(httpx.AsyncBaseTransport):
    """Carries questions to the other registry, and does once to that of a claim and kind what it is told to."""

    def __init__(self) -> None:
        self.other: httpx.ASGITransport | None = None
        self.is_down = False
        self.faults: dict[tuple[str, str], str] = {}
        self.carried: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        fault = self.faults.pop((json.loads(request.content)["case_number"], path), "")
        if self.is_down or fault == "down":
            raise httpx.ConnectError("down", request=request)
        if fault == "killed_before":
            raise Killed
        assert self.other is not None
        self.carried.append(path)
        response = await self.other.handle_async_request(request)
        body = await response.aread()
        if fault == "lost":
            raise httpx.ReadTimeout("lost", request=request)
        if fault == "killed_after":
            raise Killed
        if fault == "twice":
            again = await self.other.handle_async_request(request)
            # The same signed question once more is no second question.
            assert again.status_code == 401
        if fault == "garbled":
            body = body[: len(body) // 2] + b"AAAA" + body[len(body) // 2 + 4 :]
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))


@dataclass(slots=True)
class Side:
    """One of the two, its officers, its wire to the other, and who the other is to it."""

    registry: Registry
    wire: Wire
    paying: Paying
    security: list[Caller] = field(default_factory=list)
    peer_id: str = ""

    async def run(self) -> None:
        """What its worker does once; a kill ends it at once."""
        for job in (run_sealing, run_tokens, run_attestations, run_payments, run_attestations):
            try:
                await job(self.registry.house)
            except Killed:
                return
            except LogStopped:  # the other jobs go on
                continue

    async def later(self, **by: float) -> None:
        """Let time of law pass here."""
        await self.registry.advance(**by)

    async def settled(self, person_id: UUID) -> int:
        """How often this person was paid here."""
        owner = await self.registry.owner()
        return await owner.fetchval(SETTLED, person_id)

    async def case_numbers(self, claims: list[UUID]) -> list[str]:
        """The claim numbers, under which the peer is asked."""
        rows = await self.rows("SELECT claim_id, claim_number FROM claim WHERE claim_id = ANY ($1)", claims)
        found = {row["claim_id"]: row["claim_number"] for row in rows}
        return [found[each] for each in claims]

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        owner = await self.registry.owner()
        return await owner.fetch(sql, *values)

    async def attestations(self, claim_id: UUID) -> dict[str, Any]:
        """As an officer sees them."""
        answer = await self.paying.payer.get(f"/v1/claims/{claim_id}/attestations")
        assert answer.status_code in {200, 403}, answer.text
        shown: dict[str, Any] = answer.json()
        return shown


@asynccontextmanager
async def two_registries(
    cluster: Cluster,
    databases: tuple[str, str],
    sandbox: SandboxServer,
    folder: Path,
    *,
    first_asks: bool = True,
) -> AsyncIterator[tuple[Side, Side]]:
    """A and B, each with the other confirmed as a peer by two administrators, and on its list (A's if it asks)."""
    async with AsyncExitStack() as stack:
        sides = []
        for name, database in zip("ab", databases, strict=True):
            (folder / name).mkdir()
            running = await stack.enter_async_context(
                open_registry(
                    cluster, database, sandbox, folder / name, issuer=f"http://{name}.registry.test"
                )
            )
            sides.append(await _side(running))
        first, second = sides
        first.wire.other = httpx.ASGITransport(second.registry.app, raise_app_exceptions=False)
        second.wire.other = httpx.ASGITransport(first.registry.app, raise_app_exceptions=False)
        await _introduce(first, second, is_asked=first_asks)
        await _introduce(second, first)
        yield first, second


def _never_opens() -> CircuitBreaker:
    # By this clock an hour has passed whenever somebody looks: no peer has asked to be left alone for so long.
    return CircuitBreaker(
        failures_to_open=10_000, window=10_000, monotonic=itertools.count(step=3_600.0).__next__
    )


async def _side(registry: Registry) -> Side:
    wire = Wire()
    # A breaker would hide the fault under test behind the one before it; it has tests of its own.
    peers = PeerRegistries(pace=Pace(attempts=1), circuit=_never_opens, transport=wire)
    registry.app.state.house = dataclasses.replace(registry.house, peers=peers)
    security = [await registry.administrator(AdministratorKind.SECURITY) for _ in range(2)]
    return Side(registry, wire, await lay_paying(registry, 0), security)


async def _introduce(side: Side, other: Side, *, is_asked: bool = True) -> None:
    """Register ``other`` at ``side``: proposed by one, confirmed by another."""
    proposer, confirmer = side.security
    issuer = other.registry.house.settings.issuer
    body = {
        "name": f"登记机构{issuer[7]}",
        "division_code": "310000",
        "issuer": issuer,
        "base_url": issuer,
        "token_secret": SECRET,
        "hourly_budget": 100_000,
    }
    side.peer_id = (await _ok(proposer.post("/v1/peer-registries", json=body), 201))["peer_id"]
    now = utc_now()
    jwk = other.registry.house.tokens.public_jwks()["keys"][0]
    key = {
        "public_jwk": jwk,
        "valid_from": (now - timedelta(days=1)).isoformat(),
        "valid_until": (now + timedelta(days=30)).isoformat(),
    }
    path = f"/v1/peer-registries/{side.peer_id}"
    await _ok(proposer.post(f"{path}/keys", json=key), 201)
    await _ok(confirmer.post(f"{path}/keys/{jwk['kid']}:confirm"), 200)
    await _ok(confirmer.post(f"{path}:confirm"), 200)
    if not is_asked:
        return
    rule = {
        "peer_id": side.peer_id,
        "kind": "skill_upgrade",
        "division_code": "110000",
        "starts_on": "2020-01-01",
        "document": "两省数据共享协议",
        "clause": "第三条",
    }
    listed = await _ok(proposer.post("/v1/asking-rules", json=rule), 201)
    await _ok(confirmer.post(f"/v1/asking-rules/{listed['rule_id']}:confirm"), 200)


async def _ok(asked: Any, status: int) -> dict[str, Any]:
    answer = await asked
    assert answer.status_code == status, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def synthetic_number(serial: int) -> str:
    """A visibly synthetic number with its check digit (GB 11643)."""
    body = f"11010519491001{serial:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


async def lay_claimants(side: Side, numbers: list[str], *, tail: str = "") -> list[UUID]:
    """One payable claim for each number; laid later is filed later."""
    holders = await lay_payable(side.paying, len(numbers), tail=tail)
    for holder, number in zip(holders, numbers, strict=True):
        await add_number(side, holder, number)
    return holders


async def add_number(side: Side, holder: UUID, number: str) -> None:
    """One more number of a person who is registered already."""
    owner, keys = await side.registry.owner(), side.registry.house.keys
    identifier = uuid7()
    await owner.execute(
        "INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)"
        " SELECT $1, $2, 'citizen', $3, principal_id FROM principal WHERE kind = 'system'",
        holder,
        identifier,
        keys.seal(number, name=NUMBER_FIELD, owner=holder),
    )
    for key_id, digest in keys.digests(number, purpose=NUMBER_PURPOSE):
        await owner.execute(
            "INSERT INTO identifier_key (digest, key_id, person_id, identifier_id) VALUES ($1, $2, $3, $4)",
            digest,
            key_id,
            holder,
            identifier,
        )
