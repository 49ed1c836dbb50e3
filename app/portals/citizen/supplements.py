"""补正: what I was asked for, my answer, and the papers that come with it."""

from uuid import UUID

from starlette.background import BackgroundTask
from starlette.responses import Response

from app.api.v1.claim_answers import MyClaimOut
from app.api.v1.my_claims import AnswerIn
from app.kernel.errors import RegistryError
from app.portals.papers import UPLOAD, complete, download, hand_in, refuse
from app.subsidies.claims.actions.answer_supplement import answer_supplement
from app.subsidies.claims.actions.check_step import check_step
from app.subsidies.claims.actions.remove_paper import remove_paper
from app.subsidies.claims.queries.doors import own_claim
from app.subsidies.claims.queries.papers import own_papers, pick
from app.subsidies.claims.states import ClaimState, Step
from app.web.pages.kept import forget, keep, kept_of
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed

router = pages()
_LABELS = {"answers": "补正说明", "answers.*": "补正说明", "note": "其他说明", "files": "材料"}


@router.get("/my/claims/{claim_id}/supplement")
async def ask_supplement(page: PageOf, claim_id: UUID) -> Response:
    """What was asked for, item by item; what was typed before a file was sent is there again."""
    return await _form(page, claim_id, typed=await kept_of(page))


@router.post("/my/claims/{claim_id}/supplement")
async def answer_supplement_page(page: PageOf, claim_id: UUID) -> Response:
    """Hand in the papers that were chosen, then answer every item at once; or the papers alone, for now."""
    try:
        async with page.writing() as unit:
            against = await hand_in(page, unit, (await own_claim(unit, claim_id)).decided(unit.today))
        refuse(against)
        if page.typed[UPLOAD]:
            await keep(page, page.path, page.typed.content())
            return page.go(page.path, said="已上传，还没有提交补正")
        body = page.typed.read(AnswerIn)
        async with page.act() as act:
            found = await own_claim(act.unit, claim_id)
            check_step(act.unit, Step.ANSWER_SUPPLEMENT, found)
            complete(found.steps["supplement"]["requests"], body.answers)
            await answer_supplement(
                act.unit, person_id=found.person_id, claim_id=claim_id, answers=body.answers, note=body.note
            )
            act.go(f"/my/claims/{claim_id}", said="已提交补正，申领回到经办机构继续办理")
    except RegistryError as refusal:
        return await _form(page, claim_id, refusal)
    await forget(page)
    return page.go(act)


@router.get("/my/claims/{claim_id}/papers/{paper_id}")
async def download_paper(page: PageOf, claim_id: UUID, paper_id: UUID) -> Response:
    """A paper I handed in, to be saved."""
    async with page.reading() as unit:
        papers = own_papers(page.parts.keys, await own_claim(unit, claim_id))
    return await download(page, claim_id, pick(papers, paper_id))


@router.post("/my/claims/{claim_id}/papers/{paper_id}/remove")
async def remove_paper_page(page: PageOf, claim_id: UUID, paper_id: UUID) -> Response:
    """Take it back, as long as the answer has not been given."""
    try:
        async with page.act() as act:
            found = await own_claim(act.unit, claim_id)
            paper = pick(own_papers(page.parts.keys, found), paper_id)
            owner = await remove_paper(act.unit, claim=found.decided(act.unit.today), paper_id=paper.paper_id)
            act.go(f"/my/claims/{claim_id}/supplement", said="已删除这份材料")
    except RegistryError as refusal:
        return await _form(page, claim_id, refusal)
    answer = page.go(act)
    # After the answer, which leaves after the commit: a failed commit deletes nothing.
    answer.background = BackgroundTask(page.parts.documents.delete, owner, paper_id)
    return answer


async def _form(
    page: Page, claim_id: UUID, refusal: RegistryError | None = None, typed: Typed | None = None
) -> Response:
    async with page.reading() as unit:
        found = await own_claim(unit, claim_id)
        today = unit.today
    claim = MyClaimOut.of(found)
    return page.show(
        "citizen/claim_supplement.html",
        refusal=refusal,
        typed=typed,
        labels=_LABELS,
        claim=claim,
        papers=own_papers(page.parts.keys, found),
        today=today,
        is_waiting_for_me=claim.state is ClaimState.SUPPLEMENT_REQUESTED,
    )
