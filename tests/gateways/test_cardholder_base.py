"""The card-holder base's client against the sandbox over real HTTP: each misbehavior, its right outcome."""

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.gateways.cardholder_base import (
    BATCH_LINES_MAX,
    CardholderBase,
    IdentityOutcome,
    IdentityQuery,
)
from app.gateways.circuit import CircuitBreaker, CircuitState
from app.gateways.http import FailureKind, Pace
from app.gateways.message_signatures import SharedKey
from app.sandbox.population import with_check_digit
from tests.gateways.cardholders import SYSTEM, assert_unavailable, query
from tests.gateways.conftest import QUICK, WITH_PATIENCE, Lines, shared_key
from tests.gateways.recording import RecordingTransport
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio


async def test_each_state_has_its_outcome_in_the_order_asked(
    base: CardholderBase, sandbox: SandboxServer
) -> None:
    normal = sandbox.person()
    nobody = with_check_digit("11000018700101999")
    answers = await base.check(
        [
            query(sandbox.person("deceased")),
            query(normal),
            query(sandbox.person("card_lost")),
            query(normal, name="李样错"),
            query(sandbox.person("card_canceled")),
            query(normal, number=nobody),
            query(normal, card_number=normal["card_number"]),
            query(normal, card_number="Z9999999"),
        ]
    )
    assert [answer.outcome.value for answer in answers] == [
        "deceased",
        "matched",
        "card_lost",
        "name_mismatch",
        "card_canceled",
        "unknown",
        "matched",
        "card_canceled",
    ]
    assert len({answer.evidence_id for answer in answers}) == len(answers)
    for answer in answers:
        assert answer.failure is None
        assert answer.checked_at is not None
        assert abs(answer.checked_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_wrong_name_hides_that_the_holder_is_deceased(
    base: CardholderBase, sandbox: SandboxServer
) -> None:
    [answer] = await base.check([query(sandbox.person("deceased"), name="李样错")])
    assert answer.outcome is IdentityOutcome.NAME_MISMATCH


@pytest.mark.parametrize("spelling", ["阿依样·测", "阿依样•测", "阿依样・测", "阿依样．测", " 阿依样.测 "])
async def test_one_name_in_many_spellings_matches(
    base: CardholderBase, sandbox: SandboxServer, spelling: str
) -> None:
    number = with_check_digit("65000019491001999")
    sandbox.register(social_security_number=number, name="阿依样·测")
    [answer] = await base.check([IdentityQuery(social_security_number=number, name=spelling)])
    assert answer.outcome is IdentityOutcome.MATCHED


@WITH_PATIENCE
async def test_more_than_a_batch_is_asked_in_several_requests(
    base: CardholderBase, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    people = sandbox.control.get("/sandbox/persons", params={"limit": 1_201, "state": "normal"}).json()
    subjects = [query(person) for person in people["persons"]]
    subjects[700] = query(people["persons"][700], name="李样错")
    answers = await base.check(subjects)
    assert len(transport.sent) == -(-1_201 // BATCH_LINES_MAX)
    assert [index for index, answer in enumerate(answers) if answer.outcome != "matched"] == [700]


async def test_nothing_asked_is_nothing_sent(base: CardholderBase, transport: RecordingTransport) -> None:
    assert await base.check([]) == []
    assert transport.sent == []


@pytest.mark.parametrize(
    ("behavior", "failure", "attempts"),
    [
        ({"down": True}, FailureKind.SERVER_ERROR, 3),
        ({"error_rate": 1.0}, FailureKind.SERVER_ERROR, 3),
        ({"delay_ms": [900, 900]}, FailureKind.TIMEOUT, 3),
        ({"late_ms": 900}, FailureKind.TIMEOUT, 3),
        ({"wrong": "truncated"}, FailureKind.CONNECTION, 3),
        ({"wrong": "malformed_json"}, FailureKind.MALFORMED, 1),
        ({"wrong": "oversize"}, FailureKind.OVERSIZE, 1),
        ({"wrong": "bad_signature"}, FailureKind.SIGNATURE, 1),
        ({"wrong": "unsigned"}, FailureKind.SIGNATURE, 1),
        ({"wrong": "contradicting"}, FailureKind.MISMATCHED, 1),
        ({"wrong": "wrong_reference"}, FailureKind.MISMATCHED, 1),
        ({"wrong": "wrong_count"}, FailureKind.MISMATCHED, 1),
        ({"wrong": "outdated"}, FailureKind.MISMATCHED, 1),
        ({"rate_limit_retry_after_seconds": 60}, FailureKind.THROTTLED, 1),
    ],
    ids=str,
)
async def test_misbehavior_is_unavailable_and_never_matched(
    base: CardholderBase,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, object],
    failure: FailureKind,
    attempts: int,
) -> None:
    people = [sandbox.person(offset=offset) for offset in range(3)]
    sandbox.behave(SYSTEM, **behavior)
    assert_unavailable(await base.check([query(person) for person in people]), failure)
    assert len(transport.sent) == attempts


async def test_single_line_answered_twice_is_unavailable(
    base: CardholderBase, sandbox: SandboxServer
) -> None:
    person = sandbox.person()
    sandbox.behave(SYSTEM, wrong="contradicting")
    assert_unavailable(await base.check([query(person)]), FailureKind.MISMATCHED)


async def test_slow_base_holds_nobody_longer_than_the_deadline(sandbox: SandboxServer) -> None:
    pace = Pace(attempt_seconds=0.5, deadline_seconds=0.8, attempts=10, backoff_seconds=0.01)
    person = sandbox.person()
    sandbox.behave(SYSTEM, delay_ms=[2_000, 2_000])
    client = CardholderBase(base_url=sandbox.url, key=shared_key(sandbox), pace=pace)
    started = time.monotonic()
    assert_unavailable(await client.check([query(person)]), FailureKind.TIMEOUT)
    assert time.monotonic() - started < 1.2
    await client.aclose()


async def test_passing_fault_is_overcome_with_a_new_signature(
    base: CardholderBase, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    person = sandbox.person()
    sandbox.behave(SYSTEM, down=True, remaining=2)
    [answer] = await base.check([query(person)])
    assert answer.outcome is IdentityOutcome.MATCHED
    assert len(transport.sent) == 3
    assert len({request.headers["signature"] for request in transport.sent}) == 3
    assert len({request.content for request in transport.sent}) == 1


async def test_short_retry_after_is_waited_for(base: CardholderBase, sandbox: SandboxServer) -> None:
    person = sandbox.person()
    sandbox.behave(SYSTEM, rate_limit_retry_after_seconds=1, remaining=1)
    started = time.monotonic()
    [answer] = await base.check([query(person)])
    assert answer.outcome is IdentityOutcome.MATCHED
    assert time.monotonic() - started >= 1


async def test_long_retry_after_is_respected_by_later_calls(
    base: CardholderBase, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    person = sandbox.person()
    sandbox.behave(SYSTEM, rate_limit_retry_after_seconds=60, remaining=1)
    assert_unavailable(await base.check([query(person)]), FailureKind.THROTTLED)
    assert_unavailable(await base.check([query(person)]), FailureKind.CIRCUIT_OPEN)
    assert len(transport.sent) == 1


async def test_circuit_opens_spares_the_base_and_recovers(
    base: CardholderBase, sandbox: SandboxServer, circuit: CircuitBreaker, transport: RecordingTransport
) -> None:
    person = sandbox.person()
    sandbox.behave(SYSTEM, down=True)
    for _ in range(5):
        await base.check([query(person)])
    assert circuit.state is CircuitState.OPEN
    assert len(transport.sent) == 4, "after the fourth failure nothing more is sent"
    assert_unavailable(await base.check([query(person)]), FailureKind.CIRCUIT_OPEN)
    sandbox.behave(SYSTEM)
    await asyncio.sleep(0.35)
    assert circuit.state is CircuitState.HALF_OPEN
    [answer] = await base.check([query(person)])
    assert answer.outcome is IdentityOutcome.MATCHED
    assert circuit.state is CircuitState.CLOSED


async def test_no_server_at_all_is_unavailable(sandbox: SandboxServer) -> None:
    person = sandbox.person()
    client = CardholderBase(base_url="http://127.0.0.1:9", key=shared_key(sandbox), pace=QUICK)
    assert_unavailable(await client.check([query(person)]), FailureKind.CONNECTION)
    await client.aclose()


async def test_wrong_secret_of_ours_is_unavailable_and_does_not_open_the_circuit(
    sandbox: SandboxServer, circuit: CircuitBreaker
) -> None:
    person = sandbox.person()
    key = SharedKey(sandbox.config.cardholder_key_id, b"another secret of thirty-two bytes or more")
    client = CardholderBase(base_url=sandbox.url, key=key, pace=QUICK, circuit=circuit)
    for _ in range(6):
        assert_unavailable(await client.check([query(person)]), FailureKind.CALLER_REJECTED)
    assert circuit.state is CircuitState.CLOSED
    await client.aclose()


async def test_our_clock_far_off_is_noticed_by_the_base(sandbox: SandboxServer) -> None:
    person = sandbox.person()
    client = CardholderBase(
        base_url=sandbox.url,
        key=shared_key(sandbox),
        pace=QUICK,
        unix_time=lambda: time.time() - 301,
    )
    before = sandbox.stats(SYSTEM).get("refused_signature_outdated", 0)
    assert_unavailable(await client.check([query(person)]), FailureKind.CALLER_REJECTED)
    assert sandbox.stats(SYSTEM)["refused_signature_outdated"] == before + 1
    await client.aclose()


async def test_answer_signed_long_ago_is_not_accepted(sandbox: SandboxServer) -> None:
    person = sandbox.person()
    moments = iter([time.time(), time.time() + 302])
    client = CardholderBase(
        base_url=sandbox.url, key=shared_key(sandbox), pace=QUICK, unix_time=lambda: next(moments)
    )
    assert_unavailable(await client.check([query(person)]), FailureKind.SIGNATURE)
    await client.aclose()


class ReplayingTransport(httpx.AsyncBaseTransport):
    """Somebody in the middle who answers every question with the first, rightly signed answer."""

    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport()
        self.first: tuple[httpx.Headers, bytes] | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.first is None:
            response = await self.inner.handle_async_request(request)
            self.first = (response.headers, await response.aread())
        return httpx.Response(200, headers=self.first[0], stream=httpx.ByteStream(self.first[1]))

    async def aclose(self) -> None:
        await self.inner.aclose()


async def test_answer_to_an_earlier_question_is_not_accepted(sandbox: SandboxServer) -> None:
    client = CardholderBase(
        base_url=sandbox.url, key=shared_key(sandbox), pace=QUICK, transport=ReplayingTransport()
    )
    person = sandbox.person()
    [first] = await client.check([query(person)])
    assert first.outcome is IdentityOutcome.MATCHED
    assert_unavailable(await client.check([query(person, name="李样错")]), FailureKind.SIGNATURE)
    await client.aclose()


@pytest.mark.parametrize(
    "behavior",
    [{}, {"down": True}, {"wrong": "malformed_json"}, {"wrong": "wrong_reference"}, {"late_ms": 900}],
    ids=str,
)
async def test_no_log_record_holds_a_number_a_name_or_a_secret(
    base: CardholderBase,
    sandbox: SandboxServer,
    caplog: pytest.LogCaptureFixture,
    written: Lines,
    behavior: dict[str, object],
) -> None:
    person = sandbox.person()
    asked = query(person)
    sandbox.behave(SYSTEM, **behavior)
    answers = await base.check([asked])
    assert caplog.records
    text = "\n".join([caplog.text, *(str(vars(record)) for record in caplog.records)])
    assert bool(written) is bool(behavior)
    text += str(written) + repr(asked) + repr(answers) + repr(base) + repr(shared_key(sandbox))
    assert person["social_security_number"] not in text
    assert person["name"] not in text
    assert sandbox.config.cardholder_secret not in text
    assert not re.search(r"(?<![0-9a-f])[0-9]{17}[0-9X]", text)


async def test_failure_is_logged_with_system_kind_and_attempt(
    base: CardholderBase, sandbox: SandboxServer, written: Lines
) -> None:
    person = sandbox.person()
    sandbox.behave(SYSTEM, down=True)
    await base.check([query(person)])
    assert [(line["event"], line["attempt"]) for line in written] == [
        ("upstream call failed", attempt) for attempt in (1, 2, 3)
    ]
    said = {name: written[0][name] for name in ("system", "operation", "kind", "status", "log_level")}
    assert said == {
        "system": "cardholder_base",
        "operation": "check",
        "kind": "server_error",
        "status": 503,
        "log_level": "warning",
    }
