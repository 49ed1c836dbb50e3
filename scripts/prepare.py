"""Make ``.venv`` from ``requirements.lock``; do nothing when it already holds exactly that.

Run by ``scripts/setup`` with the system's Python, so only the standard library is used here. The stamp is
written last: a set-up that was killed half-way leaves its mark instead, and the next run starts from an
empty folder. pip, not a faster tool, because it honors the mirror and certificates the machine's owner has
configured.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".stamp"
UNFINISHED = VENV / ".unfinished"
LOCK_FILE = ROOT / "requirements.lock"


def fingerprint() -> str:
    """What the environment is made of: lock file, entry points, and this folder, which its scripts name."""
    digest = hashlib.sha256(str(ROOT).encode())
    for path in (LOCK_FILE, ROOT / "pyproject.toml"):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_prepared() -> bool:
    """True when a finished set-up of exactly this lock file is there (the caller runs its interpreter)."""
    try:
        return STAMP.read_text() == fingerprint() and not UNFINISHED.exists()
    except OSError:
        return False


def is_healthy() -> bool:
    """True when the environment was finished once and both its interpreter and its pip start."""
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    version = subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False)
    # pip names its own folder: an environment that was moved or copied here still answers from the old place.
    return version.returncode == 0 and str(VENV).encode() in version.stdout


def pip(*arguments: str) -> None:
    """Run the environment's own pip quietly; its own words reach the terminal when it fails."""
    command = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "-qq", *arguments]
    # It inherits the lock: should we be killed, nobody touches the environment until pip has ended too.
    subprocess.run(command, check=True, cwd=ROOT, close_fds=False)


def prepare() -> None:
    """Build or mend the environment and stamp it."""
    STAMP.unlink(missing_ok=True)
    if not is_healthy():
        if VENV.exists():
            shutil.rmtree(VENV)
        VENV.mkdir()
        UNFINISHED.touch()
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    UNFINISHED.touch()
    pip("--require-hashes", "--requirement", str(LOCK_FILE))
    # The lock file is the whole truth: nothing is resolved or fetched for the project itself.
    pip("--no-deps", "--no-build-isolation", "--no-index", "--editable", str(ROOT))
    UNFINISHED.unlink()
    STAMP.write_text(fingerprint())


def main() -> int:
    """Answer ``--check`` by exit code, or prepare under a lock that dies with its holder."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="exit 0 when nothing is to be done, else 1")
    if parser.parse_args().check:
        return 0 if is_prepared() else 1
    try:
        handle = os.open(ROOT, os.O_RDONLY)
        os.set_inheritable(handle, True)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if is_prepared() and is_healthy():
            return 0
        print("正在准备运行环境（.venv），首次约需一至三分钟……", file=sys.stderr, flush=True)
        started = time.monotonic()
        prepare()
    except OSError as error:
        print(
            f"无法写入 {error.filename}（{error.strerror}）。请用建立此目录的用户运行，或改用自己的副本。",
            file=sys.stderr,
        )
        return 2
    except subprocess.CalledProcessError:
        print(
            "安装依赖失败（原因见上）。请检查网络或 pip 镜像设置后重新运行，已下载的部分会被复用。",
            file=sys.stderr,
        )
        return 2
    print(f"运行环境已就绪，用时 {time.monotonic() - started:.0f} 秒。", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
