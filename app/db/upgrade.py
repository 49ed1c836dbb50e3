"""Bring a database to the newest schema: roles and database by an administrator, then migrations as
``migrator``."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config

from alembic import command
from app.db.bootstrap import bootstrap
from app.db.embedded import EmbeddedPostgres
from app.db.role_passwords import with_role_passwords
from app.db.roles import DatabaseRole
from app.settings import Settings

MIGRATIONS = Path(__file__).resolve().parents[2] / "alembic"


@contextmanager
def server_at_hand(settings: Settings) -> Iterator[tuple[Settings, str | None]]:
    """Settings that name a server, and an administrator's DSN if there is one.

    Without a database URL this starts (or joins) the embedded server under ``data_dir/postgres`` and
    leaves it at the end. Raises ``LookupError`` when that is not allowed because the deployment is not for
    evaluation, and ``EmbeddedServerError`` when it cannot be started.
    """
    admin = settings.admin_url.get_secret_value() if settings.admin_url else None
    if settings.database_base_url is not None:
        yield settings, admin
        return
    if not settings.evaluation:
        raise LookupError(
            "没有指定数据库：请设置 REGISTRY_DATABASE_URL；"
            "若只是试用，设置 REGISTRY_EVALUATION=true 使用自带的数据库"
        )
    with EmbeddedPostgres(settings.data_dir / "postgres") as address:
        yield settings.at_server(address.host, address.port), address.dsn()


def upgrade(settings: Settings, *, admin_dsn: str | None) -> Settings:
    """Migrate to the newest schema; returns settings that hold the passwords of all roles.

    With ``admin_dsn`` roles, database and passwords are made first (safe to repeat); without it they must
    exist. Not to be called from a running event loop: Alembic's environment starts its own.
    """
    if admin_dsn is not None:
        settings = with_role_passwords(settings, DatabaseRole)
        passwords = {role: secret.get_secret_value() for role, secret in settings.role_passwords.items()}
        asyncio.run(bootstrap(admin_dsn, database=settings.database_name, passwords=passwords))
    config = Config()
    # ConfigParser reads % as the start of a substitution; a folder's name may contain it.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["database_url"] = settings.database_url(DatabaseRole.MIGRATOR)
    command.upgrade(config, "head")
    return settings
