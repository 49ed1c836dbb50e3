"""Publishing: an edition is stored once, places follow the book, and nothing is decided by an unpublished book."""

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import asyncpg
import pytest
import rfc8785
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool
from typer.testing import CliRunner

from app.access.actor import SYSTEM_ACTOR
from app.access.unit import Unit
from app.commands.policy import app as policy_commands
from app.db.roles import DatabaseRole
from app.kernel.clock import utc_now
from app.kernel.errors import Refused
from app.policy.actions.publish_edition import publish_edition
from app.policy.book import PolicyBook
from app.policy.editions import edition_content, packaged_digest
from app.policy.loader import packaged_book
from app.policy.queries import current_edition
from app.subsidies.entitlements.rules.facts import ClaimFacts
from tests.claim_cases import base
from tests.registry_server import Cluster

pytestmark = pytest.mark.anyio


@pytest.fixture
async def owner(cluster: Cluster) -> AsyncIterator[AsyncSession]:
    """A transaction as ``registry_owner`` that is rolled back."""
    engine = create_async_engine(cluster.settings.database_url(DatabaseRole.MIGRATOR), poolclass=NullPool)
    async with AsyncSession(engine) as session:
        await session.execute(text("SET LOCAL ROLE registry_owner"))
        yield session
        await session.rollback()
    await engine.dispose()


def stricter() -> PolicyBook:
    """The packaged book with two places a year instead of three for training."""
    book = packaged_book()
    return PolicyBook(
        book.keys.values(),
        [
            replace(value, value=2) if value.key.key == "training_yearly_cap" and value.value == 3 else value
            for value in book.all_values()
        ],
    )


async def training_caps(session: AsyncSession) -> list[int]:
    caps = await session.execute(
        text("SELECT cap FROM slot_rule WHERE slot_group = 'training' ORDER BY lower(in_force)")
    )
    return list(caps.scalars())


async def money_of(session: AsyncSession, kind: str) -> list[str]:
    """What may pay a kind in the nation now, as the order door reads it."""
    sources = await session.execute(
        text(
            "SELECT sources FROM funding_rule WHERE kind = :kind AND division_code = '000000' AND upper_inf(in_force)"
        ),
        {"kind": kind},
    )
    return list(sources.scalar_one())


async def test_whoever_migrates_has_published(owner: AsyncSession) -> None:
    edition_id = await current_edition(Unit(owner, SYSTEM_ACTOR, utc_now()))
    stored = (
        await owner.execute(
            text("SELECT content_digest, content FROM policy_edition WHERE edition_id = :id"),
            {"id": edition_id},
        )
    ).one()
    assert stored.content_digest == packaged_digest()
    assert stored.content == edition_content(packaged_book())
    assert hashlib.sha256(rfc8785.dumps(stored.content)).digest() == stored.content_digest
    assert await training_caps(owner) == [99, 3]
    assert await money_of(owner, "skill_upgrade") == ["unemployment_insurance"]
    assert "unemployment_insurance" not in await money_of(owner, "living_allowance")


async def test_the_same_book_again_changes_nothing(owner: AsyncSession) -> None:
    before = (await owner.execute(text("SELECT xmin::text, * FROM slot_rule ORDER BY 2, 3, 4"))).all()
    again = await publish_edition(owner, packaged_book(), published_by="test")
    assert (again.is_new, again.rules_written, again.digest) == (False, 0, packaged_digest())
    assert (await owner.execute(text("SELECT xmin::text, * FROM slot_rule ORDER BY 2, 3, 4"))).all() == before


async def test_another_book_takes_the_places_and_the_former_gets_them_back(owner: AsyncSession) -> None:
    first = await current_edition(Unit(owner, SYSTEM_ACTOR, utc_now()))
    other = await publish_edition(owner, stricter(), published_by="test")
    assert other.is_new
    assert other.edition_id != first
    assert await training_caps(owner) == [99, 2]
    # A process decides by its own book, so its decisions go on naming the edition of that book.
    assert await current_edition(Unit(owner, SYSTEM_ACTOR, utc_now())) == first
    back = await publish_edition(owner, packaged_book(), published_by="test")
    assert (back.edition_id, back.is_new) == (first, False)
    assert await training_caps(owner) == [99, 3]


async def test_nothing_is_decided_by_a_book_nobody_published(owner: AsyncSession) -> None:
    await owner.execute(text("ALTER TABLE policy_edition DISABLE TRIGGER append_only"))
    await owner.execute(text("DELETE FROM slot_rule"))
    await owner.execute(text("DELETE FROM funding_rule"))
    await owner.execute(text("DELETE FROM policy_edition"))
    with pytest.raises(Refused) as refused:
        await current_edition(Unit(owner, SYSTEM_ACTOR, utc_now()))
    assert refused.value.code == "policy_not_published"


async def lay_review(cluster: Cluster, database: str) -> None:
    """A review of facts of the decision cases, without the claim it belongs to."""
    document = {"facts": TypeAdapter(ClaimFacts).dump_python(base("upgrade"), mode="json"), "attested": []}
    admin = await asyncpg.connect(cluster.address.dsn(database), server_settings={"search_path": "registry"})
    try:
        await admin.execute("ALTER TABLE claim_review DISABLE TRIGGER ALL")
        await admin.execute(
            "INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id,"
            " reviewed_by) SELECT uuidv7(), uuidv7(), 1, 'eligible', 1, $1::jsonb, '[{}]', uuidv7(), uuidv7()",
            json.dumps(document),
        )
    finally:
        await admin.close()


async def test_the_command_publishes_compares_and_counts(
    cluster: Cluster, database: str, tmp_path: Path
) -> None:
    await lay_review(cluster, database)
    address = cluster.address
    environment = {
        "REGISTRY_EVALUATION": "true",
        "REGISTRY_DATA_DIR": str(tmp_path),
        "REGISTRY_DATABASE_URL": f"postgresql://{address.host}:{address.port}/{database}",
        "REGISTRY_ROLE_PASSWORDS": json.dumps({role: f"test-{role}" for role in DatabaseRole}),
    }

    def run(*arguments: str) -> str:
        outcome = CliRunner().invoke(
            policy_commands, list(arguments), env=environment, catch_exceptions=False
        )
        assert outcome.exit_code == 0, outcome.output
        return outcome.output

    published = await asyncio.to_thread(run, "publish")
    assert "没有变化" in published
    assert packaged_digest().hex() in published
    edition_id = published.split()[1]
    assert await asyncio.to_thread(run, "diff", edition_id, "packaged") == "没有差别。\n"
    bundles = tmp_path / "bundles"
    shutil.copytree(str(files("app.policy") / "bundles"), bundles)
    national = bundles / "national-skill-upgrade.yaml"
    national.write_text(national.read_text(encoding="utf-8").replace("level_4: 150000", "level_4: 140000", 1))
    told = (await asyncio.to_thread(run, "diff", edition_id, str(bundles), "--affected")).splitlines()
    assert told[0].endswith("五级/初级工1000.00元；四级/中级工1400.00元；三级/高级工2000.00元")
    assert told[2].endswith("技能提升补贴：共1件，金额减少1件，合计变化-100.00元")
    assert told[3] == "重新计算已审核的申领1件，受影响1件。"
