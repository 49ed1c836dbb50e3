"""Lists of claims: by step and kind, overdue, on hold, appealed; one step for many."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import ValidationError
from starlette.responses import Response

from app.api.v1.claim_shapes import ListedClaimOut
from app.api.v1.claim_step_batches import BatchStep, StepBatchIn, take_steps
from app.kernel.errors import InvalidInput, Reason, RegistryError
from app.oversight.waiting.queries import claims_waiting, open_appeals, open_holds
from app.subsidies.claims.queries.lists import work_list
from app.subsidies.claims.states import ClaimState
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind
from app.subsidies.notices.queries import lapsed_claims
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf

router = pages()

_PAGE = 50
STEPS: tuple[ClaimState, ...] = (
    ClaimState.SUBMITTED,
    ClaimState.SUPPLEMENT_REQUESTED,
    ClaimState.ACCEPTED,
    ClaimState.REVIEWED,
    ClaimState.APPROVED,
    ClaimState.NOTICED,
    ClaimState.PAYABLE,
    ClaimState.FAILED,
)
"""The steps that are listed with counts; what has ended is found by its state."""
_BATCHES: dict[ClaimState, tuple[tuple[BatchStep, str], ...]] = {
    ClaimState.SUBMITTED: ((BatchStep.ACCEPT, "受理"),),
    ClaimState.ACCEPTED: ((BatchStep.REVIEW, "审核"),),
    ClaimState.REVIEWED: ((BatchStep.APPROVE, "批准"), (BatchStep.REFUSE, "不予发放")),
}
_ROUTES = {
    BatchStep.ACCEPT: "/office/claims/{claim_id}/accept",
    BatchStep.REVIEW: "/office/claims/{claim_id}/review",
    BatchStep.APPROVE: "/office/claims/{claim_id}/approve",
    BatchStep.REFUSE: "/office/claims/{claim_id}/refuse",
}
_NONE_PICKED = Reason(
    code="nothing_picked", field="pick", message="没有勾选任何一件", remedy="请先勾选要办理的申领"
)
_NO_STEP = Reason(
    code="step_unknown", field="step", message="没有选择要办理的环节", remedy="请按“受理”“审核”等按钮办理"
)


@router.get("/office/claims")
async def list_claims_page(
    page: PageOf,
    state: Annotated[str, Query(max_length=40)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    cursor: str | None = None,
) -> Response:
    """Claims of one step, waiting longest first; no data of persons."""
    return await _list(page, state, kind, cursor)


async def _list(
    page: Page, state: str, kind: str, cursor: str | None, refusal: RegistryError | None = None
) -> Response:
    chosen = ClaimState(state) if state in set(ClaimState) else None
    wanted = BenefitKind(kind) if kind in set(BenefitKind) else None
    async with page.reading() as unit:
        counts = await claims_waiting(unit, STEPS)
        if chosen is None:
            chosen = next((step for step in STEPS if counts[step].count), ClaimState.SUBMITTED)
        found = await work_list(
            unit,
            states=[chosen],
            kinds=[wanted] if wanted else list(BenefitKind),
            cursor=cursor,
            limit=_PAGE,
        )
        today = unit.today
    return page.show(
        "officer/claims.html",
        refusal=refusal,
        labels={"pick": "勾选", "step": "办理"},
        state=chosen,
        kind=wanted,
        counts=counts,
        kinds=[(each.value, label) for each, label in KIND_LABELS.items()],
        claims=[ListedClaimOut.of(claim, today) for claim in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
        batches=[each for each in _BATCHES.get(chosen, ()) if page.may("POST", _ROUTES[each[0]])],
        today=today,
    )


@router.post("/office/claims/steps")
async def take_steps_page(page: PageOf) -> Response:
    """One step for the claims that were picked: each in a transaction of its own, each with its answer."""
    state, kind = page.typed["state"], page.typed["kind"]
    try:
        asked = _asked(page)
    except RegistryError as refusal:
        return await _list(page, state, kind, None, refusal)
    answered = await take_steps(asked, page.writing, page.parts)
    back = {"state": state, "kind": kind}
    return page.show("officer/claim_steps.html", answered=answered, step=asked.step, back=back)


def _asked(page: Page) -> StepBatchIn:
    picked = [each.partition(":") for each in page.typed.all("pick")]
    reasons = []
    if not picked:
        reasons.append(_NONE_PICKED)
    step = page.typed["step"]
    if step not in set(BatchStep) or not page.may("POST", _ROUTES[BatchStep(step)]):
        reasons.append(_NO_STEP)
    if reasons:
        raise InvalidInput(reasons)
    try:
        return StepBatchIn.model_validate(
            {
                "step": step,
                "claims": [{"claim_id": claim, "version": version} for claim, _, version in picked],
            }
        )
    except ValidationError:
        raise InvalidInput([_NONE_PICKED]) from None


@router.get("/office/claims/lapsed")
async def list_lapsed_page(page: PageOf, cursor: str | None = None) -> Response:
    """Claims whose next step is overdue, longest first."""
    async with page.reading() as unit:
        found = await lapsed_claims(unit, limit=_PAGE, cursor=cursor)
        today = unit.today
    return page.show("officer/claims_lapsed.html", found=found, today=today, is_first=cursor is None)


@router.get("/office/claims/held")
async def list_held_page(page: PageOf, cursor: str | None = None) -> Response:
    """Claims that stand still, longest first."""
    async with page.reading() as unit:
        found = await open_holds(unit, limit=_PAGE, cursor=cursor)
    return page.show("officer/claims_held.html", found=found, is_first=cursor is None)


@router.get("/office/claims/appeals")
async def list_appeals_page(page: PageOf, cursor: str | None = None) -> Response:
    """Appeals that wait for an answer, oldest first."""
    async with page.reading() as unit:
        found = await open_appeals(unit, limit=_PAGE, cursor=cursor)
    return page.show("officer/claims_appealed.html", found=found, is_first=cursor is None)


def queue_of(page: Page) -> tuple[ClaimState | None, BenefitKind | None]:
    """Which list the officer is working through: carried along by the forms of a claim."""
    given = page.typed or page.request.query_params
    state, kind = given.get("_state") or given.get("state", ""), given.get("_kind") or given.get("kind", "")
    return (
        ClaimState(state) if state in set(ClaimState) else None,
        BenefitKind(kind) if kind in set(BenefitKind) else None,
    )


def address_of(claim_id: UUID, state: ClaimState | None, kind: BenefitKind | None) -> str:
    """A claim within the list that is being worked through."""
    asked = [f"state={state.value}"] if state else []
    asked += [f"kind={kind.value}"] if kind else []
    return f"/office/claims/{claim_id}" + (f"?{'&'.join(asked)}" if asked else "")
