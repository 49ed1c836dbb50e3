"""The product's modules as syntax trees, for rules that import-linter and ruff cannot say."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file; ``name`` is its path from the root of the repository."""

    name: str
    text: str
    tree: ast.Module


def modules(*folders: str) -> Iterator[Module]:
    """Every module under these folders of the repository."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield _parsed(path)


@cache
def _parsed(path: Path) -> Module:
    text = path.read_text()
    return Module(str(path.relative_to(ROOT)), text, ast.parse(text))


def forget() -> None:
    """Let everything read go: the trees of all files are some hundred megabytes, and other tests follow."""
    _parsed.cache_clear()
    tracked_texts.cache_clear()


def calls(module: Module) -> Iterator[tuple[str, int]]:
    """``owner.method`` or ``function`` of every call, and its line."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def imports(module: Module) -> Iterator[tuple[str, int]]:
    """Every imported module, and the line."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@cache
def tracked_texts() -> tuple[tuple[str, str], ...]:
    """Name and text of every file that is or is about to be in the repository; binary files have no text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - wherever git is
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = []
    for name in sorted(set(filter(None, listed.split("\0")))):
        try:
            found.append((name, (ROOT / name).read_text()))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue
    return tuple(found)
