"""The running registry of a demo: sandbox platforms, API server and worker on loopback, over the embedded database."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.demo.processes import Child, Children, NotReady
from app.settings import Settings

HOST = "127.0.0.1"
_START_S = 60.0
BANK_PATIENCE_S = 2.0
"""Nobody who watches waits longer for a bank that is on the same machine."""
REGISTRY_COMMAND = ("-c", "from app.cli import main; main()")
"""``registry`` by the running interpreter, wherever its script was installed."""


class PortTaken(RuntimeError):
    """Somebody else listens there; the Chinese text says where and how to choose another port."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the API and the sandbox listen on loopback."""

    api: int
    sandbox: int

    @classmethod
    def free(cls) -> "Ports":
        """Two ports nobody listens on now; both are held while the other is looked for, so that they differ."""
        with socket.socket() as first, socket.socket() as second:
            first.bind((HOST, 0))
            second.bind((HOST, 0))
            return cls(api=first.getsockname()[1], sandbox=second.getsockname()[1])

    def require_free(self) -> None:
        """Raise PortTaken, naming each port in use and how to choose another."""
        taken = [
            f"端口 {port} 已被占用（{purpose}）：请停止占用它的程序，或用 {option}换一个端口。"
            for port, purpose, option in (
                (self.api, "接口服务", "--port（REGISTRY_LISTEN_PORT）"),
                (self.sandbox, "模拟平台", "--sandbox-port（REGISTRY_SANDBOX_PORT）"),
            )
            if not _can_listen(port)
        ]
        if self.api == self.sandbox:
            taken.append(f"接口服务和模拟平台不能同用端口 {self.api}。")
        if taken:
            raise PortTaken("\n".join(taken))


class Stack:
    """Start with ``start``, end with ``stop``; ``settings`` name a migrated database at hand."""

    def __init__(self, settings: Settings, ports: Ports, children: Children) -> None:
        self.api_url = f"http://{HOST}:{ports.api}"
        self.sandbox_url = f"http://{HOST}:{ports.sandbox}"
        self._ports = ports
        self._children = children
        self._worker: Child | None = None
        self._server: Child | None = None
        self._environment = {
            "REGISTRY_EVALUATION": "true",
            "REGISTRY_DATA_DIR": str(settings.data_dir),
            "REGISTRY_DATABASE_URL": settings.database_base_url or "",
            "REGISTRY_LISTEN_HOST": HOST,
            "REGISTRY_LISTEN_PORT": str(ports.api),
            "REGISTRY_CARDHOLDER_BASE_URL": self.sandbox_url,
            "REGISTRY_ASSESSMENT_NETWORK_URL": self.sandbox_url,
            "REGISTRY_UNEMPLOYMENT_INSURANCE_URL": self.sandbox_url,
            "REGISTRY_BANK_URL": self.sandbox_url,
            "REGISTRY_BANK_PATIENCE_SECONDS": str(BANK_PATIENCE_S),
            "REGISTRY_MESSAGE_GATEWAY_URL": self.sandbox_url,
            "REGISTRY_CITIZEN_IDP_URL": f"{self.sandbox_url}/oidc",
            "SANDBOX_ISSUER": f"{self.sandbox_url}/oidc",
        }

    def start(self) -> None:
        """Start sandbox, server and worker and wait until they answer.

        Raises NotReady (naming the child, with the end of its log) when one does not.
        """
        sandbox = self._start(
            "sandbox", ["-m", "app.sandbox", "--host", HOST, "--port", str(self._ports.sandbox)]
        )
        server = self._start_server()
        self._children.wait_until(sandbox, _answers(f"{self.sandbox_url}/sandbox/health"), within_s=_START_S)
        self._wait_for_server(server)
        # The worker makes no key ring of its own: it starts when the server has made the evaluation's.
        self._worker = self._start_worker()

    def kill_worker(self) -> None:
        """End the worker in the middle of whatever it does, and start another."""
        with self.without_worker():
            pass

    @contextmanager
    def without_worker(self) -> Iterator[None]:
        """No background work until the block ends; then a worker begins anew with every job."""
        if self._worker is not None:
            self._children.kill(self._worker)
            self._worker = None
        try:
            yield
        finally:
            self._worker = self._start_worker()

    @contextmanager
    def without_server(self) -> Iterator[None]:
        """No API until the block ends, as when a machine is down; then a server starts and is waited for."""
        if self._server is not None:
            self._children.kill(self._server)
        try:
            yield
        finally:
            self._wait_for_server(self._start_server())

    def wake_worker(self) -> None:
        """Let the running worker do every job now instead of when its time comes."""
        worker = self._worker
        if worker is None:
            raise NotReady("没有正在运行的后台任务")
        self._children.wait_until(
            worker, lambda: b"worker started" in worker.log_file.read_bytes(), within_s=_START_S
        )
        worker.process.send_signal(signal.SIGUSR1)

    def run_jobs(self, *names: str) -> None:
        """Run these jobs once, now, as an operator would whose worker comes to them only later.

        Raises NotReady with what the command said when it fails.
        """
        jobs = [argument for name in names for argument in ("--job", name)]
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, *REGISTRY_COMMAND, "work", "--once", *jobs],
            env=self.child_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=_START_S,
        )
        if done.returncode != 0:
            raise NotReady(
                f"后台任务 {'、'.join(names)} 没有完成（退出码 {done.returncode}）：\n{done.stderr}"
            )

    def check(self) -> list[str]:
        """What ``registry check`` finds, a line of JSON each. Raises NotReady when it cannot run."""
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, *REGISTRY_COMMAND, "check", "--json"],
            env=self.child_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=_START_S,
        )
        if done.returncode not in {0, 1}:
            raise NotReady(f"复核不能运行（退出码 {done.returncode}）：\n{done.stderr}")
        return done.stdout.splitlines()

    def _start_server(self) -> Child:
        self._server = self._start("server", [*REGISTRY_COMMAND, "serve"])
        return self._server

    def _wait_for_server(self, server: Child) -> None:
        self._children.wait_until(server, _answers(f"{self.api_url}/readyz"), within_s=_START_S)

    def _start_worker(self) -> Child:
        return self._start("worker", [*REGISTRY_COMMAND, "work"])

    def child_environment(self) -> dict[str, str]:
        """The environment in which a ``registry`` command meets this registry."""
        return {**os.environ, **self._environment}

    def _start(self, name: str, arguments: list[str]) -> Child:
        return self._children.start(name, arguments, self._environment)


def forget_inherited_settings() -> None:
    """Drop ``REGISTRY_*`` from the environment: a demo must never reach the deployment it was started beside."""
    for name in [name for name in os.environ if name.startswith(("REGISTRY_", "SANDBOX_"))]:
        del os.environ[name]


def evaluation_settings(data_dir: Path) -> Settings:
    """Settings of an evaluation on the embedded server under ``data_dir``."""
    return Settings(evaluation=True, data_dir=data_dir)


def _answers(url: str) -> Callable[[], bool]:
    def is_ready() -> bool:
        try:
            return httpx.get(url, timeout=2.0, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    return is_ready


def _can_listen(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True
