"""The payment door closes by itself when what happened is under no published tree head for five minutes."""

from datetime import timedelta

import asyncpg
import pytest

from tests.database.breaking import rolled_back
from tests.database.world import with_identifiers

pytestmark = pytest.mark.anyio

PAY = with_identifiers("SELECT instruct_payment(:ordered, :ordered, :new_benefit, :new_instruction)")
LATE = {
    "unsealed": "UPDATE unsealed_event SET queued_at = now() - interval '301 seconds'",
    "unpublished": """ALTER TABLE log_leaf DISABLE TRIGGER append_only;
        UPDATE log_leaf SET queued_at = now() - interval '301 seconds'
        WHERE leaf_index = (SELECT max(size) FROM log_checkpoint)""",
}


@pytest.mark.parametrize("waiting", LATE)
@pytest.mark.parametrize("is_guarded", [True, False])
async def test_nothing_is_paid_while_the_log_is_late(
    omnipotent: asyncpg.Connection, waiting: str, is_guarded: bool
) -> None:
    async with rolled_back(omnipotent):
        await omnipotent.execute(LATE[waiting])
        if not is_guarded:
            await omnipotent.execute(
                "DROP TRIGGER log_in_time ON benefit; DROP TRIGGER log_in_time ON bank_instruction"
            )
        await omnipotent.execute("SET LOCAL SESSION AUTHORIZATION pay_worker")
        if not is_guarded:
            assert await omnipotent.fetchval(PAY) == "instructed"
            return
        with pytest.raises(asyncpg.RestrictViolationError) as refused:
            await omnipotent.fetchval(PAY)
        assert refused.value.constraint_name == "log_in_time"


async def test_a_world_of_these_tests_stays_in_time_for_hours(omnipotent: asyncpg.Connection) -> None:
    """Laid early in a run and attacked late, it is refused by what is attacked, not by this gate."""
    waiting = await omnipotent.fetchval("""
      SELECT least((SELECT min(queued_at) FROM unsealed_event), (SELECT queued_at FROM log_leaf
        WHERE leaf_index = (SELECT max(size) FROM log_checkpoint))) - now()""")
    assert waiting > timedelta(hours=12)
