"""Programs that are not ours. A test that needs one never skips: it is made ready, or the test says what to install."""

import fcntl
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

JOSE = Path(__file__).parent / "jose"
GO_VERIFIER = ROOT / ".venv" / "foreign" / "verify"
_LOCK = ROOT / ".venv" / ".foreign.lock"


def tool(name: str) -> str:
    """The path of a program that scripts/foreign sees to."""
    _make_ready()
    return shutil.which(name) or pytest.fail(f"{name} 未安装：请运行 ./scripts/foreign", pytrace=False)


def jose() -> Path:
    """The folder where npm's jose is installed beside the script that uses it."""
    _make_ready()
    return JOSE


def go_verifier() -> str:
    """The program of ``verify.go``, built with Go's own packages."""
    _make_ready()
    return str(GO_VERIFIER)


def _make_ready() -> None:
    code, told = _prepared()
    if code:
        pytest.fail(told, pytrace=False)


@cache
def _prepared() -> tuple[int, str]:
    """Once a process, one process at a time: it may install packages."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        script = ROOT / "scripts" / "foreign"
        made = subprocess.run([str(script)], cwd=ROOT, capture_output=True, text=True, check=False)
    return made.returncode, made.stderr or f"scripts/foreign 以退出码 {made.returncode} 结束"
