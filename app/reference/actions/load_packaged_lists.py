"""Copies the packaged lists into PostgreSQL: part of ``registry migrate``, safe to repeat.

Rows that were imported stand: a packaged division never covers a period an imported one covers, and a
packaged occupation never overwrites an official one. A code is never deleted, because facts may point at
it.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.reference.actions.record_load import Provenance, lock_lists, record_load
from app.reference.actions.store_occupations import store_occupations
from app.reference.divisions import NATION, divisions
from app.reference.key_groups import all_key_groups
from app.reference.occupations import occupations
from app.reference.packaged import FILES, digest_of
from app.reference.skill_levels import SkillLevel, facts_of
from app.reference.training_kinds import all_training_modes, all_training_types


async def load_packaged_lists(session: AsyncSession, *, loaded_by: str) -> int:
    """Bring the tables to the packaged edition; returns rows written, 0 when it was there already.

    Runs in the caller's transaction, as ``registry_owner``.
    """
    await lock_lists(session)
    digest = digest_of(*FILES)
    newest = "SELECT content_sha256 FROM code_list_load WHERE list = 'packaged' ORDER BY load_id DESC LIMIT 1"
    if (await session.execute(text(newest))).scalar() == digest:
        return 0
    packaged = occupations().packaged()
    written = await _write_divisions(session)
    written += await store_occupations(
        session, packaged.editions, list(packaged.all_occupations()), packaged.crosswalk
    )
    written += await _write_small_lists(session)
    provenance = Provenance(
        edition="packaged", source="app/reference/data", content_sha256=digest, loaded_by=loaded_by
    )
    await record_load(
        session, provenance, list_name="packaged", origin="packaged", rows_read=written, rows_changed=written
    )
    return written


async def _write_divisions(session: AsyncSession) -> int:
    rows = list(divisions().packaged().rows())
    await session.execute(
        text(
            "INSERT INTO division_code (code)"
            " SELECT DISTINCT code FROM unnest(CAST(:codes AS text[])) AS code ON CONFLICT DO NOTHING"
        ),
        {"codes": [NATION, *(row.code for row in rows)]},
    )
    await session.execute(text("DELETE FROM division WHERE origin = 'packaged'"))
    written = await session.execute(
        text(
            "INSERT INTO division (code, in_force, name, level, source, origin)"
            " SELECT code, daterange(valid_from, valid_to), name, level, source, 'packaged'"
            " FROM unnest(CAST(:codes AS text[]), CAST(:froms AS date[]), CAST(:tos AS date[]),"
            "   CAST(:names AS text[]), CAST(:levels AS text[]), CAST(:sources AS text[]))"
            "   AS packaged (code, valid_from, valid_to, name, level, source)"
            " WHERE NOT EXISTS (SELECT FROM division AS imported WHERE imported.code = packaged.code)"
            " RETURNING 1"
        ),
        {
            "codes": [row.code for row in rows],
            "froms": [row.valid_from for row in rows],
            "tos": [row.valid_to for row in rows],
            "names": [row.name for row in rows],
            "levels": [row.level.value for row in rows],
            "sources": [row.source for row in rows],
        },
    )
    return len(written.all())


async def _write_small_lists(session: AsyncSession) -> int:
    levels = [
        {
            "code": facts.level.value,
            "rank": facts.rank,
            "name": facts.name,
            "national_number": facts.national_number,
            "is_national_qualification": facts.is_national_qualification,
        }
        for facts in map(facts_of, SkillLevel)
    ]
    groups = [
        {
            "code": group.code,
            "name": group.name,
            "valid_from": group.named.valid_from,
            "within": group.within,
            "is_free_training": group.is_free_training,
            "document": group.named.citation.document,
            "clause": group.named.citation.clause,
        }
        for group in sorted(all_key_groups(), key=lambda group: group.within is not None)
    ]
    types = [
        {
            "code": kind.code,
            "name": kind.name,
            "valid_from": kind.named.valid_from,
            "document": kind.named.citation.document,
            "clause": kind.named.citation.clause,
        }
        for kind in all_training_types()
    ]
    modes = [
        {
            "code": mode.code,
            "name": mode.name,
            "valid_from": mode.named.valid_from,
            "is_online": mode.is_online,
            "document": mode.named.citation.document,
            "clause": mode.named.citation.clause,
        }
        for mode in all_training_modes()
    ]
    for table, entries in (
        ("skill_level", levels),
        ("key_group", groups),
        ("training_type", types),
        ("training_mode", modes),
    ):
        await session.execute(text(_upsert(table, list(entries[0]))), entries)
    return len(levels) + len(groups) + len(types) + len(modes)


def _upsert(table: str, columns: list[str]) -> str:
    """An upsert by ``code``; table and columns come from this module only."""
    names = ", ".join(columns)
    values = ", ".join(f":{column}" for column in columns)
    changes = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns if column != "code")
    return f"INSERT INTO {table} ({names}) VALUES ({values}) ON CONFLICT (code) DO UPDATE SET {changes}"  # noqa: S608
