"""Every answer that left has its access row, whatever happens to the server: load, departures, kill -9."""

import asyncio
import os
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from app.access.actor import Permission
from tests.builders.processes import REGISTRY, ROOT, environment_of
from tests.builders.verified import Known, lay_known
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

BUDGETS = {
    "REGISTRY_OFFICER_LOOKUPS_PER_MINUTE": "1000000",
    "REGISTRY_OFFICER_LOOKUPS_PER_DAY": "1000000",
    "REGISTRY_OFFICER_MISSES_PER_DAY": "1000000",
}


def serve(registry: Registry, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server in a process group of its own, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*REGISTRY, "serve", "--port", str(port)],
        env={
            **environment_of(registry, folder),
            "REGISTRY_ISSUER": registry.house.settings.issuer,
            **BUDGETS,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
    )
    return process, f"http://127.0.0.1:{port}"


async def until_it_answers(url: str) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(url + "/healthz")
            except httpx.HTTPError:
                await asyncio.sleep(0.05)
            else:
                return


async def test_answers_have_their_rows_when_the_server_is_killed(registry: Registry, tmp_path: Path) -> None:
    """Many ask at once, some hang up, and in full load the process is killed: rows may be more than answers."""
    caller = await registry.officer(Permission.LOOKUP)
    people = [await lay_known(registry, serial=910 + at) for at in range(6)]
    answered = dict.fromkeys((known.trainee.number for known in people), 0)
    sent = dict.fromkeys(answered, 0)
    process, url = serve(registry, tmp_path)
    headers = {"Authorization": f"Bearer {caller.token}"}

    async def ask(client: httpx.AsyncClient, known: Known, impatience: float | None) -> None:
        number = known.trainee.number
        sent[number] += 1
        try:
            answer = await client.post(
                url + "/v1/verifications", json=known.asked(), headers=headers, timeout=impatience or 30
            )
        except httpx.HTTPError:
            return
        assert answer.status_code == 200, answer.text
        answered[number] += 1

    async def visitor(at: int) -> None:
        async with httpx.AsyncClient() as client:
            for step in range(1_000):
                if process.poll() is not None:
                    return
                await ask(client, people[(at + step) % 6], 0.002 if step % 11 == 5 else None)

    try:
        await until_it_answers(url)
        visitors = [asyncio.create_task(visitor(at)) for at in range(24)]
        async with asyncio.timeout(60):
            while sum(answered.values()) < 300:  # noqa: ASYNC110 - a count, not an event
                await asyncio.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        await asyncio.gather(*visitors)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
    await _transactions_over(registry)
    owner = await registry.owner()
    for known in people:
        number = known.trainee.number
        rows = await owner.fetchval("SELECT count(*) FROM access_event WHERE person_id = $1", known.person_id)
        assert answered[number] <= rows <= sent[number]
    assert sum(answered.values()) >= 300


async def _transactions_over(registry: Registry) -> None:
    """The database may still be ending what the killed process had begun."""
    owner = await registry.owner()
    busy = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'registry verification'"
    )
    async with asyncio.timeout(20):
        while await owner.fetchval(busy):  # noqa: ASYNC110 - the database tells by being asked
            await asyncio.sleep(0.02)
