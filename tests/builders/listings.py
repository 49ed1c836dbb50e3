"""An employer of the directory, and listings as they are filed."""

from typing import Any
from uuid import UUID

import httpx

from tests.builders.directory import credit_code
from tests.builders.rosters import Trainee
from tests.registry_server import Caller, Registry


async def lay_employer(registry: Registry, *, kind: str = "enterprise", standing: str = "active") -> Caller:
    """Somebody of an enterprise in the directory."""
    owner = await registry.owner()
    officer = (await registry.officer()).actor.principal_id
    institution_id: UUID = await owner.fetchval(
        "INSERT INTO training_institution (unified_social_credit_code, name, kind, division_code, address,"
        " contact_phone, registered_by) VALUES ($1, '某市样例制造有限公司', $2, '110105', '测试路1号',"
        " '010-00000000', $3)"
        " RETURNING institution_id",
        credit_code(prefix="91110000"),
        kind,
        officer,
    )
    await owner.execute(
        "INSERT INTO institution_standing (institution_id, standing, in_force, reason, decided_by)"
        " VALUES ($1, $2, daterange('2020-01-01', NULL), '测试登记', $3)",
        institution_id,
        standing,
        officer,
    )
    return await registry.operator(institution_id)


def listing_body(*people: Trainee, **changes: Any) -> dict[str, Any]:
    """A work month that is over."""
    return {
        "kind": "work_month",
        "division_code": "110105",
        "period": "2026-05",
        "lines": [
            {
                "name": person.name,
                "identity_number": person.identity_number,
                "key_groups": list(person.key_groups),
            }
            for person in people
        ],
        **changes,
    }


async def file(employer: Caller, *people: Trainee, **changes: Any) -> httpx.Response:
    return await employer.post("/v1/employer-listings", json=listing_body(*people, **changes))
