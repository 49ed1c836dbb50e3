"""补正: what the institution was asked for, its answer, and the papers that come with it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row
from starlette.background import BackgroundTask
from starlette.responses import Response

from app.api.v1.claim_answers import SupplementOut
from app.api.v1.claim_shapes import ListedClaimOut
from app.api.v1.my_claims import AnswerIn
from app.kernel.errors import RegistryError
from app.portals.papers import UPLOAD, complete, download, hand_in, refuse
from app.subsidies.claims.actions.answer_supplement import answer_supplement
from app.subsidies.claims.actions.remove_paper import remove_paper
from app.subsidies.claims.queries.institution import background_of
from app.subsidies.claims.queries.lists import claim_of_institution
from app.subsidies.claims.queries.papers import papers_of_institution, pick
from app.subsidies.claims.states import ClaimState
from app.web.pages.kept import forget, keep, kept_of
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()
_LABELS = {"answers": "补正说明", "answers.*": "补正说明", "note": "其他说明", "files": "材料"}


@router.get("/institution/claims/{claim_id}/supplement")
async def ask_supplement(page: PageOf, claim_id: UUID) -> Response:
    """What was asked for, item by item; what was typed before is there again."""
    return await _form(page, claim_id, typed=await kept_of(page))


@router.post("/institution/claims/{claim_id}/supplement")
async def answer_supplement_page(page: PageOf, claim_id: UUID) -> Response:
    """Hand in the papers that were chosen, then answer every item at once; or the papers alone, for now."""
    try:
        async with page.writing() as unit:
            against = await hand_in(page, unit, (await claim_of_institution(unit, claim_id)).decided())
        refuse(against)
        if page.typed[UPLOAD]:
            await keep(page, page.path, page.typed.content())
            return page.go(page.path, said="已上传，还没有提交补正")
        body = page.typed.read(AnswerIn)
        async with page.act() as act:
            claim = (await claim_of_institution(act.unit, claim_id)).decided()
            told = await background_of(act.unit, claim_id)
            complete(told.requests or [], body.answers)
            await answer_supplement(
                act.unit, person_id=claim.person_id, claim_id=claim_id, answers=body.answers, note=body.note
            )
            act.go(f"/institution/claims/{claim_id}", said="已提交补正，申领回到经办机构继续办理")
    except RegistryError as refusal:
        return await _form(page, claim_id, refusal)
    await forget(page)
    return page.go(act)


@router.get("/institution/claims/{claim_id}/papers/{paper_id}")
async def download_paper(page: PageOf, claim_id: UUID, paper_id: UUID) -> Response:
    """A paper the institution handed in, to be saved."""
    async with page.reading() as unit:
        claim = (await claim_of_institution(unit, claim_id)).decided()
        papers = await papers_of_institution(unit, page.parts.keys, claim.person_id, claim_id)
    return await download(page, claim_id, pick(papers, paper_id))


@router.post("/institution/claims/{claim_id}/papers/{paper_id}/remove")
async def remove_paper_page(page: PageOf, claim_id: UUID, paper_id: UUID) -> Response:
    """Take it back, as long as the answer has not been given."""
    try:
        async with page.act() as act:
            claim = (await claim_of_institution(act.unit, claim_id)).decided()
            papers = await papers_of_institution(act.unit, page.parts.keys, claim.person_id, claim_id)
            paper = pick(papers, paper_id)
            owner = await remove_paper(act.unit, claim=claim, paper_id=paper.paper_id)
            act.go(f"/institution/claims/{claim_id}/supplement", said="已删除这份材料")
    except RegistryError as refusal:
        return await _form(page, claim_id, refusal)
    answer = page.go(act)
    # After the answer, which leaves after the commit: a failed commit deletes nothing.
    answer.background = BackgroundTask(page.parts.documents.delete, owner, paper_id)
    return answer


def supplement_of(told: Row[Any]) -> SupplementOut | None:
    """What was asked for and answered, if anything was."""
    return None if told.requests is None else SupplementOut.of(told._asdict())


async def _form(
    page: Page, claim_id: UUID, refusal: RegistryError | None = None, typed: Typed | None = None
) -> Response:
    async with page.reading() as unit:
        claim = await claim_of_institution(unit, claim_id)
        told = await background_of(unit, claim_id)
        assert claim.person_id is not None
        papers = await papers_of_institution(unit, page.parts.keys, claim.person_id, claim_id)
        today = unit.today
    return page.show(
        "institution/claim_supplement.html",
        refusal=refusal,
        typed=typed,
        labels=_LABELS,
        claim=ListedClaimOut.of(claim, today),
        supplement=supplement_of(told),
        papers=papers,
        today=today,
        is_waiting_for_us=claim.state is ClaimState.SUPPLEMENT_REQUESTED,
    )
