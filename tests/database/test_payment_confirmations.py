"""What the bank says twice differently: a file handed in lifts nothing, and two officers may call the money paid."""

import asyncpg
import pytest

from tests.database.breaking import rolled_back
from tests.database.chain import Chain, answer

pytestmark = pytest.mark.anyio

FILE = """SELECT {}(:{}, gen_random_uuid(), '2025-07-03', sha256('that day'), ARRAY[:disputed], ARRAY['x'],
  ARRAY[150000::bigint], ARRAY['rejected'])"""
RETRY = "SELECT retry_payment(:payer, :disputed, NULL, '再付一次')"
DECIDE = "SELECT outcome FROM decide_payment_confirmation(:{}, :disputed, '{}', '已核对')"
PROPOSE = """SELECT propose_payment_confirmation(:payer, :{}, gen_random_uuid(), '银证〔2025〕9号', NULL, NULL,
  '确已入账')"""


async def test_a_file_handed_in_lifts_nothing_until_the_worker_has_fetched_it(
    omnipotent: asyncpg.Connection,
) -> None:
    async with rolled_back(omnipotent):
        chain = Chain(omnipotent)
        assert await chain.by("app_agency", RETRY) == "bank_contradicts"
        assert await chain.by("app_agency", FILE.format("import_statement", "payer")) == 0
        assert await chain.by("app_agency", RETRY) == "bank_contradicts"
        refused = await chain.refused("app_agency", FILE.format("import_statement", "system"))
        assert refused == "bank_statement_officer_permitted"
        assert await chain.by("pay_worker", FILE.format("take_statement", "system")) is None
        assert await chain.by("app_agency", RETRY) == "ordered"


async def test_two_officers_call_paid_what_the_bank_calls_paid(omnipotent: asyncpg.Connection) -> None:
    async with rolled_back(omnipotent):
        chain = Chain(omnipotent)
        assert await chain.by("app_agency", PROPOSE.format("disputed")) == "confirmation_open"
        assert await chain.by("app_agency", PROPOSE.format("failed")) == "not_contradicted"
        assert await chain.by("app_agency", PROPOSE.format("paid")) == "not_contradicted"
        assert await chain.by("app_agency", DECIDE.format("payer", "confirmed")) == "confirmation_unknown"
        refused = await chain.refused("app_agency", DECIDE.format("approver", "confirmed"))
        assert refused == "payment_confirmation_neither_decided"
        spent = "SELECT sum(committed_fen)::bigint FROM budget_tranche"
        before = await chain.told(spent)
        assert await chain.by("app_agency", DECIDE.format("other_approver", "confirmed")) == "decided"
        assert await chain.state("disputed") == "paid 1"
        assert await chain.told(spent) == before
        paid = "SELECT sum(amount_fen)::bigint FROM ledger_posting JOIN ledger_transaction USING (transaction_id)"
        assert await chain.told(f"{paid} WHERE subject_id = :disputed AND account = 'paid'") == 150000
        assert await chain.by("app_agency", DECIDE.format("other_approver", "refused")) == "already_decided"
        assert await chain.by("app_agency", RETRY) == "not_failed"


async def test_nothing_is_confirmed_while_the_same_money_is_under_way_or_the_bank_took_it_back(
    omnipotent: asyncpg.Connection,
) -> None:
    async with rolled_back(omnipotent):
        chain = Chain(omnipotent)
        assert await chain.by("pay_worker", answer("disputed", "rejected", "back")) == "repeated"
        assert (
            await chain.by("app_agency", DECIDE.format("other_approver", "confirmed")) == "not_contradicted"
        )
        assert await chain.by("app_agency", RETRY) == "ordered"
        paying = "SELECT instruct_payment(:disputed, :disputed, gen_random_uuid(), :new_instruction)"
        assert await chain.by("pay_worker", paying) == "instructed"
        assert await chain.by("pay_worker", answer("disputed", "settled", "again")) == "contradicts"
        assert (
            await chain.by("app_agency", DECIDE.format("other_approver", "confirmed"))
            == "instruction_under_way"
        )
        assert await chain.by("app_agency", DECIDE.format("other_approver", "refused")) == "decided"
        assert await chain.state("disputed") == "instructed 1"
