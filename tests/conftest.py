"""A hostile suite: real PostgreSQL through the migrations, no network but loopback, warnings are errors."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from math import inf
from pathlib import Path

import httpx
import psutil
import pytest

from app.db.embedded import EmbeddedPostgres
from tests.registry_server import Cluster, Registry, laid_out, open_registry
from tests.sandbox_server import SandboxServer, running_sandbox

MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made by tempfile
ROOM_BYTES = 6 << 30


def pytest_configure(config: pytest.Config) -> None:
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.hookimpl(trylast=True)  # after the shuffling
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Minutes first: a demo begun last would be waited for by an idle process."""
    items.sort(key=lambda item: "journeys" not in item.path.parts)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def place_of_servers() -> Path | None:
    """Memory where there is plenty, else the usual place: a database a test is some thousand files to make and remove.

    What a killed suite left there is removed.
    """
    try:
        memory = os.statvfs(MEMORY)
    except OSError:
        return None
    left = min(memory.f_bavail * memory.f_frsize, psutil.virtual_memory().available, memory_granted())
    is_roomy = left > ROOM_BYTES
    # Programs are copied beside the data where the server's account does not reach those of the environment.
    if not is_roomy or memory.f_flag & os.ST_NOEXEC:
        return None
    for old in MEMORY.glob("registry-tests-*-*"):
        if not psutil.pid_exists(int(old.name.split("-")[2])):
            shutil.rmtree(old, ignore_errors=True)
    return MEMORY


def memory_granted() -> float:
    """Bytes this process's control group still lets it take: a container may be given far less than the machine has."""
    try:
        most = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        taken = int(Path("/sys/fs/cgroup/memory.current").read_text())
    except (OSError, ValueError):
        return inf
    return inf if most == "max" else int(most) - taken


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One throw-away server, with a migrated database that every test's own is copied from."""
    with tempfile.TemporaryDirectory(
        prefix=f"registry-tests-{os.getpid()}-", dir=place_of_servers(), ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        folder.chmod(0o711)  # where root runs this, the server does not
        with laid_out(EmbeddedPostgres(folder / "postgres", fast=True), folder) as cluster:
            yield cluster


@pytest.fixture
def database(cluster: Cluster) -> Iterator[str]:
    """The name of a database of this test alone."""
    with cluster.fresh_database() as name:
        yield name


@pytest.fixture(scope="session")
def sandbox() -> Iterator[SandboxServer]:
    """The sandbox platforms; a test that makes one misbehave lets it behave again."""
    with running_sandbox() as server:
        yield server


@pytest.fixture
async def registry(
    cluster: Cluster, database: str, sandbox: SandboxServer, tmp_path: Path
) -> AsyncIterator[Registry]:
    """The whole application on a database of its own; requests go through its real ASGI interface."""
    async with open_registry(cluster, database, sandbox, tmp_path) as running:
        yield running


@pytest.fixture
def client(registry: Registry) -> httpx.AsyncClient:
    """A client without credentials."""
    return registry.client
