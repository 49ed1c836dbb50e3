"""Bring a database to the newest schema: roles and database by an administrator, then migrations as
``migrator``."""

import asyncio
from pathlib import Path

from alembic.config import Config

from alembic import command
from app.db.bootstrap import bootstrap
from app.db.role_passwords import with_role_passwords
from app.db.roles import DatabaseRole
from app.settings import Settings

MIGRATIONS = Path(__file__).resolve().parents[2] / "alembic"


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
