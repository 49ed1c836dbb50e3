"""The embedded PostgreSQL comes up, comes back and goes away, whatever was killed meanwhile.

Run as root this file also covers the change of uid; run as an ordinary user, the plain case.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from app.db.embedded import EmbeddedPostgres, ServerAddress
from app.db.embedded_home import EmbeddedServerError, settle

pytestmark = pytest.mark.anyio

LEAVE_RUNNING = """
import signal, sys, time
from pathlib import Path
from app.db.embedded import EmbeddedPostgres
# A suite put behind "&" ignores Ctrl-C, and so would its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
address = EmbeddedPostgres(Path(sys.argv[1]), fast=True).start()
print(address.port, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A long path with spaces whose parents are open, so that the cluster lies where it was asked for."""
    with tempfile.TemporaryDirectory(prefix="registry test ", dir="/tmp") as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent, "x" * 70, "long path with spaces", "y" * 70)
        yield folder
        if folder.exists():
            EmbeddedPostgres(folder, fast=True).destroy()


async def ask(address: ServerAddress, query: str) -> object:
    connection = await asyncpg.connect(address.dsn())
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def cluster_of(data_dir: Path) -> Path:
    """Beside the data folder when root runs this from an environment that the server's uid cannot enter."""
    return settle(data_dir, throwaway=True).cluster


def server_of(data_dir: Path) -> psutil.Process:
    return psutil.Process(int((cluster_of(data_dir) / "postmaster.pid").read_text().splitlines()[0]))


@contextmanager
def a_process_that_uses(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another Python that started the server, and the server's port; killed with SIGKILL at the end."""
    command = [sys.executable, "-c", LEAVE_RUNNING, str(data_dir)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


async def test_a_server_starts_with_checksums_and_a_password_that_is_asked_for(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as address:
        assert str(await ask(address, "SHOW server_version")).startswith("18.")
        assert await ask(address, "SHOW data_checksums") == "on"
        assert await ask(address, "SHOW server_encoding") == "UTF8"
        wrong = f"postgresql://{address.superuser}:wrong@{address.host}:{address.port}/postgres"
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(wrong)
        assert address.password not in repr(address)
    assert (data_dir / "superuser.password").stat().st_mode & 0o777 == 0o600
    assert not (cluster_of(data_dir) / "postmaster.pid").exists()


async def test_durability_is_given_up_only_when_asked_for(data_dir: Path) -> None:
    names = ("fsync", "full_page_writes", "synchronous_commit")
    with EmbeddedPostgres(data_dir) as address:
        assert [await ask(address, f"SHOW {name}") for name in names] == ["on", "on", "on"]
    with EmbeddedPostgres(data_dir, fast=True) as address:
        assert [await ask(address, f"SHOW {name}") for name in names] == ["off", "off", "off"]


async def test_what_was_stored_is_there_after_a_restart(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as address:
        await ask(address, "CREATE TABLE kept AS SELECT 7 AS value")
    with EmbeddedPostgres(data_dir, fast=True) as address:
        assert await ask(address, "SELECT value FROM kept") == 7


async def test_a_server_whose_python_was_killed_is_attached_to_and_then_stopped(data_dir: Path) -> None:
    with a_process_that_uses(data_dir) as (_, port):
        pass
    orphan = server_of(data_dir)
    with EmbeddedPostgres(data_dir, fast=True) as address:
        assert address.port == port
        assert await ask(address, "SELECT 1") == 1
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE  # unreaped by init


async def test_the_last_user_stops_the_server_not_the_first_to_leave(data_dir: Path) -> None:
    with a_process_that_uses(data_dir) as (_, port):
        mine = EmbeddedPostgres(data_dir, fast=True)
        assert mine.start().port == port
        mine.stop()
        assert server_of(data_dir).is_running()
    with EmbeddedPostgres(data_dir, fast=True) as address:
        assert address.port == port


async def test_the_last_user_is_not_held_up_by_the_one_who_started_and_left(data_dir: Path) -> None:
    with a_process_that_uses(data_dir):
        # What the kernel does when that user leaves: its lock is free, but it never asks after its child.
        server = EmbeddedPostgres(data_dir, fast=True)
        server.start()
        started = time.monotonic()
        server.destroy()
        assert time.monotonic() - started < 20


async def test_a_killed_server_recovers_what_was_committed(data_dir: Path) -> None:
    killed = EmbeddedPostgres(data_dir)
    address = killed.start()
    await ask(address, "CREATE TABLE kept AS SELECT 7 AS value")
    server_of(data_dir).kill()
    killed.stop()
    assert (cluster_of(data_dir) / "postmaster.pid").exists()
    with EmbeddedPostgres(data_dir) as address:
        assert await ask(address, "SELECT value FROM kept") == 7


async def test_a_stale_pid_that_now_is_another_process_does_not_stop_the_start(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True):
        pid_file = cluster_of(data_dir) / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    owner = cluster_of(data_dir).stat()
    as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "60"], cwd="/", **as_owner) as stranger:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        os.chown(pid_file, owner.st_uid, owner.st_gid)
        try:
            with EmbeddedPostgres(data_dir, fast=True) as address:
                assert await ask(address, "SELECT 1") == 1
            assert stranger.poll() is None
        finally:
            stranger.kill()


async def test_an_initdb_that_was_interrupted_leaves_nothing_behind(data_dir: Path) -> None:
    data_dir.mkdir(parents=True)
    data_dir.chmod(0o711)
    torn = cluster_of(data_dir).with_name("cluster.new-torn")
    torn.mkdir()
    (torn / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(data_dir, fast=True) as address:
        assert await ask(address, "SELECT 1") == 1
    assert not torn.exists()


async def test_a_lost_password_and_another_version_are_said(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True):
        pass
    (data_dir / "superuser.password").unlink()
    with pytest.raises(EmbeddedServerError, match="口令文件"):
        EmbeddedPostgres(data_dir, fast=True).start()
    (cluster_of(data_dir) / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedServerError, match="PostgreSQL 17"):
        EmbeddedPostgres(data_dir, fast=True).start()


async def test_a_server_that_cannot_start_shows_the_end_of_its_log(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True):
        pass
    with (cluster_of(data_dir) / "postgresql.auto.conf").open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match="no_such_setting"):
        EmbeddedPostgres(data_dir, fast=True).start()


async def test_the_log_names_no_value_of_a_failing_row(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, fast=True) as address:
        await ask(address, "CREATE TABLE once (number text UNIQUE)")
        await ask(address, "INSERT INTO once VALUES ('110105000000000000')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await ask(address, "INSERT INTO once VALUES ('110105000000000000')")
    log = (data_dir / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "110105000000000000" not in log


async def test_a_closed_parent_stays_closed() -> None:
    """Root gives the server to a uid that cannot enter, so its cluster lies elsewhere; an ordinary user's does not."""
    as_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="registry-closed-", dir="/tmp") as closed:
        data_dir = Path(closed, "data")
        server = EmbeddedPostgres(data_dir, fast=True)
        address = server.start()
        cluster = cluster_of(data_dir)
        try:
            assert await ask(address, "SELECT 1") == 1
            assert Path(closed).stat().st_mode & 0o777 == 0o700
            assert cluster.is_relative_to(data_dir) is not as_root
            assert cluster.stat().st_uid != 0
            assert cluster.stat().st_mode & 0o777 == 0o700
            server.stop()
            with EmbeddedPostgres(data_dir, fast=True) as address:
                assert await ask(address, "SELECT 1") == 1
                assert cluster_of(data_dir) == cluster
        finally:
            server.destroy()
        assert not cluster.parent.exists()


async def test_ctrl_c_in_our_terminal_does_not_reach_the_server(data_dir: Path) -> None:
    with a_process_that_uses(data_dir) as (process, port):
        assert os.getsid(server_of(data_dir).pid) != os.getsid(process.pid)
        process.send_signal(signal.SIGINT)
        process.wait()
    with EmbeddedPostgres(data_dir, fast=True) as address:
        assert address.port == port
