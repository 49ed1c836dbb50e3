"""考勤设备和平台 of the institution: propose one, see whether it is registered; ending it is the authority's act."""

from starlette.responses import Response

from app.api.v1.attendance_sources import SourceProposalIn
from app.kernel.errors import RegistryError
from app.training.attendance.actions.propose_source import propose_source
from app.training.attendance.queries.sources import standing_sources
from app.training.attendance.states import SourceKind
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.words import word

router = pages()

_PAGE = 50
_LABELS = {"kind": "种类", "name": "名称"}
_KINDS = [
    (
        SourceKind.DEVICE.value,
        word("source", SourceKind.DEVICE),
        "放在教室里，学员刷脸、刷卡，或输入屏幕上的签到码",
    ),
    (SourceKind.PLATFORM.value, word("source", SourceKind.PLATFORM), "线上课使用，上传签到、学习记录和测试"),
]


@router.get("/institution/sources")
async def list_sources_page(page: PageOf, cursor: str | None = None) -> Response:
    """Every device and platform that was ever proposed, with where it stands."""
    return await _list(page, cursor)


@router.post("/institution/sources")
async def propose_source_page(page: PageOf) -> Response:
    """The authority registers it; nothing it sends is taken before."""
    try:
        content = page.typed.read(SourceProposalIn)
        async with page.act() as act:
            await propose_source(act.unit, kind=content.kind, name=content.name)
            act.go("/institution/sources", said="已申报，经办机构登记后即可使用")
    except RegistryError as refusal:
        return await _list(page, None, refusal)
    return page.go(act)


async def _list(page: Page, cursor: str | None, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        found = await standing_sources(unit, cursor=cursor, limit=_PAGE)
    return page.show(
        "institution/sources.html",
        refusal=refusal,
        labels=_LABELS,
        sources=found.items,
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        kinds=_KINDS,
    )
