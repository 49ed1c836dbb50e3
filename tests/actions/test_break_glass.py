"""Administrators by command: the first ones, and later, when too few are left, by whoever holds the database."""

from functools import partial
from uuid import UUID

import anyio
import asyncpg
import pytest
from typer.testing import CliRunner, Result

from app.access.actor import Actor, AdministratorKind, PrincipalKind
from app.cli import app
from app.db.roles import DatabaseRole
from tests.builders.accounts import Account, activated, invited_officer, me, redeem, refresh
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


@pytest.fixture
def environment(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """The command finds the registry of this test, with the passwords of whoever runs migrations."""
    settings = registry.house.settings
    monkeypatch.setenv("REGISTRY_EVALUATION", "true")
    monkeypatch.setenv("REGISTRY_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("REGISTRY_DATABASE_URL", str(settings.database_base_url))
    monkeypatch.setenv("REGISTRY_ROLE_PASSWORDS", f'{{"migrator": "test-{DatabaseRole.MIGRATOR}"}}')
    return registry


async def administrators(*arguments: str) -> Result:
    """Run ``registry administrators …``; the command starts an event loop of its own, so in a thread."""
    return await anyio.to_thread.run_sync(partial(CliRunner().invoke, app, ["administrators", *arguments]))


async def test_the_first_administrators_come_from_the_owner_of_the_database_once(
    environment: Registry,
) -> None:
    twice = await administrators("create-first", "--audit", "system-1")
    assert (twice.exit_code, "各不相同" in twice.stderr) == (2, True)
    malformed = await administrators("create-first", "--system", "Root!")
    assert (malformed.exit_code, "不合格式" in malformed.stderr) == (2, True)
    made = await administrators("create-first")
    assert made.exit_code == 0, made.stderr
    lines = [line.split("\t") for line in made.stdout.splitlines()]
    assert [(title, name) for title, name, _ in lines] == [
        ("系统管理员", "system-1"),
        ("安全管理员", "security-1"),
        ("安全管理员", "security-2"),
        ("审计管理员", "audit-1"),
    ]
    again = await administrators("create-first")
    assert (again.exit_code, "已经设立" in again.stderr) == (2, True)
    offices = []
    for _, name, code in lines:
        shown = (await redeem(environment, code)).json()
        account = Account(environment, "", name, "correct horse battery staple", shown["totp_secret"])
        signed_in = (await account.sign_in()).json()
        offices.append((await me(environment, signed_in["access_token"])).json()["administrator"])
    assert offices == ["system", "security", "security", "audit"]


async def security_administrator(registry: Registry, login_name: str) -> Account:
    """Appointed by the command, activated by its code."""
    done = await administrators("add", login_name, "--office", "security")
    assert done.exit_code == 0, done.output
    title, name, code = done.stdout.strip().split("\t")
    assert (title, name) == ("安全管理员", login_name)
    owner = await registry.owner()
    principal_id = await owner.fetchval(
        "SELECT principal_id FROM password_credential WHERE login_name = $1", login_name
    )
    return await activated(registry, {"principal_id": str(principal_id), "activation_code": code})


async def events(registry: Registry, action: str) -> list[asyncpg.Record]:
    owner = await registry.owner()
    return await owner.fetch("SELECT * FROM audit_event WHERE action = $1", action)


async def test_the_first_four_are_made_once(environment: Registry) -> None:
    done = await administrators("create-first")
    assert done.exit_code == 0, done.output
    titles = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert titles == ["系统管理员", "安全管理员", "安全管理员", "审计管理员"]
    again = await administrators("create-first")
    assert (again.exit_code, again.stdout) == (2, "")
    assert "不能再次初始化" in again.stderr
    assert len(await events(environment, "administrator:created")) == 4


async def test_an_added_security_administrator_can_help_the_one_who_is_left(environment: Registry) -> None:
    registry = environment
    added = await security_administrator(registry, "security-3")
    signed_in = await added.sign_in()
    assert signed_in.status_code == 200, signed_in.text
    told = (await me(registry, signed_in.json()["access_token"])).json()
    assert (told["kind"], told["administrator"]) == ("administrator", "security")
    (event,) = await events(registry, "administrator:created")
    assert event["principal_kind"] == PrincipalKind.SYSTEM
    assert "by_account" in event["details"]


async def test_a_lost_second_factor_is_replaced_and_everything_before_is_dead(environment: Registry) -> None:
    registry = environment
    account = await security_administrator(registry, "security-1")
    before = (await account.sign_in()).json()
    done = await administrators("reset-second-factor", "security-1")
    assert done.exit_code == 0, done.output
    assert (await me(registry, before["access_token"])).status_code == 401
    assert (await refresh(registry, before["refresh_token"])).status_code == 401
    code = done.stdout.strip().split("\t")[-1]
    again = await administrators("reset-second-factor", "security-1")
    assert (await redeem(registry, code)).status_code == 409, "a newer code replaces it"
    renewed = await activated(
        registry,
        {
            "principal_id": account.principal_id,
            "activation_code": again.stdout.strip().split("\t")[-1],
        },
        "another long staple of horses",
    )
    assert (await renewed.sign_in()).status_code == 200
    assert (await account.sign_in()).status_code == 401, "the old factor is gone"
    happened = await events(registry, "second_factor_reset:broken_glass")
    assert [event["subject_id"] for event in happened] == [account.principal_id] * 2


async def test_only_administrators_known_and_not_suspended(environment: Registry) -> None:
    registry = environment
    invitation = await invited_officer(registry)
    for name, said in (("nobody", "没有登录名"), ("li.hua", "不是管理员")):
        done = await administrators("reset-second-factor", name)
        assert (done.exit_code, done.stdout) == (2, "")
        assert said in done.stderr
    account = await security_administrator(registry, "security-1")
    owner = await registry.owner()
    await owner.execute(
        "UPDATE principal SET suspended_at = registry_now() WHERE principal_id = $1",
        UUID(account.principal_id),
    )
    assert "已停用" in (await administrators("reset-second-factor", "security-1")).stderr
    assert await events(registry, "second_factor_reset:broken_glass") == []
    assert (await redeem(registry, invitation["activation_code"])).status_code == 200


@pytest.mark.parametrize(("name", "said"), [("Ä", "不合格式"), ("security-1", "登录名已被使用")])
async def test_a_name_that_cannot_be_is_refused_in_words(environment: Registry, name: str, said: str) -> None:
    await security_administrator(environment, "security-1")
    done = await administrators("add", name, "--office", "security")
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


async def test_no_application_role_can_break_the_glass(registry: Registry) -> None:
    holder = (await registry.administrator(AdministratorKind.SECURITY)).actor
    assert isinstance(holder, Actor)
    for role in (DatabaseRole.APP_ACCESS, DatabaseRole.APP_AGENCY):
        connection = await asyncpg.connect(registry.cluster.dsn(role, registry.database))
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(
                    "INSERT INTO registry.activation (principal_id, purpose, code_digest, expires_at, break_glass_by)"
                    " VALUES ($1, 'second_factor_lost', sha256('x'), now() + interval '1 day', 'root')",
                    holder.principal_id,
                )
        finally:
            await connection.close()
