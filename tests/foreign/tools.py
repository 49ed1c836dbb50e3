"""Programs that are not ours: where one is missing a test says so, and in CI (``REGISTRY_FOREIGN=1``) it fails."""

import os
import shutil
from pathlib import Path

import pytest

JOSE = Path(__file__).parent / "jose"


def tool(name: str) -> str:
    """The path of a program that scripts/foreign installs."""
    found = shutil.which(name)
    return found if found is not None else _missing(name)


def jose() -> Path:
    """The folder where npm's jose is installed beside the script that uses it."""
    return JOSE if (JOSE / "node_modules" / "jose").is_dir() else Path(_missing("npm jose"))


def _missing(name: str) -> str:
    told = f"{name} is not installed: run ./scripts/foreign"
    if os.environ.get("REGISTRY_FOREIGN") == "1":
        pytest.fail(told)
    pytest.skip(told)
