"""Claims of the institution: how far each is and why, what was asked for, and withdrawing."""

from functools import partial
from uuid import UUID

from starlette.responses import Response

from app.api.v1.claim_shapes import DecisionNoticeOut, ListedClaimOut, MoveOut
from app.api.v1.my_claims import AppealIn, ClaimWithdrawIn
from app.exchange.extracts.queries import notice_facts
from app.exchange.extracts.rules.contents import copy_for_institution, file_name
from app.exchange.extracts.states import DocumentKind
from app.exchange.extracts.template import print_document
from app.kernel.errors import RegistryError
from app.kernel.paging import DEFAULT_PAGE_LIMIT
from app.portals.appealing import WAYS
from app.portals.institution.batches import names_of_claims
from app.portals.institution.supplements import supplement_of
from app.subsidies.claims.actions.file_appeal import file_appeal
from app.subsidies.claims.actions.withdraw_claim import withdraw_claim
from app.subsidies.claims.queries.institution import appeals_of_claim, background_of, told_notice
from app.subsidies.claims.queries.lists import claim_of_institution, claims_of_institution, notices_of_claim
from app.subsidies.claims.queries.papers import papers_of_institution
from app.subsidies.claims.rules.steps import NOT_ACCEPTED_GROUNDS
from app.subsidies.claims.states import TAKEN_FROM, NoticeKind, Step
from app.subsidies.entitlements.states import CONDITION_LABELS
from app.training.rosters.queries import names_of_class
from app.web.pages.kept import forget, kept_of
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed
from app.web.problems import CitationOut

router = pages()

_LABELS = {
    "reason": "撤回原因",
    "channel": "办理方式",
    "grounds": "理由",
}
_STEPS = (Step.ANSWER_SUPPLEMENT, Step.WITHDRAW, Step.APPEAL)
_MET = {NoticeKind.APPROVAL: "符合", NoticeKind.REFUSAL: "不符合"}
_BY_ITEM = "补正内容（见“经办机构要求补正”）"


@router.get("/institution/claims")
async def list_claims_page(page: PageOf, cursor: str | None = None, batch: UUID | None = None) -> Response:
    """What is to be paid to the institution, or what it submitted; of one batch, if one is named."""
    async with page.reading() as unit:
        found = await claims_of_institution(unit, cursor=cursor, limit=DEFAULT_PAGE_LIMIT, batch_id=batch)
        names = await names_of_claims(unit, page.parts.keys, found.items)
        today = unit.today
    return page.show(
        "institution/claims.html",
        claims=[ListedClaimOut.of(claim, today) for claim in found.items],
        names=names,
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        batch=batch,
        today=today,
    )


@router.get("/institution/claims/{claim_id}")
async def show_claim_page(page: PageOf, claim_id: UUID) -> Response:
    """Where it stands, why, and what can be done now."""
    return await _claim_page(page, "institution/claim.html", claim_id)


@router.get("/institution/claims/{claim_id}/withdraw")
async def ask_withdraw(page: PageOf, claim_id: UUID) -> Response:
    """Are you sure, and why."""
    return await _claim_page(page, "institution/claim_withdraw.html", claim_id)


@router.post("/institution/claims/{claim_id}/withdraw")
async def withdraw_page(page: PageOf, claim_id: UUID) -> Response:
    """Withdraw; key and slot are free again."""
    try:
        body = page.typed.read(ClaimWithdrawIn)
        async with page.act() as act:
            claim = await claim_of_institution(act.unit, claim_id)
            assert claim.person_id is not None
            await withdraw_claim(act.unit, person_id=claim.person_id, claim_id=claim_id, reason=body.reason)
            act.go(f"/institution/claims/{claim_id}", said="已撤回；需要时可以重新申领")
    except RegistryError as refusal:
        return await _claim_page(page, "institution/claim_withdraw.html", claim_id, refusal)
    return page.go(act)


@router.get("/institution/claims/{claim_id}/appeal")
async def ask_appeal(page: PageOf, claim_id: UUID) -> Response:
    """The ways that are open and until when."""
    return await _claim_page(page, "institution/claim_appeal.html", claim_id, typed=await kept_of(page))


@router.post("/institution/claims/{claim_id}/appeal")
async def appeal_page(page: PageOf, claim_id: UUID) -> Response:
    """Go against the decision, within its period."""
    try:
        body = page.typed.read(AppealIn)
        async with page.act() as act:
            claim = await claim_of_institution(act.unit, claim_id)
            await file_appeal(act.unit, claim.decided(), channel=body.channel, grounds=body.grounds)
            act.go(f"/institution/claims/{claim_id}", said="已登记，经办机构会书面答复")
    except RegistryError as refusal:
        return await _claim_page(page, "institution/claim_appeal.html", claim_id, refusal)
    await forget(page)
    return page.go(act)


@router.get("/institution/claims/{claim_id}/notices/{notice_number}/pdf")
async def download_notice(page: PageOf, claim_id: UUID, notice_number: str) -> Response:
    """The institution's copy of a numbered notice: without what it says of the person."""
    async with page.reading() as unit:
        told = await told_notice(unit, claim_id, notice_number)
        content = copy_for_institution(
            notice_facts(told),
            words_of=partial(word_of_reason, NoticeKind(told.kind)),
            institution=told.institution_name,
            link=f"{page.parts.settings.issuer}/institution/claims/{claim_id}",
            printed_at=unit.now,
        )
    name = file_name(DocumentKind.DECISION_NOTICE, told.issued_at)
    return Response(
        await print_document(DocumentKind.DECISION_NOTICE, content),
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def word_of_reason(kind: NoticeKind, code: str) -> str:
    """What a reason is about, without what it says of the person: a condition that was met or not, a ground."""
    if code in CONDITION_LABELS and kind in _MET:
        return f"{_MET[kind]}：{CONDITION_LABELS[code]}"
    if code in NOT_ACCEPTED_GROUNDS:
        return NOT_ACCEPTED_GROUNDS[code][0]
    return CONDITION_LABELS.get(code, _BY_ITEM if code == "supplement_item" else "经办机构的决定")


async def _claim_page(
    page: Page,
    template: str,
    claim_id: UUID,
    refusal: RegistryError | None = None,
    typed: Typed | None = None,
) -> Response:
    async with page.reading() as unit:
        claim = await claim_of_institution(unit, claim_id)
        told = await background_of(unit, claim_id)
        assert claim.person_id is not None
        notices = [
            DecisionNoticeOut.of(row._asdict(), codes_only=True)
            for row in await notices_of_claim(unit, claim.person_id, claim_id)
        ]
        names = await names_of_class(unit, page.parts.keys, told.opening_id) if told.opening_id else {}
        appeals = await appeals_of_claim(unit, claim_id)
        papers = await papers_of_institution(unit, page.parts.keys, claim.person_id, claim_id)
        today = unit.today
    is_appealed = any(each.outcome is None and each.is_ours for each in appeals)
    decided = [notice for notice in notices if notice.remedies]
    return page.show(
        template,
        refusal=refusal,
        typed=typed,
        labels=_LABELS,
        claim=ListedClaimOut.of(claim, today),
        trainee=names.get(claim.person_id, ""),
        told=told,
        supplement=supplement_of(told),
        papers=papers,
        moves=MoveOut.of_all(told.moves),
        notices=notices,
        subjects=[_subjects(notice) for notice in notices],
        today=today,
        appeals=appeals,
        is_appealed=is_appealed,
        decided=decided[-1] if decided else None,
        channels=WAYS,
        may={
            step.value: claim.state in TAKEN_FROM[step] and not (step is Step.APPEAL and is_appealed)
            for step in _STEPS
        },
    )


def _subjects(notice: DecisionNoticeOut) -> list[tuple[str, CitationOut | None]]:
    """What a notice's reasons are about, each once, with the clause."""
    told = {
        (word_of_reason(notice.kind, reason.code), str(reason.citation)): reason.citation
        for reason in notice.reasons
    }
    return [(subject, citation) for (subject, _), citation in told.items()]
