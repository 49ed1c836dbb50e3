"""The worker's other jobs: announcements arrive in order and at least once; what has served is deleted."""

import asyncio
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import AnyHttpUrl, SecretStr

from app.jobs.outbox import run_outbox
from app.jobs.purge import run_purge
from app.jobs.worker import JOBS, Bell, Job, repeat, run_once
from app.web.house import House
from tests.builders.rosters import Trainee, lay_draft
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


class Subscriber(http.server.BaseHTTPRequestHandler):
    """Takes messages, and refuses those after ``server.accepts`` of them."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        accepted = len(self.server.received) < self.server.accepts  # type: ignore[attr-defined]
        if accepted:
            self.server.received.append((dict(self.headers), json.loads(body)))  # type: ignore[attr-defined]
        self.send_response(200 if accepted else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def subscriber() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Subscriber)
    server.received, server.accepts = [], 1_000  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def subscribed(
    registry: Registry, server: http.server.ThreadingHTTPServer, secret: str | None = None
) -> House:
    settings = registry.house.settings.model_copy(
        update={
            "outbox_subscriber_url": AnyHttpUrl(f"http://127.0.0.1:{server.server_address[1]}/announcements"),
            "outbox_subscriber_secret": SecretStr(secret) if secret else None,
        }
    )
    return replace(registry.house, settings=settings)


async def lay_messages(registry: Registry, count: int) -> None:
    owner = await registry.owner()
    for number in range(count):
        await owner.execute(
            "INSERT INTO outbox_message (topic, payload) VALUES ('test.said', $1)",
            json.dumps({"number": number}),
        )


async def waiting(registry: Registry) -> int:
    owner = await registry.owner()
    return await owner.fetchval("SELECT count(*) FROM outbox_message WHERE delivered_at IS NULL")


async def test_messages_go_into_the_log_once_when_nobody_subscribes(registry: Registry) -> None:
    await lay_messages(registry, 3)
    assert await run_outbox(registry.house) == 3
    assert await run_outbox(registry.house) == 0


async def test_a_subscriber_gets_messages_in_order_signed(
    registry: Registry, subscriber: http.server.ThreadingHTTPServer
) -> None:
    await lay_messages(registry, 3)
    assert await run_outbox(subscribed(registry, subscriber, "s" * 32)) == 3
    received = subscriber.received  # type: ignore[attr-defined]
    assert [message["payload"]["number"] for _, message in received] == [0, 1, 2]
    assert all("Signature" in {name.title() for name in headers} for headers, _ in received)
    assert await waiting(registry) == 0


async def test_what_a_failing_subscriber_did_not_take_waits_in_order(
    registry: Registry, subscriber: http.server.ThreadingHTTPServer
) -> None:
    await lay_messages(registry, 4)
    subscriber.accepts = 2  # type: ignore[attr-defined]
    assert await run_outbox(subscribed(registry, subscriber)) == 2
    assert await waiting(registry) == 2
    subscriber.accepts = 1_000  # type: ignore[attr-defined]
    assert await run_outbox(subscribed(registry, subscriber)) == 2
    received = subscriber.received  # type: ignore[attr-defined]
    assert [message["payload"]["number"] for _, message in received] == [0, 1, 2, 3]


async def test_answers_to_repeats_are_kept_seven_days(registry: Registry) -> None:
    draft = await lay_draft(registry)
    key = {"Idempotency-Key": "kept-for-seven-days"}
    await draft.submit(Trainee(), headers=key)
    await registry.advance(days=6, hours=23)
    assert await run_purge(registry.house) == 0
    assert (await draft.submit(Trainee(), headers=key)).headers["idempotency-replayed"] == "true"
    await registry.advance(hours=2)
    assert await run_purge(registry.house) == 1


async def test_only_tokens_past_their_time_are_deleted(registry: Registry) -> None:
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO denied_token (jti, denied_until) VALUES"
        " (uuidv7(), now() - interval '1 second'), (uuidv7(), now() + interval '10 minutes')"
    )
    assert await run_purge(registry.house) == 1
    assert await owner.fetchval("SELECT count(*) FROM denied_token") == 1


async def test_old_failures_of_sign_in_are_forgotten(registry: Registry) -> None:
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO sign_in_guard (subject_digest, failures, last_failure_at) VALUES"
        " ('\\x01', 5, registry_now() - interval '25 hours'), ('\\x02', 5, registry_now() - interval '23 hours')"
    )
    assert await run_purge(registry.house) == 1
    assert await owner.fetchval("SELECT count(*) FROM sign_in_guard") == 1


async def test_every_job_runs_as_the_worker_role(registry: Registry) -> None:
    done = await run_once(registry.house)
    assert list(done) == [job.name for job in JOBS]


async def test_a_failing_job_is_tried_again_and_stops_when_told(registry: Registry) -> None:
    stopping, runs = asyncio.Event(), 0

    async def fails_once(parts: House) -> int:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise ConnectionError("the database is away")
        stopping.set()
        return 0

    async with asyncio.timeout(10):
        await repeat(Job("fails_once", 0.01, fails_once), registry.house, stopping)
    assert runs == 2


async def test_a_job_runs_now_when_the_bell_is_rung_and_once_more_when_it_was_running(
    registry: Registry,
) -> None:
    stopping, bell, runs = asyncio.Event(), Bell(), 0

    async def seldom(parts: House) -> int:
        nonlocal runs
        runs += 1
        if runs == 1:
            bell.ring()
        elif runs == 2:
            asyncio.get_running_loop().call_soon(bell.ring)
        else:
            stopping.set()
        return 0

    async with asyncio.timeout(10):
        await repeat(Job("seldom", 3600.0, seldom), registry.house, stopping, bell)
    assert runs == 3
