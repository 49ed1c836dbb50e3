"""Random passwords of the database roles, kept in one JSON file that only its owner can read."""

import json
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pydantic import SecretStr

from app.settings import Settings


def with_role_passwords(settings: Settings, roles: Iterable[str]) -> Settings:
    """``settings`` with a password for each of ``roles``; what had to be made is stored in
    ``secrets_file``."""
    missing = [role for role in roles if role not in settings.role_passwords]
    if not missing:
        return settings
    made = {str(role): SecretStr(secrets.token_urlsafe(32)) for role in missing}
    complete = {**settings.role_passwords, **made}
    _store(settings.secrets_file, {role: password.get_secret_value() for role, password in complete.items()})
    return settings.model_copy(update={"role_passwords": complete})


def _store(path: Path, passwords: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file 0600; renaming it means a killed process leaves the old file or the new one,
    # whole.
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"role_passwords": passwords}, file, indent=2)
        file.flush()
        os.fsync(descriptor)
    Path(name).rename(path)
