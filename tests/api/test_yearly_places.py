"""Yearly places: what is short takes the places kept for it, whichever claim is filed first."""

import pytest

from app.access.actor import SYSTEM_PRINCIPAL
from tests.builders.claims import Claimant, lay_claimant
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio

SHORT, ORDINARY = "4-10-01-02", "4-10-01-05"


async def make_short(registry: Registry) -> None:
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO shortage_occupation (division_code, benefit_line, in_force, document_number, recorded_by)"
        " SELECT '110000', benefit_line, '[2020-01-01,)', '测试目录1号', $1 FROM occupation"
        " WHERE edition = 2022 AND code = $2",
        SYSTEM_PRINCIPAL,
        SHORT,
    )


async def file(claimant: Claimant, code: str, level: str) -> int:
    await claimant.certificate(days_ago=2, code=code, level=level)
    return (await claimant.submit()).status_code


@pytest.mark.parametrize("ordinary_at", [0, 1, 2])
async def test_the_order_of_claims_changes_nothing(registry: Registry, ordinary_at: int) -> None:
    """One ordinary benefit a year and two more for what is short: all three, in any order, and no fourth."""
    await make_short(registry)
    claimant = await lay_claimant(registry)
    claims = [(SHORT, "level_5"), (SHORT, "level_4")]
    claims.insert(ordinary_at, (ORDINARY, "level_5"))
    assert [await file(claimant, *claim) for claim in claims] == [201, 201, 201]
    await claimant.certificate(days_ago=2, code=SHORT, level="level_3")
    assert codes(await claimant.submit()) == ["yearly_cap_reached"]
