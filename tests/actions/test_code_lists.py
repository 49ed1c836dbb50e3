"""Code lists in PostgreSQL: filled when migrating, replaced by official lists, written by the owner alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool
from typer.testing import CliRunner

from app.commands.imports import app as import_commands
from app.db.roles import DatabaseRole
from app.kernel.errors import InvalidInput
from app.reference.actions.import_calendar import import_calendar
from app.reference.actions.import_divisions import import_divisions
from app.reference.actions.import_occupations import import_occupations
from app.reference.actions.load_packaged_lists import load_packaged_lists
from app.reference.actions.record_load import Provenance
from app.reference.calendar import HolidaySchedule, is_working_day, schedules
from app.reference.divisions import divisions, name_of
from app.reference.occupations import Confidence, Edition, occupations
from app.reference.queries import adopt_lists, list_loads, read_divisions, read_occupations, read_schedules
from app.reference.rules import ListRow
from app.settings import Settings
from tests.registry_server import Cluster

pytestmark = pytest.mark.anyio

DAY = date(2026, 6, 30)
PROVENANCE = Provenance(edition="2026-06-30", source="测试名单", content_sha256="0" * 64, loaded_by="test")
EDITION = Edition(
    edition=2030,
    title="测试大典",
    published_on=date(2030, 1, 1),
    occupation_count=None,
    source="测试名单",
    confidence=Confidence.OFFICIAL,
)
READERS = sorted(set(DatabaseRole) - {DatabaseRole.MIGRATOR})
LISTS = (
    "division_code",
    "division",
    "occupation_edition",
    "occupation",
    "occupation_trade",
    "occupation_crossing",
    "benefit_line",
    "skill_level",
    "key_group",
    "training_type",
    "training_mode",
    "code_list_load",
    "holiday_schedule",
)


@pytest.fixture
def deployment(cluster: Cluster, database: str) -> Settings:
    """A deployment on a database of this test alone."""
    address = cluster.address
    url = f"postgresql://{address.host}:{address.port}/{database}"
    return cluster.settings.model_copy(update={"database_base_url": url})


@pytest.fixture
async def owner(cluster: Cluster) -> AsyncIterator[AsyncSession]:
    """A transaction as ``registry_owner`` that is rolled back."""
    engine = create_async_engine(cluster.settings.database_url(DatabaseRole.MIGRATOR), poolclass=NullPool)
    async with AsyncSession(engine) as session:
        await session.execute(text("SET LOCAL ROLE registry_owner"))
        yield session
        await session.rollback()
    await engine.dispose()


def rows_of(cells: list[tuple[str, ...]], fields: tuple[str, ...] = ("code", "name")) -> list[ListRow]:
    return [
        ListRow(sheet=None, line=line, cells=dict(zip(fields, row, strict=False)))
        for line, row in enumerate(cells, start=2)
    ]


def changed_list() -> list[tuple[str, ...]]:
    cells = {division.code: division.name for division in divisions().packaged().in_force(DAY)}
    del cells["110105"]
    cells |= {"110101": "新东城区", "110199": "新设区"}
    return list(cells.items())


async def test_tables_hold_the_packaged_lists(owner: AsyncSession) -> None:
    stored = await read_divisions(owner)
    assert list(stored.rows()) == list(divisions().packaged().rows())
    known = await read_occupations(owner)
    packaged = occupations().packaged()
    for edition in packaged.editions:
        assert [entry.benefit_line for entry in known.occupations(edition.edition)] == [
            entry.benefit_line for entry in packaged.occupations(edition.edition)
        ]
    counts = {}
    for table in ("skill_level", "key_group", "training_type", "training_mode"):
        counts[table] = (await owner.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
    assert counts == {"skill_level": 9, "key_group": 29, "training_type": 21, "training_mode": 6}


async def test_loading_again_changes_nothing(owner: AsyncSession) -> None:
    assert await load_packaged_lists(owner, loaded_by="test") == 0
    assert len(await list_loads(owner)) == 1


async def test_new_edition_adds_renames_and_ends(owner: AsyncSession) -> None:
    changes = await import_divisions(owner, rows_of(changed_list()), edition_on=DAY, provenance=PROVENANCE)
    assert changes.count == 4
    stored = await read_divisions(owner)
    assert stored.name_of("110101", date(2026, 6, 29)) == "东城区"
    assert stored.name_of("110101", DAY) == "新东城区"
    assert stored.name_of("110105", date(2026, 6, 29)) == "朝阳区"
    assert stored.name_of("110105", DAY) is None
    assert stored.name_of("110199", DAY) == "新设区"
    newest = (await list_loads(owner))[0]
    assert (newest.list, newest.rows_changed, newest.loaded_by) == ("divisions", 4, "test")


async def test_packaged_lists_never_undo_an_import(owner: AsyncSession) -> None:
    await import_divisions(owner, rows_of(changed_list()), edition_on=DAY, provenance=PROVENANCE)
    imported = list((await read_divisions(owner)).rows())
    await owner.execute(text("ALTER TABLE code_list_load DISABLE TRIGGER append_only"))
    await owner.execute(text("DELETE FROM code_list_load WHERE list = 'packaged'"))
    assert await load_packaged_lists(owner, loaded_by="test") > 0
    assert list((await read_divisions(owner)).rows()) == imported


async def test_bad_list_stores_nothing(owner: AsyncSession) -> None:
    with pytest.raises(InvalidInput) as refused:
        await import_divisions(
            owner,
            rows_of([*changed_list(), ("1101", "短"), ("110198", "")]),
            edition_on=DAY,
            provenance=PROVENANCE,
        )
    assert len(refused.value.reasons) == 2
    assert len(await list_loads(owner)) == 1


async def test_import_of_a_dictionary_carries_lines_and_splits(owner: AsyncSession) -> None:
    rows = rows_of(
        [
            ("4-88-88-01", "养老照护师", "甲工种、乙工种", "4-10-01-05", "更名"),
            ("4-88-88-02", "焊接甲", "", "6-18-02-04", "拆分"),
            ("4-88-88-03", "焊接乙", "", "6-18-02-04", "拆分"),
            ("4-88-88-04", "全新职业", "", "", ""),
        ],
        ("code", "name", "trades", "former_code", "relation"),
    )
    written = await import_occupations(
        owner, rows, edition=EDITION, former_edition=2022, provenance=PROVENANCE
    )
    assert written == 4 + 2 + 3
    known = await read_occupations(owner)
    lines = [entry.benefit_line for entry in known.occupations(2030)]
    assert lines == ["2015:4-10-01-05", "2030:4-88-88-02", "2030:4-88-88-03", "2030:4-88-88-04"]
    assert [crossing.is_settled for crossing in known.crossings_of(2022, "6-18-02-04")].count(False) == 2
    again = await import_occupations(owner, rows, edition=EDITION, former_edition=2022, provenance=PROVENANCE)
    assert again == 0


async def test_official_row_is_not_overwritten_by_a_recalled_one(owner: AsyncSession) -> None:
    rows = rows_of([("4-10-01-05", "养老护理员（官方）")])
    edition = Edition(
        edition=2022,
        title="官方",
        published_on=date(2022, 9, 28),
        occupation_count=1639,
        source="官方",
        confidence=Confidence.OFFICIAL,
    )
    await import_occupations(owner, rows, edition=edition, former_edition=None, provenance=PROVENANCE)
    await owner.execute(text("ALTER TABLE code_list_load DISABLE TRIGGER append_only"))
    await owner.execute(text("DELETE FROM code_list_load WHERE list = 'packaged'"))
    await load_packaged_lists(owner, loaded_by="test")
    entry = (await read_occupations(owner)).find(2022, "4-10-01-05")
    assert entry is not None
    assert (entry.name, entry.confidence) == ("养老护理员（官方）", Confidence.OFFICIAL)
    assert entry.benefit_line == "2015:4-10-01-05"


async def test_process_adopts_an_import_once(owner: AsyncSession) -> None:
    first = await adopt_lists(owner)
    try:
        await import_divisions(owner, rows_of(changed_list()), edition_on=DAY, provenance=PROVENANCE)
        assert name_of("110101", DAY) == "东城区"
        second = await adopt_lists(owner, already=first)
        assert second != first
        assert name_of("110101", DAY) == "新东城区"
        adopted = divisions().get()
        assert await adopt_lists(owner, already=second) == second
        assert divisions().get() is adopted, "what is held already is not read again"
    finally:
        divisions().forget()
        occupations().forget()


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        ("division_pkey", "INSERT INTO division VALUES ('110105', '[2020-01-01,)', '别名', 'county', 's', 'imported')"),
        ("division_code_fkey", "INSERT INTO division VALUES ('990001', '[,)', '名', 'county', 's', 'imported')"),
        ("division_level_fits_code", "UPDATE division SET level = 'county' WHERE code = '110000'"),
        ("division_not_nation", "INSERT INTO division VALUES ('000000', '[,)', '名', 'province', 's', 'imported')"),
        ("division_code_form", "INSERT INTO division_code VALUES ('1101')"),
        ("occupation_line_once_per_edition", "UPDATE occupation SET benefit_line = '2015:4-10-01-05'"
         " WHERE edition = 2022 AND code = '4-10-01-06'"),
        ("occupation_code_form", "UPDATE occupation SET code = '9-10-01-05' WHERE code = '4-01-06-02'"),
        ("occupation_crossing_forward", "INSERT INTO occupation_crossing"
         " VALUES (2022, '4-10-01-05', 2015, '4-10-01-05', 'same', 's')"),
        ("benefit_line_append_only", "DELETE FROM benefit_line"),
        ("code_list_load_append_only", "UPDATE code_list_load SET loaded_by = 'x'"),
        ("skill_level_number_runs_backwards", "UPDATE skill_level SET national_number = 5 WHERE code = 'level_4'"),
        ("skill_level_none_is_lowest", "UPDATE skill_level SET code = 'zero' WHERE code = 'none'"),
        ("key_group_sourced", "UPDATE key_group SET clause = '' WHERE code = 'veteran'"),
    ],
)  # fmt: skip
async def test_constraints_refuse(owner: AsyncSession, constraint: str, statement: str) -> None:
    with pytest.raises(IntegrityError) as refused:
        await owner.execute(text(statement))
    assert refused.value.orig is not None
    assert constraint in (
        str(refused.value.orig),
        getattr(refused.value.orig.__cause__, "constraint_name", ""),
    )


@pytest.mark.parametrize("role", READERS)
async def test_no_other_role_writes_a_list(cluster: Cluster, role: str) -> None:
    engine = create_async_engine(cluster.settings.database_url(role), poolclass=NullPool)
    async with engine.connect() as connection:
        for table in LISTS:
            rows = (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            # A notice on holidays is loaded when there is one; all other lists come with the product.
            assert (rows > 0) is (table != "holiday_schedule")
            for statement in (
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"INSERT INTO {table} DEFAULT VALUES",
            ):
                attempt = await connection.begin_nested()
                with pytest.raises(DBAPIError, match="permission denied"):
                    await connection.execute(text(statement))
                await attempt.rollback()
    await engine.dispose()


def environment_of(deployment: Settings) -> dict[str, str]:
    return {
        "REGISTRY_DATABASE_URL": deployment.database_base_url or "",
        "REGISTRY_ROLE_PASSWORDS": json.dumps(
            {role: secret.get_secret_value() for role, secret in deployment.role_passwords.items()}
        ),
    }


async def test_command_tells_every_defect_and_stores_nothing(deployment: Settings, tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text("职业名单\n职业编码,职业名称\n9-01-01-01,甲\n4-01-01-01,\n", encoding="utf-8")
    arguments = ["occupations", str(file), "--source", "测试", "--edition", "2031", "--title", "测试"]
    outcome = await asyncio.to_thread(
        CliRunner().invoke,
        import_commands,
        [*arguments, "--published-on", "2031-01-01"],
        env=environment_of(deployment),
    )
    assert outcome.exit_code == 2
    assert "第3行" in outcome.stderr
    assert "第4行" in outcome.stderr
    assert "共 2 处问题" in outcome.stderr
    assert outcome.stdout == ""


async def test_command_imports_a_file(deployment: Settings, tmp_path: Path) -> None:
    file = tmp_path / "名单.csv"
    file.write_text("职业编码,职业名称,工种\n4-77-77-01,命令行职业,甲工种\n", encoding="gb18030")
    arguments = ["occupations", str(file), "--source", "测试", "--edition", "1999", "--title", "测试"]
    outcome = await asyncio.to_thread(
        CliRunner().invoke,
        import_commands,
        [*arguments, "--published-on", "1999-05-01"],
        env=environment_of(deployment),
    )
    assert outcome.exit_code == 0, outcome.stderr
    assert "已导入 1 行：共 1 个职业，写入 2 行。" in outcome.stdout


def notice_file(folder: Path, *, days: int = 13) -> Path:
    """A holiday notice of 2027 as a file; with fewer days it is not whole."""
    fixed = ["2027-01-01", "2027-05-01", "2027-05-02", "2027-10-01", "2027-10-02", "2027-10-03"]
    spring = [f"2027-02-{day:02}" for day in range(5, 12)]
    lines = ["日期,安排", *(f"{day},放假" for day in [*fixed, *spring][:days]), "2027-02-13,上班"]
    file = folder / "notice.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


async def test_command_imports_a_holiday_notice_whole_or_not_at_all(
    deployment: Settings, tmp_path: Path
) -> None:
    arguments = ["--year", "2027", "--document", "国办发明电〔2026〕测试号", "--published-on", "2026-11-01"]
    told = []
    for days in (12, 13):
        outcome = await asyncio.to_thread(
            CliRunner().invoke,
            import_commands,
            ["calendar", str(notice_file(tmp_path, days=days)), *arguments],
            env=environment_of(deployment),
        )
        told.append((outcome.exit_code, outcome.stdout + outcome.stderr))
    assert (told[0][0], told[1][0]) == (2, 0), told
    assert "名单不全" in told[0][1]
    assert "2027年放假13天，调休上班1天" in told[1][1]


async def test_a_loaded_holiday_notice_is_adopted_and_a_later_one_wins(owner: AsyncSession) -> None:
    year = 2031
    off = frozenset(date(year, *day) for day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)))
    first = HolidaySchedule(
        year=year, off=off, worked=frozenset(), document="测试1号", published_on=date(2030, 11, 1)
    )
    corrected = replace(first, off=off | {date(year, 1, 2)}, document="测试2号")
    try:
        await import_calendar(owner, first, provenance=PROVENANCE)
        seen = await adopt_lists(owner)
        assert is_working_day(date(year, 1, 2))
        await import_calendar(owner, corrected, provenance=PROVENANCE)
        assert await adopt_lists(owner, already=seen) != seen
        assert not is_working_day(date(year, 1, 2))
        (schedule,) = (await read_schedules(owner)).by_year.values()
        assert schedule == corrected
    finally:
        for adopted in (schedules(), divisions(), occupations()):
            adopted.forget()
