"""Papers that came with an answer (补正材料), for the officers who work on the claim: each opening is a look."""

from uuid import UUID

from starlette.responses import Response

from app.subsidies.claims.actions.read_paper import read_paper
from app.subsidies.claims.queries.papers import owner_of_papers
from app.web.attachments import attachment
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()


@router.get("/office/claims/{claim_id}/papers/{paper_id}")
async def download_page(page: PageOf, claim_id: UUID, paper_id: UUID) -> Response:
    """To be saved, never opened within the page; the look is stored before the paper leaves."""
    async with page.writing() as unit:
        paper = await read_paper(unit, page.parts.keys, claim_id=claim_id, paper_id=paper_id)
    data = await page.parts.documents.get(owner_of_papers(claim_id), paper_id)
    return attachment(data, name=paper.file_name, media_type=paper.media_type)
