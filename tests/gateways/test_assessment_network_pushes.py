"""Pushes of the network: signed for our address, sent until taken, each read once and in order."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.gateways.assessment_network import AssessmentNetwork
from app.gateways.assessment_pushes import PUSH_BYTES_MAX, PUSH_TAG
from app.gateways.message_signatures import PushMalformed, SharedKey, SignatureInvalid, _hmac_item
from app.sandbox.message_signatures import push_headers
from tests.gateways.certificates import SYSTEM, act, enter
from tests.gateways.conftest import assessment_key
from tests.gateways.receiver import Receiver, receiving
from tests.gateways.recording import Contract
from tests.sandbox_server import SandboxServer

URL = "http://registry.example:8443/v1/network-notices"
KEY = SharedKey("registry", b"a secret for tests of thirty-two bytes")


@pytest.fixture
def receiver(sandbox: SandboxServer) -> Iterator[Receiver]:
    with receiving() as found:
        target = {"url": found.url, "retry_seconds": 0.02}
        sandbox.control.put("/sandbox/push-target", json=target).raise_for_status()
        yield found
        sandbox.control.put("/sandbox/push-target", json={"url": None}).raise_for_status()


def reader(sandbox: SandboxServer, receiver: Receiver) -> AssessmentNetwork:
    return AssessmentNetwork(base_url=sandbox.url, key=assessment_key(sandbox), push_url=receiver.url)


def test_revocation_arrives_signed_and_as_the_contract_says(
    sandbox: SandboxServer, receiver: Receiver
) -> None:
    shown = enter(sandbox)
    receiver.wait_for(1)
    act(sandbox, shown, "revoke")
    [first, second] = receiver.wait_for(2)
    network = reader(sandbox, receiver)
    issued, revoked = network.read_push(*first), network.read_push(*second)
    assert [notice.items[0].kind.value for notice in (issued, revoked)] == ["issued", "revoked"]
    [change] = revoked.items
    assert change.certificate.certificate_number == shown["certificate"]["certificate_number"]
    assert change.holder.identity_number == shown["holder"]["identity_number"]
    assert issued.event_id != revoked.event_id
    contract = Contract("assessment-network.yaml")
    push = contract.document["webhooks"]["certificateChanged"]["post"]
    for headers, body in (first, second):
        lowered = {name.lower(): value for name, value in headers.items()}
        schema = push["requestBody"]["content"]["application/json"]["schema"]
        assert contract.defects_of_schema(schema, json.loads(body)) == []
        for parameter in map(contract.resolved, push["parameters"]):
            assert contract.defects_of_schema(parameter["schema"], lowered[parameter["name"].lower()]) == []


def test_refused_push_comes_again_with_a_new_signature_and_the_same_event(
    sandbox: SandboxServer, receiver: Receiver
) -> None:
    receiver.statuses = [503, 500]
    enter(sandbox)
    pushes = receiver.wait_for(3)
    network = reader(sandbox, receiver)
    assert len({network.read_push(headers, body).event_id for headers, body in pushes}) == 1
    assert len({headers["Signature"] for headers, _ in pushes}) == 3


def test_push_taken_may_come_twice(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.behave(SYSTEM, duplicate_rate=1.0)
    enter(sandbox)
    first, second = receiver.wait_for(2)
    network = reader(sandbox, receiver)
    assert network.read_push(*first) == network.read_push(*second)


def test_push_nobody_takes_is_given_up_and_counted(sandbox: SandboxServer, receiver: Receiver) -> None:
    before = sandbox.stats(SYSTEM).get("pushes_given_up", 0)
    receiver.statuses = [401] * 6
    enter(sandbox)
    receiver.wait_for(6)
    deadline = time.monotonic() + 5
    while sandbox.stats(SYSTEM).get("pushes_given_up", 0) == before:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(receiver.received) == 6


@pytest.mark.parametrize("wrong", ["bad_signature", "unsigned", "outdated"])
def test_push_that_is_not_provably_the_networks_is_refused(
    sandbox: SandboxServer, receiver: Receiver, wrong: str
) -> None:
    sandbox.behave(SYSTEM, wrong=wrong)
    enter(sandbox)
    [push] = receiver.wait_for(1)
    with pytest.raises(SignatureInvalid):
        reader(sandbox, receiver).read_push(*push)


def test_push_cut_off_is_malformed(sandbox: SandboxServer, receiver: Receiver) -> None:
    sandbox.behave(SYSTEM, wrong="malformed_json")
    enter(sandbox)
    [push] = receiver.wait_for(1)
    with pytest.raises(PushMalformed):
        reader(sandbox, receiver).read_push(*push)


def change(sequence: int = 7, **changes: Any) -> dict[str, Any]:
    return {
        "change_id": f"CH-{sequence:010d}",
        "sequence": sequence,
        "kind": "issued",
        "recorded_at": "2026-03-02T01:15:30+00:00",
        "holder": {"identity_number": "110000199001019003", "name": "王样安"},
        "certificate": {
            "certificate_number": "ZX1199250000001",
            "kind": "special_skill",
            "state": "valid",
            "revision": 1,
            "occupation_code": None,
            "occupation_edition": None,
            "occupation_name": "样例茶艺展示",
            "trade": None,
            "level": "none",
            "issuer_code": "ZX1199",
            "issuer_name": "样例机构",
            "issued_on": "2026-01-01",
            "uploaded_on": "2026-01-02",
            "valid_until": None,
            "review_due_on": None,
            "revoked_on": None,
        },
        **changes,
    }


def notice(*items: dict[str, Any]) -> bytes:
    found = {"event_id": "event-0000000000001", "sent_at": "2026-03-02T01:15:31+00:00", "items": list(items)}
    return json.dumps(found).encode()


def signed(body: bytes, *, url: str = URL, age: int = 0, **changes: str) -> dict[str, str]:
    headers = push_headers(
        url, body, key_id=KEY.key_id, secret=KEY.secret, created=int(time.time()) - age, nonce="0" * 32
    )
    return {**headers, **changes}


@pytest.fixture
def ours() -> AssessmentNetwork:
    return AssessmentNetwork(base_url="http://127.0.0.1:9", key=KEY, push_url=URL)


def test_changes_of_a_push_come_once_and_in_order(ours: AssessmentNetwork) -> None:
    body = notice(change(9), change(7), change(9))
    assert [one.sequence for one in ours.read_push(signed(body), body).items] == [7, 9]


def test_header_names_in_lower_case_are_the_same(ours: AssessmentNetwork) -> None:
    body = notice(change())
    headers = {name.lower(): value for name, value in signed(body).items()}
    assert len(ours.read_push(headers, body).items) == 1


@pytest.mark.parametrize(
    "body",
    [
        notice(change(7), change(7, holder={"identity_number": "110000199001019003", "name": "另样名"})),
        notice(change(7), change(8, change_id="CH-0000000007")),
        notice(change(kind="revoked")),
        notice(change(extra=1)),
        notice(change(recorded_at="2026-03-02T01:15:30")),
        notice(),
        notice(change()).replace(b'"event_id"', b'"event_id": "event-0000000000002", "event_id"'),
        b"[]",
        b"\xff",
        notice(change()) + b" " * PUSH_BYTES_MAX,
    ],
    ids=lambda body: str(body[-60:]),
)
def test_signed_nonsense_is_malformed_and_not_repeated_in_the_error(
    ours: AssessmentNetwork, body: bytes
) -> None:
    with pytest.raises(PushMalformed) as raised:
        ours.read_push(signed(body), body)
    assert raised.value.__cause__ is None
    assert "样" not in str(raised.value)


def forged_headers(body: bytes) -> dict[str, dict[str, str]]:
    right = signed(body)
    return {
        "none": {"Content-Type": "application/json"},
        "another address": signed(body, url="http://registry.example:8443/v1/other"),
        "another host": signed(body, url="http://elsewhere.example/v1/network-notices"),
        "too old": signed(body, age=302),
        "from the future": signed(body, age=-302),
        "another key id": {**right, "Signature-Input": right["Signature-Input"].replace("registry", "other")},
        "another tag": {**right, "Signature-Input": right["Signature-Input"].replace(PUSH_TAG, "payment")},
        "another nonce": {**right, "Signature-Input": right["Signature-Input"].replace("0" * 32, "1" * 32)},
        "another content type": {**right, "Content-Type": "text/plain"},
        "another digest": {**right, "Content-Digest": signed(b"{}")["Content-Digest"]},
        "our own label": {**right, "Signature": right["Signature"].replace("upstream", "registry")},
        "not base64": {**right, "Signature": f"upstream=:{'A' * 42}B=:"},
        "more components": {**right, "Signature-Input": right["Signature-Input"].replace(' "@path"', "")},
    }


@pytest.mark.parametrize("name", forged_headers(b""))
def test_forged_push_is_refused(ours: AssessmentNetwork, name: str) -> None:
    body = notice(change())
    with pytest.raises(SignatureInvalid):
        ours.read_push(forged_headers(body)[name], body)


def test_right_signature_for_another_purpose_is_refused(ours: AssessmentNetwork) -> None:
    body = notice(change())
    right = signed(body)
    params = right["Signature-Input"].removeprefix("upstream=").replace(PUSH_TAG, "payment")
    covered = {
        "@method": "POST",
        "@authority": "registry.example:8443",
        "@path": "/v1/network-notices",
        "content-type": "application/json",
        "content-digest": right["Content-Digest"],
    }
    base = "".join(f'"{name}": {value}\n' for name, value in covered.items())
    for given, is_right in ((params.replace("payment", PUSH_TAG), True), (params, False)):
        item = _hmac_item(KEY, f'{base}"@signature-params": {given}')
        headers = {**right, "Signature-Input": f"upstream={given}", "Signature": f"upstream={item}"}
        if is_right:
            assert ours.read_push(headers, body).items
        else:
            with pytest.raises(SignatureInvalid):
                ours.read_push(headers, body)


def test_registered_address_counts_and_not_the_host_header(ours: AssessmentNetwork) -> None:
    body = notice(change())
    assert ours.read_push(signed(body, Host="10.0.0.7:9000"), body).items
    elsewhere = signed(body, url="http://elsewhere.example/v1/network-notices", Host="elsewhere.example")
    with pytest.raises(SignatureInvalid):
        ours.read_push(elsewhere, body)


def test_altered_body_is_refused(ours: AssessmentNetwork) -> None:
    body = notice(change())
    with pytest.raises(SignatureInvalid):
        ours.read_push(signed(body), body.replace(b"ZX1199250000001", b"ZX1199250000002"))


def test_nothing_is_accepted_without_a_registered_address() -> None:
    body = notice(change())
    network = AssessmentNetwork(base_url="http://127.0.0.1:9", key=KEY)
    with pytest.raises(SignatureInvalid):
        network.read_push(signed(body), body)
