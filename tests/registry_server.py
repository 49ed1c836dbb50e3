"""The application as the tests run it, and the people who use it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from app.access.actor import Actor, AdministratorKind, Permission, PrincipalKind
from app.commands.code_lists import load_packaged
from app.db.bootstrap import grant_database
from app.db.embedded import EmbeddedPostgres, ServerAddress
from app.db.roles import DatabaseRole
from app.db.upgrade import upgrade
from app.kernel.clock import utc_now
from app.main import create_app
from app.settings import CITIZEN_CALLBACK_PATH, Settings
from app.web.house import House
from tests.sandbox_server import SandboxServer

TEMPLATE = "registry_template"
_names = itertools.count(1)
_idle: list[FastAPI] = []
"""Applications between two tests: routes are built once, the parts (House) are each test's own."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The suite's PostgreSQL server."""

    address: ServerAddress
    settings: Settings

    def new_name(self) -> str:
        return f"registry_test_{next(_names)}"

    def dsn(self, role: str, database: str) -> str:
        """libpq URI of a login role (its password is ``test-<role>``)."""
        return f"postgresql://{role}:test-{role}@{self.address.host}:{self.address.port}/{database}"

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The name of a migrated database that ends with the block."""
        name = self.new_name()
        asyncio.run(self._copy_template(name))
        yield name
        asyncio.run(self._drop(name))

    async def _copy_template(self, name: str) -> None:
        admin = await asyncpg.connect(self.address.dsn())
        try:
            await admin.execute(
                f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE} STRATEGY file_copy OWNER registry_owner'
            )
            await grant_database(admin, name)
        finally:
            await admin.close()

    async def _drop(self, name: str) -> None:
        admin = await asyncpg.connect(self.address.dsn())
        try:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        finally:
            await admin.close()


@contextmanager
def laid_out(
    server: EmbeddedPostgres, folder: Path, database: str = TEMPLATE, *, keep: bool = False
) -> Iterator[Cluster]:
    """A migrated registry with its code lists on ``server``, which runs for the block and leaves nothing behind.

    With ``keep`` it only stops, and may be laid out again from where it was.

    The password of a login role is ``test-<role>``. Whether commits are durable is what ``server`` was made with.
    """
    try:
        address = server.start()
        settings = Settings(
            evaluation=True,
            throwaway_database=server.fast,
            data_dir=folder,
            database_base_url=f"postgresql://{address.host}:{address.port}/{database}",
            role_passwords={role: SecretStr(f"test-{role}") for role in DatabaseRole},
        )
        upgrade(settings, admin_dsn=address.dsn())
        load_packaged(settings)
        asyncio.run(_never_late(address.dsn(database)))
        yield Cluster(address=address, settings=settings)
    finally:
        if keep:
            server.stop()
        else:
            server.destroy()


async def _never_late(dsn: str) -> None:
    """No sequencer works on a template: what its making queued would close the payment gate of every copy in time.

    What a test itself queues is late when it moves the clock and nothing seals (``run_sealing``), as in the world.
    """
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute("UPDATE registry.unsealed_event SET queued_at = now() + interval '1 day'")
    finally:
        await admin.close()


@dataclass(slots=True)
class Registry:
    """A running application on a database of its own."""

    cluster: Cluster
    database: str
    sandbox: SandboxServer
    app: FastAPI
    client: httpx.AsyncClient
    _owner: asyncpg.Connection | None = field(default=None)
    _is_at_home: bool = field(default=False)

    @property
    def house(self) -> House:
        """The parts of the running process."""
        return self.app.state.house

    async def owner(self) -> asyncpg.Connection:
        """A superuser's connection, to lay and look at rows behind the application's back."""
        if self._owner is None:
            self._owner = await asyncpg.connect(
                self.cluster.address.dsn(self.database), server_settings={"search_path": "registry,public"}
            )
            if not self._is_at_home:
                # A copy of the template lives where the template does not, which would close payments.
                await self._owner.execute("INSERT INTO database_origin (origin) SELECT current_origin()")
                self._is_at_home = True
        return self._owner

    async def advance(self, **by: float) -> None:
        """Move the clock of law forward: ``advance(days=3)``."""
        owner = await self.owner()
        await owner.execute("UPDATE clock_shift SET shift = shift + $1", timedelta(**by))

    async def now(self) -> Any:
        owner = await self.owner()
        return await owner.fetchval("SELECT registry_now()")

    def sign_in(self, actor: Actor) -> "Caller":
        """A caller with a fresh token of ``actor``; the principal's row must exist."""
        token = self.house.tokens.issue(actor, now=utc_now())
        return Caller(self, actor, token)

    async def agency(self, name: str = "测试市人力资源和社会保障局", division_code: str = "110000") -> UUID:
        owner = await self.owner()
        return await owner.fetchval(
            "INSERT INTO agency (name, division_code) VALUES ($1, $2)"
            " ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING agency_id",
            name,
            division_code,
        )

    async def officer(
        self, *permissions: Permission, division_code: str = "110000", agency: str | None = None
    ) -> "Caller":
        """An officer of an agency answering for ``division_code``, holding exactly these permissions."""
        name = agency or f"测试经办机构{division_code}"
        agency_id = await self.agency(name, division_code)
        principal_id = await self._principal(PrincipalKind.OFFICER, "测试经办人", agency_id=agency_id)
        return self.sign_in(
            Actor(
                principal_id=principal_id,
                kind=PrincipalKind.OFFICER,
                display_name="测试经办人",
                agency_id=agency_id,
                agency_name=name,
                division_code=division_code,
                permissions=frozenset(permissions),
            )
        )

    async def operator(self, institution_id: UUID) -> "Caller":
        """An operator of an institution."""
        principal_id = await self._principal(
            PrincipalKind.INSTITUTION_OPERATOR, "测试机构账号", institution_id=institution_id
        )
        return self.sign_in(
            Actor(
                principal_id=principal_id,
                kind=PrincipalKind.INSTITUTION_OPERATOR,
                display_name="测试机构账号",
                institution_id=institution_id,
            )
        )

    async def citizen(self, person_id: UUID) -> "Caller":
        """The citizen whose person this is."""
        principal_id = await self._principal(PrincipalKind.CITIZEN, "劳动者")
        owner = await self.owner()
        await owner.execute(
            "INSERT INTO citizen_principal (principal_id, person_id) VALUES ($1, $2)", principal_id, person_id
        )
        return self.sign_in(
            Actor(
                principal_id=principal_id,
                kind=PrincipalKind.CITIZEN,
                display_name="劳动者",
                person_id=person_id,
            )
        )

    async def administrator(self, office: AdministratorKind) -> "Caller":
        """One of the three administrators (三员)."""
        principal_id = await self._principal(PrincipalKind.ADMINISTRATOR, "测试管理员")
        owner = await self.owner()
        await owner.execute(
            "INSERT INTO administrator_assignment (principal_id, kind) VALUES ($1, $2)", principal_id, office
        )
        return self.sign_in(
            Actor(
                principal_id=principal_id,
                kind=PrincipalKind.ADMINISTRATOR,
                display_name="测试管理员",
                administrator=office,
            )
        )

    async def _principal(self, kind: PrincipalKind, name: str, **columns: UUID) -> UUID:
        owner = await self.owner()
        names = "".join(f", {column}" for column in columns)
        marks = "".join(f", ${position}" for position, _ in enumerate(columns, start=3))
        return await owner.fetchval(
            f"INSERT INTO principal (kind, display_name{names}) VALUES ($1, $2{marks}) RETURNING principal_id",
            kind,
            name,
            *columns.values(),
        )

    async def close(self) -> None:
        if self._owner is not None:
            await self._owner.close()
            self._owner = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a token. Methods mirror httpx; a POST gets an idempotency key unless it brings one."""

    registry: Registry
    actor: Actor
    token: str

    async def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **arguments: Any
    ) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(uuid7()))
        return await self.registry.client.request(method, path, headers=sent, **arguments)

    async def get(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.request("GET", path, **arguments)

    async def post(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.request("POST", path, **arguments)

    async def put(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.request("PUT", path, **arguments)

    async def patch(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.request("PATCH", path, **arguments)

    async def delete(self, path: str, **arguments: Any) -> httpx.Response:
        return await self.request("DELETE", path, **arguments)


def codes(answer: httpx.Response) -> list[str]:
    """The reason codes of a problem answer, in order."""
    return [reason["code"] for reason in answer.json()["reasons"]]


def only(items: Iterable[Any]) -> Any:
    """The one item of ``items``."""
    (item,) = items
    return item


def _without_name(issuer: str) -> str:
    """The sandbox's identity provider sends browsers back to loopback addresses only, whatever the port."""
    return issuer.replace("registry.test", "127.0.0.1")


@asynccontextmanager
async def open_registry(
    cluster: Cluster,
    database: str,
    sandbox: SandboxServer,
    folder: Path,
    *,
    issuer: str = "http://registry.test",
) -> AsyncIterator[Registry]:
    """Start the application in this event loop and stop it at the end; ``issuer`` is its public address."""
    settings = cluster.settings.model_copy(
        update={
            "data_dir": folder,
            "keyring_file": folder / "keyring.json",
            "object_store_url": (folder / "objects").as_uri(),
            "log_store_url": (folder / "log").as_uri(),
            "log_key_file": folder / "log-keys.json",
            "database_base_url": f"postgresql://{cluster.address.host}:{cluster.address.port}/{database}",
            "cardholder_base_url": f"{sandbox.url}",
            "assessment_network_url": f"{sandbox.url}",
            "unemployment_insurance_url": f"{sandbox.url}",
            "bank_url": f"{sandbox.url}",
            "message_gateway_url": f"{sandbox.url}",
            "citizen_idp_url": sandbox.issuer,
            "issuer": issuer,
            "citizen_redirect_uri": f"{_without_name(issuer)}{CITIZEN_CALLBACK_PATH}",
            "assessment_network_push_url": "http://registry.test/v1/network-notices",
            "bank_push_url": "http://registry.test/v1/bank-notices",
        }
    )
    app = _idle.pop() if _idle else create_app(settings)
    app.state.house = House.of(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://registry.test") as client:
            registry = Registry(cluster, database, sandbox, app, client)
            try:
                yield registry
            finally:
                await registry.close()
    _idle.append(app)
