"""Files anybody may read, written once: the tiles and tree heads of the log.

Two homes: a folder (``file:///…``), where a file is on disk, its name included, before the call returns, and an
S3-compatible bucket (``s3://bucket/prefix``), whose answer says the same. Nothing here is secret or of a person.
Calls block: whoever has other work runs them in a thread.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import S3Store

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_AT_ONCE = 8
_LOCK = ".publishing"
_TEMPORARY = ".unfinished"


class ContentDiffers(Exception):
    """A file that was published says something else than it should; the message is its path."""


class PublishedFiles(Protocol):
    """Where the files live."""

    def read(self, path: str) -> bytes | None:
        """The file, or None when there is none."""

    def write_once(self, files: Mapping[str, bytes]) -> None:
        """All of them durable, by path. Raises ContentDiffers when one is there with another content."""

    def replace(self, path: str, content: bytes, *, expected: bytes | None) -> None:
        """Put ``content`` in place of ``expected`` in one step. Raises ContentDiffers when something else is there."""

    def remove_folder(self, path: str) -> None:
        """Take away files that are no longer needed; that there are none is no error."""

    def exclusive(self) -> AbstractContextManager[None]:
        """Held by whoever publishes: one process at a time, where the home can tell."""


def published_files(url: str) -> PublishedFiles:
    """The home at ``url``. Raises ValueError for a scheme that is neither of the two."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Folder(Path(unquote(parts.path)))
    if parts.scheme not in ("s3", "s3a"):
        raise ValueError("published files need a URL file:///… or s3://bucket/prefix")
    return Bucket(S3Store.from_url(url))


class Folder:
    """A folder of this machine, or one that several machines share."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> bytes | None:
        """The file, or None when there is none."""
        try:
            return (self._root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def write_once(self, files: Mapping[str, bytes]) -> None:
        """All of them on disk: contents first, then names, then the folders that hold the names."""
        targets = {path: self._root / path for path in files}
        folders = {target.parent for target in targets.values()}
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            # Together, so that the disk can take many in one go: one after the other, each waits for its own turn.
            list(pool.map(self._write_one, targets.values(), files.values()))
            list(pool.map(_sync_folder, self._with_parents(folders)))

    def replace(self, path: str, content: bytes, *, expected: bytes | None) -> None:
        """In one step: a reader sees the old file or the new one, whole."""
        if self.read(path) != expected:
            raise ContentDiffers(path)
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        self._temporary(target, content).replace(target)
        for folder in self._with_parents({target.parent}):
            _sync_folder(folder)

    def remove_folder(self, path: str) -> None:
        """Take it away with all that is in it."""
        shutil.rmtree(self._root / path, ignore_errors=True)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """A lock of the kernel's, gone with whoever holds it; waits for another holder."""
        self._root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _write_one(self, target: Path, content: bytes) -> None:
        try:
            if target.read_bytes() != content:
                raise ContentDiffers(str(target.relative_to(self._root)))
        except FileNotFoundError:
            self._temporary(target, content).replace(target)

    def _temporary(self, target: Path, content: bytes) -> Path:
        descriptor, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
        return Path(name)

    def _with_parents(self, folders: set[Path]) -> set[Path]:
        found = set(folders)
        for folder in folders:
            found.update(above for above in folder.parents if above.is_relative_to(self._root))
        return found


class Bucket:
    """An S3-compatible bucket; conditional writes keep two publishers apart."""

    def __init__(self, store: "ObjectStore") -> None:
        self._store = store

    def read(self, path: str) -> bytes | None:
        """The object, or None when there is none."""
        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            return None

    def write_once(self, files: Mapping[str, bytes]) -> None:
        """Each created if absent; the bucket's answer means that it is durable."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._write_one, files, files.values()))

    def replace(self, path: str, content: bytes, *, expected: bytes | None) -> None:
        """Conditional on what was read, so that a slower publisher cannot put an older file back."""
        try:
            if expected is None:
                obstore.put(self._store, path, content, mode="create")
                return
            found = obstore.get(self._store, path)
            version = found.meta
            if bytes(found.bytes()) != expected:
                raise ContentDiffers(path)
            obstore.put(
                self._store,
                path,
                content,
                mode={"e_tag": version["e_tag"], "version": version["version"]},
            )
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            raise ContentDiffers(path) from None

    def remove_folder(self, path: str) -> None:
        """Take away every object below the path."""
        for page in obstore.list(self._store, prefix=f"{path}/"):
            obstore.delete(self._store, [item["path"] for item in page])

    def exclusive(self) -> AbstractContextManager[None]:
        """Conditional writes and the database's lock do it."""
        return nullcontext()

    def _write_one(self, path: str, content: bytes) -> None:
        try:
            obstore.put(self._store, path, content, mode="create")
        except AlreadyExistsError:
            if self.read(path) != content:
                raise ContentDiffers(path) from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
