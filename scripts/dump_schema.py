"""Write alembic/schema.sql and tests/database/grants.csv from the migrations. Run it after every change of a migration:

.venv/bin/python scripts/dump_schema.py
"""

import asyncio
import sys
import tempfile
from pathlib import Path

import asyncpg

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app.db.embedded import EmbeddedPostgres  # noqa: E402
from tests.database.schema_dump import GRANTS_FILE, SCHEMA_FILE, grants_csv, schema_sql  # noqa: E402
from tests.registry_server import laid_out  # noqa: E402

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
    with tempfile.TemporaryDirectory(prefix="registry-schema-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with laid_out(EmbeddedPostgres(folder / "postgres", fast=True), folder, DATABASE) as cluster:
            dsn = cluster.address.dsn(DATABASE)
            SCHEMA_FILE.write_text(schema_sql(dsn))
            GRANTS_FILE.write_text(asyncio.run(grants_of(dsn)))
    print(f"{SCHEMA_FILE.relative_to(ROOT)}, {GRANTS_FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
