"""Locks between processes that the kernel releases when their holder dies (flock)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileLock:
    """One holder's view of a lock file; the file stays, the lock goes with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def hold_shared(self) -> None:
        """Hold together with others; waits for an exclusive holder. A second call has no effect."""
        self._lock(fcntl.LOCK_SH)

    def try_exclusive(self) -> bool:
        """Hold alone if nobody holds it in any way now; False otherwise."""
        try:
            self._lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Let go; without effect when nothing is held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold alone, waiting for others."""
        self._lock(fcntl.LOCK_EX)
        try:
            yield
        finally:
            self.release()

    def _lock(self, operation: int) -> None:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._descriptor, operation)
