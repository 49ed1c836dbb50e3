"""The doors of completion: whoever closes a class or appends to the archive names a class and persons, nothing else."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from tests.builders.finished_class import FinishedClass, Trainee, lay_finished_class
from tests.database.breaking import rolled_back
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

APPEND = "SELECT * FROM append_completions($1, $2, $3::uuid[], $4::uuid[], $5::text[])"


@asynccontextmanager
async def as_institution(owner: asyncpg.Connection, *, first: str = "SELECT 1") -> AsyncIterator[None]:
    """The channel of institutions; ``first`` is done by the superuser. Nothing stays."""
    async with rolled_back(owner):
        await owner.execute(first)
        await owner.execute("SET LOCAL SESSION AUTHORIZATION app_inst")
        yield


async def close(owner: asyncpg.Connection, laid: FinishedClass) -> bool:
    return bool(
        await owner.fetchval(
            "SELECT close_opening($1, $2)", laid.operator.actor.principal_id, laid.opening_id
        )
    )


async def append(
    owner: asyncpg.Connection, laid: FinishedClass, *persons: UUID, division: str = "110105"
) -> list[Any]:
    year = await owner.fetchval("SELECT extract(year FROM law_date(registry_now()))::integer")
    rows: list[Any] = await owner.fetch(
        APPEND,
        laid.operator.actor.principal_id,
        laid.opening_id,
        list(persons),
        [uuid7() for _ in persons],
        [f"R{division}-{year}-{serial:08}-X" for serial, _ in enumerate(persons)],
    )
    return rows


@contextmanager
def refusing(constraint: str) -> Iterator[None]:
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        yield
    assert refused.value.constraint_name == constraint


async def test_an_entry_says_what_its_evidence_says(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [Trainee(credited_minutes=200)])
    owner = await registry.owner()
    async with as_institution(owner):
        assert await close(owner, laid)
        assert len(await append(owner, laid, *laid.persons)) == 1
        assert await append(owner, laid, *laid.persons) == [], "a repeat appends nothing"
        entry = await owner.fetchrow("SELECT * FROM record_entry")
        held = await owner.fetchrow(
            "SELECT program_id, program_version, institution_id, division_code, training_institution.name AS"
            " institution_name FROM course_opening JOIN training_institution USING (institution_id, division_code)"
        )
        assert {name: entry[name] for name in dict(held)} == dict(held)
        assert (entry["planned_minutes"], entry["credited_minutes"], entry["score_hundredths"]) == (
            240,
            200,
            8800,
        )
        assert (entry["outcome"], entry["attempt"], entry["program_name"]) == ("pass", 1, "测试项目")
        starts_on = await owner.fetchval("SELECT law_date(starts_at) FROM course_session")
        assert entry["starts_on"] == starts_on


async def test_a_class_is_closed_after_its_last_session(registry: Registry) -> None:
    laid, owner = await lay_finished_class(registry), await registry.owner()
    one_more = """
        ALTER TABLE course_session DISABLE TRIGGER filed_stays;
        INSERT INTO course_session (opening_id, teacher_id, starts_at, ends_at, hours_kind, delivery, venue)
        SELECT opening_id, teacher_id, registry_now() - interval '1 hour', registry_now() + interval '1 minute',
          'practice', 'onsite', '测试教室' FROM course_session"""
    async with as_institution(owner, first=one_more):
        with refusing("opening_closure_sessions_over"):
            await close(owner, laid)


@pytest.mark.parametrize("trainee", [Trainee(outcome=None), Trainee(is_confirmed=False)])
async def test_a_class_is_closed_when_everybody_has_a_confirmed_outcome(
    registry: Registry, trainee: Trainee
) -> None:
    laid = await lay_finished_class(registry, [Trainee(serial=950), trainee])
    owner = await registry.owner()
    async with as_institution(owner):
        with refusing("opening_closure_outcomes_confirmed"):
            await close(owner, laid)


async def test_a_class_is_closed_once_and_by_its_own_institution(registry: Registry) -> None:
    laid, owner = await lay_finished_class(registry), await registry.owner()
    stranger = await lay_finished_class(registry, [Trainee(serial=950)])
    async with as_institution(owner):
        foreign = FinishedClass(
            laid.institution_id, laid.opening_id, stranger.operator, laid.officer, laid.second_operator
        )
        assert not await close(owner, foreign)
        assert await close(owner, laid)
        assert not await close(owner, laid)
        with refusing("record_entry_closed_class"):
            await append(owner, foreign, *laid.persons)


async def test_nothing_is_appended_before_the_class_is_closed(registry: Registry) -> None:
    laid, owner = await lay_finished_class(registry), await registry.owner()
    async with as_institution(owner):
        with refusing("record_entry_closed_class"):
            await append(owner, laid, *laid.persons)


@pytest.mark.parametrize(
    ("trainee", "first"),
    [
        (Trainee(outcome="fail"), "SELECT 1"),
        (Trainee(outcome="absent"), "SELECT 1"),
        (Trainee(state="unavailable"), "SELECT 1"),
        (
            Trainee(),
            "ALTER TABLE opening_part DISABLE TRIGGER filed_part_stays;"
            "UPDATE opening_part SET content = '{\"pass_score\": 89}'",
        ),
    ],
    ids=["failed", "absent", "not matched", "passed below the filed mark"],
)
async def test_nobody_gets_an_entry_without_having_earned_it(
    registry: Registry, trainee: Trainee, first: str
) -> None:
    laid, owner = await lay_finished_class(registry, [trainee]), await registry.owner()
    async with as_institution(owner, first=first):
        assert await close(owner, laid)
        with refusing("record_entry_earned"):
            await append(owner, laid, *laid.persons)


async def test_a_record_number_is_of_the_division_of_its_class(registry: Registry) -> None:
    laid, owner = await lay_finished_class(registry), await registry.owner()
    async with as_institution(owner):
        assert await close(owner, laid)
        with refusing("record_number_of_class"):
            await append(owner, laid, *laid.persons, division="440000")
