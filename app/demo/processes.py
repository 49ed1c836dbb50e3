"""Child processes of the demo: started apart from the terminal, waited for, stopped in order, found again after a kill.

Each child leads a session of its own, so that Ctrl-C reaches the demo alone and the demo stops them one by one. What
runs is written down with its start time, because a process id may be reused: after a ``kill -9`` of the demo the next
one stops exactly what was left over.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_GRACE_S = 12.0
_POLL_S = 0.05
_LOG_SHOWN_BYTES = 6_000


class NotReady(RuntimeError):
    """A child ended or did not become ready in time; the Chinese text says which and shows the end of its log."""


@dataclass(frozen=True, slots=True)
class Child:
    """One running child and where its output goes."""

    name: str
    process: subprocess.Popen[bytes]
    log_file: Path

    def log_end(self) -> str:
        """The last lines it wrote."""
        return end_of_log(self.log_file)


class Children:
    """The children of one demo, remembered in ``folder/children.json``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "children.json"
        self._running: list[Child] = []

    def start(self, name: str, arguments: list[str], environment: Mapping[str, str]) -> Child:
        """Start a Python child (arguments after the interpreter); its output goes to ``<name>.log``."""
        log_file = self._folder / f"{name}.log"
        with log_file.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own programs
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        child = Child(name, process, log_file)
        self._running.append(child)
        self._write_down()
        return child

    def wait_until(self, child: Child, is_ready: Callable[[], bool], *, within_s: float) -> None:
        """Wait for a child. Raises NotReady when it ends first or takes longer than ``within_s``."""
        deadline = time.monotonic() + within_s
        while not is_ready():
            ended = child.process.poll()
            if ended is not None:
                raise NotReady(f"“{child.name}”启动后退出（退出码 {ended}）。它的日志：\n{child.log_end()}")
            if time.monotonic() > deadline:
                raise NotReady(f"“{child.name}”在 {within_s:.0f} 秒内没有就绪。它的日志：\n{child.log_end()}")
            time.sleep(_POLL_S)

    def ended(self) -> Child | None:
        """A child that has ended although nobody stopped it, if there is one."""
        return next((child for child in self._running if child.process.poll() is not None), None)

    def logs(self) -> str:
        """The end of every child's log, for whoever has to find out what went wrong."""
        return "\n".join(f"---- {child.log_file} 的结尾\n{child.log_end()}" for child in self._running)

    def kill(self, child: Child) -> None:
        """End a child at once, as a machine that loses power would."""
        child.process.kill()
        child.process.wait()
        self._running.remove(child)
        self._write_down()

    def stop(self) -> None:
        """Stop all, the youngest first; what does not end in time is killed with its group."""
        while self._running:
            child = self._running.pop()
            if child.process.poll() is None:
                _end(psutil.Process(child.process.pid))
            child.process.wait()
        self._file.unlink(missing_ok=True)

    def stop_leftovers(self) -> int:
        """Stop what a killed demo left running in this folder; returns how many processes that were."""
        try:
            remembered = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            return 0
        stopped = 0
        for one in remembered:
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(one["pid"])
                if abs(process.create_time() - one["started"]) < 0.01:
                    _end(process)
                    stopped += 1
        self._file.unlink(missing_ok=True)
        return stopped

    def _write_down(self) -> None:
        living = []
        for child in self._running:
            with suppress(psutil.NoSuchProcess):
                started = psutil.Process(child.process.pid).create_time()
                living.append({"name": child.name, "pid": child.process.pid, "started": started})
        write_private(self._file, json.dumps(living))


def end_of_log(log_file: Path) -> str:
    """The last lines of a log."""
    return log_file.read_bytes()[-_LOG_SHOWN_BYTES:].decode("utf-8", "replace").strip()


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read; a reader sees the old content or the new, whole."""
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    Path(name).replace(path)


def _end(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(_GRACE_S)
        except psutil.TimeoutExpired:
            # Its group is its own (start_new_session), so nothing else is hit.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(_GRACE_S)
