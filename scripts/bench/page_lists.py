"""Whether the list pages stay flat: the same pages with a thousand and with a million records of each kind.

Institutions, programs, classes, claims and notices are laid by SQL past the doors (as superuser, without triggers): it
is their number that is wanted. Each page is asked for through the application, alone, and the median of its times is
told for both sizes with their ratio. Goal: no page slower than 150 ms, none more than three times as slow as with a
thousand (or 30 ms, whichever is more: below that a ratio tells nothing).

With ``--keep`` the laid cluster stays in a folder, and another run with the same folder only asks the pages again.

    python scripts/bench/page_lists.py [--small 1000] [--large 1000000] [--times 15] [--keep FOLDER] [--json]
"""

import argparse
import asyncio
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.access.actor import Permission
from app.db.embedded import EmbeddedPostgres
from tests.builders.finished_class import lay_finished_class
from tests.builders.payments import granted, lay_paying
from tests.portals.form_client import FormClient
from tests.registry_server import TEMPLATE, Cluster, Registry, laid_out, open_registry
from tests.sandbox_server import running_sandbox

GOAL_MS, GOAL_RATIO, GOAL_FLOOR_MS = 150.0, 3.0, 30.0
_ID = (
    "(lpad(to_hex(1600000000000 + nth * 20000), 12, '0') || '7' || lpad(to_hex(nth * 7919 % 4096), 3, '0') || '8'"
    " || left(md5(nth::text), 15))::uuid"
)
"""As ``uuidv7()`` makes them: the indexes of periods tell ids apart by their first bits, which hold the time."""
_PLACE = "($1::text[])[1 + nth * 7919 % cardinality($1::text[])]"
_TRADE = "($2::text[])[1 + nth * 104729 % cardinality($2::text[])]"
_WORD = "(ARRAY['康乐','安平','同心','启明','远航','长青','博学','新程','和顺','金桥'])[1 + nth * 31 % 10]"
_NAME = f"CASE WHEN nth % 50000 = 77 THEN '凤凰' ELSE '' END || {_WORD} || nth || '{{}}'"
_SCHOOL = _NAME.format("职业技能培训学校")
_PROGRAM = _NAME.format("岗位技能提升培训")
_CLASS = _NAME.format("培训班")
_AGED = "registry_now() - nth * interval '20 seconds'"
_WAITS = "(nth % 500 = 0 OR nth <= 500)"
"""One class of five hundred waits to be put on record, one claim of five hundred to be reviewed; of the first thousand
every other, so that a page of them is as full with few as with many."""
_OPENS = "nth % 50000 = 0"
_LAID: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "training_institution",
        {
            "institution_id": _ID,
            "unified_social_credit_code": "'52110000MA' || lpad(nth::text, 8, '0')",
            "name": _SCHOOL,
            "division_code": _PLACE,
        },
    ),
    ("institution_standing", {"institution_id": _ID}),
    ("training_program", {"program_id": _ID, "division_code": _PLACE}),
    (
        "training_program_version",
        {"program_id": _ID, "name": _PROGRAM, "occupation_edition": "2022", "occupation_code": _TRADE},
    ),
    (
        "course_opening",
        {
            "opening_id": _ID,
            "institution_id": _ID,
            "program_id": _ID,
            "name": _CLASS,
            "division_code": _PLACE,
            "created_at": _AGED,
            "state": f"CASE WHEN {_WAITS} THEN 'filed' ELSE 'closed' END",
            "on_record_at": f"CASE WHEN {_WAITS} THEN NULL ELSE {_AGED} END",
            "closed_at": f"CASE WHEN {_WAITS} THEN NULL ELSE {_AGED} END",
        },
    ),
    (
        "opening_filing",
        {
            "opening_id": _ID,
            "institution_id": _ID,
            "program_id": _ID,
            "filed_at": _AGED,
            "first_session_at": f"{_AGED} + interval '20 days'",
        },
    ),
    (
        "claim",
        {
            "person_id": _ID,
            "claim_id": _ID,
            "entry_id": _ID,
            "key_id": _ID,
            "slot_id": _ID,
            "account_id": _ID,
            "claim_number": "'S110105-2023-' || lpad(nth::text, 8, '0')",
            "division_code": _PLACE,
            "submitted_at": _AGED,
            "state_since": _AGED,
            "state": f"CASE WHEN {_WAITS} THEN 'accepted' ELSE 'paid' END",
        },
    ),
    (
        "public_notice",
        {
            "notice_id": _ID,
            "division_code": _PLACE,
            "published_at": _AGED,
            "starts_on": f"law_date(CASE WHEN {_OPENS} THEN registry_now() ELSE {_AGED} - interval '30 days' END)",
            "ends_on": f"law_date(CASE WHEN {_OPENS} THEN registry_now() ELSE {_AGED} - interval '20 days' END) + 7",
        },
    ),
)
"""Tables, and what each copy of the one row that builders laid has of its own."""
_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'registry' AND table_name = $1 AND is_generated = 'NEVER' AND identity_generation IS NULL
"""
_INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE '%name_grams'"
FREQUENT, RARE = "培训", "凤凰"
_PUBLIC = (
    "/programs",
    f"/programs?text={FREQUENT}",
    f"/programs?text={RARE}",
    "/programs?text=没有这个词",
    "/programs?division=330106",
    "/programs?division=330000&text=凤",
    "/programs?occupation=4-14-01-02",
    "/institutions",
    f"/institutions?text={FREQUENT}",
    f"/institutions?text={RARE}",
    "/institutions?text=77777职业",
    "/institutions?division=330106",
    "/notices",
    "/notices?division=330000",
)
_OFFICE = (
    "/office",
    "/office/claims",
    "/office/claims?state=paid",
    "/office/openings",
    "/office/openings?state=closed",
    f"/office/openings?text={RARE}",
    "/office/openings?text=没有这个词",
    f"/office/openings?state=closed&text={FREQUENT}",
    f"/office/openings?state=closed&text={RARE}",
    "/office/openings?state=closed&text=没有这个词",
    "/office/notices/new",
    "/office/directory",
    f"/office/directory?text={RARE}",
    f"/office/directory/programs?text={RARE}",
)
_INSTITUTION = (
    "/institution",
    "/institution/openings",
    f"/institution/openings?text={RARE}",
    "/institution/claims",
)
_EVERYWHERE = (
    "/office",
    "/office/claims",
    "/office/claims?state=paid",
    "/office/openings",
    "/office/openings?state=closed",
)
_OFFICERS = {"": "330000", " (nation)": "000000", " (county)": "330106"}
"""The areas of three officers, by what is told behind the address."""
_NOTES = "laid.json"


async def lay(owner: asyncpg.Connection, first: int, last: int, sources: dict[str, UUID]) -> None:
    """Copies ``first`` to ``last`` of one row of each table."""
    places = await owner.fetchval(
        "SELECT array_agg(code ORDER BY code) FROM division_code WHERE code NOT LIKE '%00' AND code < '700000'"
    )
    trades = await owner.fetchval("SELECT array_agg(code ORDER BY code) FROM occupation WHERE edition = 2022")
    slow = await owner.fetch(_INDEXES)
    await owner.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
    for index in slow:
        await owner.execute(f"DROP INDEX {index['indexname']}")
    for table, own in _LAID:
        columns = [row["column_name"] for row in await owner.fetch(_COLUMNS, table)]
        taken = ", ".join(own.get(column, f"source.{column}") for column in columns)
        key = next(iter(own))
        await owner.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM (SELECT * FROM {table}"  # noqa: S608
            f" WHERE {key} = '{sources[table]}' LIMIT 1) AS source, generate_series({first}::bigint, {last}) AS nth"
            f" WHERE cardinality($1::text[]) > 0 AND cardinality($2::text[]) > 0",
            places,
            trades,
        )
    for index in slow:
        await owner.execute(index["indexdef"])
    await owner.execute("RESET session_replication_role")
    await owner.execute("VACUUM ANALYZE")


async def _sources(owner: asyncpg.Connection) -> dict[str, UUID]:
    return {
        table: await owner.fetchval(f"SELECT {next(iter(own))} FROM {table} LIMIT 1")  # noqa: S608
        for table, own in _LAID
    }


async def times_of(registry: Registry, institution_id: UUID, times: int) -> dict[str, float]:
    """Median milliseconds of each page, for three officers and an operator of one institution."""
    public, operator = FormClient(registry), FormClient(registry)
    await operator.sign_in(await registry.operator(institution_id))
    asked = [(public, path, "") for path in _PUBLIC] + [(operator, path, "") for path in _INSTITUTION]
    may = (Permission.FILING, Permission.REVIEW, Permission.APPROVAL, Permission.DIRECTORY)
    for told, division_code in _OFFICERS.items():
        officer = FormClient(registry)
        await officer.sign_in(await granted(registry, *may, division_code=division_code))
        asked += [(officer, path, told) for path in (_EVERYWHERE if told else _OFFICE)]
    return {f"{path}{told}": await _median_of(visitor, path, times) for visitor, path, told in asked}


async def _median_of(visitor: FormClient, path: str, times: int) -> float:
    taken = []
    for _ in range(times + 3):
        begun = time.perf_counter()
        answer = await visitor.get(path)
        taken.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, (path, answer.status_code)
    return statistics.median(taken[3:])


async def measure(cluster: Cluster, folder: Path, small: int, large: int, times: int) -> dict[str, Any]:
    """Both sizes, one after the other in the same database; of a cluster that was kept, the large one anew."""
    notes = folder / _NOTES
    with running_sandbox() as sandbox:
        async with open_registry(cluster, TEMPLATE, sandbox, folder) as registry:
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
            if notes.exists():
                laid = json.loads(notes.read_text())
            else:
                laid = await _lay_both(registry, small, large, times)
                notes.write_text(json.dumps(laid))
            after = await times_of(registry, UUID(laid["institution_id"]), times)
    before = {path: laid["before"].get(path, ms) for path, ms in after.items()}
    return {
        path: {
            "small ms": round(before[path], 1),
            "large ms": round(after[path], 1),
            "ratio": round(after[path] / before[path], 2),
        }
        for path in before
    }


async def _lay_both(registry: Registry, small: int, large: int, times: int) -> dict[str, Any]:
    """Lays the few, asks the pages, lays the many."""
    laid = await lay_finished_class(registry)
    await lay_paying(registry, 1)
    owner = await registry.owner()
    sources = await _sources(owner)
    await lay(owner, 1, small, sources)
    before = await times_of(registry, laid.institution_id, times)
    await lay(owner, small + 1, large, sources)
    return {"institution_id": str(laid.institution_id), "before": before}


@contextmanager
def _cluster(keep: Path | None) -> Iterator[tuple[Cluster, Path]]:
    """A cluster that is deleted after the block, or left in the folder ``keep``."""
    with tempfile.TemporaryDirectory(prefix="page-lists-", ignore_cleanup_errors=True) as name:
        folder = keep or Path(name)
        with laid_out(
            EmbeddedPostgres(folder / "postgres", fast=True), folder, keep=keep is not None
        ) as cluster:
            yield cluster, folder


def is_flat(told: dict[str, float]) -> bool:
    """Whether a page keeps to the goal."""
    return told["large ms"] < GOAL_MS and (
        told["ratio"] <= GOAL_RATIO or told["large ms"] - told["small ms"] < GOAL_FLOOR_MS
    )


def main() -> int:
    """Print the table; 1 when a page is not flat."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--keep", type=Path, help="folder in which the laid cluster is left, or was left")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    with _cluster(given.keep) as (cluster, folder):
        found = asyncio.run(measure(cluster, folder, given.small, given.large, given.times))
    if given.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print(f"{'page':<44} {given.small:>10,} {given.large:>12,}  ratio")
        for path, told in found.items():
            told_of = f"{told['small ms']:>10} {told['large ms']:>12} {told['ratio']:>6}"
            print(f"{path:<44} {told_of}{'' if is_flat(told) else '  not flat'}")
    return 0 if all(map(is_flat, found.values())) else 1


if __name__ == "__main__":
    sys.exit(main())
