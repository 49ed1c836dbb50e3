"""Results of a class (结果考核): assessments are scheduled, results typed into a grid, confirmed by a second person."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from starlette.responses import Response

from app.api.v1.assessments import AssessmentIn, ConfirmationIn, ResultsIn
from app.kernel.errors import Reason, Refused, RegistryError
from app.portals.institution.opening_view import class_in_sight
from app.portals.institution.rows import rows_in
from app.training.assessments.actions.confirm_results import confirm_results
from app.training.assessments.actions.enter_results import enter_results
from app.training.assessments.actions.schedule_assessment import schedule_assessment
from app.training.assessments.queries import ResultView, assessments_of, results_of
from app.training.assessments.rules import SeenResult
from app.training.assessments.states import ASSESSING_STATES, Outcome, ResultState
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.pages.typed import Typed
from app.web.words import VOCABULARIES

router = pages()

SHOWN_AT_ONCE = 100
Attempt = Annotated[int, Path(ge=1, le=9)]
_LABELS = {
    "scheduled_at": "考核时间",
    "venue": "考核地点",
    "method": "考核方式",
    "results": "成绩",
    "results.*.outcome": "结果",
    "results.*.score": "成绩",
    "results.*.exemption_reason": "免考理由",
}
_METHODS = [(method.value, word) for method, word in VOCABULARIES["method"].items()]
_OUTCOMES = [(outcome.value, word) for outcome, word in VOCABULARIES["outcome"].items()]


@router.get("/institution/openings/{opening_id}/results")
async def list_assessments_page(page: PageOf, opening_id: UUID) -> Response:
    """The assessments of the class, and the next one to schedule."""
    return await _assessments_page(page, opening_id)


@router.post("/institution/openings/{opening_id}/results")
async def schedule_page(page: PageOf, opening_id: UUID) -> Response:
    """The first is the completion assessment, every later one a resit."""
    try:
        at = (
            f"{page.typed['on']}T{page.typed['at']}:00+08:00" if page.typed["on"] and page.typed["at"] else ""
        )
        given = Typed(
            [("venue", page.typed["venue"]), ("method", page.typed["method"]), ("scheduled_at", at)]
        )
        content = given.read(AssessmentIn)
        async with page.act() as act:
            row = await schedule_assessment(act.unit, opening_id=opening_id, **content.model_dump())
            act.go(f"/institution/openings/{opening_id}/results", said=f"已安排第{row.attempt}次考核")
    except RegistryError as refusal:
        return await _assessments_page(page, opening_id, refusal)
    return page.go(act)


@router.get("/institution/openings/{opening_id}/results/{attempt}")
async def ask_results(
    page: PageOf, opening_id: UUID, attempt: Attempt, cursor: str | None = None
) -> Response:
    """The grid: everybody who may sit this attempt."""
    return await _grid(page, opening_id, attempt, cursor)


@router.post("/institution/openings/{opening_id}/results/{attempt}")
async def enter_results_page(page: PageOf, opening_id: UUID, attempt: Attempt) -> Response:
    """The rows that say something are entered together, or none of them."""
    places = [number for number, row in _rows(page) if row.get("outcome") or row.get("score")]
    rows = dict(_rows(page))
    try:
        given = [_given(rows[number], number) for number in places]
        content = Typed().read(ResultsIn, results=given)
        async with page.act() as act:
            entered = await enter_results(
                act.unit,
                opening_id=opening_id,
                attempt=attempt,
                results=[result.stated() for result in content.results],
            )
            said = f"已录入{entered.entered}名学员的成绩，请由另一名经办人确认"
            act.go(f"/institution/openings/{opening_id}/results/{attempt}", said=said)
    except RegistryError as refusal:
        return await _grid(page, opening_id, attempt, page.typed["_cursor"] or None, _placed(refusal, places))
    return page.go(act)


@router.post("/institution/openings/{opening_id}/results/{attempt}/confirm")
async def confirm_results_page(page: PageOf, opening_id: UUID, attempt: Attempt) -> Response:
    """Exactly the results that were on the page; from then on they are final."""
    try:
        content = Typed().read(ConfirmationIn, results=rows_in(page.typed, "seen"))
        seen = [SeenResult(line_id=each.line_id, revision=each.revision) for each in content.results or []]
        async with page.act() as act:
            confirmed = await confirm_results(act.unit, opening_id=opening_id, attempt=attempt, seen=seen)
            said = f"已确认{confirmed}名学员的成绩"
            act.go(f"/institution/openings/{opening_id}/results/{attempt}", said=said)
    except RegistryError as refusal:
        return await _grid(page, opening_id, attempt, page.typed["_cursor"] or None, refusal)
    return page.go(act)


async def _assessments_page(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        found = await assessments_of(unit, opening_id)
    return page.show(
        "institution/results.html",
        refusal=refusal,
        labels=_LABELS,
        summary=summary,
        assessments=found,
        methods=_METHODS,
        may_schedule=summary.opening.state in ASSESSING_STATES,
    )


async def _grid(
    page: Page, opening_id: UUID, attempt: int, cursor: str | None, refusal: RegistryError | None = None
) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        found = await results_of(
            unit, page.parts.keys, opening_id, attempt, state=None, cursor=cursor, limit=SHOWN_AT_ONCE
        )
        scheduled = next(
            each for each in await assessments_of(unit, opening_id) if each[0].attempt == attempt
        )
    waiting = [each for each in found.items if each.state is ResultState.ENTERED]
    stored = {name: value for number, each in enumerate(found.items) for name, value in _stored(number, each)}
    return page.show(
        "institution/results_grid.html",
        refusal=refusal,
        labels=_LABELS,
        typed=page.typed if refusal is not None and _rows(page) else Typed.from_values(stored),
        summary=summary,
        assessment=scheduled[0],
        counts=scheduled[1],
        results=found.items,
        next_cursor=found.next_cursor,
        cursor=cursor,
        outcomes=_OUTCOMES,
        waiting=waiting,
        is_mine=any(each.entered_by == page.me.principal_id for each in waiting),
        is_open=summary.opening.state in ASSESSING_STATES,
    )


def _rows(page: Page) -> list[tuple[int, dict[str, str]]]:
    """The rows of the grid with their numbers on the page."""
    found: dict[int, dict[str, str]] = {}
    for name, value in page.typed.items():
        steps = name.split(".")
        if len(steps) == 3 and steps[0] == "results" and steps[1].isdecimal() and len(steps[1]) < 5:
            found.setdefault(int(steps[1]), {})[steps[2]] = value
    return sorted(found.items())


def _given(row: Mapping[str, str], number: int) -> dict[str, Any]:
    """A row as the API takes it. Raises Refused for a score that is no number of at most two decimals."""
    given: dict[str, Any] = {
        name: row[name] for name in ("line_id", "outcome", "exemption_reason") if row.get(name)
    }
    if row.get("score"):
        given["score_hundredths"] = _hundredths(row["score"], number)
    return given


def _hundredths(score: str, number: int) -> int:
    try:
        scaled = Decimal(score) * 100
        if scaled == scaled.to_integral_value() and 0 <= scaled <= 10_000:
            return int(scaled)
    except InvalidOperation:
        pass
    raise Refused(
        [
            Reason(
                code="score_invalid",
                message="成绩不是0到100之间、最多两位小数的数",
                remedy="请填写百分制成绩，例如 86.5",
                field=f"results.{number}.score",
                value=score[:20],
            )
        ]
    )


def _placed(refusal: RegistryError, places: list[int]) -> RegistryError:
    """The same refusal, with positions of what was sent as rows of the page."""
    reasons = []
    for reason in refusal.reasons:
        steps = (reason.field or "").split(".")
        if len(steps) == 3 and steps[0] == "results" and reason.code != "score_invalid":
            member = {"score_hundredths": "score", "line_id": "outcome"}.get(steps[2], steps[2])
            reason = replace(reason, field=f"results.{places[int(steps[1])]}.{member}")  # noqa: PLW2901
        reasons.append(reason)
    return type(refusal)(reasons, title=refusal.title)


def _stored(number: int, result: ResultView) -> list[tuple[str, object]]:
    at = f"results.{number}"
    score = result.score_hundredths
    return [
        (f"{at}.outcome", result.outcome.value if result.outcome else None),
        (f"{at}.score", None if score is None else f"{Decimal(score) / 100:f}"),
        (f"{at}.exemption_reason", result.exemption_reason if result.outcome is Outcome.EXEMPT else None),
    ]
