"""``registry check``: an honest world has no difference; whatever a superuser changes behind it is named."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from app.access.actor import SYSTEM_ACTOR
from app.access.unit import Unit, snapshot_unit
from app.db.roles import DatabaseRole
from app.kernel.errors import NotFound
from app.oversight.checker.queries import differences, place_of
from app.oversight.checker.rules import Finding
from app.oversight.checker.states import Part
from tests.builders.overseen import Overseen, lay_overseen
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio

_OF_CLAIM = "claim_id = (SELECT claim_id FROM claim WHERE state = 'paid')"
TAMPERED: dict[str, tuple[str, ...]] = {
    # What is found, and the statements of a superuser who has put every guard out of the way.
    "verdict_differs": ("UPDATE claim_review SET verdict = 'ineligible', amount_fen = 0",),
    "amount_differs": ("UPDATE claim_review SET amount_fen = amount_fen + 1",),
    "reasons_differ": ("UPDATE claim_review SET reasons = reasons - 0",),
    "facts_unreadable": ("UPDATE claim_review SET facts = '{}'",),
    "facts_of_other_claim": (
        """UPDATE claim_review SET facts = jsonb_set(facts, '{facts,payee,kind}', '"institution"')""",
    ),
    "edition_changed": (
        "UPDATE policy_edition SET content = jsonb_set(content, '{values,0,value}', '1')"
        " WHERE edition_id IN (SELECT edition_id FROM claim_review)",
    ),
    "state_differs": ("UPDATE claim SET state = 'noticed' WHERE state = 'paid'",),
    "moves_broken": (f"DELETE FROM claim_move WHERE step = 'claim_review' AND {_OF_CLAIM}",),
    "step_missing": ("DELETE FROM claim_review",),
    "move_missing": (f"DELETE FROM claim_move WHERE step = 'claim_clearance' AND {_OF_CLAIM}",),
    "amount_changed": ("UPDATE claim_approval SET amount_fen = amount_fen + 100",),
    "claim_missing": ("DELETE FROM claim WHERE state = 'submitted'",),
    "notice_missing": ("DELETE FROM decision_notice",),
    "entry_missing": ("DELETE FROM record_entry",),
    "steps.same_person": ("UPDATE claim_approval SET approved_by = reviewed_by",),
    "key_differs": (f"UPDATE claim SET benefit_line = '2015:6-18-02-04' WHERE {_OF_CLAIM}",),
    "key_not_held": (
        "UPDATE benefit_key SET released_at = registry_now(), release_reason = 'x' WHERE released_at IS NULL",
    ),
    "key_without_origin": ("DELETE FROM claim WHERE state = 'submitted'",),
    "key_taken_twice": (
        "INSERT INTO benefit_key (person_id, key_group, benefit_line, skill_level, period, origin)"
        " SELECT person_id, key_group, benefit_line, skill_level, period, 'claim' FROM benefit_key",
    ),
    "slot_differs": ("DELETE FROM benefit_slot",),
    "slot_taken_twice": (
        "INSERT INTO benefit_slot (person_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,"
        " rule_division) SELECT person_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,"
        " rule_division FROM benefit_slot WHERE released_at IS NULL",
    ),
    "cap_exceeded": ("UPDATE benefit_slot SET cap = 1, nth = 2 WHERE released_at IS NULL",),
    "basis_differs": ("UPDATE benefit SET amount_fen = amount_fen + 1",),
    "entry_not_included": ("DELETE FROM inclusion",),
    "payments.same_person": ("UPDATE benefit SET ordered_by = approved_by",),
    "paid_differs": ("DELETE FROM benefit",),
    "instruction_differs": ("UPDATE bank_instruction SET amount_fen = amount_fen - 1",),
    "answer_differs": ("DELETE FROM bank_answer",),
    "settlement_differs": ("UPDATE benefit SET settled_at = NULL",),
    "statement_differs": (
        "INSERT INTO bank_statement (statement_on, file_sha256, imported_by)"
        " SELECT CURRENT_DATE, sha256(''), principal_id FROM principal LIMIT 1",
        "INSERT INTO bank_statement_line (statement_id, line, instruction_id, instruction_text, amount_fen, outcome)"
        " SELECT statement_id, 1, instruction_id, 'x', amount_fen + 1, 'settled' FROM bank_statement, bank_instruction",
    ),
    "balance_differs": ("UPDATE ledger_posting SET amount_fen = amount_fen + 1 WHERE account = 'paid'",),
    "posting_differs": ("DELETE FROM ledger_transaction WHERE kind = 'settlement'",),
    "not_balanced": ("DELETE FROM ledger_posting WHERE account = 'available'",),
    "more_than_paid": ("UPDATE recovery SET benefit_fen = 10000000, amount_fen = 10000000",),
    "steps_differ": ("UPDATE recovery_step SET amount_fen = amount_fen + 1",),
    "step_without_recovery": ("DELETE FROM recovery",),
    "revoked_not_recovered": (
        "UPDATE record_entry SET revoked_at = registry_now(), revoked_by = appended_by, revocation_kind = 'officer',"
        " revocation_id = uuidv7(), revocation_decision = 'accepted'",
        "DELETE FROM recovery",
    ),
    "leaf_missing": ("DELETE FROM log_leaf WHERE leaf_index = 2",),
    "leaf_changed": ("UPDATE log_leaf SET leaf = '{}' WHERE leaf_index = 2",),
    "root_differs": (
        "UPDATE log_leaf SET leaf_index = -1 WHERE leaf_index = 1",
        "UPDATE log_leaf SET leaf_index = 1 WHERE leaf_index = 2",
        "UPDATE log_leaf SET leaf_index = 2 WHERE leaf_index = -1",
    ),
    "row_changed": ("UPDATE record_entry SET division_code = '110101'",),
    "row_missing": ("DELETE FROM recovery_step",),
    "inclusion_wrong": ("UPDATE inclusion SET leaf_index = 0",),
}
_GUARDED = (
    "claim_review",
    "policy_edition",
    "claim",
    "claim_move",
    "claim_approval",
    "decision_notice",
    "record_entry",
    "benefit_key",
    "benefit_slot",
    "benefit",
    "inclusion",
    "bank_instruction",
    "bank_answer",
    "bank_statement",
    "bank_statement_line",
    "ledger_posting",
    "ledger_transaction",
    "recovery",
    "recovery_step",
    "log_leaf",
)
_CONSTRAINTS = """
SELECT format('ALTER TABLE registry.%I DROP CONSTRAINT %I CASCADE', conrelid::regclass::text, conname)
FROM pg_constraint WHERE contype IN ('c', 'f', 'u', 'p') AND conrelid = ANY (
  SELECT ('registry.' || guarded)::regclass FROM unnest(CAST(:guarded AS text[])) AS guarded)
ORDER BY contype = 'p'
"""
_INDEXES = ("benefit_key_once", "benefit_slot_once")


async def found_after(world: Overseen, statements: tuple[str, ...]) -> list[Finding]:
    """What the auditor's role finds after these statements, which nobody else ever sees."""
    dsn = world.registry.cluster.address.dsn(world.registry.database)
    engine = create_async_engine(dsn.replace("postgresql", "postgresql+asyncpg", 1))
    try:
        async with AsyncSession(engine) as session, session.begin() as transaction:
            await session.execute(text("SET LOCAL search_path = registry"))
            for table in _GUARDED:
                await session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            for (drop,) in (await session.execute(text(_CONSTRAINTS), {"guarded": list(_GUARDED)})).all():
                await session.execute(text(drop.replace("DROP CONSTRAINT", "DROP CONSTRAINT IF EXISTS")))
            for index in _INDEXES:
                await session.execute(text(f"DROP INDEX {index}"))
            for statement in statements:
                changed = await session.execute(text(statement))
                assert changed.rowcount > 0, statement
            await session.execute(text("SET LOCAL ROLE auditor"))
            unit = Unit(session, SYSTEM_ACTOR, await world.registry.now())
            found = [finding async for finding in differences(unit)]
            await transaction.rollback()
            return found
    finally:
        await engine.dispose()


async def test_an_honest_world_has_no_difference_and_every_tampering_is_named(registry: Registry) -> None:
    world = await lay_overseen(registry)
    async with snapshot_unit(registry.house.engines, DatabaseRole.AUDITOR) as unit:
        done: dict[Part, int] = {}
        assert [
            finding
            async for finding in differences(
                unit, progress=lambda part, count, place: done.update({part: count})
            )
        ] == []
    assert set(done) == set(Part)
    assert done[Part.DECISIONS] == 1
    unseen = []
    for kind, statements in TAMPERED.items():
        found = await found_after(world, statements)
        if not any(kind in {finding.kind, f"{finding.part}.{finding.kind}"} for finding in found):
            unseen.append((kind, {finding.kind for finding in found}))
    assert not unseen
    [told] = [
        each for each in await found_after(world, TAMPERED["amount_differs"]) if each.part is Part.DECISIONS
    ]
    assert world.claim_number in told.place
    assert "所存金额" in told.message
    async with snapshot_unit(registry.house.engines, DatabaseRole.AUDITOR) as unit:
        assert await place_of(unit, world.claim_number)
        with pytest.raises(NotFound):
            await place_of(unit, "S110105-2026-99999999")
