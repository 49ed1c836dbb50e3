"""The bank's daily file: fetched when the day is over, read as a whole or refused with every defect."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.gateways.bank import Bank
from app.gateways.bank_facts import BankOutcome
from app.gateways.bank_statements import StatementMalformed, read_statement
from app.gateways.http import FailureKind, UpstreamFailed
from tests.gateways.banking import SYSTEM, instruction, set_bank
from tests.gateways.recording import Contract, RecordingTransport
from tests.sandbox_server import SandboxServer

SHANGHAI = timezone(timedelta(hours=8))
HEADER = "instruction_id,amount_fen,outcome,reject_code,ended_at\r\n"
ID = "01981f2a-6f3e-7c4d-9a5b-0c1d2e3f4a5b"
ROW = f"{ID},150000,settled,,2026-03-02T09:15:29+08:00\r\n"


def file(*rows: str) -> bytes:
    return (HEADER + "".join(rows)).encode()


def test_lines_are_read_as_they_stand() -> None:
    stranger, refused = (
        "STRANGER-1,1,settled,,2026-03-02T09:15:29+08:00\r\n",
        f"{ID},2,rejected,account_closed,2026-03-02T01:15:29Z\r\n",
    )
    first, second, third = read_statement(file(ROW, stranger, refused))
    assert (first.line, str(first.instruction_id), first.amount_fen) == (1, ID, 150_000)
    assert first.ended_at == third.ended_at == datetime(2026, 3, 2, 1, 15, 29, tzinfo=UTC)
    assert (second.instruction_id, second.instruction_text) == (None, "STRANGER-1")
    assert (third.outcome, third.reject_code) == (BankOutcome.REJECTED, "account_closed")
    assert read_statement(b"\xef\xbb\xbf" + file()) == ()


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        (b"", [0]),
        (file(ROW)[:-2], [0]),
        (b"\xff\xfe", [0]),
        (ROW.encode(), [0]),
        (file('"broken\r\n'), [0]),
        (file(ROW, f"{ID},1\r\n"), [2]),
        (file(ROW.replace("150000", "-1")), [1]),
        (file(ROW.replace("150000", "1500.00")), [1]),
        (file(ROW.replace("150000", "１５００")), [1]),
        (file(ROW.replace("settled", "accepted")), [1]),
        (file(ROW.replace("settled,", "settled,other")), [1]),
        (file(ROW.replace("settled,", "rejected,")), [1]),
        (file(ROW.replace("settled,", "rejected,bad_luck")), [1]),
        (file(ROW.replace("+08:00", "")), [1]),
        (file(ROW.replace(ID, "王样收")), [1]),
        (file(ROW.replace("150000,settled", "0,paid"), ROW, ROW.replace(ID, "")), [1, 1, 3]),
    ],
    ids=lambda value: str(value[-40:]),
)
def test_defects_are_told_all_at_once_without_the_content(body: bytes, lines: list[int]) -> None:
    with pytest.raises(StatementMalformed) as raised:
        read_statement(body)
    assert [line for line, _ in raised.value.defects] == lines
    assert "王" not in str(raised.value) + str(raised.value.defects)


@pytest.mark.anyio
async def test_day_is_fetched_when_it_is_over(
    bank: Bank, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    day = datetime.now(SHANGHAI).date() + timedelta(days=10)
    set_bank(sandbox, today=day.isoformat())
    paid, refused = instruction(), instruction(account_number="622202990000049999")
    await bank.instruct(paid)
    await bank.instruct(refused)
    with pytest.raises(UpstreamFailed) as raised:
        await bank.statement(day)
    assert (raised.value.kind, raised.value.code) == (FailureKind.CALLER_REJECTED, "statement_not_ready")
    set_bank(sandbox, today=(day + timedelta(days=1)).isoformat())
    statement = await bank.statement(day)
    assert [(line.instruction_id, line.outcome) for line in statement.lines] == [
        (paid.instruction_id, BankOutcome.SETTLED),
        (refused.instruction_id, BankOutcome.REJECTED),
    ]
    assert read_statement(statement.body) == statement.lines
    assert (await bank.statement(day)).sha256 == statement.sha256
    assert (await bank.statement(day - timedelta(days=5))).lines == ()
    contract = Contract("bank.yaml")
    assert [found for exchange in transport.exchanges for found in contract.defects(exchange)] == []


@pytest.mark.anyio
async def test_differences_can_be_put_into_a_file(bank: Bank, sandbox: SandboxServer) -> None:
    day = datetime.now(SHANGHAI).date() + timedelta(days=20)
    set_bank(sandbox, today=day.isoformat())
    orders = [instruction() for _ in range(5)]
    for order in orders:
        await bank.instruct(order)
    ids = [str(order.instruction_id) for order in orders]
    faults: dict[str, Any] = {
        "omitted": [ids[0]],
        "repeated": [ids[1]],
        "flipped": [ids[2]],
        "amounts_fen": {ids[3]: 7},
        "strangers": 1,
    }
    sandbox.control.put("/sandbox/bank/statement-faults", json=faults).raise_for_status()
    set_bank(sandbox, today=(day + timedelta(days=1)).isoformat())
    lines = (await bank.statement(day)).lines
    assert [line.instruction_text for line in lines] == [ids[1], ids[1], ids[2], ids[3], ids[4], "STRANGER-1"]
    assert (lines[2].outcome, lines[3].amount_fen) == (BankOutcome.REJECTED, 7)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("behavior", "failure"),
    [
        ({"down": True}, FailureKind.SERVER_ERROR),
        ({"wrong": "contradicting"}, FailureKind.MALFORMED),
        ({"wrong": "malformed_json"}, FailureKind.MALFORMED),
        ({"wrong": "bad_signature"}, FailureKind.SIGNATURE),
        ({"wrong": "truncated"}, FailureKind.CONNECTION),
    ],
    ids=str,
)
async def test_misbehavior_is_no_file(
    bank: Bank, sandbox: SandboxServer, behavior: dict[str, object], failure: FailureKind
) -> None:
    await bank.instruct(instruction())
    set_bank(sandbox, today=(datetime.now(SHANGHAI).date() + timedelta(days=1)).isoformat())
    sandbox.behave(SYSTEM, **behavior)
    with pytest.raises(UpstreamFailed) as raised:
        await bank.statement(datetime.now(SHANGHAI).date())
    assert raised.value.kind is failure
