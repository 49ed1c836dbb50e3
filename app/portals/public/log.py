"""封存日志 for everybody: how far it has come, its checkpoint, how to check it, where a leaf stands."""

from typing import Annotated

import anyio.to_thread
from fastapi import Query
from starlette.responses import Response

from app.api.v1.log import InclusionOut, LogStatusOut, get_inclusion, get_log_keys, get_log_status
from app.archive.log.rules.tiles import CHECKPOINT
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.web.pages.links import pages
from app.web.pages.page import PageOf
from app.web.pages.typed import Typed

router = pages()

_HASH_LENGTH = 64
_LABELS = {"leaf": "条目序号或散列"}
_UNREADABLE = Reason(
    code="leaf_unreadable",
    field="leaf",
    message="看不懂这个序号或散列",
    remedy="序号是从 0 起的整数；散列是 64 位十六进制数，证明文件和打印件附件中都有",
)


@router.get("/log")
async def show_log_page(page: PageOf, leaf: Annotated[str, Query(max_length=100)] = "") -> Response:
    """The same figures, keys and proofs as the API's; nothing here tells whose a leaf is."""
    found: InclusionOut | None = None
    refusal: RegistryError | None = None
    async with page.reading() as unit:
        status: LogStatusOut = await get_log_status(unit)
        keys = await get_log_keys(unit)
        try:
            if leaf.strip():
                index, leaf_hash = _asked(leaf.strip().lower())
                found = await get_inclusion(unit, index=index, leaf_hash=leaf_hash)
        except RegistryError as refused:
            refusal = refused
    checkpoint = await anyio.to_thread.run_sync(page.parts.log_files.read, CHECKPOINT)
    return page.show(
        "public/log.html",
        refusal=refusal,
        labels=_LABELS,
        typed=Typed.from_values({"leaf": leaf}),
        log=status,
        keys=keys.items,
        checkpoint=None if checkpoint is None else checkpoint.decode(),
        found=found,
    )


def _asked(leaf: str) -> tuple[int | None, str | None]:
    """``(index, hash)``, one of them. Raises InvalidInput."""
    if len(leaf) == _HASH_LENGTH and set(leaf) <= set("0123456789abcdef"):
        return None, leaf
    if leaf.isascii() and leaf.isdecimal() and len(leaf) <= 15:
        return int(leaf), None
    raise InvalidInput([_UNREADABLE])
