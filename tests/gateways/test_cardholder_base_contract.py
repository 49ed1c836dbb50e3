"""Both sides of the card-holder base's written contract: signatures, examples, what departs from it."""

import pytest

from app.gateways.cardholder_base import (
    CardholderBase,
)
from app.gateways.message_signatures import content_digest
from app.sandbox.population import with_check_digit
from tests.gateways.cardholders import SYSTEM, query
from tests.gateways.recording import Contract, RecordingTransport
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio


async def test_replayed_altered_or_unsigned_request_is_refused_by_the_base(
    base: CardholderBase, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    await base.check([query(sandbox.person())])
    [request] = transport.sent
    headers = dict(request.headers)

    def codes(content: bytes, changed: dict[str, str]) -> tuple[int, str]:
        answer = sandbox.control.post("/v1/identity-checks", content=content, headers={**headers, **changed})
        return answer.status_code, answer.json()["code"]

    assert codes(request.content, {}) == (401, "nonce_replayed")
    altered = request.content.replace(b"vocational", b"Vocational")
    assert codes(altered, {}) == (401, "signature_invalid")
    digest = content_digest(altered)
    assert codes(altered, {"content-digest": digest}) == (401, "signature_invalid")
    assert codes(request.content, {"signature": ""}) == (401, "signature_missing")


@pytest.mark.parametrize(
    "behavior",
    [
        {},
        {"down": True},
        {"error_rate": 1.0},
        {"rate_limit_retry_after_seconds": 60},
    ],
    ids=str,
)
async def test_both_sides_keep_to_the_written_contract(
    base: CardholderBase,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, object],
) -> None:
    normal = sandbox.person()
    subjects = [query(normal, card_number=normal["card_number"]), query(normal, name="𬭎")]
    subjects += [query(sandbox.person(state)) for state in ("card_lost", "card_canceled", "deceased")]
    sandbox.behave(SYSTEM, **behavior)
    await base.check(subjects)
    contract = Contract("cardholder-base.yaml")
    assert transport.exchanges
    assert [contract.defects(exchange) for exchange in transport.exchanges] == [[]] * len(transport.exchanges)


async def test_contract_examples_are_valid_and_departures_are_seen(
    base: CardholderBase, sandbox: SandboxServer, transport: RecordingTransport
) -> None:
    contract = Contract("cardholder-base.yaml")
    operation = contract.document["paths"]["/v1/identity-checks"]["post"]
    for content in (operation["requestBody"]["content"], operation["responses"]["200"]["content"]):
        media = content["application/json"]
        assert contract.defects_of_schema(media["schema"], media["example"]) == []
    await base.check([query(sandbox.person())])
    [exchange] = transport.exchanges
    exchange.body = exchange.body.replace(b'"matched"', b'"fits"')
    assert contract.defects(exchange) != []


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "11010"},
        {"number": "11000019900101900x"},
        {"name": ""},
        {"name": " "},
        {"name": "样" * 101},
    ],
    ids=str,
)
async def test_query_outside_the_contract_is_a_defect_of_the_caller(changes: dict[str, str]) -> None:
    person = {"social_security_number": with_check_digit("11000019900101900"), "name": "王样安"}
    with pytest.raises(ValueError, match="has not the form of the contract") as raised:
        query(person, **changes)
    assert changes.get("number", "no number") not in str(raised.value)
