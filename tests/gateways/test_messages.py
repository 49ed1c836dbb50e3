"""The message platform's client against the sandbox over real HTTP: each message once, no personal data in any."""

import itertools
import re
from typing import Any

import pytest
import uuid_utils.compat
import yaml

from app.gateways.circuit import CircuitBreaker, CircuitState
from app.gateways.http import FailureKind
from app.gateways.message_templates import (
    BENEFIT_NAMES,
    TEXTS,
    MessageTemplate,
    message_text,
    parameters_of,
)
from app.gateways.messages import Message, MessageAnswer, MessageChannel, MessageGateway, MessageOutcome
from app.sandbox.messages import TEMPLATES
from tests.gateways.conftest import FAULTS, MISBEHAVIORS, Lines
from tests.gateways.recording import UPSTREAM, Contract, RecordingTransport
from tests.sandbox_server import SandboxServer

SYSTEM = "message_gateway"
VALUES = {
    "benefit": "技能提升补贴",
    "days": "29",
    "due_on": "2026-03-31",
    "ends_on": "2026-03-31",
    "starts_on": "2026-03-31",
}
_serial = itertools.count(1)


def message(template: MessageTemplate = MessageTemplate.PAID, **changes: Any) -> Message:
    values: dict[str, Any] = {
        "message_id": uuid_utils.compat.uuid7(),
        "channel": MessageChannel.SMS,
        "address": f"199{next(_serial):07d}1",
        "template": template,
        "parameters": {name: VALUES[name] for name in parameters_of(template)},
        **changes,
    }
    return Message(**values)


def taken(sandbox: SandboxServer, sent: Message) -> list[dict[str, Any]]:
    found = sandbox.control.get("/sandbox/messages", params={"address_tail": sent.address}).json()["messages"]
    return [each for each in found if each["message_id"] == str(sent.message_id)]


@pytest.mark.anyio
@pytest.mark.parametrize("template", MessageTemplate)
async def test_each_template_arrives_as_the_text_we_show(
    messages: MessageGateway, sandbox: SandboxServer, template: MessageTemplate
) -> None:
    sent = message(template)
    answer = await messages.send(sent)
    assert (answer.outcome, answer.failure) == (MessageOutcome.ACCEPTED, None)
    assert answer.evidence_id is not None
    [box] = taken(sandbox, sent)
    assert box["text"] == message_text(template, sent.parameters)
    assert "{" not in box["text"]


@pytest.mark.anyio
async def test_message_goes_out_once_however_often_it_is_sent(
    messages: MessageGateway, sandbox: SandboxServer
) -> None:
    sent = message()
    first, second = await messages.send(sent), await messages.send(sent)
    assert first.evidence_id == second.evidence_id
    assert [each["received"] for each in taken(sandbox, sent)] == [2]
    other = await messages.send(message(message_id=sent.message_id))
    assert (other.outcome, other.failure) == (MessageOutcome.UNAVAILABLE, FailureKind.CALLER_REJECTED)


@pytest.mark.anyio
async def test_time_out_after_taking_it_is_harmless(messages: MessageGateway, sandbox: SandboxServer) -> None:
    sent = message()
    sandbox.behave(SYSTEM, late_ms=400)
    assert (await messages.send(sent)).failure is FailureKind.TIMEOUT
    sandbox.behave(SYSTEM)
    assert (await messages.send(sent)).outcome is MessageOutcome.ACCEPTED
    assert [each["received"] for each in taken(sandbox, sent)] == [4]


@pytest.mark.anyio
async def test_undeliverable_address_and_card_channel(
    messages: MessageGateway, sandbox: SandboxServer
) -> None:
    assert (await messages.send(message(address="19912340000"))).outcome is MessageOutcome.UNDELIVERABLE
    token = "card_channel-token_000x"
    sent = message(channel=MessageChannel.SOCIAL_SECURITY_CARD, address=token)
    assert (await messages.send(sent)).outcome is MessageOutcome.ACCEPTED
    sandbox.control.put("/sandbox/messages", json={"undeliverable_tails": ["000x"]}).raise_for_status()
    again = message(channel=MessageChannel.SOCIAL_SECURITY_CARD, address=token)
    assert (await messages.send(again)).outcome is MessageOutcome.UNDELIVERABLE


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("behavior", "failure", "attempts"),
    [
        *MISBEHAVIORS,
        ({"wrong": "contradicting"}, FailureKind.MALFORMED, 1),
        ({"wrong": "wrong_count"}, FailureKind.MALFORMED, 1),
    ],
    ids=str,
)
async def test_misbehavior_is_unavailable(
    messages: MessageGateway,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, object],
    failure: FailureKind,
    attempts: int,
) -> None:
    sandbox.behave(SYSTEM, **behavior)
    answer = await messages.send(message())
    assert answer == MessageAnswer(outcome=MessageOutcome.UNAVAILABLE, failure=failure)
    assert len(transport.sent) == attempts


@pytest.mark.anyio
async def test_circuit_opens(
    messages: MessageGateway, sandbox: SandboxServer, circuit: CircuitBreaker
) -> None:
    sandbox.behave(SYSTEM, down=True)
    for _ in range(2):
        await messages.send(message())
    assert messages.circuit is circuit
    assert circuit.state is CircuitState.OPEN


@pytest.mark.anyio
@pytest.mark.parametrize("behavior", FAULTS, ids=str)
async def test_both_sides_keep_to_the_written_contract(
    messages: MessageGateway,
    sandbox: SandboxServer,
    transport: RecordingTransport,
    behavior: dict[str, object],
) -> None:
    first = message()
    await messages.send(first)
    sandbox.behave(SYSTEM, **behavior)
    for template in MessageTemplate:
        await messages.send(message(template))
    await messages.send(message(message_id=first.message_id))
    await messages.send(message(address="19912340000"))
    contract = Contract("message-gateway.yaml")
    assert transport.exchanges
    assert [found for exchange in transport.exchanges for found in contract.defects(exchange)] == []
    [example] = [
        path["put"]["requestBody"]["content"]["application/json"]
        for path in contract.document["paths"].values()
    ]
    assert contract.defects_of_schema(example["schema"], example["example"]) == []
    departed = {**example["example"], "parameters": {**example["example"]["parameters"], "days": "王样收"}}
    assert contract.defects_of_schema(example["schema"], departed) != []


def test_texts_are_those_registered_with_the_platform() -> None:
    document = yaml.safe_load((UPSTREAM / "message-gateway.yaml").read_text(encoding="utf-8"))
    registered = {code: template["text"] for code, template in document["x-templates"].items()}
    assert {template.value: text for template, text in TEXTS.items()} == registered == TEMPLATES
    parameters = {code: set(template["parameters"]) for code, template in document["x-templates"].items()}
    assert {template.value: parameters_of(template) for template in MessageTemplate} == parameters
    assert set(document["components"]["schemas"]["Parameter_benefit"]["enum"]) == BENEFIT_NAMES


@pytest.mark.parametrize("template", MessageTemplate)
def test_text_names_nobody_and_offers_nothing_to_tap_on(template: MessageTemplate) -> None:
    text = message_text(template, {name: VALUES[name] for name in parameters_of(template)})
    assert not re.search(r"[0-9]{5}|https?:|www|元|先生|女士", text.replace("2026-03-31", ""))
    assert len(text) <= 70, "one message, not two"


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"benefit": "技能提升补贴", "days": "1"},
        {"benefit": "王样收"},
        {"benefit": "技能提升补贴\n"},
        {"benefit": "110000199001019003"},
    ],
    ids=str,
)
def test_parameter_outside_its_vocabulary_is_refused_without_being_repeated(
    parameters: dict[str, str],
) -> None:
    with pytest.raises(ValueError, match="parameter") as raised:
        message(parameters=parameters)
    assert not any(value in str(raised.value) for value in parameters.values())


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (MessageChannel.SMS, "card_channel-token_000x"),
        (MessageChannel.SMS, "29900000001"),
        (MessageChannel.SMS, "19900000001\n"),
        (MessageChannel.SOCIAL_SECURITY_CARD, "19900000001"),
    ],
)
def test_address_outside_the_contract_is_a_defect_of_the_caller(
    channel: MessageChannel, address: str
) -> None:
    with pytest.raises(ValueError, match="address has not the form") as raised:
        message(channel=channel, address=address)
    assert address not in str(raised.value)


@pytest.mark.anyio
@pytest.mark.parametrize("behavior", [{}, {"down": True}, {"wrong": "malformed_json"}], ids=str)
async def test_no_log_record_holds_an_address_or_a_secret(
    messages: MessageGateway,
    sandbox: SandboxServer,
    caplog: pytest.LogCaptureFixture,
    written: Lines,
    behavior: dict[str, object],
) -> None:
    sent = message()
    sandbox.behave(SYSTEM, **behavior)
    answer = await messages.send(sent)
    assert caplog.records
    text = "\n".join([caplog.text, *(str(vars(record)) for record in caplog.records)])
    text += str(written) + repr([sent, answer, messages])
    assert sent.address not in text
    assert sandbox.config.messages_secret not in text
