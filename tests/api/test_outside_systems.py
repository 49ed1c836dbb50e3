"""The running registry reaches every outside system it is told of, with the key agreed on."""

from datetime import date
from uuid import uuid4

import pytest

from app.gateways.bank_facts import AccountOutcome, AccountQuery
from app.gateways.insurance_facts import InsuranceOutcome, InsuranceQuery
from app.gateways.message_templates import MessageTemplate
from app.gateways.messages import Message, MessageChannel, MessageOutcome
from app.sandbox.population import with_check_digit
from app.settings import BANK_NOTICES_PATH, NETWORK_NOTICES_PATH
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio


async def test_insurance_bank_and_message_platform_answer_the_registry(registry: Registry) -> None:
    house = registry.house
    number, name = with_check_digit("11000019470101999"), "孙样通"
    registry.sandbox.register(social_security_number=number, name=name)
    [facts] = await house.unemployment_insurance.ask_facts(
        [InsuranceQuery(identity_number=number, name=name, as_of=date(2026, 3, 31))]
    )
    account = await house.bank.verify_account(
        AccountQuery(account_number="6222021947010199", holder_name=name, holder_number=number)
    )
    message = await house.message_gateway.send(
        Message(
            message_id=uuid4(),
            channel=MessageChannel.SMS,
            address="19919470101",
            template=MessageTemplate.ENROLLED,
            parameters={"starts_on": "2026-04-01"},
        )
    )
    assert facts.outcome is InsuranceOutcome.ANSWERED
    assert account.outcome is AccountOutcome.MATCHED
    assert message.outcome is MessageOutcome.ACCEPTED
    ready = (await registry.client.get("/readyz")).json()
    assert {ready[system] for system in ("unemployment_insurance", "bank", "message_gateway")} == {"closed"}
    # Pushes are verified for the registry's own public address.
    assert house.settings.bank_push_url == f"{house.settings.issuer}{BANK_NOTICES_PATH}"
    assert house.settings.assessment_network_push_url == f"{house.settings.issuer}{NETWORK_NOTICES_PATH}"
