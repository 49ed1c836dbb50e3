"""外省登记机构: who is asked and answered, and with which keys; proposed by one administrator, confirmed by another."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Row
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.peer_registries import AskingRuleOut, PeerIn, PeerKeyIn, PeerKeyOut, PeerOut, read_secret
from app.exchange.peers.actions.register_peer import (
    confirm_key,
    confirm_peer,
    end_peer,
    propose_key,
    propose_peer,
    revoke_key,
)
from app.exchange.peers.queries import asking_rules, peers
from app.exchange.peers.rules import thumbprint
from app.exchange.peers.states import PeerState
from app.identity.accounts.queries import names_of
from app.kernel.errors import InvalidInput, NotFound, Reason, RegistryError
from app.portals.officer.consequences import Consequence, ask_first, take_step
from app.reference.divisions import area_name
from app.web.pages.filters import day, instant
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()

BASE = "/office/administration/registries"
ROOM = [("系统管理", "/office/administration")]
TRAIL = [*ROOM, ("外省登记机构", BASE)]
_EXAMPLE = "https://registry.example.cn"
SECOND_PERSON = "由您提出，须由另一名安全管理员确认。"
_LABELS = {
    "name": "机构名称",
    "division_code": "所在省",
    "issuer": "签发者",
    "base_url": "接口地址",
    "token_secret": "约定的密钥",
    "hourly_budget": "每小时最多询问",
    "public_jwk": "公钥",
    "valid_from": "有效期自",
    "valid_until": "有效期至",
}
_Take = Callable[[Unit], Awaitable[str]]


@router.get(BASE)
async def list_peers_page(page: PageOf) -> Response:
    """All of them, those that wait for a second person first."""
    async with page.reading() as unit:
        rows = [PeerOut.of(row) for row in await peers(unit)]
    order = list(PeerState)
    rows.sort(key=lambda row: order.index(row.state))
    return page.show("officer/peers.html", rows=rows)


@router.get(f"{BASE}/new")
async def ask_peer_page(page: PageOf) -> Response:
    """What both sides have agreed on."""
    return await _peer_form(page)


@router.post(BASE)
async def propose_peer_page(page: PageOf) -> Response:
    """Without effect until another administrator confirms."""
    try:
        body = page.typed.read(PeerIn)
        async with page.act() as act:
            row = await propose_peer(
                act.unit,
                page.parts.keys,
                name=body.name,
                division_code=body.division_code,
                issuer=body.issuer.rstrip("/"),
                base_url=body.base_url.rstrip("/"),
                token_secret=read_secret(body.token_secret),
                hourly_budget=body.hourly_budget,
            )
            act.go(f"{BASE}/{row.peer_id}", said="已提出登记；请接着登记对方公钥，再请另一名安全管理员确认")
    except RegistryError as refusal:
        return await _peer_form(page, refusal)
    return page.go(act)


@router.get(BASE + "/{peer_id}")
async def show_peer_page(page: PageOf, peer_id: UUID) -> Response:
    """One of them: where it is reached, its keys, and for what it has to be asked."""
    async with page.reading() as unit:
        row = await _row(unit, peer_id)
        listed = [AskingRuleOut.of(each) for each in await asking_rules(unit) if each.peer_id == peer_id]
        names = await names_of(unit, {row.proposed_by, row.confirmed_by, row.ended_by} - {None})
    peer = PeerOut.of(row)
    return page.show(
        "officer/peer.html",
        peer=peer,
        proposed_by=names.get(row.proposed_by, "—"),
        confirmed_by=names.get(row.confirmed_by, "—"),
        ended_by=names.get(row.ended_by, "—"),
        is_mine=row.proposed_by == page.me.principal_id,
        own_keys={key["key_id"] for key in row.keys if key["proposed_by"] == str(page.me.principal_id)},
        prints={key.key_id: thumbprint(key.public_jwk) for key in peer.keys},
        listed=listed,
    )


@router.get(BASE + "/{peer_id}/confirm")
async def ask_confirmation(page: PageOf, peer_id: UUID) -> Response:
    """What is opened by the second person."""
    return await ask_first(page, _confirming(page, peer_id))


@router.post(BASE + "/{peer_id}/confirm")
async def confirm_peer_page(page: PageOf, peer_id: UUID) -> Response:
    """第二人确认."""

    async def take(unit: Unit) -> str:
        await confirm_peer(unit, peer_id)
        return "已确认，立即生效；后台正在建立比对标识"

    return await take_step(page, _confirming(page, peer_id), take, f"{BASE}/{peer_id}")


@router.get(BASE + "/{peer_id}/end")
async def ask_end(page: PageOf, peer_id: UUID) -> Response:
    """What stops, and what does not."""
    return await ask_first(page, _ending(peer_id))


@router.post(BASE + "/{peer_id}/end")
async def end_peer_page(page: PageOf, peer_id: UUID) -> Response:
    """One person may: it opens nothing."""

    async def take(unit: Unit) -> str:
        await end_peer(unit, peer_id)
        return "已停用，立即生效"

    return await take_step(page, _ending(peer_id), take, f"{BASE}/{peer_id}")


@router.get(BASE + "/{peer_id}/keys/new")
async def ask_key_page(page: PageOf, peer_id: UUID) -> Response:
    """The public key as the other side publishes it."""
    return await _key_form(page, peer_id)


@router.post(BASE + "/{peer_id}/keys")
async def propose_key_page(page: PageOf, peer_id: UUID) -> Response:
    """Without effect until another administrator has compared its thumbprint."""
    try:
        body = _key_typed(page)
        async with page.act() as act:
            await propose_key(
                act.unit,
                peer_id,
                public_jwk=dict(body.public_jwk),
                valid_from=body.valid_from,
                valid_until=body.valid_until,
            )
            act.go(f"{BASE}/{peer_id}", said="已提出登记公钥，请另一名安全管理员与对方核对指纹后确认")
    except RegistryError as refusal:
        return await _key_form(page, peer_id, refusal)
    return page.go(act)


@router.get(BASE + "/{peer_id}/keys/{key_id}/confirm")
async def ask_key_confirmation(page: PageOf, peer_id: UUID, key_id: str) -> Response:
    """The thumbprint, to be compared on another way."""
    return await ask_first(page, _confirming_key(page, peer_id, key_id))


@router.post(BASE + "/{peer_id}/keys/{key_id}/confirm")
async def confirm_key_page(page: PageOf, peer_id: UUID, key_id: str) -> Response:
    """第二人确认."""

    async def take(unit: Unit) -> str:
        await confirm_key(unit, peer_id, key_id)
        return "已确认公钥，它的签名在有效期内有效"

    return await take_step(page, _confirming_key(page, peer_id, key_id), take, f"{BASE}/{peer_id}")


@router.get(BASE + "/{peer_id}/keys/{key_id}/revoke")
async def ask_key_revocation(page: PageOf, peer_id: UUID, key_id: str) -> Response:
    """What is believed no more."""
    return await ask_first(page, _revoking_key(peer_id, key_id))


@router.post(BASE + "/{peer_id}/keys/{key_id}/revoke")
async def revoke_key_page(page: PageOf, peer_id: UUID, key_id: str) -> Response:
    """One person may: it opens nothing."""

    async def take(unit: Unit) -> str:
        await revoke_key(unit, peer_id, key_id)
        return "已作废公钥，立即生效"

    return await take_step(page, _revoking_key(peer_id, key_id), take, f"{BASE}/{peer_id}")


def _confirming(page: Page, peer_id: UUID) -> Callable[[Unit], Awaitable[Consequence]]:
    async def look(unit: Unit) -> Consequence:
        row = await _row(unit, peer_id)
        peer = PeerOut.of(row)
        return Consequence(
            title="确认外省登记机构",
            about=peer.name,
            facts=_facts(peer),
            follows=[
                "后台为这里的每个号码建立与该机构之间的比对标识，号码本身不出本系统。",
                f"它用已确认的公钥签名询问时予以答复，每小时最多{peer.hourly_budget:,}次；每次查看本人都看得到。",
                "列入“须先询问的名单”之后，名单所列的补贴要先取得它的确认才能拨付。",
            ],
            undo="确认不能撤回；可以随时停用，停用以后要用须重新登记。",
            word="确认登记",
            trail=_trail(peer),
            blocked=SECOND_PERSON if row.proposed_by == page.me.principal_id else "",
        )

    return look


def _ending(peer_id: UUID) -> Callable[[Unit], Awaitable[Consequence]]:
    async def look(unit: Unit) -> Consequence:
        peer = PeerOut.of(await _row(unit, peer_id))
        rules = [AskingRuleOut.of(each) for each in await asking_rules(unit) if each.peer_id == peer_id]
        standing = sum(each.state is PeerState.IN_FORCE for each in rules)
        kept = f"“须先询问的名单”里还有它的{standing}行：停止询问之前，名单所列的补贴因为得不到它的确认而不能拨付。"
        return Consequence(
            title="停用外省登记机构",
            about=peer.name,
            facts=_facts(peer),
            follows=[
                "不再询问它，也不再答复它，立即生效。",
                "已经为它保留的名额继续有效，到期为止。",
                *([kept] if standing else []),
            ],
            undo="不能恢复；以后要用须重新登记，由两人办理。",
            word="停用",
            trail=_trail(peer),
            is_danger=True,
        )

    return look


def _confirming_key(page: Page, peer_id: UUID, key_id: str) -> Callable[[Unit], Awaitable[Consequence]]:
    async def look(unit: Unit) -> Consequence:
        row = await _row(unit, peer_id)
        peer = PeerOut.of(row)
        key = _key_of(peer, key_id)
        proposer = next(UUID(held["proposed_by"]) for held in row.keys if held["key_id"] == key_id)
        return Consequence(
            title="确认对方公钥",
            about=peer.name,
            facts=_key_facts(key),
            first="请用电话等另一条途径与对方逐字核对上面的指纹：公钥若被调换，别人就能冒充对方答复“没有享受过”。",
            follows=["确认以后，有效期内由这把公钥签名的询问和答复都算数。"],
            undo="确认不能撤回；可以随时作废，作废以后要用须重新登记。",
            word="已核对指纹，确认",
            trail=_trail(peer),
            blocked=SECOND_PERSON if proposer == page.me.principal_id else "",
        )

    return look


def _revoking_key(peer_id: UUID, key_id: str) -> Callable[[Unit], Awaitable[Consequence]]:
    async def look(unit: Unit) -> Consequence:
        peer = PeerOut.of(await _row(unit, peer_id))
        return Consequence(
            title="作废对方公钥",
            about=peer.name,
            facts=_key_facts(_key_of(peer, key_id)),
            follows=[
                "由它签名的询问不再答复，由它签名的答复不再采信，立即生效。",
                "它若是唯一使用中的公钥，须经对方确认的补贴在登记新公钥之前不能拨付。",
            ],
            undo="不能恢复；换用新公钥须重新登记，由两人办理。",
            word="作废",
            trail=_trail(peer),
            is_danger=True,
        )

    return look


def _trail(peer: PeerOut) -> list[tuple[str, str]]:
    return [*TRAIL, (peer.name, f"{BASE}/{peer.peer_id}")]


def _facts(peer: PeerOut) -> list[tuple[str, object]]:
    return [
        ("所在省", area_name(peer.division_code)),
        ("签发者", peer.issuer),
        ("接口地址", peer.base_url),
        ("每小时最多询问", f"{peer.hourly_budget:,}次"),
        ("提出时间", instant(peer.proposed_at)),
    ]


def _key_facts(key: PeerKeyOut) -> list[tuple[str, object]]:
    return [
        ("公钥名称（kid）", key.key_id),
        ("指纹（RFC 7638）", thumbprint(key.public_jwk)),
        ("有效期", f"{day(key.valid_from)}起，{day(key.valid_until)}前"),
    ]


def _key_of(peer: PeerOut, key_id: str) -> PeerKeyOut:
    found = next((key for key in peer.keys if key.key_id == key_id), None)
    if found is None:
        raise NotFound
    return found


async def _row(unit: Unit, peer_id: UUID) -> Row[Any]:
    found = await peers(unit, peer_id)
    if not found:
        raise NotFound
    return found[0]


def _key_typed(page: Page) -> PeerKeyIn:
    """As the API takes it: days are their beginning in Beijing, the key is one member of the published set."""
    days = [(n, f"{page.typed[n]}T00:00:00+08:00") for n in ("valid_from", "valid_until") if page.typed[n]]
    jwk = _one_key(page.typed["public_jwk"])
    try:
        return Typed(days).read(PeerKeyIn, public_jwk=jwk)
    except InvalidInput as refusal:
        others = [each for each in refusal.reasons if not (each.field or "").startswith("public_jwk")]
        ours = [_NO_KEY] if len(others) < len(refusal.reasons) else []
        raise InvalidInput([*ours, *others]) from None


def _one_key(written: str) -> object:
    try:
        found = orjson.loads(written)
    except orjson.JSONDecodeError:
        return None
    keys = found.get("keys") if isinstance(found, dict) else None
    return keys[0] if isinstance(keys, list) and len(keys) == 1 else found


_NO_KEY = Reason(
    code="peer_key_malformed",
    field="public_jwk",
    message="不是一把公钥（JWK）",
    remedy="请从对方 /.well-known/jwks.json 中原样复制一项，从“{”到“}”；不要填写私钥",
)


async def _peer_form(page: Page, refusal: RegistryError | None = None) -> Response:
    return page.show("officer/peer_form.html", refusal=refusal, labels=_LABELS, trail=TRAIL, example=_EXAMPLE)


async def _key_form(page: Page, peer_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        peer, today = PeerOut.of(await _row(unit, peer_id)), unit.today
    return page.show(
        "officer/peer_key_form.html",
        refusal=refusal,
        labels=_LABELS,
        peer=peer,
        trail=_trail(peer),
        today=today,
    )
