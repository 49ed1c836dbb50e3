"""Jobs: make messages of what steps asked for, remind before days pass, and send through the message platform."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.message_templates import MessageTemplate
from app.gateways.messages import Message, MessageAnswer
from app.subsidies.messages.actions.deliver import lease_messages, message_id_of, settle_message
from app.subsidies.messages.actions.make_messages import make_enrollment_messages, make_messages
from app.subsidies.messages.actions.remind import FIRST, remind_of_supplements, remind_of_windows
from app.subsidies.messages.queries import Address, addresses_of
from app.subsidies.messages.states import DeliveryState
from app.web.house import House

log = structlog.get_logger(__name__)

_PAGE = 200
_AT_ONCE = 8


async def run_messages(parts: House) -> int:
    """Make messages of everything asked for, then send what is due; how many the platform took."""
    made = 0
    for make in (make_messages, make_enrollment_messages):
        while True:
            async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
                taken, new = await make(unit, _PAGE)
            made += new
            if taken < _PAGE:
                break
    sent = 0
    # Without a platform nothing is tried: messages wait, and nobody's are given up.
    while parts.settings.message_gateway_url is not None:
        leased, accepted = await _send_page(parts)
        sent += accepted
        if leased < _PAGE:
            break
    if made or sent:
        log.info("messages", made=made, sent=sent)
    return sent


async def run_reminders(parts: House) -> int:
    """How many reminders were made; each page is a transaction of its own."""
    made = 0
    for remind in (remind_of_supplements, remind_of_windows):
        after: tuple[UUID, UUID] | None = FIRST
        while after is not None:
            async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
                new, after = await remind(unit, after, _PAGE)
            made += new
    if made:
        log.info("reminders", made=made)
    return made


async def _send_page(parts: House) -> tuple[int, int]:
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        leased = await lease_messages(unit, _PAGE)
        addresses = await addresses_of(unit, parts.keys, [row.person_id for row in leased])
    answers = await _send(parts, leased, addresses)
    accepted = 0
    async with system_unit(parts.engines, DatabaseRole.WORKER) as unit:
        for row, answer in zip(leased, answers, strict=True):
            accepted += await settle_message(unit, row, answer) is DeliveryState.SENT
    return len(leased), accepted


async def _send(
    parts: House, leased: Sequence[Row[Any]], addresses: dict[Any, Address]
) -> list[MessageAnswer | None]:
    narrow = asyncio.Semaphore(_AT_ONCE)

    async def send(row: Row[Any]) -> MessageAnswer | None:
        address = addresses.get(row.person_id)
        if address is None:
            return None
        message = Message(
            message_id=message_id_of(row),
            channel=address.channel,
            address=address.address,
            template=MessageTemplate(row.template),
            parameters=row.parameters,
        )
        async with narrow:
            return await parts.message_gateway.send(message)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(send(row)) for row in leased]
    return [task.result() for task in tasks]
