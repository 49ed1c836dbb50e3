"""Filing claims for many at once (批量申领): the lines that were refused stay readable to whoever filed them."""

import base64
import zlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from starlette.responses import Response

from app.api.v1.claim_batch_shapes import BatchLineOut, BatchOut
from app.api.v1.claim_shapes import ListedClaimOut
from app.identity.accounts.actions.keep_draft import keep_draft, read_draft
from app.kernel.errors import NotFound
from app.kernel.paging import MAX_PAGE_LIMIT
from app.subsidies.claims.queries.lists import claims_of_institution
from app.web.pages.links import pages
from app.web.pages.page import Act, Page, PageOf

router = pages()

_FIELD = "refused"


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """What is kept of a batch for its author: where it came from, and the lines that were refused."""

    back: str
    back_word: str
    refused: list[BatchLineOut]


@router.get("/institution/claims/batches/{batch_id}")
async def show_batch(page: PageOf, batch_id: UUID) -> Response:
    """Line by line: the claims that were filed, and why the others were not."""
    kept = await _kept(page, batch_id)
    async with page.reading() as unit:
        found = await claims_of_institution(unit, cursor=None, limit=MAX_PAGE_LIMIT, batch_id=batch_id)
        today = unit.today
    if not found.items and kept is None:
        raise NotFound
    return page.show(
        "institution/claim_batch.html",
        claims=[ListedClaimOut.of(claim, today) for claim in found.items],
        kept=kept,
        today=today,
    )


def go_to_answers(act: Act, answered: BatchOut) -> None:
    """Lead on to the answers, line by line."""
    told = f"已提交{answered.submitted}件申领" if answered.submitted else "没有提交申领"
    more = f"；{answered.refused}行没有提交，原因见下" if answered.refused else ""
    act.go(f"/institution/claims/batches/{answered.batch_id}", said=f"{told}{more}")


async def keep_answers(page: Page, answered: BatchOut, *, back: str, back_word: str) -> None:
    """Keep the refused lines, which are stored nowhere else, sealed for their author."""
    refused = [line.model_dump(mode="json") for line in answered.lines if line.reason is not None]
    kept = {"back": back, "back_word": back_word, "refused": refused}
    packed = base64.b85encode(zlib.compress(orjson.dumps(kept))).decode()
    async with page.access() as unit:
        await keep_draft(
            unit,
            page.parts.keys,
            principal_id=page.me.principal_id,
            place=_place(answered.batch_id),
            fields=[(_FIELD, packed)],
        )


async def _kept(page: Page, batch_id: UUID) -> KeptBatch | None:
    async with page.access() as unit:
        found = await read_draft(unit, page.parts.keys, place=_place(batch_id))
    if found is None:
        return None
    stored: dict[str, Any] = orjson.loads(zlib.decompress(base64.b85decode(dict(found[1])[_FIELD])))
    lines = [BatchLineOut.model_validate(line) for line in stored["refused"]]
    return KeptBatch(stored["back"], stored["back_word"], lines)


def _place(batch_id: UUID) -> str:
    return f"/institution/claims/batches/{batch_id}"
