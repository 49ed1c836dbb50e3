"""The contract between registries is what both of our sides do: the served shapes, the answers, the signatures."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from app.access.tokens import SigningKey, TokenRing
from app.api.v1 import peer_lookups, peer_questions
from app.exchange.peers.states import PATHS, Attesting, EndReason, Holding
from app.gateways.message_signatures import SignatureInvalid
from app.gateways.peer_signatures import read_signature, sign_question, verify_question
from app.kernel.clock import utc_now

CONTRACT: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "openapi" / "upstream" / "peer-registry.yaml").read_text()
)
SCHEMAS = CONTRACT["components"]["schemas"]
SHAPES = [
    getattr(module, name)
    for module in (peer_questions, peer_lookups)
    for name in SCHEMAS
    if hasattr(module, name) and name != "StatementOut"
]


def test_every_question_has_its_path() -> None:
    assert set(CONTRACT["paths"]) == set(PATHS.values())
    assert len(SHAPES) == 6


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_what_is_served_is_what_the_contract_says(shape: Any) -> None:
    served, said = shape.model_json_schema(), SCHEMAS[shape.__name__]
    assert set(served["properties"]) == set(said["properties"])
    assert set(served["required"]) == set(said["required"])
    assert served["additionalProperties"] is said["additionalProperties"] is False


def test_outcomes_and_reasons_are_those_of_the_contract() -> None:
    assert set(SCHEMAS["AttestedClaims"]["properties"]["outcome"]["enum"]) == set(Attesting)
    assert set(SCHEMAS["MovedClaims"]["properties"]["outcome"]["enum"]) == set(Holding)
    assert set(SCHEMAS["ReleaseIn"]["properties"]["reason"]["enum"]) == set(EndReason)


KEY = SigningKey.generate()
RING = TokenRing("http://a.registry.test", [KEY])
TARGET = httpx.URL("http://b.registry.test/v1/peer/attestations")
BODY = b'{"attestation_id": "x"}'


def signed(nonce: str = "n" * 32, created: int | None = None) -> dict[str, str]:
    now = utc_now()
    request = httpx.Request("POST", TARGET, content=BODY, headers={"content-type": "application/json"})
    sign_question(
        request,
        sign=lambda octets: RING.sign_octets(octets, now=now),
        key_id=KEY.kid,
        created=int(now.timestamp()) if created is None else created,
        nonce=nonce,
    )
    return dict(request.headers)


def judge(
    headers: dict[str, str], *, body: bytes = BODY, target: httpx.URL = TARGET, key: SigningKey = KEY
) -> None:
    found = read_signature(headers)
    jwk = {**key.public_jwk(), "kid": found.key_id}
    verify_question(found, target=target, headers=headers, body=body, jwk=jwk, now=utc_now().timestamp())


def test_a_question_holds_as_it_was_signed() -> None:
    judge(signed())


@pytest.mark.parametrize(
    "change",
    ["body", "path", "host", "key", "nonce", "outdated", "content-type", "absent", "tag", "octets"],
)
def test_a_question_changed_anywhere_does_not_hold(change: str) -> None:
    headers = signed(created=int(utc_now().timestamp()) - 301 if change == "outdated" else None)
    body, target, key = BODY, TARGET, KEY
    match change:
        case "body":
            body = BODY + b" "
        case "path":
            target = httpx.URL("http://b.registry.test/v1/peer/attestations:confirm")
        case "host":
            target = httpx.URL("http://c.registry.test/v1/peer/attestations")
        case "key":
            key = SigningKey.generate()
        case "nonce":
            headers["signature-input"] = headers["signature-input"].replace("n" * 32, "m" * 32)
        case "content-type":
            headers["content-type"] = "text/plain"
        case "absent":
            del headers["signature"]
        case "tag":
            headers["signature-input"] = headers["signature-input"].replace("training-record", "other-record")
        case "octets":
            headers["signature"] = headers["signature"].replace("peer=:", "peer=:AAAA")
    with pytest.raises(SignatureInvalid):
        judge(headers, body=body, target=target, key=key)
