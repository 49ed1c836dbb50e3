"""The bench of payment in small: a bank that answers when it was given up on, a worker killed three times."""

from pathlib import Path

import pytest

from scripts.bench.payments import Plan, is_clean, pay_under_fire
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


async def test_no_kill_and_no_late_answer_pays_anybody_twice(registry: Registry, tmp_path: Path) -> None:
    plan = Plan(instructions=60, kills=3, workers=2, alive_s=(1.8, 2.6))
    found = await pay_under_fire(registry, tmp_path, plan)
    assert is_clean(found), found
    assert found["kills"] == 3
    assert found["claims"] == {"paid": 59, "failed": 1}
