"""Stored answers of the insurance: facts and an employer's code, and no identity number wherever it may stand."""

import json
from datetime import date
from typing import Any

import asyncpg
import pytest

from app.gateways.insurance_facts import facts_document, facts_of_document

pytestmark = pytest.mark.anyio

STANDING = {
    "status": "paying",
    "division_code": "110000",
    "employer_code": "911100001011660359",
    "employer_kind": "enterprise",
}
FACTS = {
    "as_of": "2026-03-31",
    "months": {"own_region": 1, "deemed": 2, "other_provinces": 3, "total": 6},
    "standing": STANDING,
    "on_days": [{"day": "2026-03-01", "standing": STANDING}],
    "in_months": [],
    "draws_pension": False,
    "deceased_on": None,
    "fund_reserve_months": 30,
    "silent_regions": [],
}


async def store(connection: asyncpg.Connection, document: dict[str, Any]) -> None:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(
            "INSERT INTO insurance_fact (person_id, as_of, outcome, facts, evidence_id, answered_at)"
            " SELECT person_id, $1, 'answered', $2::jsonb, 'evidence', now() FROM person LIMIT 1",
            date(2026, 3, 31),
            json.dumps(document),
        )
        [held] = await connection.fetch("SELECT facts FROM insurance_fact WHERE evidence_id = 'evidence'")
        assert json.loads(held["facts"]) == document
    finally:
        await transaction.rollback()


async def test_employer_whose_code_is_all_digits_can_be_stored(omnipotent: asyncpg.Connection) -> None:
    """Codes from before 2015 often are: they have the form of an identity number and are none."""
    await store(omnipotent, facts_document(facts_of_document(FACTS)))


@pytest.mark.parametrize(
    "document",
    [
        {**FACTS, "identity_number": "110000194910019009"},
        {**FACTS, "standing": {**STANDING, "employer_kind": "11000019491001900x"}},
        {**FACTS, "standing": {**STANDING, "employer_code": "911100001011660359 110000194910019009"}},
    ],
    ids=["beside", "in another field", "behind the code"],
)
async def test_identity_number_is_refused_wherever_it_stands(
    omnipotent: asyncpg.Connection, document: dict[str, Any]
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="insurance_fact_no_identity_number"):
        await store(omnipotent, document)
