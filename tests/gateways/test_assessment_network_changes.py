"""Following the network's changes: whole pages or none, each change once, nothing missed."""

import time
from typing import Any

import pytest

from app.gateways.assessment_facts import Change, ChangeKind
from app.gateways.assessment_network import AssessmentNetwork
from app.gateways.circuit import CircuitBreaker
from app.gateways.http import FailureKind, Pace, UpstreamFailed
from tests.gateways.certificates import SYSTEM, act, enter
from tests.gateways.conftest import assessment_key
from tests.gateways.recording import Contract, RecordingTransport
from tests.gateways.test_assessment_network import MISBEHAVIOR
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio


async def newest(network: AssessmentNetwork) -> str:
    """The cursor after everything there is."""
    cursor: str | None = None
    while True:
        page = await network.changes(cursor)
        cursor = page.next_cursor
        if not page.has_more:
            return cursor


class Consumer:
    """The least that a caller does: keeps the cursor with the effects, and each certificate's newest revision."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.seen: list[Change] = []
        self.repeated = 0
        self.failures = 0

    async def follow(self, network: AssessmentNetwork, *, limit: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                page = await network.changes(self.cursor, limit)
            except UpstreamFailed:
                self.failures += 1
                continue
            self.seen.extend(page.items)
            self.cursor = page.next_cursor
            self.repeated += page.repeated
            if not page.has_more:
                return
        raise AssertionError("the end was not reached")


async def test_all_changes_come_in_order_and_once(network: AssessmentNetwork, sandbox: SandboxServer) -> None:
    consumer = Consumer()
    await consumer.follow(network, limit=500)
    sequences = [change.sequence for change in consumer.seen]
    assert len(sequences) >= sandbox.config.changes_kept
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    assert len({change.change_id for change in consumer.seen}) == len(sequences)
    assert {change.kind for change in consumer.seen} >= {ChangeKind.ISSUED, ChangeKind.REVOKED}


async def test_five_thousand_changes_survive_failures_delays_and_duplicates(sandbox: SandboxServer) -> None:
    sandbox.behave(SYSTEM, error_rate=0.3, delay_ms=[0, 150], duplicate_rate=0.4)
    network = AssessmentNetwork(
        base_url=sandbox.url,
        key=assessment_key(sandbox),
        # Times are scaled down: one answer in ten comes later than we wait for it.
        pace=Pace(
            attempt_seconds=0.135,
            deadline_seconds=0.5,
            attempts=2,
            backoff_seconds=0.005,
            response_bytes_max=2_097_152,
        ),
        circuit=CircuitBreaker(open_seconds=0.02),
    )
    consumer = Consumer()
    await consumer.follow(network, limit=200)
    sequences = [change.sequence for change in consumer.seen]
    assert len(sequences) >= 5_000
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    assert consumer.repeated > 500
    assert consumer.failures > 0, "the network did fail"
    await network.aclose()


async def test_every_act_is_one_change_with_the_certificate_after_it(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    cursor = await newest(network)
    shown = enter(sandbox, name="陈样改", identity_number="320000194910019015")
    act(sandbox, shown, "correct", level="level_3", name="陈样正")
    act(sandbox, shown, "revoke")
    act(sandbox, shown, "revoke")
    act(sandbox, shown, "restore")
    page = await network.changes(cursor)
    assert [
        (
            change.kind.value,
            change.certificate.revision,
            change.certificate.state.value,
            change.certificate.level.value,
            change.holder.name,
        )
        for change in page.items
    ] == [
        ("issued", 1, "valid", "level_4", "陈样改"),
        ("corrected", 2, "valid", "level_3", "陈样正"),
        ("revoked", 3, "revoked", "level_3", "陈样正"),
        ("restored", 4, "valid", "level_3", "陈样正"),
    ]
    assert {change.certificate.certificate_number for change in page.items} == {
        shown["certificate"]["certificate_number"]
    }
    again = await network.changes(page.next_cursor)
    assert (again.items, again.has_more, again.next_cursor) == ((), False, page.next_cursor)


async def test_hidden_certificate_is_no_change_until_it_is_published(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    cursor = await newest(network)
    shown = enter(sandbox, hidden=True, issuer_code="S000011997801")
    assert (await network.changes(cursor)).items == ()
    act(sandbox, shown, "publish")
    [change] = (await network.changes(cursor)).items
    assert change.certificate.certificate_number == shown["certificate"]["certificate_number"]


async def test_changes_repeated_within_and_from_before_the_page_are_left_out(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    first = await network.changes(None, 50)
    sandbox.behave(SYSTEM, duplicate_rate=1.0)
    second = await network.changes(first.next_cursor, 50)
    assert second.repeated == 50 + 3
    assert [change.sequence for change in second.items] == [
        first.through_sequence + step for step in range(1, 51)
    ]


@pytest.mark.parametrize(("behavior", "failure", "attempts"), MISBEHAVIOR, ids=str)
async def test_doubtful_page_is_no_page(
    network: AssessmentNetwork,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, Any],
    failure: FailureKind,
    attempts: int,
) -> None:
    sandbox.behave(SYSTEM, **behavior)
    with pytest.raises(UpstreamFailed) as raised:
        await network.changes(None, 20)
    assert raised.value.kind is failure
    assert len(transport.sent) == attempts


async def test_page_that_begins_elsewhere_than_the_cursor_is_refused(network: AssessmentNetwork) -> None:
    """A network that skipped what lies between would answer just so."""
    page = await network.changes(None, 10)
    _, _, token = page.next_cursor.partition(".")
    for elsewhere in (page.through_sequence - 1, page.through_sequence + 1):
        with pytest.raises(UpstreamFailed) as raised:
            await network.changes(f"{elsewhere}.{token}", 10)
        assert raised.value.kind is FailureKind.MISMATCHED


async def test_cursor_no_longer_kept_is_said_so(network: AssessmentNetwork) -> None:
    with pytest.raises(UpstreamFailed) as raised:
        await network.changes("1.c1")
    assert (raised.value.kind, raised.value.status, raised.value.code) == (
        FailureKind.CALLER_REJECTED,
        410,
        "cursor_expired",
    )


@pytest.mark.parametrize("cursor", ["", "c1", "1.", "x.c1", "-1.c1", "١.c1"])
async def test_what_is_no_cursor_is_a_defect_of_the_caller(network: AssessmentNetwork, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        await network.changes(cursor)


@pytest.mark.parametrize("limit", [0, 501])
async def test_limit_outside_the_contract_is_a_defect_of_the_caller(
    network: AssessmentNetwork, limit: int
) -> None:
    with pytest.raises(ValueError, match="limit"):
        await network.changes(None, limit)


async def test_pages_keep_to_the_written_contract(
    network: AssessmentNetwork, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    act(sandbox, enter(sandbox), "revoke")
    sandbox.behave(SYSTEM, duplicate_rate=0.5)
    page = await network.changes(None, 30)
    await network.changes(page.next_cursor, 30)
    with pytest.raises(UpstreamFailed):
        await network.changes("1.c1")
    contract = Contract("assessment-network.yaml")
    assert [contract.defects(exchange) for exchange in transport.exchanges] == [[]] * 3
