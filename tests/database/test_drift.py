"""The committed pictures, the row classes and the migrations all say the same as the database."""

import ast
import asyncio
import importlib
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

import app
from alembic import command
from app.db.bootstrap import bootstrap
from app.db.roles import DatabaseRole
from app.db.upgrade import MIGRATIONS
from tests.database.conftest import superuser
from tests.database.schema_dump import ROOT, SCHEMA_FILE, grants_csv, schema_sql
from tests.registry_server import Cluster

pytestmark = pytest.mark.anyio

VERSIONS = sorted((MIGRATIONS / "versions").glob("*.py"))
HEADINGS = (
    "Why: ",
    "Lock taken, and for how long: ",
    "Safe with the previous release running: ",
    "How undone: ",
)


def alembic_config(url: str | None = None) -> Config:
    """Alembic on our scripts, as the migrator."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = url
    return config


@pytest.fixture
async def empty(cluster: Cluster) -> AsyncIterator[str]:
    """A database with roles and an empty schema, before any migration."""
    name = cluster.new_name()
    passwords = {role: f"test-{role}" for role in DatabaseRole}
    await bootstrap(cluster.address.dsn(), database=name, passwords=passwords)
    yield name
    async with superuser(cluster, "postgres") as admin:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


async def migrate(cluster: Cluster, database: str, target: str) -> None:
    """Alembic's environment runs its own event loop, so it gets a thread of its own."""
    url = cluster.dsn("migrator", database).replace("postgresql://", "postgresql+asyncpg://")
    step = command.downgrade if target == "base" else command.upgrade
    await asyncio.to_thread(step, alembic_config(url), target)


def test_schema_dump_is_current(cluster: Cluster, world: str) -> None:
    """A migration is reviewed as a change of the schema. After a wanted one: scripts/dump_schema.py."""
    assert schema_sql(cluster.address.dsn(world)) == SCHEMA_FILE.read_text()


async def test_up_down_up_is_the_same(cluster: Cluster, empty: str) -> None:
    """Every downgrade leaves nothing behind, and a second upgrade arrives where the first did."""
    pictures = []
    for _ in range(2):
        await migrate(cluster, empty, "head")
        async with superuser(cluster, empty) as connection:
            pictures.append((schema_sql(cluster.address.dsn(empty)), await grants_csv(connection)))
        await migrate(cluster, empty, "base")
        async with superuser(cluster, empty) as connection:
            assert await leftovers(connection) == ["alembic_version"]
    assert pictures[0] == pictures[1]


async def leftovers(connection: asyncpg.Connection) -> list[str]:
    """What stands in the schema: relations, functions, types that are no table's row type."""
    return [
        row[0]
        for row in await connection.fetch(
            """SELECT relname::text FROM pg_class WHERE relnamespace = 'registry'::regnamespace AND relkind <> 'i'
               UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'registry'::regnamespace
               UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'registry'::regnamespace AND typrelid = 0
                 AND typelem = 0"""
        )
    ]


def test_migrations_have_one_head() -> None:
    """Two heads would be two truths."""
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.stem)
def test_migration_answers_the_template(version: Path) -> None:
    """Why, which lock, safe beside the previous release, how undone: each with words; and a downgrade that does so."""
    tree = ast.parse(version.read_text())
    told = ast.get_docstring(tree) or ""
    for heading in HEADINGS:
        assert re.search(rf"^{re.escape(heading)}\S", told, re.MULTILINE), heading
    downgrade = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "downgrade"
    )
    statements = ast.unparse(downgrade)
    assert re.search(r"\b(DROP|REVOKE|ALTER|CREATE|DELETE)\b", statements), "the downgrade undoes nothing"


def row_classes() -> dict[str, sa.Table]:
    """Every table of SQLModel's metadata, once all modules called ``tables`` are imported."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.rpartition(".")[2] == "tables":
            importlib.import_module(module.name)
    return dict(SQLModel.metadata.tables)


def plain(kind: sa.types.TypeEngine[object]) -> str:
    """A column type as ``format_type`` prints it; texts of any kind are text, and so are enums, stored by value."""
    shown = kind.compile(dialect=postgresql.dialect()).lower()
    return re.sub(r"^(varchar|char)(\(\d+\))?(?=\[|$)", "text", shown)


async def test_row_classes_mirror_the_tables(omnipotent: asyncpg.Connection) -> None:
    """Names, nullability and types of columns, and the primary key. Not the source of truth, but never a lie.

    Generated columns may be left out: a row class that has them would try to write them.
    """
    classes = row_classes()
    assert len(classes) > 10
    for name, table in classes.items():
        mirrored = {column.name: (plain(column.type), bool(column.nullable)) for column in table.columns}
        stored = {
            row["attname"]: (row["type"], not row["attnotnull"])
            for row in await omnipotent.fetch(
                """SELECT attname, format_type(atttypid, atttypmod) AS type, attnotnull FROM pg_attribute
                   WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
                   AND (attgenerated = '' OR attname = ANY ($2))""",
                name,
                list(mirrored),
            )
        }
        assert stored, f"{name}: no such table"
        assert {n: nullable for n, (_, nullable) in mirrored.items()} == {
            n: nullable for n, (_, nullable) in stored.items()
        }, name
        assert {n: family(kind) for n, (kind, _) in mirrored.items()} == {
            n: family(kind) for n, (kind, _) in stored.items()
        }, name
        key = await omnipotent.fetchval(
            """SELECT array_agg(attname::text ORDER BY array_position(indkey::smallint[], attnum)) FROM pg_index
               JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey::smallint[])
               WHERE indrelid = $1::regclass AND indisprimary""",
            name,
        )
        assert {column.name for column in table.primary_key} == set(key), name


def family(kind: str) -> str:
    """Integers of all widths are one int to Python."""
    return "integer" if kind in {"smallint", "integer", "bigint"} else kind


def test_migrations_pass_the_linter(tmp_path: Path) -> None:
    """squawk on what offline mode prints. Rules left out, with reasons, stand in .squawk.toml."""
    rendered = subprocess.run(
        [sys.executable, "-c", RENDER, str(MIGRATIONS)], check=True, capture_output=True, text=True, cwd=ROOT
    ).stdout
    assert rendered.count("UPDATE registry.alembic_version") + 1 >= len(VERSIONS)
    script = tmp_path / "migrations.sql"
    script.write_text(rendered)
    linter = Path(sys.executable).with_name("squawk")
    judged = subprocess.run(
        [linter, "--config", ROOT / ".squawk.toml", script],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert judged.returncode == 0, judged.stdout[-3000:] + judged.stderr


RENDER = """
import sys
from alembic import command
from alembic.config import Config
config = Config()
config.set_main_option("script_location", sys.argv[1])
command.upgrade(config, "base:head", sql=True)
"""
