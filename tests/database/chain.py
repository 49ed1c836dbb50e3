"""A claim's steps as statements of the database roles whose work they are; the ledger agrees after each."""

from typing import Any

import asyncpg
import pytest

from tests.database.world import with_identifiers

pytestmark = pytest.mark.anyio


class Chain:
    """Statements by roles inside one transaction that nobody keeps."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def by(self, role: str, sql: str) -> Any:
        """Run a statement as a role; deferred constraints count at once, and the ledger agrees with its rows."""
        await self.connection.execute(f"SET LOCAL SESSION AUTHORIZATION {role}")
        answer = await self.connection.fetchval(with_identifiers(sql))
        await self.connection.execute("RESET SESSION AUTHORIZATION")
        await self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        differences = await self.connection.fetch("SELECT * FROM ledger_differences()")
        assert not differences, (sql, differences)
        return answer

    async def told(self, sql: str) -> Any:
        """What the rows say."""
        return await self.connection.fetchval(with_identifiers(sql))

    async def state(self, claim: str) -> str:
        return str(await self.told(f"SELECT state || ' ' || round FROM claim WHERE claim_id = :{claim}"))

    async def refused(self, role: str, sql: str) -> str:
        """The name of what refuses a statement; what came before it stays."""
        savepoint = self.connection.transaction()
        await savepoint.start()
        try:
            await self.by(role, sql)
        except asyncpg.PostgresError as refusal:
            return str(getattr(refusal, "constraint_name", None) or refusal.sqlstate)
        else:
            return ""
        finally:
            await savepoint.rollback()

    async def merge(self, person: str, survivor: str) -> None:
        """Two persons turn out to be one."""
        await self.connection.execute(
            with_identifiers(
                f"""INSERT INTO person_alias (person_id, alias_id, survivor_id, reason, case_number, proposed_by,
                      decision_reason, merged_by, merged_at)
                    VALUES (:{person}, :new_alias, :{survivor}, '同一人', '试2026-001', :officer, '属实',
                      :second_officer, now())"""
            )
        )


def submission(person: str, claim: str, entry: str, kind: str = "skill_upgrade") -> str:
    """A claim for oneself."""
    return f"""SELECT string_agg(outcome, ' ') FROM submit_claims(:system, NULL, jsonb_build_array(jsonb_build_object(
      'person_id', :{person}, 'claim_id', :{claim}, 'claim_number', 'S110105-2026-00000001', 'kind', '{kind}',
      'entry_id', :{entry}, 'division_code', '110105', 'payee_kind', 'person', 'account_id', :{person})))"""


def review(claim: str, reviewer: str, *, round_no: int = 1, amount: int = 200000) -> str:
    return f"""INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id,
      reviewed_by)
      VALUES (:{claim}, :{claim}, {round_no}, 'eligible', {amount}, '{{}}', '["x"]', :edition, :{reviewer})"""


def approval(
    claim: str,
    approver: str,
    *,
    reviewer: str,
    round_no: int = 1,
    decision: str = "approved",
    amount: int = 200000,
) -> str:
    return f"""INSERT INTO claim_approval (person_id, claim_id, round, reviewed_verdict, amount_fen, reviewed_by,
      decision, reason, approved_by)
      VALUES (:{claim}, :{claim}, {round_no}, 'eligible', {amount}, :{reviewer}, '{decision}', '金额有误',
        :{approver})"""


def notice_and_clear(claim: str, *, reviewer: str, approver: str, round_no: int = 1) -> tuple[str, str]:
    """The lines of a notice that is over, and its clearance."""
    return (
        f"""INSERT INTO public_notice_line (person_id, claim_id, round, notice_id, line_no, amount_fen, reviewed_by,
          approved_by, published_by, shown)
          VALUES (:{claim}, :{claim}, {round_no}, :notice, 5000, 200000, :{reviewer}, :{approver}, :approver,
            '{{}}')""",
        f"""INSERT INTO claim_clearance (person_id, claim_id, round, notice_id, cleared_by)
          VALUES (:{claim}, :{claim}, {round_no}, :notice, :system)""",
    )


def answer(instruction: str, outcome: str, evidence: str, channel: str = "query") -> str:
    return f"""SELECT answer_instruction(:{instruction}, '{outcome}', '{channel}', '{evidence}', '2025-07-01 09:00+08',
      NULL, 'b', NULL)"""


async def to_payable(chain: Chain, claim: str, *, reviewer: str, approver: str, round_no: int = 1) -> None:
    """From accepted to payable by two officers and the clock."""
    await chain.by("app_agency", review(claim, reviewer, round_no=round_no))
    await chain.by("app_agency", approval(claim, approver, reviewer=reviewer, round_no=round_no))
    lines, clearance = notice_and_clear(claim, reviewer=reviewer, approver=approver, round_no=round_no)
    await chain.by("access_owner", lines)
    await chain.by("worker", clearance)
    assert await chain.state(claim) == f"payable {round_no}"
