"""Write alembic/schema.sql and tests/database/grants.csv from the migrations. Run it after every change of a migration:

.venv/bin/python scripts/dump_schema.py
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import asyncpg
from pydantic import SecretStr

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.db.embedded import EmbeddedPostgres  # noqa: E402
from app.db.roles import DatabaseRole  # noqa: E402
from app.db.upgrade import upgrade  # noqa: E402
from app.settings import Settings  # noqa: E402
from tests.database.schema_dump import GRANTS_FILE, SCHEMA_FILE, grants_csv, schema_sql  # noqa: E402

DATABASE = "registry_dump"


async def grants_of(dsn: str) -> str:
    """The table of rights, read as superuser."""
    connection = await asyncpg.connect(dsn, server_settings={"search_path": "registry"})
    try:
        return await grants_csv(connection)
    finally:
        await connection.close()


def main() -> None:
    """Migrate a throw-away server and write both pictures of it."""
    folder = Path(tempfile.mkdtemp(prefix="registry-schema-"))
    server = EmbeddedPostgres(folder / "postgres", fast=True)
    address = server.start()
    try:
        settings = Settings(
            evaluation=True,
            throwaway_database=True,
            data_dir=folder,
            database_base_url=f"postgresql://{address.host}:{address.port}/{DATABASE}",
            role_passwords={role: SecretStr(f"dump-{role}") for role in DatabaseRole},
        )
        upgrade(settings, admin_dsn=address.dsn())
        SCHEMA_FILE.write_text(schema_sql(address.dsn(DATABASE)))
        GRANTS_FILE.write_text(asyncio.run(grants_of(address.dsn(DATABASE))))
    finally:
        server.destroy()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{SCHEMA_FILE.relative_to(ROOT)}, {GRANTS_FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
