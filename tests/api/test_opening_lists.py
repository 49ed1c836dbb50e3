"""Classes found by words: of their own name, of few institutions or of very many, page by page."""

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from app.access.actor import Permission
from tests.builders.finished_class import FinishedClass, lay_finished_class
from tests.registry_server import Caller, Registry

pytestmark = pytest.mark.anyio

MANY = 230
"""Institutions of one name: more than are looked up before their classes."""
_COLUMNS = """
SELECT string_agg(column_name, ', ') FROM information_schema.columns
WHERE table_schema = 'registry' AND table_name = $1 AND is_generated = 'NEVER'
"""
_ID = "md5('institution' || nth)::uuid"


async def copied(owner: asyncpg.Connection, table: str, source: str, given: dict[str, str]) -> None:
    """Copies of one row, as many as ``MANY``, each with values of its own."""
    columns = await owner.fetchval(_COLUMNS, table)
    taken = ", ".join(given.get(column, f"source.{column}") for column in columns.split(", "))
    await owner.execute(
        f"INSERT INTO {table} ({columns}) SELECT {taken} FROM {table} AS source, generate_series(1, {MANY}) AS nth"
        f" WHERE {source}"
    )


async def lay(registry: Registry) -> FinishedClass:
    """One institution more than 200 times, with one class each; every seventh class has a word of its own."""
    laid = await lay_finished_class(registry)
    owner = await registry.owner()
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        await copied(
            owner,
            "training_institution",
            f"institution_id = '{laid.institution_id}'",
            {
                "institution_id": _ID,
                "unified_social_credit_code": "'52110000MA' || lpad(nth::text, 8, '0')",
                "name": "'康乐' || nth || CASE WHEN nth % 50 = 3 THEN '凤凰' ELSE '' END || '职业培训学校'",
            },
        )
        await copied(
            owner,
            "course_opening",
            f"opening_id = '{laid.opening_id}'",
            {
                "opening_id": "md5('opening' || nth)::uuid",
                "institution_id": _ID,
                "name": "CASE WHEN nth % 7 = 0 THEN '家政100%班' ELSE '焊工班' END",
                "created_at": "registry_now() - nth * interval '1 hour'",
            },
        )
    return laid


async def found(caller: Caller, text: str, limit: int = 200) -> list[str]:
    """Ids of all pages, in order."""
    ids: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await caller.get("/v1/openings", params={"text": text, "limit": limit, **cursor})
        assert answer.status_code == 200, answer.text
        ids += [item["opening_id"] for item in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            return ids
        cursor = {"cursor": answer.json()["next_cursor"]}


async def expected(registry: Registry, condition: str) -> list[str]:
    owner = await registry.owner()
    rows = await owner.fetch(
        "SELECT opening_id FROM course_opening AS class JOIN training_institution AS school USING (institution_id)"
        f" WHERE {condition} ORDER BY class.created_at DESC, opening_id DESC"
    )
    return [str(row["opening_id"]) for row in rows]


async def test_words_find_classes_and_institutions_however_many_there_are(registry: Registry) -> None:
    await lay(registry)
    officer = await registry.officer(Permission.FILING)
    asked = {
        "家政": "class.name LIKE '%家政%'",
        "100%班": r"class.name LIKE '%100\%班%'",
        "凤凰": "school.name LIKE '%凤凰%'",
        "职业培训": "school.name LIKE '%职业培训%'",
        "班": "true",
        "没有这个词": "false",
    }
    for text, condition in asked.items():
        assert await found(officer, text) == await expected(registry, condition), text
    assert await found(officer, "凤凰", limit=2) == await expected(registry, "school.name LIKE '%凤凰%'")


async def test_an_institution_finds_its_own_only(registry: Registry) -> None:
    laid = await lay(registry)
    operator = laid.operator
    assert await found(operator, "家政") == []
    assert await found(operator, "职业培训") == [str(laid.opening_id)]
    elsewhere = await registry.officer(Permission.FILING, division_code="310115")
    assert await found(elsewhere, str(uuid7())[:8]) == await found(elsewhere, "班") == []
