"""Claims and payments at the same moment, at each isolation level: money leaves once, and never past its evidence.

The doors of money look at what is committed now, so they answer at READ COMMITTED and refuse an older snapshot (25001);
what unique indexes and running totals hold needs no level at all. Full size: scripts/bench/claim_races.py.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from app.db.bootstrap import grant_database
from tests.database.breaking import drop_protection
from tests.database.conftest import superuser
from tests.database.world import with_identifiers, world_sql
from tests.registry_server import Cluster

pytestmark = pytest.mark.anyio

LEVELS = ("read_committed", "repeatable_read", "serializable")
OLD_SNAPSHOT = "25001"
PREPARED = """
INSERT INTO record_correction (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by, decision,
  decided_at, decided_by)
VALUES (:ordered, :revoking, :ordered, 'revoke', '{}', '弄虚作假', :officer, 'accepted', now(), :second_officer);
INSERT INTO person_alias (person_id, alias_id, survivor_id, reason, case_number, proposed_by)
VALUES (:unaccepted, :new_alias, :unclaimed, '同一人', '试2026-001', :officer);
"""
REVOKE = """UPDATE record_entry SET revoked_at = now(), revoked_by = :officer, revocation_id = :revoking,
  revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE entry_id = :ordered"""
SUPERSEDE = "UPDATE record_entry SET superseded_at = now() WHERE entry_id = :ordered"
PAY = "SELECT instruct_payment(:ordered, :ordered, :new_benefit, :new_instruction)"
HOLD = """INSERT INTO claim_hold (person_id, claim_id, reason_code, reason, placed_by)
  VALUES (:{0}, :{0}, 'risk', '重复账户', :machine)"""
ORDER = """SELECT outcome
  FROM order_payments(:{}, :new_order, 'P110000-2026-00000009', :budget, ARRAY[:payable])"""
CLAIM = """SELECT outcome FROM submit_claims(:system, NULL, jsonb_build_array(jsonb_build_object('person_id', :{0},
  'claim_id', gen_random_uuid(), 'claim_number', 'S110105-2026-' || lpad((random() * 9999999)::int::text, 8, '0'),
  'kind', 'skill_upgrade', 'entry_id', :{0}, 'division_code', '110105', 'payee_kind', 'person', 'account_id', :{0})))"""
MERGE = "SELECT outcome FROM decide_merge(:second_officer, :unaccepted, :new_alias, true, '属实')"
RECOVER = """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
  amount_fen, due_on, ordered_by)
  SELECT :paid, made.id, 'Z110000-2025-' || lpad((random() * 9999999)::int::text, 8, '0'), :paid, 150000, 'fraud',
    '弄虚作假', 100000, '2025-09-01', :payer FROM (SELECT uuidv7() AS id) AS made"""
UNPAID = "SELECT count(*) = 0 FROM benefit WHERE claim_id = :ordered"
BOTH_HOLD = """SELECT count(*) = 2 FROM benefit_key
  WHERE released_at IS NULL AND person_id IN (:unclaimed, :unaccepted)"""

RACES = {
    "paid while its entry is revoked": ("access_owner", REVOKE, "pay_worker", PAY, "23503", UNPAID),
    "paid while its entry is superseded": ("access_owner", SUPERSEDE, "pay_worker", PAY, "23503", UNPAID),
    "revoked while it is paid": (
        "pay_worker",
        PAY,
        "access_owner",
        REVOKE,
        "23001",
        "SELECT revoked_at IS NULL FROM record_entry WHERE entry_id = :ordered",
    ),
    "paid while it is held": ("worker", HOLD.format("ordered"), "pay_worker", PAY, "on_hold", UNPAID),
    "recovered twice at once, more than was paid": (
        "access_owner",
        RECOVER,
        "access_owner",
        RECOVER,
        "23001",
        "SELECT sum(amount_fen) <= 150000 FROM recovery WHERE benefit_id = :paid",
    ),
    "paid twice at once": (
        "pay_worker",
        PAY,
        "pay_worker",
        PAY,
        "not_ordered",
        "SELECT count(*) = 1 FROM bank_instruction WHERE benefit_id = :new_benefit",
    ),
    "ordered while it is withdrawn": (
        "app_citizen",
        "INSERT INTO claim_withdrawal (person_id, claim_id, reason, withdrawn_by)"
        " VALUES (:payable, :payable, '不再申领', :system)",
        "app_agency",
        ORDER.format("payer"),
        "not_payable",
        "SELECT count(*) = 0 FROM payment_order_line WHERE claim_id = :payable",
    ),
    "approved while it is held": (
        "worker",
        HOLD.format("reviewed"),
        "app_agency",
        "INSERT INTO claim_approval (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by, decision,"
        " approved_by) VALUES (:reviewed, :reviewed, 1, 'eligible', 150000, :reviewer, 'approved', :approver)",
        "23001",
        "SELECT state = 'reviewed' FROM claim WHERE claim_id = :reviewed",
    ),
    "cleared while somebody objects": (
        "access_owner",
        "INSERT INTO objection (objection_id, notice_id, line_no, grounds_sealed)"
        " SELECT :new_objection, notice_id, line_no, '\\x01' FROM public_notice_line WHERE claim_id = :noticed",
        "worker",
        "INSERT INTO claim_clearance (person_id, claim_id, round, notice_id, cleared_by)"
        " VALUES (:noticed, :noticed, 1, :notice, :system)",
        "23001",
        "SELECT state = 'noticed' FROM claim WHERE claim_id = :noticed",
    ),
    "claimed while merged": (
        "app_agency",
        MERGE,
        "app_citizen",
        CLAIM.format("unclaimed"),
        "submitted",
        BOTH_HOLD,
    ),
}
"""Who acts first and what, who acts second and what, what that one is told at READ COMMITTED, what holds in the end."""


@pytest.fixture
async def raced(cluster: Cluster, database: str) -> AsyncIterator[asyncpg.Connection]:
    """A world of this race's own, because both sides must commit."""
    admin = await asyncpg.connect(cluster.address.dsn())
    await grant_database(admin, database)
    await admin.close()
    async with superuser(cluster, database) as connection:
        await connection.execute(world_sql() + with_identifiers(PREPARED))
        yield connection


async def act(
    session: asyncpg.Connection, level: str, role: str, statement: str, begun: asyncio.Barrier
) -> str:
    """Begin and look, meet the others, then act. The value of the statement, or the SQLSTATE that stopped it."""
    try:
        async with session.transaction(isolation=level):
            await session.execute("SELECT count(*) FROM registry.clock_shift")
            await session.execute(f"SET LOCAL SESSION AUTHORIZATION {role}")
            await begun.wait()
            return str(await session.fetchval(with_identifiers(statement)))
    except asyncpg.PostgresError as refusal:
        return str(refusal.sqlstate)


async def run_race(
    first: asyncpg.Connection, cluster: Cluster, database: str, race: str, levels: tuple[str, ...] = LEVELS
) -> dict[str, str]:
    """The first writes; one second session of each level, already under way, acts; then the first commits."""
    first_role, one, second_role, other, _, _ = RACES[race]
    begun = asyncio.Barrier(len(levels) + 1)
    async with AsyncExitStack() as stack:
        acting = {
            level: asyncio.create_task(act(session, level, second_role, other, begun))
            for level in levels
            if (session := await stack.enter_async_context(superuser(cluster, database)))
        }
        await first.execute(f"BEGIN; SET LOCAL SESSION AUTHORIZATION {first_role}")
        await first.execute(with_identifiers(one))
        await begun.wait()
        await asyncio.sleep(0.05)
        await first.execute("COMMIT")
        return {level: await told for level, told in acting.items()}


@pytest.mark.parametrize("race", RACES)
async def test_the_second_sees_what_the_first_did(
    raced: asyncpg.Connection, cluster: Cluster, database: str, race: str
) -> None:
    """At READ COMMITTED it is told; with an older snapshot it is refused, or asked to try again."""
    *_, expected, lawful = RACES[race]
    told = await run_race(raced, cluster, database, race)
    assert told["read_committed"] == expected
    assert {told["repeatable_read"], told["serializable"]} <= {OLD_SNAPSHOT, "40001"}
    assert await raced.fetchval(with_identifiers(lawful))
    assert not await raced.fetch("SELECT * FROM ledger_differences()")


@pytest.mark.parametrize(
    ("race", "protection"),
    [
        (
            "paid while its entry is revoked",
            "benefit.record_gate + bank_instruction.record_gate + record_entry.paid_needs_recovery",
        ),
        ("revoked while it is paid", "record_entry.paid_needs_recovery"),
        ("recovered twice at once, more than was paid", "recovery.within_paid"),
        ("cleared while somebody objects", "claim_clearance.after_notice"),
    ],
)
async def test_both_commit_once_the_protection_is_gone(
    raced: asyncpg.Connection, cluster: Cluster, database: str, race: str, protection: str
) -> None:
    """The race is real: without its guard both sides commit and the end state is unlawful."""
    for each in protection.split(" + "):
        await drop_protection(raced, each)
    told = await run_race(raced, cluster, database, race, LEVELS[:1])
    assert not told["read_committed"].startswith("23"), told
    assert not await raced.fetchval(with_identifiers(RACES[race][-1]))


async def all_at_once(cluster: Cluster, database: str, role: str, level: str, statement: str) -> Counter[str]:
    """The same statement in eight sessions at once; what each was told."""
    begun = asyncio.Barrier(8)

    async def one() -> str:
        async with superuser(cluster, database) as session:
            return await act(session, level, role, statement, begun)

    return Counter(await asyncio.gather(*(one() for _ in range(8))))


async def test_one_of_many_gets_the_key_the_claim_and_the_last_money(
    raced: asyncpg.Connection, cluster: Cluster, database: str
) -> None:
    """Eight sessions at once, at each level: one key, one claim, and a budget for three never pays a fourth."""
    for year, level in enumerate(LEVELS, 2026):
        key = f"""INSERT INTO benefit_key (person_id, key_group, benefit_line, skill_level, period, origin)
          VALUES (:person, 'work_based', 'none', 'none', '{year}', 'claim') RETURNING 1"""
        told = await all_at_once(cluster, database, "access_owner", level, key)
        assert told["1"] == 1
        assert set(told) <= {"1", "23505", "40001"}
        await raced.execute(
            with_identifiers(
                f"INSERT INTO budget (budget_id, division_code, year, funding_source, opened_by)"
                f" VALUES (:{level}, '110000', {year}, 'other', :payer);"
                f" SELECT allot_tranche(:payer, :{level}, 350, '试〔2026〕1号')"
            )
        )
        spent = Counter[str]()
        for _ in range(1 if level == "read_committed" else 3):
            spent += await all_at_once(
                cluster, database, "access_owner", level, f"SELECT commit_tranche(:{level}, 100)"
            )
        assert spent["1"] == 3, spent
        assert set(spent) <= {"1", "None", "40001"}
    for level in ("serializable", "repeatable_read"):
        told = await all_at_once(cluster, database, "app_citizen", level, CLAIM.format("unclaimed"))
        assert told == {OLD_SNAPSHOT: 8}
    told = await all_at_once(cluster, database, "app_citizen", "read_committed", CLAIM.format("unclaimed"))
    assert told == {"submitted": 1, "benefit_already_held": 7}
