"""Places of living allowance by the year, of months on the job by person and by employer, as the doors take them."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.database.breaking import rolled_back
from tests.database.chain import Chain, submission
from tests.database.world import identifier, with_identifiers

pytestmark = pytest.mark.anyio

ATTENDED = """INSERT INTO opening_closure (opening_id, closed_at, closed_by)
  VALUES (:{opening}, '2025-04-01 09:00+08', :operator) ON CONFLICT DO NOTHING;
  INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id,
    opening_id, institution_id, program_id, program_version, division_code, starts_on, ends_on, attended_days)
  VALUES (:person, :{entry}, 'attended_period', 'R110105-2025-00000901-X', :system, :check, :{opening}, :school,
    :program, 1, '110105', '2025-03-01', '2025-03-10', 5)"""
MONTH = """DO $$ DECLARE key uuid := uuidv7(); BEGIN
  ASSERT registry.take_key(:{person}, key, 'work_based', 'none', 'none', '{period}');
  PERFORM registry.take_slot(:{person}, key, uuidv7(), 'work_based', 'none', '110105', '2025-06-30', :{employer});
END $$"""
RULE = "UPDATE slot_rule SET cap = {cap}, employer_cap = {employer_cap} WHERE slot_group = 'work_based'"


@pytest.fixture
async def chain(omnipotent: asyncpg.Connection) -> AsyncIterator[Chain]:
    async with rolled_back(omnipotent):
        yield Chain(omnipotent)


async def month(chain: Chain, person: str, period: str, employer: str) -> str:
    """Key and place of a month, taken as the door takes them; the refusal in the door's words, or nothing."""
    try:
        async with chain.connection.transaction():
            await chain.connection.execute(
                with_identifiers(MONTH.format(person=person, period=period, employer=employer))
            )
    except asyncpg.PostgresError as refusal:
        return str(refusal)
    return ""


async def test_months_are_counted_with_each_employer_where_the_rule_says_so(chain: Chain) -> None:
    await chain.connection.execute(RULE.format(cap=99, employer_cap=2))
    assert [await month(chain, "submitted", f"2025-0{each}", "school") for each in (1, 2, 3)] == [
        "",
        "",
        "yearly_cap_reached",
    ]
    assert await month(chain, "submitted", "2025-03", "idle_school") == ""
    # Where months are counted by person, those of all employers are full.
    await chain.connection.execute(RULE.format(cap=3, employer_cap=99))
    assert await month(chain, "submitted", "2025-04", "idle_school") == "yearly_cap_reached"
    await chain.connection.execute(RULE.format(cap=4, employer_cap=99))
    assert await month(chain, "submitted", "2025-04", "idle_school") == ""


async def test_months_of_merged_persons_are_one_persons_with_the_employer_too(chain: Chain) -> None:
    """A month of either counts for both, before the merge by its copy and after it by the claim itself."""
    # The first months of the year are held for another registry.
    await chain.connection.execute(RULE.format(cap=99, employer_cap=2))
    assert await month(chain, "unclaimed", "2025-05", "school") == ""
    await chain.merge("unclaimed", "unaccepted")
    assert await month(chain, "unaccepted", "2025-06", "school") == ""
    assert await month(chain, "unclaimed", "2025-07", "school") == "yearly_cap_reached"
    assert await month(chain, "unaccepted", "2025-07", "idle_school") == ""


def allowance(entry: str, serial: int) -> str:
    """A claim of the attended period for oneself, the account to be named later."""
    filing = submission("person", entry, entry, "living_allowance").replace("'account_id', :person", "'x', 1")
    return filing.replace("00000001", f"{serial:08}")


async def test_a_second_living_allowance_of_a_year_finds_no_place(chain: Chain) -> None:
    for entry, opening in (("new_claim", "running"), ("newer_claim", "closed")):
        await chain.connection.execute(with_identifiers(ATTENDED.format(entry=entry, opening=opening)))
    assert await chain.by("app_citizen", allowance("new_claim", 1)) == "submitted"
    assert await chain.by("app_citizen", allowance("newer_claim", 2)) == "yearly_cap_reached"
    await chain.by(
        "app_citizen",
        """INSERT INTO claim_withdrawal (person_id, claim_id, reason, withdrawn_by)
           VALUES (:person, :new_claim, '不再申领', :system)""",
    )
    assert await chain.by("app_citizen", allowance("newer_claim", 2)) == "submitted"


async def test_a_living_allowance_paid_before_the_registry_holds_the_year(chain: Chain) -> None:
    await chain.connection.execute(with_identifiers(ATTENDED.format(entry="new_claim", opening="running")))
    row = {
        "line": 1,
        "person_id": str(identifier("person")),
        "kind": "living_allowance",
        "benefit_line": "none",
        "level": "none",
        "period": "某培训班",
        "division_code": "110105",
        "paid_on": "2025-02-01",
        "dated": "2025-01-20",
        "amount_fen": 30000,
        "document": "试发〔2025〕1号",
    }
    listed = json.dumps([row], ensure_ascii=False)
    storing = "SELECT answers::text FROM store_earlier_part(:import, 'received', 0, 1, '{}', '{}', '%s')"
    assert await chain.by("worker", storing % listed) == "[]"
    assert await chain.by("app_citizen", allowance("new_claim", 1)) == "yearly_cap_reached"
