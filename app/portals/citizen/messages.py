"""What the registry has told me, and where it tells me."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.messages import MessageAddressIn, MessageAddressOut, MessageOut
from app.archive.records.queries import person_group
from app.gateways.messages import MessageChannel
from app.kernel.errors import RegistryError
from app.subsidies.messages.actions.name_address import end_address, name_address
from app.subsidies.messages.queries import own_addresses, own_messages
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()
_PAGE = 20
_LABELS = {"address": "手机号码"}


@router.get("/my/messages")
async def list_messages_page(page: PageOf, cursor: str | None = None) -> Response:
    """All of them, those that did not arrive included."""
    return await _list(page, cursor=cursor)


@router.post("/my/messages/addresses")
async def name_address_page(page: PageOf) -> Response:
    """Tell me there from now on."""
    try:
        body = page.typed.read(MessageAddressIn, channel=MessageChannel.SMS)
        async with page.act() as act:
            await name_address(act.unit, page.parts.keys, channel=body.channel, address=body.address)
            act.go("/my/messages", said="已登记，以后的消息发到这个手机号码")
    except RegistryError as refusal:
        return await _list(page, refusal)
    return page.go(act)


@router.post("/my/messages/addresses/{address_id}/end")
async def end_address_page(page: PageOf, address_id: UUID) -> Response:
    """No longer there."""
    async with page.act() as act:
        await end_address(act.unit, address_id)
        act.go("/my/messages", said="已停用，不再向它发送消息")
    return page.go(act)


async def _list(page: Page, refusal: RegistryError | None = None, *, cursor: str | None = None) -> Response:
    async with page.reading() as unit:
        assert page.me.person_id is not None
        persons = await person_group(unit, page.me.person_id)
        found = await own_messages(unit, persons, limit=_PAGE, cursor=cursor)
        addresses = [MessageAddressOut.of(page.parts.keys, row) for row in await own_addresses(unit, persons)]
    return page.show(
        "citizen/messages.html",
        refusal=refusal,
        labels=_LABELS,
        items=[MessageOut.of(row) for row in found.items],
        addresses=addresses,
        has_phone=any(each.channel is MessageChannel.SMS for each in addresses),
        next_cursor=found.next_cursor,
        cursor=cursor,
    )
