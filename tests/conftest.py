"""A hostile suite: real PostgreSQL through the migrations, no network but loopback, warnings are errors."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from app.commands.code_lists import load_packaged
from app.db.embedded import EmbeddedPostgres
from app.db.roles import DatabaseRole
from app.db.upgrade import upgrade
from app.settings import Settings
from tests.registry_server import TEMPLATE, Cluster, Registry, open_registry
from tests.sandbox_server import SandboxServer, running_sandbox


def pytest_configure(config: pytest.Config) -> None:
    from pytest_socket import socket_allow_hosts

    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One throw-away server, with a migrated database that every test's own is copied from."""
    folder = Path(tempfile.mkdtemp(prefix="registry-tests-"))
    server = EmbeddedPostgres(folder / "postgres", fast=True)
    address = server.start()
    try:
        settings = Settings(
            evaluation=True,
            throwaway_database=True,
            data_dir=folder,
            database_base_url=f"postgresql://{address.host}:{address.port}/{TEMPLATE}",
            role_passwords={role: SecretStr(f"test-{role}") for role in DatabaseRole},
        )
        upgrade(settings, admin_dsn=address.dsn())
        load_packaged(settings)
        yield Cluster(address=address, settings=settings)
    finally:
        server.destroy()
        shutil.rmtree(folder, ignore_errors=True)


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
