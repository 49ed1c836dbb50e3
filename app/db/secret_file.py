"""A small file of secrets that only its owner reads, replaced in one step."""

import os
from pathlib import Path


def write_secret_file(path: Path, content: str) -> None:
    """Write with mode 0600; on disk, its name included, before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # nothing may be stored under a key that a power cut could take away
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def refuse_open_file(path: Path) -> None:
    """Raise PermissionError when others may read the file; FileNotFoundError when there is none."""
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path}: must be readable by its owner only (chmod 600)")
