"""Results in the database: a score fits its outcome, nobody confirms the own entry, nothing confirmed changes."""

import asyncpg
import pytest

from tests.builders.attendance import OpenClass, lay_open_class
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


async def entered(registry: Registry) -> OpenClass:
    """A class with one scheduled assessment and one result, entered by the first operator."""
    laid = await lay_open_class(registry)
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO completion_assessment (opening_id, attempt, scheduled_at, venue, method, scheduled_by)"
        " VALUES ($1, 1, registry_now(), '考场', 'theory', $2)",
        laid.opening_id,
        laid.operator.actor.principal_id,
    )
    await insert_result(owner, laid, 1, "pass", 8000)
    return laid


async def insert_result(
    owner: asyncpg.Connection, laid: OpenClass, revision: int, outcome: str, score: int | None
) -> None:
    await owner.execute(
        "INSERT INTO assessment_result (person_id, opening_id, attempt, revision, outcome, score_hundredths,"
        " entered_by) VALUES ($1, $2, 1, $3, $4, $5, $6)",
        laid.persons[0],
        laid.opening_id,
        revision,
        outcome,
        score,
        laid.operator.actor.principal_id,
    )


async def confirm(
    owner: asyncpg.Connection, laid: OpenClass, outcome: str, by: OpenClass | None = None
) -> None:
    confirmed_by = laid.operator if by is laid else laid.second_operator
    await owner.execute(
        "INSERT INTO assessment_confirmation (person_id, opening_id, attempt, revision, outcome, entered_by,"
        " confirmed_by) VALUES ($1, $2, 1, 1, $3, $4, $5)",
        laid.persons[0],
        laid.opening_id,
        outcome,
        laid.operator.actor.principal_id,
        confirmed_by.actor.principal_id,
    )


async def test_nobody_confirms_the_own_entry(registry: Registry) -> None:
    laid, owner = await entered(registry), await registry.owner()
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await confirm(owner, laid, "pass", by=laid)
    assert refused.value.constraint_name == "assessment_confirmation_second_person"


async def test_what_is_confirmed_is_what_was_entered_and_only_once(registry: Registry) -> None:
    laid, owner = await entered(registry), await registry.owner()
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refused:
        await confirm(owner, laid, "exempt")
    assert refused.value.constraint_name == "assessment_confirmation_result_fkey"
    await confirm(owner, laid, "pass")
    with pytest.raises(asyncpg.UniqueViolationError):
        await confirm(owner, laid, "pass")


@pytest.mark.parametrize(
    ("outcome", "score", "constraint"),
    [
        ("pass", None, "assessment_result_score_by_outcome"),
        ("absent", 100, "assessment_result_score_by_outcome"),
        ("pass", 10001, "assessment_result_score_by_outcome"),
        ("exempt", None, "assessment_result_exemption_has_reason"),
    ],
)
async def test_a_score_fits_its_outcome(
    registry: Registry, outcome: str, score: int | None, constraint: str
) -> None:
    laid, owner = await entered(registry), await registry.owner()
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await insert_result(owner, laid, 2, outcome, score)
    assert refused.value.constraint_name == constraint


@pytest.mark.parametrize("table", ["completion_assessment", "assessment_result", "assessment_confirmation"])
async def test_results_are_append_only(registry: Registry, table: str) -> None:
    laid, owner = await entered(registry), await registry.owner()
    await confirm(owner, laid, "pass")
    for attack in (f"UPDATE {table} SET attempt = 2", f"DELETE FROM {table}"):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await owner.execute(attack)
        assert refused.value.sqlstate == "23001"
