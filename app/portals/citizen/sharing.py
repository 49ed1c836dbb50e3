"""Share a piece of the record by a link, see how often it was opened, take it back."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.share_shapes import ShareIn, ShareOut
from app.exchange.extracts.queries import shown_to_me
from app.exchange.shares.actions.create_share import CreateShare, create_share
from app.exchange.shares.actions.revoke_share import revoke_share
from app.exchange.shares.queries import entries_shown, looks_at, own_shares
from app.exchange.shares.states import FIELD_LABELS, NameShown, ShareField, ShareScope, ShareState
from app.kernel.errors import NotFound, RegistryError
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_MADE = "分享已经新建，没有重复新建。链接只在新建时显示一次，没有记下的请收回后再新建"
_PAGE = 50
_LABELS = {
    "scope": "分享什么",
    "record_numbers": "分享哪几条",
    "fields": "显示哪些内容",
    "name_shown": "姓名",
    "valid_days": "有效天数",
    "looks_max": "最多看几次",
    "label": "备注",
}
_SCOPES = ((ShareScope.RECORD.value, "我的全部档案"), (ShareScope.ENTRIES.value, "只分享几条"))
_NAMES = ((NameShown.MASKED.value, "遮住，例如“张*”"), (NameShown.FULL.value, "显示全名"))
_USUAL = [
    field.value for field in ShareField if field not in {ShareField.SCORE, ShareField.CERTIFICATE_NUMBER}
]
_DAYS = (("1", "1天"), ("7", "7天"), ("30", "30天"), ("90", "90天"))


@router.get("/my/shares")
async def list_shares_page(page: PageOf, cursor: str | None = None) -> Response:
    """Newest first, closed ones included."""
    async with page.reading() as unit:
        found = await own_shares(unit, page.parts.keys, limit=_PAGE, cursor=cursor)
    items = [ShareOut.of(each) for each in found.items]
    return page.show(
        "citizen/shares.html",
        open_shares=[each for each in items if each.state is ShareState.OPEN],
        closed=[each for each in items if each.state is not ShareState.OPEN],
        next_cursor=found.next_cursor,
        cursor=cursor,
    )


@router.get("/my/shares/new")
async def ask_share(page: PageOf) -> Response:
    """What, with which content, how long."""
    return await _form(page)


@router.post("/my/shares")
async def create_share_page(page: PageOf) -> Response:
    """The link is shown on this answer alone; it is stored nowhere."""
    try:
        body = page.typed.read(ShareIn, lists=("record_numbers", "fields"))
        async with page.showing_once("/my/shares", said=_MADE) as unit:
            command = CreateShare(
                record_numbers=body.record_numbers,
                scope=body.scope,
                fields=body.fields,
                name_shown=body.name_shown,
                valid_days=body.valid_days,
                looks_max=body.looks_max,
                label=body.label,
            )
            created = await create_share(unit, page.parts.keys, command)
    except RegistryError as refusal:
        return await _form(page, refusal)
    link = f"{page.parts.settings.issuer}/share#{created.code}"
    return page.show("citizen/share_created.html", created=created, link=link)


@router.get("/my/shares/{share_id}")
async def show_share_page(page: PageOf, share_id: UUID) -> Response:
    """What is shared, and every time it was opened."""
    return await _share(page, share_id)


@router.post("/my/shares/{share_id}/revoke")
async def revoke_share_page(page: PageOf, share_id: UUID) -> Response:
    """Take it back at once."""
    async with page.act() as act:
        await revoke_share(act.unit, share_id)
        act.go("/my/shares", said="已收回，这个链接再也打不开了")
    return page.go(act)


async def _share(page: Page, share_id: UUID) -> Response:
    async with page.reading() as unit:
        looks = await looks_at(unit, share_id)
        cursor: str | None = None
        while True:
            found = await own_shares(unit, page.parts.keys, limit=_PAGE, cursor=cursor)
            share = next((each for each in found.items if each.share_id == share_id), None)
            cursor = found.next_cursor
            if share is not None or cursor is None:
                break
    if share is None:
        raise NotFound
    return page.show("citizen/share.html", share=ShareOut.of(share), looks=looks)


async def _form(page: Page, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        entries = entries_shown(page.parts.keys, await shown_to_me(unit, None))
    return page.show(
        "citizen/share_form.html",
        refusal=refusal,
        labels=_LABELS,
        entries=entries,
        scopes=_SCOPES,
        names=_NAMES,
        days=_DAYS,
        field_options=[(field.value, word) for field, word in FIELD_LABELS.items()],
        usual=_USUAL,
    )
