"""One claim: what a decision rests on, and the steps; after each the next of the list opens by itself."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from uuid import UUID

from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.claim_appeals import AppealDecisionIn
from app.api.v1.claim_steps import (
    ActIn,
    DecideIn,
    DeclineIn,
    Ground,
    HoldIn,
    ReleaseIn,
    ReviewIn,
    SendBackIn,
    SupplementIn,
    case_of,
)
from app.api.v1.my_claims import AppealIn
from app.kernel.clock import parse_instant
from app.kernel.errors import RegistryError
from app.kernel.money import in_yuan
from app.kernel.paging import encode_cursor
from app.portals.officer.claim_facts import on_claim
from app.portals.officer.claims import address_of, queue_of
from app.reference.skill_levels import all_levels
from app.subsidies.claims.actions.accept_claim import accept_claim
from app.subsidies.claims.actions.approve_claim import approve_claim
from app.subsidies.claims.actions.ask_insurance import know_insurance
from app.subsidies.claims.actions.decide_appeal import decide_appeal
from app.subsidies.claims.actions.decline_claim import decline_claim
from app.subsidies.claims.actions.file_appeal import file_appeal
from app.subsidies.claims.actions.hold_claim import hold_claim
from app.subsidies.claims.actions.refuse_claim import refuse_claim
from app.subsidies.claims.actions.release_hold import release_hold
from app.subsidies.claims.actions.request_supplement import request_supplement
from app.subsidies.claims.actions.review_claim import review_claim
from app.subsidies.claims.actions.send_back_claim import send_back_claim
from app.subsidies.claims.queries.doors import FoundClaim, read_claim
from app.subsidies.claims.queries.lists import work_list
from app.subsidies.claims.queries.papers import papers_with_answer
from app.subsidies.claims.rules.attesting import AttestedFact
from app.subsidies.claims.rules.facts import day_of
from app.subsidies.claims.states import AppealChannel, AppealOutcome, ClaimState, HoldCause, Step
from app.subsidies.entitlements.rules.verdict import Verdict
from app.subsidies.entitlements.states import OUTCOME_LABELS, BenefitKind
from app.web.pages.filters import day
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed
from app.web.words import word

router = pages()

_LABELS = {
    "items": "需要补正的内容",
    "items.*": "需要补正的内容",
    "grounds": "理由",
    "explanation": "说明",
    "reason": "理由",
    "cause": "原因",
    "channel": "途径",
    "outcome": "结果",
    "attested.*.fact": "认定的事实",
    "attested.*.value": "认定的内容",
    "attested.*.evidence": "所见材料",
    "attested.*.subject": "种类或代码",
    "attested.*.dated_on": "日期",
    "version": "版本",
}
ATTESTED_MAX = 3
"""Rows of facts seen in papers that the form of a review offers."""
_PLACES = frozenset({AttestedFact.HOUSEHOLD, AttestedFact.RESIDENCE, AttestedFact.JOB_PLACE})
_YES_OR_NO = {"是": True, "否": False}
_Take = Callable[[Unit, FoundClaim], Awaitable[str]]
"""Takes a step and says what was done."""


@router.get("/office/claims/{claim_id}")
async def show_claim_page(page: PageOf, claim_id: UUID) -> Response:
    """The facts of one claim. Looking is an act: the access row is stored before anything leaves."""
    return await _show(page, claim_id)


async def _show(page: Page, claim_id: UUID, refusal: RegistryError | None = None) -> Response:
    state, kind = queue_of(page)
    async with page.writing() as unit:
        found = await read_claim(unit, page.parts.keys, claim_id)
        seen = await on_claim(unit, found)
        following = await _next(unit, found, state or seen.state, kind)
        today = unit.today
    return page.show(
        "officer/claim.html",
        refusal=refusal,
        labels=_LABELS,
        seen=seen,
        papers=papers_with_answer(page.parts.keys, found),
        steps=Step,
        queue=state or seen.state,
        kind=kind,
        following=following,
        asked_for=_prepared_supplement(seen.verdict),
        attested_max=ATTESTED_MAX,
        at=parse_instant,
        on=day_of,
        levels={facts.level.value: facts.name for facts in all_levels()},
        attested=choices_of("attested", AttestedFact),
        grounds=choices_of("ground", Ground),
        causes=choices_of("hold", HoldCause),
        channels=choices_of("appeal_channel", AppealChannel),
        outcomes=choices_of("appeal_outcome", AppealOutcome),
        today=today,
    )


@router.post("/office/claims/{claim_id}/accept")
async def accept_page(page: PageOf, claim_id: UUID) -> Response:
    """受理."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        number = await accept_claim(unit, found, expected_version=page.typed.read(ActIn).version)
        return f"已受理，受理通知书{number}"

    return await _act(page, claim_id, take)


@router.post("/office/claims/{claim_id}/supplement")
async def supplement_page(page: PageOf, claim_id: UUID) -> Response:
    """补正: everything that is missing, once; one line an item."""
    items = [line.strip() for line in page.typed["items"].splitlines() if line.strip()]
    typed = Typed([("version", page.typed["version"])])

    async def take(unit: Unit, found: FoundClaim) -> str:
        content = typed.read(SupplementIn, items=items)
        number, due_on = await request_supplement(
            unit, found, items=content.items, expected_version=content.version
        )
        return f"已一次告知{len(items)}项补正，期限{day(due_on)}，补正告知书{number}"

    return await _act(page, claim_id, take)


@router.post("/office/claims/{claim_id}/decline")
async def decline_page(page: PageOf, claim_id: UUID) -> Response:
    """不予受理."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        content = page.typed.read(DeclineIn, lists=("grounds",))
        number = await decline_claim(
            unit,
            found,
            grounds=list(dict.fromkeys(content.grounds)),
            explanation=content.explanation,
            expected_version=content.version,
        )
        return f"不予受理，决定书{number}"

    return await _act(page, claim_id, take)


@router.post("/office/claims/{claim_id}/review")
async def review_page(page: PageOf, claim_id: UUID) -> Response:
    """审核: the platform is asked for what is not known, then the rules decide; the amount is theirs."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        content = _attested(page.typed)
        verdict = await review_claim(
            unit,
            found,
            attested=[each.attested() for each in content.attested],
            expected_version=content.version,
        )
        return f"审核结论：{OUTCOME_LABELS[verdict.outcome]}，{in_yuan(verdict.amount_fen)}"

    return await _act(page, claim_id, take, asks_insurance=True)


@router.post("/office/claims/{claim_id}/approve")
async def approve_page(page: PageOf, claim_id: UUID) -> Response:
    """批准, by somebody else than the reviewer."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        content = page.typed.read(DecideIn)
        number = await approve_claim(unit, found, reason=content.reason, expected_version=content.version)
        return f"已批准，决定书{number}"

    return await _act(page, claim_id, take)


@router.post("/office/claims/{claim_id}/refuse")
async def refuse_page(page: PageOf, claim_id: UUID) -> Response:
    """不予发放, by somebody else than the reviewer."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        content = page.typed.read(DecideIn)
        number = await refuse_claim(unit, found, reason=content.reason, expected_version=content.version)
        return f"不予发放，决定书{number}"

    return await _act(page, claim_id, take)


@router.post("/office/claims/{claim_id}/send-back")
async def send_back_page(page: PageOf, claim_id: UUID) -> Response:
    """退回重审."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        content = page.typed.read(SendBackIn)
        await send_back_claim(unit, found, reason=content.reason, expected_version=content.version)
        return "已退回重审"

    return await _act(page, claim_id, take)


@router.post("/office/claims/{claim_id}/hold")
async def hold_page(page: PageOf, claim_id: UUID) -> Response:
    """暂停办理."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        content = page.typed.read(HoldIn)
        await hold_claim(unit, found, cause=content.cause, reason=content.reason)
        return "已暂停办理"

    return await _act(page, claim_id, take, stays=True)


@router.post("/office/claims/{claim_id}/holds/{hold_id}/release")
async def release_page(page: PageOf, claim_id: UUID, hold_id: UUID) -> Response:
    """解除暂停, by somebody else than who placed it."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        await release_hold(unit, found, hold_id=hold_id, reason=page.typed.read(ReleaseIn).reason)
        return "已解除暂停"

    return await _act(page, claim_id, take, stays=True)


@router.post("/office/claims/{claim_id}/appeals")
async def take_down_appeal_page(page: PageOf, claim_id: UUID) -> Response:
    """An appeal that somebody brought to the counter, or that another body has taken up."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        content = page.typed.read(AppealIn)
        await file_appeal(unit, found.decided(unit.today), channel=content.channel, grounds=content.grounds)
        return "已登记"

    return await _act(page, claim_id, take, stays=True)


@router.post("/office/claims/{claim_id}/appeals/{appeal_id}/decide")
async def decide_appeal_page(page: PageOf, claim_id: UUID, appeal_id: UUID) -> Response:
    """How an appeal ended."""

    async def take(unit: Unit, found: FoundClaim) -> str:
        content = page.typed.read(AppealDecisionIn)
        number = await decide_appeal(
            unit, found, appeal_id=appeal_id, outcome=content.outcome, reason=content.reason
        )
        return f"已登记，告知书{number}"

    return await _act(page, claim_id, take, stays=True)


async def _act(
    page: Page, claim_id: UUID, take: _Take, *, stays: bool = False, asks_insurance: bool = False
) -> Response:
    """Look (which stays, whatever comes of the act), take the step, open the next claim of the list."""
    state, kind = queue_of(page)
    try:
        async with page.writing() as unit:
            found = await read_claim(unit, page.parts.keys, claim_id)
            now = unit.now
        if asks_insurance:
            await know_insurance(
                page.parts.unemployment_insurance,
                page.writing,
                [case_of(found)],
                now=now,
                max_age_hours=page.parts.settings.insurance_answer_hours,
            )
        async with page.act() as act:
            done = await take(act.unit, found)
            following = None if stays else await _next(act.unit, found, state, kind)
            act.go(
                _whither(claim_id, following, state, kind, stays=stays),
                said=f"{found.number}：{done}"
                + ("。这一批已经办完" if following is None and not stays else ""),
            )
    except RegistryError as refusal:
        return await _show(page, claim_id, refusal)
    return page.go(act)


def _whither(
    claim_id: UUID, following: UUID | None, state: ClaimState | None, kind: BenefitKind | None, *, stays: bool
) -> str:
    if stays:
        return address_of(claim_id, state, kind)
    if following is None:
        return address_of(claim_id, state, kind).replace(f"/{claim_id}", "", 1)
    return address_of(following, state, kind)


async def _next(
    unit: Unit, found: FoundClaim, state: ClaimState | None, kind: BenefitKind | None
) -> UUID | None:
    """The claim after this one in the list of ``state``; none when no list is worked through."""
    if state is None:
        return None
    since = parse_instant(found.claim["state_since"])
    page = await work_list(
        unit,
        states=[state],
        kinds=[kind] if kind else list(BenefitKind),
        cursor=encode_cursor(since.isoformat(), found.claim_id),
        limit=1,
    )
    return page.items[0].claim_id if page.items else None


def _attested(typed: Typed) -> ReviewIn:
    """The review with the facts seen in papers."""
    stated = []
    for place in range(ATTESTED_MAX):
        parts = ("fact", "evidence", "subject", "dated_on")
        told: dict[str, object] = {
            part: given for part in parts if (given := typed[f"attested.{place}.{part}"])
        }
        if "fact" in told:
            stated.append({**told, "value": _value(str(told["fact"]), typed[f"attested.{place}.value"])})
    return Typed([("version", typed["version"])]).read(ReviewIn, attested=stated)


def _value(fact: str, written: str) -> bool | int | str:
    """What the fact asks for: 是 or 否, a whole number, or words (the code of an area is one)."""
    if written in _YES_OR_NO:
        return _YES_OR_NO[written]
    is_number = written.isascii() and written.isdecimal() and len(written) <= 12
    return int(written) if is_number and fact not in _PLACES else written


def choices_of(vocabulary: str, values: type[StrEnum]) -> list[tuple[str, str]]:
    """The options of a field, in their order."""
    return [(value.value, word(vocabulary, value)) for value in values]


def _prepared_supplement(verdict: Verdict | None) -> str:
    """Everything the rules miss by now, one line an item, for the officer to go on writing."""
    if verdict is None:
        return ""
    return "\n".join(
        f"{missing.message}：{missing.remedy or '请补充证明材料'}" for missing in verdict.missing
    )
