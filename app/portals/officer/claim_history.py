"""The person behind a claim: other certificates, benefits, insurance; after purpose and case, logged, shown once."""

from uuid import UUID

from starlette.responses import Response

from app.archive.records.states import Purpose
from app.audit.events import record_event
from app.kernel.errors import InvalidInput, NotFound, RegistryError
from app.portals.officer.looks import LABELS, LookIn, purposes
from app.reference.skill_levels import all_levels
from app.subsidies.claims.queries.doors import read_claims
from app.subsidies.claims.queries.insured import stored_answers
from app.subsidies.claims.rules.facts import day_of
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()


@router.get("/office/claims/{claim_id}/history")
async def ask_history_page(page: PageOf, claim_id: UUID) -> Response:
    """Why the person is looked at."""
    return _asked(page, claim_id)


@router.post("/office/claims/{claim_id}/history")
async def show_history_page(page: PageOf, claim_id: UUID) -> Response:
    """What the registry knows of the person, once; the access row names purpose and case."""
    try:
        content = page.typed.read(LookIn)
    except InvalidInput as refusal:
        return _asked(page, claim_id, refusal)
    async with page.writing() as unit:
        found = await read_claims(
            unit,
            page.parts.keys,
            [claim_id],
            purpose=content.purpose,
            case_number=content.case_number,
        )
        if claim_id not in found:
            raise NotFound
        await record_event(
            unit,
            "claim:history_read",
            subject_kind="claim",
            subject_id=claim_id,
            details={"purpose": content.purpose.value},
        )
    return page.show(
        "officer/claim_history.html",
        found=found[claim_id],
        asked=content,
        on=day_of,
        insurance=stored_answers(found[claim_id].picture),
        levels={facts.level.value: facts.name for facts in all_levels()},
    )


def _asked(page: Page, claim_id: UUID, refusal: RegistryError | None = None) -> Response:
    return page.show(
        "officer/look.html",
        refusal=refusal,
        labels=LABELS,
        title="查看本人历史",
        action=f"/office/claims/{claim_id}/history",
        back=f"/office/claims/{claim_id}",
        told="将显示姓名、身份号码、其他证书、各地已享受的补贴和参保情况。只显示这一次，不能从网址再次打开。",
        purposes=purposes(Purpose.SUBSIDY_REVIEW, Purpose.COMPLAINT, Purpose.INSPECTION),
    )
