"""Codes of paper (验证码): what stands behind one now. The code never stands in an address.

A printed code leads to ``/verify#code``: browsers send what follows ``#`` to nobody, a small script puts it into the
form, and without scripts it is typed.
"""

from starlette.responses import Response

from app.api.v1.extracts import DocumentVerifyIn, VerifiedDocumentOut
from app.exchange.extracts.actions.verify_document import try_document, verified_document
from app.kernel.errors import RegistryError
from app.portals.public.notices import source_of
from app.web.pages.links import pages
from app.web.pages.page import PageOf
from app.web.pages.typed import Typed

router = pages()

_LABELS = {"code": "验证码"}


@router.get("/verify")
async def ask_paper_code(page: PageOf) -> Response:
    """The form for the code of a printed document."""
    return page.show("public/verify.html", found=None)


@router.post("/verify")
async def verify_paper_page(page: PageOf) -> Response:
    """How a printed document stands now and what it should say; the person is told of the look."""
    try:
        asked = page.typed.read(DocumentVerifyIn)
        # The try is counted also when nothing is found, so the answer is read after its transaction.
        async with page.writing() as unit:
            row = await try_document(unit, page.parts.keys, code=asked.code, source=source_of(page))
        found = VerifiedDocumentOut.of(verified_document(page.parts.keys, row), unit.now)
    except RegistryError as refusal:
        return page.show("public/verify.html", refusal=refusal, found=None, labels=_LABELS)
    return page.show("public/verify.html", found=found, typed=Typed())
