"""Exchange of files with the network: asked for once, polled, read part by part, every part proved."""

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from app.gateways.assessment_facts import Extract, ExtractFormat, ExtractOrder, ExtractState
from app.gateways.assessment_network import AssessmentNetwork
from app.gateways.assessment_wire import rows_of_part
from app.gateways.http import FailureKind, UpstreamFailed
from tests.gateways.certificates import SYSTEM, act, enter, some
from tests.gateways.recording import Contract, RecordingTransport
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio

ISSUER = "S000032990007"


async def ready(network: AssessmentNetwork, extract: Extract) -> Extract:
    for _ in range(200):
        if extract.state is not ExtractState.PREPARING:
            return extract
        await asyncio.sleep(0.05)
        extract = await network.extract_status(extract.extract_id)
    raise AssertionError("the file was not prepared")


async def numbers_of(network: AssessmentNetwork, extract: Extract) -> list[str]:
    return [
        row.certificate.certificate_number
        async for part in network.download_extract(extract)
        for row in part.rows
    ]


@pytest.mark.parametrize("form", list(ExtractFormat))
async def test_file_of_an_issuer_holds_its_certificates(
    network: AssessmentNetwork, sandbox: SandboxServer, form: ExtractFormat
) -> None:
    issuer = f"S0000119976{list(ExtractFormat).index(form):02d}"
    shown = [enter(sandbox, issuer_code=issuer, trade='电工,"样"') for _ in range(3)]
    act(sandbox, shown[1], "revoke")
    enter(sandbox, issuer_code=issuer, hidden=True)
    extract = await ready(
        network, await network.request_extract(ExtractOrder(format=form, issuer_code=issuer))
    )
    [part] = [part async for part in network.download_extract(extract)]
    assert [row.certificate.state.value for row in part.rows] == ["valid", "revoked", "valid"]
    assert [row.holder.identity_number for row in part.rows] == [
        one["holder"]["identity_number"] for one in shown
    ]
    assert {row.certificate.trade for row in part.rows} == {'电工,"样"'}
    assert extract.manifest is not None
    assert extract.manifest.rows == 3


async def test_both_forms_say_the_same_in_many_parts(
    network: AssessmentNetwork, transport: RecordingTransport
) -> None:
    orders = [
        ExtractOrder(format=form, issued_from=date(2025, 3, 1), issued_before=date(2025, 7, 1))
        for form in ExtractFormat
    ]
    extracts = [await ready(network, await network.request_extract(order)) for order in orders]
    rows = [
        [row async for part in network.download_extract(extract) for row in part.rows] for extract in extracts
    ]
    assert rows[0] == rows[1]
    assert len(rows[0]) > 2_000
    assert all(date(2025, 3, 1) <= row.certificate.issued_on < date(2025, 7, 1) for row in rows[0])
    assert extracts[0].manifest is not None
    assert len(extracts[0].manifest.parts) > 2
    contract = Contract("assessment-network.yaml")
    assert [found for exchange in transport.exchanges for found in contract.defects(exchange)] == []


async def test_no_part_is_larger_than_promised(
    network: AssessmentNetwork, transport: RecordingTransport
) -> None:
    order = ExtractOrder(issued_from=date(2025, 1, 1))
    await numbers_of(network, await ready(network, await network.request_extract(order)))
    parts = [one for one in transport.exchanges if one.request.url.path == "/v1/extract-parts"]
    assert len(parts) > 5
    assert max(len(part.body) for part in parts) <= 1_048_576


async def test_the_same_request_finds_the_same_file(network: AssessmentNetwork) -> None:
    order = ExtractOrder(issuer_code=ISSUER)
    first = await network.request_extract(order, request_id="an-import-of-the-registry-1")
    again = await network.request_extract(order, request_id="an-import-of-the-registry-1")
    other = await network.request_extract(order)
    assert first.extract_id == again.extract_id != other.extract_id


async def test_download_goes_on_after_a_break(network: AssessmentNetwork, sandbox: SandboxServer) -> None:
    order = ExtractOrder(issued_from=date(2025, 3, 1), issued_before=date(2025, 7, 1))
    extract = await ready(network, await network.request_extract(order))
    whole = await numbers_of(network, extract)
    got: list[str] = []
    done = 0
    with pytest.raises(UpstreamFailed):  # noqa: PT012  the break comes in the middle
        async for part in network.download_extract(extract):
            got += [row.certificate.certificate_number for row in part.rows]
            done = part.number
            sandbox.behave(SYSTEM, down=True)
    sandbox.behave(SYSTEM)
    async for part in network.download_extract(extract, from_part=done + 1):
        got += [row.certificate.certificate_number for row in part.rows]
    assert got == whole


async def test_changes_go_on_where_the_file_ends(network: AssessmentNetwork, sandbox: SandboxServer) -> None:
    extract = await ready(network, await network.request_extract(ExtractOrder(issuer_code=ISSUER)))
    shown = enter(sandbox)
    assert extract.manifest is not None
    [change] = (await network.changes(extract.manifest.cursor)).items
    assert change.certificate.certificate_number == shown["certificate"]["certificate_number"]


@pytest.mark.parametrize("wrong", ["contradicting", "wrong_count", "wrong_reference"])
async def test_altered_part_is_never_handed_out(
    network: AssessmentNetwork, sandbox: SandboxServer, wrong: str
) -> None:
    """Signed, and yet not the part of the manifest."""
    extract = await ready(network, await network.request_extract(ExtractOrder(issuer_code=ISSUER)))
    sandbox.behave(SYSTEM, wrong=wrong)
    with pytest.raises(UpstreamFailed) as raised:
        await numbers_of(network, extract)
    assert raised.value.kind is FailureKind.MISMATCHED


async def test_part_is_held_against_its_sum_before_the_file_is_whole(network: AssessmentNetwork) -> None:
    order = ExtractOrder(issued_from=date(2025, 3, 1), issued_before=date(2025, 7, 1))
    extract = await ready(network, await network.request_extract(order))
    assert extract.manifest is not None
    first, *rest = extract.manifest.parts
    parts = (replace(first, sha256="0" * 64), *rest)
    another = replace(extract, manifest=replace(extract.manifest, parts=parts))
    with pytest.raises(UpstreamFailed) as raised:
        await anext(network.download_extract(another))
    assert raised.value.kind is FailureKind.MISMATCHED


async def test_whole_file_is_held_against_its_sum(network: AssessmentNetwork) -> None:
    extract = await ready(network, await network.request_extract(ExtractOrder(issuer_code=ISSUER)))
    assert extract.manifest is not None
    another = replace(extract, manifest=replace(extract.manifest, sha256="0" * 64))
    with pytest.raises(UpstreamFailed) as raised:
        await numbers_of(network, another)
    assert raised.value.kind is FailureKind.MISMATCHED


@pytest.mark.parametrize(
    ("behavior", "failure"),
    [
        ({"wrong": "contradicting"}, FailureKind.MALFORMED),
        ({"wrong": "wrong_reference"}, FailureKind.MISMATCHED),
        ({"wrong": "malformed_json"}, FailureKind.MALFORMED),
        ({"wrong": "oversize"}, FailureKind.OVERSIZE),
        ({"wrong": "truncated"}, FailureKind.CONNECTION),
        ({"wrong": "bad_signature"}, FailureKind.SIGNATURE),
        ({"wrong": "unsigned"}, FailureKind.SIGNATURE),
        ({"down": True}, FailureKind.SERVER_ERROR),
        ({"delay_ms": [1_000, 1_000]}, FailureKind.TIMEOUT),
        ({"rate_limit_retry_after_seconds": 60}, FailureKind.THROTTLED),
    ],
    ids=str,
)
async def test_doubtful_state_is_no_state(
    network: AssessmentNetwork, sandbox: SandboxServer, behavior: dict[str, object], failure: FailureKind
) -> None:
    extract = await ready(network, await network.request_extract(ExtractOrder(issuer_code=ISSUER)))
    sandbox.behave(SYSTEM, **behavior)
    with pytest.raises(UpstreamFailed) as raised:
        await network.extract_status(extract.extract_id)
    assert raised.value.kind is failure


async def test_file_unknown_to_the_network_is_said_so(network: AssessmentNetwork) -> None:
    with pytest.raises(UpstreamFailed) as raised:
        await network.extract_status("EX-9999999999")
    assert (raised.value.kind, raised.value.code) == (FailureKind.CALLER_REJECTED, "extract_unknown")


async def test_file_that_is_not_ready_cannot_be_read(network: AssessmentNetwork) -> None:
    extract = await network.request_extract(ExtractOrder(issuer_code=ISSUER))
    with pytest.raises(ValueError, match="not ready"):
        await numbers_of(network, replace(extract, state=ExtractState.PREPARING, manifest=None))


def test_order_without_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="issuer or of a period"):
        ExtractOrder()
    with pytest.raises(ValueError, match="issuer_code"):
        ExtractOrder(issuer_code="no code")


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (ExtractFormat.NDJSON, b'{"holder": {}}\n'),
        (ExtractFormat.NDJSON, b"{}"),
        (ExtractFormat.NDJSON, b"\xff\n"),
        (ExtractFormat.CSV, b"other,header\r\n"),
        (ExtractFormat.CSV, b""),
    ],
)
def test_malformed_part_is_refused(form: ExtractFormat, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        rows_of_part(body, form, has_header=True)


async def test_certificates_of_the_population_are_in_the_file_of_their_issuer(
    network: AssessmentNetwork, sandbox: SandboxServer
) -> None:
    shown = some(sandbox, 1, kind="skill_level")[0]["certificate"]
    order = ExtractOrder(issuer_code=shown["issuer_code"])
    numbers = await numbers_of(network, await ready(network, await network.request_extract(order)))
    assert shown["certificate_number"] in numbers
    assert len(set(numbers)) == len(numbers)
