"""Processes of the registry beside the test's own: configured by environment and files alone, as in a deployment."""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from app.db.roles import DatabaseRole
from tests.registry_server import Registry

ROOT = Path(__file__).resolve().parents[2]
"""Where they are started."""
REGISTRY = (sys.executable, "-c", "from app.cli import main; main()")
"""The ``registry`` command, whatever is on the PATH."""


def environment_of(
    registry: Registry, folder: Path, *, name: str = "secrets", roles: Iterable[str] = tuple(DatabaseRole)
) -> dict[str, str]:
    """Of a process that works on the database and keys of ``registry``, with the passwords of ``roles`` alone."""
    settings = registry.house.settings
    secrets = folder / f"{name}.json"
    passwords = {role: settings.role_passwords[DatabaseRole(role)].get_secret_value() for role in roles}
    secrets.write_text(json.dumps({"role_passwords": passwords}))
    return {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONDONTWRITEBYTECODE": "1",
        "REGISTRY_EVALUATION": "true",
        "REGISTRY_THROWAWAY_DATABASE": "true",
        "REGISTRY_DATA_DIR": str(folder),
        "REGISTRY_DATABASE_URL": str(settings.database_base_url),
        "REGISTRY_SECRETS_FILE": str(secrets),
        "REGISTRY_KEYRING_FILE": str(settings.keyring_file),
    }
