"""Where a demo stands: its data folder alone, a migrated embedded database, its children stopped at the end.

A folder serves one demo at a time (a lock that dies with its process). A demo that was killed leaves processes behind;
the next one in the same folder stops them first, and a check sweeps what earlier checks left.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import typer

from app.db.embedded import EmbeddedPostgres, is_gone
from app.db.file_lock import FileLock
from app.demo.clock import LawClock
from app.demo.processes import Children, NotReady, end_of_log
from app.demo.sandbox_control import SandboxControl
from app.demo.stack import Ports, Stack
from app.settings import Settings

DatabaseAt = Callable[[Path], AbstractContextManager[Settings]]
"""Gives a migrated database with code lists under a folder, and leaves it at the end."""

FILLING = "demo.filling"
"""Marks a folder whose province is being filled in: found at a start, it was left half done."""

_CHECK_PREFIX = "registry-check-"


class AlreadyRunning(RuntimeError):
    """Another demo uses the same data folder."""


class Demo:
    """A running registry with what the scenario needs of it."""

    def __init__(self, settings: Settings, stack: Stack, children: Children) -> None:
        self.settings = settings
        self.stack = stack
        self.children = children
        self.sandbox = SandboxControl(stack.sandbox_url)
        self.clock = LawClock(settings, follow=self.sandbox.set_day)
        self._database = EmbeddedPostgres(settings.data_dir / "postgres")
        # Found once: to look where the cluster lives starts programs.
        self._server = self._database.server()

    def require_alive(self) -> None:
        """Raise NotReady when the database or a child has ended although nobody stopped it."""
        if self._server is None or is_gone(self._server):
            raise NotReady(
                "“数据库”（PostgreSQL）意外退出，演示已停止。已保存的数据没有丢失，重新运行 ./scripts/demo 即可继续。"
                f"它的日志：\n{end_of_log(self._database.log_file)}"
            )
        ended = self.children.ended()
        if ended is not None:
            raise NotReady(f"“{ended.name}”意外退出。它的日志：\n{ended.log_end()}")


@contextmanager
def running_demo(folder: Path, ports: Ports, database_at: DatabaseAt) -> Iterator[Demo]:
    """Start everything in ``folder`` and stop it at the end, in order.

    Raises AlreadyRunning, PortTaken and NotReady, each with Chinese words for whoever started it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "demo.lock")
    if not lock.try_exclusive():
        raise AlreadyRunning(f"另一个演示正在使用 {folder}：请先停止它，或用 --data-dir 换一个目录。")
    children = Children(folder)
    try:
        leftovers = children.stop_leftovers()
        if leftovers:
            typer.echo(f"已停止上次演示遗留的 {leftovers} 个进程。", err=True)
        ports.require_free()
        _discard_unfinished(folder)
        with database_at(folder) as settings:
            try:
                stack = Stack(settings, ports, children)
                stack.start()
                yield Demo(settings, stack, children)
            finally:
                children.stop()
    finally:
        lock.release()


def _discard_unfinished(folder: Path) -> None:
    """Begin anew where a demo was killed while it filled the province in: half of it would never be completed."""
    if not (folder / FILLING).exists():
        return
    typer.echo("上次演示没有填完样例数据，重新开始。", err=True)
    if (folder / "postgres").exists():
        EmbeddedPostgres(folder / "postgres").destroy()
    for name in ("objects", "keyring.json", "secrets.json", "demo.json"):
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    (folder / FILLING).unlink()


@contextmanager
def throwaway_folder() -> Iterator[Path]:
    """A folder for one check, removed at the end with its database; what killed checks left is removed first."""
    root = Path(tempfile.gettempdir())
    for old in root.glob(f"{_CHECK_PREFIX}*"):
        with suppress(OSError):
            _sweep(old)
    folder = Path(tempfile.mkdtemp(prefix=_CHECK_PREFIX))
    try:
        yield folder
    finally:
        _remove(folder)


def _sweep(folder: Path) -> None:
    """Remove a folder whose check is dead. One without a lock file is just being made by another check."""
    if not (folder / "demo.lock").exists():
        return
    lock = FileLock(folder / "demo.lock")
    if lock.try_exclusive():
        Children(folder).stop_leftovers()
        _remove(folder)
        lock.release()


def _remove(folder: Path) -> None:
    if (folder / "postgres").exists():
        EmbeddedPostgres(folder / "postgres").destroy()
    shutil.rmtree(folder, ignore_errors=True)
