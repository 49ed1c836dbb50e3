"""A running sandbox and clients of it with a quick pace."""

import logging
from collections.abc import AsyncIterator, Iterator, MutableMapping
from dataclasses import replace
from typing import Any

import pytest
import structlog
from structlog.testing import LogCapture

from app.gateways.assessment_network import NETWORK_PACE, AssessmentNetwork
from app.gateways.bank import BANK_PACE, Bank
from app.gateways.cardholder_base import CardholderBase
from app.gateways.circuit import CircuitBreaker
from app.gateways.citizen_identity import CitizenIdentityGateway
from app.gateways.http import FailureKind, Pace
from app.gateways.insurance import UnemploymentInsurance
from app.gateways.message_signatures import SharedKey
from app.gateways.messages import MessageGateway
from app.sandbox.behavior import System
from tests.gateways.recording import RecordingTransport
from tests.sandbox_server import SandboxServer, running_sandbox

REDIRECT_URI = "http://127.0.0.1/sign-in/citizen/callback"
QUICK = Pace(attempt_seconds=0.6, deadline_seconds=2.5, attempts=3, backoff_seconds=0.01)
QUICK_NETWORK = Pace(
    attempt_seconds=0.8,
    deadline_seconds=3.0,
    attempts=3,
    backoff_seconds=0.01,
    response_bytes_max=NETWORK_PACE.response_bytes_max,
)

QUICKER = Pace(
    attempt_seconds=0.25,
    deadline_seconds=2.0,
    attempts=3,
    backoff_seconds=0.01,
    response_bytes_max=BANK_PACE.response_bytes_max,
)
QUICKER_INSURANCE = Pace(attempt_seconds=0.25, deadline_seconds=2.0, attempts=3, backoff_seconds=0.01)
MISBEHAVIORS: list[tuple[dict[str, object], FailureKind, int]] = [
    ({"down": True}, FailureKind.SERVER_ERROR, 3),
    ({"error_rate": 1.0}, FailureKind.SERVER_ERROR, 3),
    ({"delay_ms": [400, 400]}, FailureKind.TIMEOUT, 3),
    ({"late_ms": 400}, FailureKind.TIMEOUT, 3),
    ({"wrong": "truncated"}, FailureKind.CONNECTION, 3),
    ({"wrong": "malformed_json"}, FailureKind.MALFORMED, 1),
    ({"wrong": "oversize"}, FailureKind.OVERSIZE, 1),
    ({"wrong": "bad_signature"}, FailureKind.SIGNATURE, 1),
    ({"wrong": "unsigned"}, FailureKind.SIGNATURE, 1),
    ({"wrong": "wrong_reference"}, FailureKind.MISMATCHED, 1),
    ({"wrong": "outdated"}, FailureKind.MISMATCHED, 1),
    ({"rate_limit_retry_after_seconds": 60}, FailureKind.THROTTLED, 1),
]
"""What each system can do, what we make of it, and how many attempts that takes."""
FAULTS = [{}, {"down": True}, {"error_rate": 1.0}, {"rate_limit_retry_after_seconds": 60}]
"""What a contract provides for."""


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxServer]:
    with running_sandbox() as server:
        yield server


@pytest.fixture
def sandbox(sandbox_process: SandboxServer) -> SandboxServer:
    """The sandbox, behaving well again."""
    for system in System:
        sandbox_process.behave(system.value)
    sandbox_process.control.put("/sandbox/push-target", json={"url": None}).raise_for_status()
    for place in (
        "assessment-network",
        "unemployment-insurance",
        "bank",
        "messages",
        "bank/statement-faults",
    ):
        sandbox_process.control.put(f"/sandbox/{place}", json={}).raise_for_status()
    sandbox_process.control.put("/sandbox/bank/notice-target", json={"url": None}).raise_for_status()
    return sandbox_process


@pytest.fixture
def circuit() -> CircuitBreaker:
    return CircuitBreaker(failures_to_open=4, window=8, open_seconds=0.3)


@pytest.fixture
def patience() -> int:
    """How many times as long as usual an answer is waited for; a test of many lines, which a busy machine answers
    late, is given more by ``WITH_PATIENCE``: otherwise a request sent again would be counted among its batches.
    """
    return 1


WITH_PATIENCE = pytest.mark.parametrize("patience", [40], ids=["patient"])


def _paced(pace: Pace, patience: int) -> Pace:
    return replace(
        pace,
        attempt_seconds=pace.attempt_seconds * patience,
        deadline_seconds=pace.deadline_seconds * patience,
    )


@pytest.fixture
def transport() -> RecordingTransport:
    return RecordingTransport()


def shared_key(sandbox: SandboxServer) -> SharedKey:
    return SharedKey(sandbox.config.cardholder_key_id, sandbox.config.cardholder_secret.encode())


@pytest.fixture
async def base(
    sandbox: SandboxServer, circuit: CircuitBreaker, transport: RecordingTransport, patience: int
) -> AsyncIterator[CardholderBase]:
    client = CardholderBase(
        base_url=sandbox.url,
        key=shared_key(sandbox),
        pace=_paced(QUICK, patience),
        circuit=circuit,
        transport=transport,
    )
    yield client
    await client.aclose()


def assessment_key(sandbox: SandboxServer) -> SharedKey:
    return SharedKey(sandbox.config.assessment_key_id, sandbox.config.assessment_secret.encode())


@pytest.fixture
async def network(
    sandbox: SandboxServer, circuit: CircuitBreaker, transport: RecordingTransport, patience: int
) -> AsyncIterator[AssessmentNetwork]:
    client = AssessmentNetwork(
        base_url=sandbox.url,
        key=assessment_key(sandbox),
        pace=_paced(QUICK_NETWORK, patience),
        circuit=circuit,
        transport=transport,
    )
    yield client
    await client.aclose()


@pytest.fixture
async def gateway(
    sandbox: SandboxServer, circuit: CircuitBreaker, transport: RecordingTransport
) -> AsyncIterator[CitizenIdentityGateway]:
    client = CitizenIdentityGateway(
        issuer=sandbox.issuer,
        client_id=sandbox.config.citizen_client_id,
        client_secret=sandbox.config.citizen_client_secret,
        redirect_uri=REDIRECT_URI,
        pace=QUICK,
        circuit=circuit,
        transport=transport,
    )
    yield client
    await client.aclose()


def insurance_key(sandbox: SandboxServer) -> SharedKey:
    return SharedKey(sandbox.config.insurance_key_id, sandbox.config.insurance_secret.encode())


@pytest.fixture
async def insurance(
    sandbox: SandboxServer, circuit: CircuitBreaker, transport: RecordingTransport, patience: int
) -> AsyncIterator[UnemploymentInsurance]:
    client = UnemploymentInsurance(
        base_url=sandbox.url,
        key=insurance_key(sandbox),
        pace=_paced(QUICKER_INSURANCE, patience),
        circuit=circuit,
        transport=transport,
    )
    yield client
    await client.aclose()


def bank_key(sandbox: SandboxServer) -> SharedKey:
    return SharedKey(sandbox.config.bank_key_id, sandbox.config.bank_secret.encode())


@pytest.fixture
async def bank(
    sandbox: SandboxServer, circuit: CircuitBreaker, transport: RecordingTransport
) -> AsyncIterator[Bank]:
    client = Bank(
        base_url=sandbox.url, key=bank_key(sandbox), pace=QUICKER, circuit=circuit, transport=transport
    )
    yield client
    await client.aclose()


def messages_key(sandbox: SandboxServer) -> SharedKey:
    return SharedKey(sandbox.config.messages_key_id, sandbox.config.messages_secret.encode())


@pytest.fixture
async def messages(
    sandbox: SandboxServer, circuit: CircuitBreaker, transport: RecordingTransport
) -> AsyncIterator[MessageGateway]:
    client = MessageGateway(
        base_url=sandbox.url, key=messages_key(sandbox), pace=QUICKER, circuit=circuit, transport=transport
    )
    yield client
    await client.aclose()


Lines = list[MutableMapping[str, Any]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Lines:
    """The lines our gateways write, however logging is configured in this process."""
    capture = LogCapture()
    # The sink, not the line: wrapped as structlog wraps its own, and never cached.
    monkeypatch.setattr("app.gateways.http.log", structlog.wrap_logger(None, processors=[capture]))
    return capture.entries


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    """Down to DEBUG, ours and the HTTP library's: what is never written at that level is never written."""
    caplog.set_level(logging.DEBUG)
