"""How the first administrators come to be: by the owner of the database, once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.accounts import (
    Account,
    me,
    redeem,
)
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


def create_first(registry: Registry, *options: str) -> subprocess.CompletedProcess[str]:
    server = registry.cluster.address
    settings = registry.cluster.settings
    passwords = {role: secret.get_secret_value() for role, secret in settings.role_passwords.items()}
    environment = {
        **os.environ,
        "REGISTRY_EVALUATION": "true",
        "REGISTRY_DATABASE_URL": f"postgresql://{server.host}:{server.port}/{registry.database}",
        "REGISTRY_ROLE_PASSWORDS": str(passwords).replace("'", '"'),
        "REGISTRY_DATA_DIR": str(registry.house.settings.data_dir),
    }
    command = [str(Path(sys.executable).with_name("registry")), "administrators", "create-first", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


async def test_the_first_administrators_come_from_the_owner_of_the_database_once(registry: Registry) -> None:
    twice = create_first(registry, "--audit", "system-1")
    assert twice.returncode == 2
    assert "各不相同" in twice.stderr
    malformed = create_first(registry, "--system", "Root!")
    assert (malformed.returncode, "不合格式" in malformed.stderr) == (2, True)
    made = create_first(registry)
    assert made.returncode == 0, made.stderr
    lines = [line.split("\t") for line in made.stdout.splitlines()]
    assert [(title, name) for title, name, _ in lines] == [
        ("系统管理员", "system-1"),
        ("安全管理员", "security-1"),
        ("安全管理员", "security-2"),
        ("审计管理员", "audit-1"),
    ]
    again = create_first(registry)
    assert again.returncode == 2
    assert "已经设立" in again.stderr
    offices = []
    for _, name, code in lines:
        shown = (await redeem(registry, code)).json()
        account = Account(registry, "", name, "correct horse battery staple", shown["totp_secret"])
        offices.append(
            (await me(registry, (await account.sign_in()).json()["access_token"])).json()["administrator"]
        )
    assert offices == ["system", "security", "security", "audit"]
