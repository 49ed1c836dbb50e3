"""未申领证明 on a claim: which registries must be asked before it is paid, what each said, for whom we keep it."""

from uuid import UUID

from starlette.responses import Response

from app.api.v1.attestations import AttestationsOut
from app.api.v1.peer_contradictions import FindingIn, PeerContradictionOut
from app.exchange.peers.actions.ask_registries import ask_registries
from app.exchange.peers.actions.decide_contradiction import decide_contradiction
from app.exchange.peers.queries import peer_contradictions, registries_of_claim
from app.exchange.peers.states import FINDING_LABELS
from app.kernel.errors import RegistryError
from app.reference.skill_levels import all_levels
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
_LABELS = {"finding": "结论", "reason": "理由"}


@router.get("/office/claims/{claim_id}/registries")
async def show_registries_page(page: PageOf, claim_id: UUID) -> Response:
    """Nothing of the person."""
    return await _show(page, claim_id)


@router.post("/office/claims/{claim_id}/registries")
async def ask_registries_page(page: PageOf, claim_id: UUID) -> Response:
    """Ask each that has no valid answer yet; a job carries it out and asks again."""
    try:
        async with page.act() as act:
            await ask_registries(act.unit, claim_id)
            act.go(f"/office/claims/{claim_id}/registries", said="已交办询问，答复后显示在这里")
    except RegistryError as refusal:
        return await _show(page, claim_id, refusal)
    return page.go(act)


@router.get("/office/money/registries")
async def list_contradictions_page(page: PageOf, cursor: str | None = None) -> Response:
    """两地都已发放: what was paid here and, as another registry says, there too."""
    return await _contradictions(page, cursor)


@router.post("/office/money/registries/{hold_id}")
async def decide_contradiction_page(page: PageOf, hold_id: UUID) -> Response:
    """What was found, once, with its reason."""
    try:
        content = page.typed.read(FindingIn)
        async with page.act() as act:
            await decide_contradiction(
                act.unit, hold_id=hold_id, finding=content.finding, reason=content.reason
            )
            act.go("/office/money/registries", said=f"已认定：{FINDING_LABELS[content.finding]}")
    except RegistryError as refusal:
        return await _contradictions(page, None, refusal)
    return page.go(act)


async def _contradictions(page: Page, cursor: str | None, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        found = await peer_contradictions(unit, limit=_PAGE, cursor=cursor)
    return page.show(
        "officer/peer_contradictions.html",
        refusal=refusal,
        labels=_LABELS,
        rows=[PeerContradictionOut.of(row) for row in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        findings=FINDING_LABELS,
        levels={facts.level.value: facts.name for facts in all_levels()},
        may_decide=page.may("POST", "/office/money/registries/{hold_id}"),
    )


async def _show(page: Page, claim_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        found = AttestationsOut.of(await registries_of_claim(unit, claim_id))
    return page.show("officer/registries.html", refusal=refusal, found=found)
