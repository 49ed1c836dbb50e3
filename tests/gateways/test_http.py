"""The resilient client against a server that speaks rudely: raw bytes over a loopback socket."""

import asyncio
import contextlib
import gzip
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import BaseModel, ConfigDict

from app.gateways.circuit import CircuitBreaker, CircuitState
from app.gateways.http import Answer, Call, FailureKind, Pace, ResilientClient, UpstreamFailed, read_model
from tests.gateways.conftest import Lines

pytestmark = pytest.mark.anyio

PACE = Pace(
    attempt_seconds=0.4,
    deadline_seconds=1.5,
    attempts=3,
    backoff_seconds=0.01,
    response_bytes_max=10_000,
)


class Fine(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    word: str


class RudeServer:
    """Sends ``reply`` (bytes, or parts with pauses of 0.1 s) to every request and counts them."""

    def __init__(self) -> None:
        self.requests = 0
        self.reply: list[bytes] = []
        self.url = ""
        self.conversations: set[asyncio.Task[None]] = set()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.current_task()
        assert conversation is not None
        self.conversations.add(conversation)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            self.requests += 1
            for number, part in enumerate(self.reply):
                if number:
                    await asyncio.sleep(0.1)
                writer.write(part)
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def http_reply(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def json_reply(body: bytes) -> list[bytes]:
    return [http_reply(body, Content_Type="application/json")]


@pytest.fixture
async def server() -> AsyncIterator[RudeServer]:
    rude = RudeServer()
    listening = await asyncio.start_server(rude.answer, "127.0.0.1", 0)
    rude.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield rude
    listening.close()
    await asyncio.gather(*rude.conversations)
    await listening.wait_closed()


@pytest.fixture
async def client(server: RudeServer) -> AsyncIterator[ResilientClient]:
    made = ResilientClient(
        system="rude",
        base_url=server.url,
        pace=PACE,
        circuit=CircuitBreaker(failures_to_open=50, window=50),
    )
    yield made
    await made.aclose()


async def outcome(
    client: ResilientClient,
    *,
    is_idempotent: bool = True,
    read: Callable[[Answer], Fine] = lambda answer: read_model(answer, Fine),
) -> Fine | UpstreamFailed:
    call = Call(operation="ask", method="GET", path="/word", is_idempotent=is_idempotent)
    try:
        return await client.send(call, read)
    except UpstreamFailed as failure:
        return failure


async def test_right_answer_is_read(client: ResilientClient, server: RudeServer) -> None:
    server.reply = json_reply(b'{"word":"fine"}')
    assert await outcome(client) == Fine(word="fine")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (json_reply(b'{"word":"a","word":"b"}'), FailureKind.MALFORMED),
        (json_reply(b'{"word":1}'), FailureKind.MALFORMED),
        (json_reply(b'{"word":"a","more":1}'), FailureKind.MALFORMED),
        (json_reply(b'{"word":"\xff"}'), FailureKind.MALFORMED),
        (json_reply(b"[" * 9_000), FailureKind.MALFORMED),
        ([http_reply(b'{"word":"a"}', Content_Type="text/html")], FailureKind.MALFORMED),
        (json_reply(b'{"word":"' + b"a" * 10_000 + b'"}'), FailureKind.OVERSIZE),
        (
            [
                http_reply(
                    gzip.compress(b"a" * 5_000_000), Content_Type="application/json", Content_Encoding="gzip"
                )
            ],
            FailureKind.MALFORMED,
        ),
        (
            [http_reply(b'{"word":"a"}', Content_Type="application/json", Content_Encoding="gzip")],
            FailureKind.MALFORMED,
        ),
        ([http_reply(b"", "302 Found", Location="http://127.0.0.1:9/")], FailureKind.MALFORMED),
        ([http_reply(b"", "204 No Content")], FailureKind.MALFORMED),
        ([http_reply(b"{}", "404 Not Found")], FailureKind.CALLER_REJECTED),
    ],
    ids=[
        "doubled key",
        "wrong type",
        "extra field",
        "bad UTF-8",
        "deep nesting",
        "wrong media type",
        "oversize",
        "compressed bomb",
        "said to be compressed",
        "redirect",
        "no content",
        "not found",
    ],
)
async def test_wrong_answer_is_not_used_and_not_asked_again(
    client: ResilientClient, server: RudeServer, reply: list[bytes], kind: FailureKind
) -> None:
    server.reply = reply
    failure = await outcome(client)
    assert isinstance(failure, UpstreamFailed)
    assert failure.kind is kind
    assert server.requests == 1


@pytest.mark.parametrize(
    "reply", [[], [b"nonsense\r\n\r\n"], [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]]
)
async def test_broken_connection_is_tried_again_a_bounded_number_of_times(
    client: ResilientClient, server: RudeServer, reply: list[bytes]
) -> None:
    server.reply = reply
    failure = await outcome(client)
    assert isinstance(failure, UpstreamFailed)
    assert failure.kind is FailureKind.CONNECTION
    assert server.requests == PACE.attempts


async def test_call_that_is_not_idempotent_is_sent_once(client: ResilientClient, server: RudeServer) -> None:
    server.reply = [http_reply(b"", "503 Service Unavailable")]
    failure = await outcome(client, is_idempotent=False)
    assert isinstance(failure, UpstreamFailed)
    assert server.requests == 1


async def test_slow_drip_ends_with_the_attempt_though_no_single_read_is_slow(
    client: ResilientClient, server: RudeServer
) -> None:
    server.reply = [http_reply(b"a" * 100)[:-99], *[b"a"] * 99]
    started = time.monotonic()
    failure = await outcome(client, is_idempotent=False)
    assert isinstance(failure, UpstreamFailed)
    assert failure.kind is FailureKind.TIMEOUT
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7.0),
        ("99999999999999", 300.0),
        (format_datetime(datetime.now(UTC) + timedelta(hours=3), usegmt=True), 300.0),
        (format_datetime(datetime.now(UTC) - timedelta(hours=3), usegmt=True), 0.0),
        ("soon", 1.0),
        ("-5", 1.0),
    ],
    ids=["seconds", "too many seconds", "a coming time", "a past time", "a word", "a negative number"],
)
async def test_retry_after_is_read_within_reason(
    client: ResilientClient, server: RudeServer, value: str, expected: float
) -> None:
    server.reply = [http_reply(b"", "429 Too Many Requests", Retry_After=value)]
    failure = await outcome(client, is_idempotent=False)
    assert isinstance(failure, UpstreamFailed)
    assert failure.kind is FailureKind.THROTTLED
    assert failure.retry_after_seconds == expected


async def test_error_code_is_kept_only_when_it_is_a_plain_word(
    client: ResilientClient, server: RudeServer
) -> None:
    server.reply = [http_reply(b'{"code":"body_too_large"}', "413 Content Too Large")]
    failure = await outcome(client)
    assert isinstance(failure, UpstreamFailed)
    assert failure.code == "body_too_large"
    server.reply = [http_reply('{"code":"王样安 110000"}'.encode(), "422 Unprocessable Content")]
    failure = await outcome(client)
    assert isinstance(failure, UpstreamFailed)
    assert failure.code is None
    assert "110000" not in str(failure)


async def test_canceled_call_leaves_no_trace_in_the_circuit(server: RudeServer, written: Lines) -> None:
    now = [0.0]
    circuit = CircuitBreaker(failures_to_open=1, window=1, open_seconds=5, monotonic=lambda: now[0])
    client = ResilientClient(system="rude", base_url=server.url, pace=PACE, circuit=circuit)
    circuit.admit().failed()
    now[0] = 5.0
    server.reply = [b"HTTP/1.1 200 OK\r\n", b"x", b"x", b"x"]
    trial = asyncio.create_task(outcome(client))
    await asyncio.sleep(0.05)
    trial.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await trial
    server.reply = json_reply(b'{"word":"fine"}')
    assert await outcome(client) == Fine(word="fine")
    assert circuit.state is CircuitState.CLOSED
    assert [line["event"] for line in written] == ["upstream circuit opened", "upstream circuit closed"]
    await client.aclose()
