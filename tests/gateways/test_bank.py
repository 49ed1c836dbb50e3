"""The bank's client against the sandbox over real HTTP: a time-out pays nothing twice, and no answer is no outcome."""

import asyncio
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.gateways.bank import Bank
from app.gateways.bank_facts import (
    REJECT_TITLES,
    AccountAnswer,
    AccountOutcome,
    AccountQuery,
    BankOutcome,
    InstructionAnswer,
    RejectCode,
)
from app.gateways.circuit import CircuitBreaker, CircuitState
from app.gateways.http import FailureKind
from app.gateways.message_signatures import SharedKey, sign_request
from app.sandbox.population import with_check_digit
from tests.gateways.banking import SYSTEM, account_number, books, instruction, new_person, set_bank
from tests.gateways.conftest import MISBEHAVIORS, QUICKER, Lines, bank_key
from tests.gateways.recording import RecordingTransport
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio


def is_told(answer: InstructionAnswer) -> bool:
    """Whether it carries what an answer of the bank carries."""
    return answer.evidence_id is not None and answer.answered_at is not None and answer.failure is None


async def test_instruction_is_paid_once_however_often_it_is_sent(bank: Bank, sandbox: SandboxServer) -> None:
    order = instruction()
    answers = [await bank.instruct(order) for _ in range(3)]
    answers.append(await bank.ask(order.instruction_id, order.amount_fen))
    assert {answer.outcome for answer in answers} == {BankOutcome.SETTLED}
    assert len({(answer.evidence_id, answer.bank_reference, answer.settled_at) for answer in answers}) == 1
    assert all(is_told(answer) and answer.amount_fen == 150_000 for answer in answers)
    kept = books(sandbox, order.instruction_id)
    assert (kept["received"], kept["times_paid"], kept["account_tail"]) == (3, 1, "1234")


async def test_unknown_instruction_is_not_known_and_then_it_is(bank: Bank) -> None:
    order = instruction()
    before = await bank.ask(order.instruction_id, order.amount_fen)
    await bank.instruct(order)
    after = await bank.ask(order.instruction_id, order.amount_fen)
    assert (before.outcome, after.outcome) == (BankOutcome.NOT_KNOWN, BankOutcome.SETTLED)
    assert is_told(before)
    assert (before.amount_fen, before.bank_reference) == (None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_fen": 150_001},
        {"account_number": "62220219000000009"},
        {"holder_name": "王样另"},
        {"purpose": "退款"},
    ],
    ids=str,
)
async def test_another_order_under_the_same_id_is_refused_and_changes_nothing(
    bank: Bank, sandbox: SandboxServer, circuit: CircuitBreaker, changes: dict[str, Any]
) -> None:
    order = instruction()
    await bank.instruct(order)
    other = instruction(
        **{
            "instruction_id": order.instruction_id,
            "account_number": order.account_number,
            **changes,
        }
    )
    answer = await bank.instruct(other)
    assert answer == InstructionAnswer(
        instruction_id=order.instruction_id,
        outcome=BankOutcome.DIFFERS,
        failure=FailureKind.CALLER_REJECTED,
    )
    kept = books(sandbox, order.instruction_id)
    assert (kept["amount_fen"], kept["times_paid"]) == (150_000, 1)
    assert circuit.state is CircuitState.CLOSED


async def test_answer_about_another_amount_is_no_answer(bank: Bank) -> None:
    order = instruction()
    await bank.instruct(order)
    answer = await bank.ask(order.instruction_id, 149_999)
    assert (answer.outcome, answer.failure) == (BankOutcome.UNAVAILABLE, FailureKind.MISMATCHED)


async def test_time_out_after_doing_it_is_harmless(
    bank: Bank, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    order = instruction()
    sandbox.behave(SYSTEM, late_ms=400)
    answer = await bank.instruct(order)
    assert (answer.outcome, answer.failure) == (BankOutcome.UNAVAILABLE, FailureKind.TIMEOUT)
    assert len(transport.sent) == 3
    assert len({request.headers["signature"] for request in transport.sent}) == 3
    sandbox.behave(SYSTEM)
    again = await bank.instruct(order)
    assert again.outcome is BankOutcome.SETTLED
    kept = books(sandbox, order.instruction_id)
    assert (kept["received"], kept["times_paid"]) == (4, 1)


async def test_late_settlement_is_first_accepted(bank: Bank, sandbox: SandboxServer) -> None:
    set_bank(sandbox, settle_after_seconds=None)
    order = instruction()
    first, second = await bank.instruct(order), await bank.instruct(order)
    assert (first.outcome, first.settled_at) == (BankOutcome.ACCEPTED, None)
    assert first.evidence_id == second.evidence_id
    assert books(sandbox, order.instruction_id)["times_paid"] == 0
    assert sandbox.control.post("/sandbox/bank/settle").json()["ended"] >= 1
    settled = await bank.ask(order.instruction_id, order.amount_fen)
    assert settled.outcome is BankOutcome.SETTLED
    assert settled.evidence_id != first.evidence_id
    assert settled.bank_reference == first.bank_reference
    set_bank(sandbox, settle_after_seconds=0.05)
    late = instruction()
    assert (await bank.instruct(late)).outcome is BankOutcome.ACCEPTED
    await asyncio.sleep(0.1)
    assert (await bank.ask(late.instruction_id, late.amount_fen)).outcome is BankOutcome.SETTLED


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        ("0000", RejectCode.ACCOUNT_UNKNOWN),
        ("9999", RejectCode.ACCOUNT_CLOSED),
        ("7777", RejectCode.ACCOUNT_FROZEN),
        ("8888", RejectCode.HOLDER_DIFFERS),
    ],
)
async def test_rejection_has_its_code_and_moves_no_money(
    bank: Bank, sandbox: SandboxServer, tail: str, code: RejectCode
) -> None:
    order = instruction(account_number=account_number(tail))
    answers = [await bank.instruct(order), await bank.ask(order.instruction_id, order.amount_fen)]
    assert [(answer.outcome, answer.reject_code) for answer in answers] == [(BankOutcome.REJECTED, code)] * 2
    assert books(sandbox, order.instruction_id)["times_paid"] == 0


async def test_tails_of_rejection_can_be_told(bank: Bank, sandbox: SandboxServer) -> None:
    set_bank(sandbox, reject_tails={"55": "limit_exceeded"})
    rejected = await bank.instruct(instruction(account_number="6222029900000055"))
    paid = await bank.instruct(instruction(account_number="6222029900000000"))
    assert (rejected.reject_code, paid.outcome) == (RejectCode.LIMIT_EXCEEDED, BankOutcome.SETTLED)
    assert REJECT_TITLES.keys() == set(RejectCode)


async def test_account_of_another_holder_is_not_paid(bank: Bank) -> None:
    number = account_number()
    assert (await bank.instruct(instruction(account_number=number))).outcome is BankOutcome.SETTLED
    other = await bank.instruct(instruction(account_number=number, holder_name="王样夺"))
    assert (other.outcome, other.reject_code) == (BankOutcome.REJECTED, RejectCode.HOLDER_DIFFERS)


async def test_accounts_belong_to_one_holder(bank: Bank, sandbox: SandboxServer) -> None:
    first, second = new_person(sandbox), new_person(sandbox)
    number = account_number()

    async def outcome(number: str, **holder: str) -> AccountOutcome:
        answer = await bank.verify_account(AccountQuery(account_number=number, **holder))
        assert (answer.evidence_id is not None, answer.failure) == (True, None)
        assert answer.answered_at is not None
        assert abs(answer.answered_at - datetime.now(UTC)) < timedelta(minutes=1)
        return answer.outcome

    assert await outcome(number, **first) is AccountOutcome.MATCHED
    assert await outcome(number, **first) is AccountOutcome.MATCHED
    assert await outcome(number, **second) is AccountOutcome.HOLDER_DIFFERS, "another number, the same name"
    assert await outcome(number, **{**first, "holder_name": "赵样错"}) is AccountOutcome.HOLDER_DIFFERS
    assert await outcome("622202990000010000", **first) is AccountOutcome.UNKNOWN
    assert await outcome("622202990000019999", **first) is AccountOutcome.CLOSED
    assert await outcome("622202990000018888", **first) is AccountOutcome.HOLDER_DIFFERS
    stranger = {"holder_name": "钱样无", "holder_number": with_check_digit("11000018700101996")}
    assert await outcome(account_number(), **stranger) is AccountOutcome.UNKNOWN
    company = {"holder_name": "样例培训学校", "holder_number": "52110000MA0EXAMP9U"}
    assert await outcome(account_number(), **company) is AccountOutcome.MATCHED


async def test_registered_account_can_be_closed(bank: Bank, sandbox: SandboxServer) -> None:
    person = new_person(sandbox)
    account = {"account_number": account_number(), "state": "closed", **person}
    sandbox.control.post("/sandbox/bank/accounts", json={"accounts": [account]}).raise_for_status()
    answer = await bank.verify_account(AccountQuery(account_number=account["account_number"], **person))
    assert answer.outcome is AccountOutcome.CLOSED
    order = instruction(account_number=account["account_number"], holder_name=person["holder_name"])
    assert (await bank.instruct(order)).reject_code is RejectCode.ACCOUNT_CLOSED


CONTRADICTIONS = [
    ({"wrong": "contradicting"}, FailureKind.MISMATCHED, 1),
    ({"wrong": "wrong_count"}, FailureKind.MALFORMED, 1),
]


@pytest.mark.parametrize(("behavior", "failure", "attempts"), [*MISBEHAVIORS, *CONTRADICTIONS], ids=str)
async def test_misbehavior_is_unavailable_and_never_an_outcome(
    bank: Bank,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, object],
    failure: FailureKind,
    attempts: int,
) -> None:
    order = instruction()
    sandbox.behave(SYSTEM, **behavior)
    answer = await bank.instruct(order)
    assert answer == InstructionAnswer(
        instruction_id=order.instruction_id, outcome=BankOutcome.UNAVAILABLE, failure=failure
    )
    assert len(transport.sent) == attempts


@pytest.mark.parametrize(("behavior", "failure", "attempts"), [*MISBEHAVIORS[4:], *CONTRADICTIONS], ids=str)
async def test_misbehavior_leaves_question_and_account_open(
    sandbox: SandboxServer, behavior: dict[str, object], failure: FailureKind, attempts: int
) -> None:
    asking, checking = (
        Bank(base_url=sandbox.url, key=bank_key(sandbox), pace=QUICKER, transport=RecordingTransport())
        for _ in range(2)
    )
    order, person = instruction(), new_person(sandbox)
    await asking.instruct(order)
    sandbox.behave(SYSTEM, **behavior)
    told = await asking.ask(order.instruction_id, order.amount_fen)
    checked = await checking.verify_account(AccountQuery(account_number=order.account_number, **person))
    assert (told.outcome, told.failure) == (BankOutcome.UNAVAILABLE, failure)
    if behavior == {"wrong": "contradicting"}:
        failure = FailureKind.MALFORMED  # an outcome that the contract has not
    assert checked == AccountAnswer(outcome=AccountOutcome.UNAVAILABLE, failure=failure)
    await asking.aclose()
    await checking.aclose()


class ForgetfulBank(RecordingTransport):
    """Asks for each instruction that is put, instead of putting it, and passes the bank's rightly signed answer on."""

    key: SharedKey

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpx.Request("GET", request.url, headers={"Content-Type": "application/json"})
        sign_request(asked, self.key, created=int(time.time()), nonce=secrets.token_hex(16))
        response = await super().handle_async_request(asked)
        for name in ("signature", "signature-input", "content-digest"):
            request.headers[name] = asked.headers[name]
        return response


async def test_what_was_just_sent_cannot_be_unknown(sandbox: SandboxServer) -> None:
    transport = ForgetfulBank()
    transport.key = bank_key(sandbox)
    bank = Bank(base_url=sandbox.url, key=bank_key(sandbox), transport=transport)
    answer = await bank.instruct(instruction())
    assert (answer.outcome, answer.failure) == (BankOutcome.UNAVAILABLE, FailureKind.MISMATCHED)
    await bank.aclose()


async def test_circuit_opens_and_spares_the_bank(
    bank: Bank, sandbox: SandboxServer, circuit: CircuitBreaker, transport: RecordingTransport
) -> None:
    sandbox.behave(SYSTEM, down=True)
    answers = [await bank.instruct(instruction()) for _ in range(5)]
    assert circuit.state is CircuitState.OPEN
    assert len(transport.sent) == 4
    assert answers[-1].failure is FailureKind.CIRCUIT_OPEN


@pytest.mark.parametrize(
    "behavior",
    [{}, {"down": True}, {"wrong": "malformed_json"}, {"wrong": "contradicting"}, {"late_ms": 400}],
    ids=str,
)
async def test_no_log_record_holds_an_account_a_name_or_a_secret(
    bank: Bank,
    sandbox: SandboxServer,
    caplog: pytest.LogCaptureFixture,
    written: Lines,
    behavior: dict[str, object],
) -> None:
    person = new_person(sandbox)
    order = instruction(holder_name=person["holder_name"])
    asked = AccountQuery(account_number=order.account_number, **person)
    sandbox.behave(SYSTEM, **behavior)
    answers = [
        await bank.instruct(order),
        await bank.ask(order.instruction_id, order.amount_fen),
        await bank.verify_account(asked),
        await bank.instruct(instruction(instruction_id=order.instruction_id)),
    ]
    assert caplog.records
    text = "\n".join([caplog.text, *(str(vars(record)) for record in caplog.records)])
    text += str(written) + repr([answers, order, asked, bank])
    for secret in (*person.values(), order.account_number, sandbox.config.bank_secret):
        assert secret not in text


async def test_two_hundred_instructions_under_faults_are_each_paid_once(sandbox: SandboxServer) -> None:
    """Errors of 30 %, and every tenth answer lost after the work: sent until told, the sum is right to the fen."""
    bank = Bank(
        base_url=sandbox.url,
        key=bank_key(sandbox),
        circuit=CircuitBreaker(failures_to_open=10, open_seconds=0.01),
    )
    before = sandbox.control.get("/sandbox/bank/ledger", params={"limit": 0}).json()["totals"]["posted"]
    orders = [instruction(amount_fen=100_000 + number) for number in range(200)]
    sandbox.behave(SYSTEM, error_rate=0.3)
    waiting = list(orders)
    while waiting:
        answers = await asyncio.gather(*(bank.instruct(order) for order in waiting))
        # Of those that were told, every tenth is forgotten again: as if we had been killed before storing it.
        waiting = [
            order
            for number, (order, answer) in enumerate(zip(waiting, answers, strict=True))
            if answer.outcome is not BankOutcome.SETTLED or (number % 10 == 9 and len(waiting) > 20)
        ]
    after = sandbox.control.get("/sandbox/bank/ledger", params={"limit": 20_000}).json()
    assert after["paid_more_than_once"] == []
    assert after["totals"]["posted"]["count"] - before["count"] == 200
    assert after["totals"]["posted"]["fen"] - before["fen"] == sum(order.amount_fen for order in orders)
    await bank.aclose()
