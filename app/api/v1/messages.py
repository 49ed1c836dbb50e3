"""本人的消息: what the registry has told a citizen, and where it tells."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.public_notices import Limit, NextCursor
from app.archive.records.queries import person_group
from app.db.crypto import KeyRing
from app.gateways.message_templates import MessageTemplate, message_text
from app.gateways.messages import MessageChannel
from app.kernel.paging import check_page_limit
from app.subsidies.messages.actions.name_address import end_address, name_address
from app.subsidies.messages.queries import ADDRESS_FIELD, own_addresses, own_messages
from app.subsidies.messages.rules import mask_address
from app.subsidies.messages.states import STATE_LABELS, DeliveryState
from app.subsidies.messages.tables import MessageAddress, MessageDelivery
from app.web.dependencies import Parts, ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Input, Moment, Output

router = APIRouter(tags=["本人"])


class MessageOut(Output):
    """一条消息."""

    message_id: UUID
    template: MessageTemplate
    text: str = Field(examples=["您申领的技能提升补贴已作出决定。"])
    made_at: Moment
    state: DeliveryState
    state_label: str = Field(examples=["已发送"])

    @classmethod
    def of(cls, row: MessageDelivery) -> "MessageOut":
        """The text as it was sent."""
        template, state = MessageTemplate(row.template), DeliveryState(row.state)
        return cls(
            message_id=row.message_id,
            template=template,
            text=message_text(template, row.parameters),
            made_at=row.made_at,
            state=state,
            state_label=STATE_LABELS[state],
        )


class MessagesOut(Output):
    """本人的消息，最近的在前."""

    items: list[MessageOut]
    next_cursor: str | None


class MessageAddressIn(Input):
    """消息接收地址."""

    channel: MessageChannel
    address: Annotated[
        str,
        Field(
            min_length=1,
            max_length=128,
            pattern=r"^[\x21-\x7e]+$",
            examples=["19900000000"],
            description="手机号码，或者电子社保卡消息标识",
        ),
    ]


class MessageAddressOut(Output):
    """消息接收地址（已遮盖）."""

    address_id: UUID
    channel: MessageChannel
    masked: str = Field(examples=["199****0000"])
    recorded_at: Moment

    @classmethod
    def of(cls, keys: KeyRing, row: MessageAddress) -> "MessageAddressOut":
        """As its owner is shown it."""
        address = keys.open(row.address_sealed, name=ADDRESS_FIELD, owner=row.person_id)
        return cls(
            address_id=row.address_id,
            channel=MessageChannel(row.channel),
            masked=mask_address(row.channel, address),
            recorded_at=row.recorded_at,
        )


class MessageAddressesOut(Output):
    """在用的接收地址."""

    items: list[MessageAddressOut]


class MessageAddressNamedOut(Output):
    """已登记."""

    address_id: UUID


@router.get("/v1/me/messages", summary="我的消息", response_model=MessagesOut, responses=answers())
async def my_messages(unit: ReadUnit, limit: Limit = None, cursor: NextCursor = None) -> MessagesOut:
    """发给本人的全部消息，含未能送达的；消息不含个人信息，详情请看相应页面。"""
    page = await own_messages(unit, await _myself(unit), limit=check_page_limit(limit), cursor=cursor)
    return MessagesOut(items=[MessageOut.of(row) for row in page.items], next_cursor=page.next_cursor)


@router.get(
    "/v1/me/message-addresses",
    summary="我的消息接收地址",
    response_model=MessageAddressesOut,
    responses=answers(),
)
async def my_message_addresses(unit: ReadUnit, parts: Parts) -> MessageAddressesOut:
    """本人登记的优先；没有登记的，发到最近一次培训报名时填写的手机号码。"""
    rows = await own_addresses(unit, await _myself(unit))
    return MessageAddressesOut(items=[MessageAddressOut.of(parts.keys, row) for row in rows])


@router.post(
    "/v1/me/message-addresses",
    summary="登记消息接收地址",
    status_code=201,
    response_model=MessageAddressNamedOut,
    responses=answers(409),
)
async def name_message_address(
    body: MessageAddressIn, unit: WriteUnit, parts: Parts, once: OnceOnly
) -> Response:
    """每个渠道一个；更换的，先停用原来的。"""
    address_id = await name_address(unit, parts.keys, channel=body.channel, address=body.address)
    return await once.answer(MessageAddressNamedOut(address_id=address_id), 201)


@router.post(
    "/v1/me/message-addresses/{address_id}:end",
    summary="停用消息接收地址",
    status_code=204,
    response_class=Response,
    responses=answers(404),
)
async def end_message_address(
    address_id: Annotated[UUID, Path(description="接收地址标识")], unit: WriteUnit
) -> Response:
    """停用后不再发往这个地址。"""
    await end_address(unit, address_id)
    return Response(status_code=204)


async def _myself(unit: Unit) -> list[UUID]:
    assert unit.actor.person_id is not None
    return await person_group(unit, unit.actor.person_id)
