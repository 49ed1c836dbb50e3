"""Filing claims for many at once (批量申领): the lines that were refused stay readable to whoever filed them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.claim_batch_shapes import BatchLineOut, BatchOut
from app.api.v1.claim_shapes import ListedClaimOut
from app.db.crypto import KeyRing
from app.kernel.errors import NotFound
from app.kernel.paging import MAX_PAGE_LIMIT
from app.subsidies.claims.queries.lists import ListedClaim, claims_of_institution, entries_of_institution
from app.training.rosters.queries import names_of_persons
from app.web.pages.kept import content_kept, keep_content
from app.web.pages.links import pages
from app.web.pages.page import Act, Page, PageOf

router = pages()


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
        names = await names_of_claims(unit, page.parts.keys, found.items)
        refused = [line.record_number for line in kept.refused] if kept else []
        entries = await entries_of_institution(unit, refused)
        of_entries = await names_of_persons(
            unit, page.parts.keys, [entry.person_id for entry in entries.values()]
        )
        today = unit.today
    if not found.items and kept is None:
        raise NotFound
    return page.show(
        "institution/claim_batch.html",
        claims=[ListedClaimOut.of(claim, today) for claim in found.items],
        names=names,
        refused_names={number: of_entries.get(entry.person_id, "") for number, entry in entries.items()},
        kept=kept,
        today=today,
    )


async def names_of_claims(unit: Unit, keys: KeyRing, claims: Sequence[ListedClaim]) -> dict[UUID, str]:
    """By claim: whose it is, as far as the institution has the person on its own rosters."""
    persons = [claim.person_id for claim in claims if claim.person_id is not None]
    names = await names_of_persons(unit, keys, persons)
    return {claim.claim_id: names.get(claim.person_id, "") for claim in claims if claim.person_id}


def go_to_answers(act: Act, answered: BatchOut) -> None:
    """Lead on to the answers, line by line."""
    told = f"已提交{answered.submitted}件申领" if answered.submitted else "没有提交申领"
    more = f"；{answered.refused}行没有提交，原因见下" if answered.refused else ""
    act.go(f"/institution/claims/batches/{answered.batch_id}", said=f"{told}{more}")


async def keep_answers(page: Page, answered: BatchOut, *, back: str, back_word: str) -> None:
    """Keep the refused lines, which are stored nowhere else."""
    refused = [line.model_dump(mode="json") for line in answered.lines if line.reason is not None]
    kept = {"back": back, "back_word": back_word, "refused": refused}
    await keep_content(page, _place(answered.batch_id), kept)


async def _kept(page: Page, batch_id: UUID) -> KeptBatch | None:
    stored = await content_kept(page, _place(batch_id))
    if stored is None:
        return None
    lines = [BatchLineOut.model_validate(line) for line in stored["refused"]]
    return KeptBatch(stored["back"], stored["back_word"], lines)


def _place(batch_id: UUID) -> str:
    return f"/institution/claims/batches/{batch_id}"
