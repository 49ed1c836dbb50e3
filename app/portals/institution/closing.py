"""Closing a class (结班): what is missing, whom it would give a record, and the act itself."""

from collections.abc import Mapping
from uuid import UUID

from starlette.responses import Response

from app.kernel.errors import NotFound, Reason, RegistryError
from app.portals.institution.opening_view import class_in_sight
from app.training.completion.actions.close_opening import close_opening, facts_at_closing
from app.training.completion.queries import class_at_closing
from app.training.completion.rules import ClosingFacts, Verdict, judge_all, reasons_against_closing
from app.training.rosters.queries import names_of_class
from app.web.pages.links import pages
from app.web.pages.page import Page, PageOf
from app.web.words import Part

router = pages()

_CHECKS = (
    ("课程已经开始并有签到", frozenset({"opening_not_running", "no_session_held"}), "sessions"),
    ("课程已经上完", frozenset({"sessions_not_over"}), "sessions"),
    ("考勤更正已经办结", frozenset({"presence_correction_open"}), ""),
    ("考核成绩已经录入并由第二人确认", frozenset({"result_not_confirmed", "assessment_missing"}), "results"),
)
"""The checklist: a sentence, the codes of reasons against it, and where it is mended."""
_VERDICTS = {
    Verdict.EARNED: "合格，结班后归档并发培训合格证书",
    Verdict.IDENTITY_PENDING: "合格，实名核验通过后归档",
    Verdict.NOT_EARNED: "未达到要求",
}


@router.get("/institution/openings/{opening_id}/closing")
async def show_closing(page: PageOf, opening_id: UUID) -> Response:
    """The checklist, and what closing would come to for each trainee."""
    return await _closing_page(page, opening_id)


@router.post("/institution/openings/{opening_id}/closing")
async def close_page(page: PageOf, opening_id: UUID) -> Response:
    """Close the class: from then on nothing of it changes."""
    try:
        async with page.act() as act:
            closed = await close_opening(act.unit, page.parts.keys, opening_id=opening_id)
            said = f"已结班，{len(closed.record_numbers)}名学员的培训档案已归档"
            act.go(f"/institution/openings/{opening_id}", said=said)
    except RegistryError as refusal:
        return await _closing_page(page, opening_id, refusal)
    return page.go(act)


async def _closing_page(page: Page, opening_id: UUID, refusal: RegistryError | None = None) -> Response:
    async with page.reading() as unit:
        summary = await class_in_sight(unit, opening_id)
        found = await class_at_closing(unit, opening_id, unit.actor.institution(), lock=False)
        if found is None:
            raise NotFound
        facts = await facts_at_closing(unit, page.parts.keys, opening_id, found)
        names = await names_of_class(unit, page.parts.keys, opening_id)
    reasons = reasons_against_closing(facts)
    verdicts = judge_all(facts)
    return page.show(
        "institution/closing.html",
        refusal=refusal,
        summary=summary,
        tasks=_tasks(opening_id, facts, reasons),
        reasons=reasons,
        names=names,
        without=_without_result(facts, reasons, names),
        verdicts=verdicts,
        words=_VERDICTS,
        counts={
            verdict: sum(each.verdict is verdict and each.trainee.outcome is not None for each in verdicts)
            for verdict in Verdict
        },
        without_result=sum(each.trainee.outcome is None for each in verdicts),
        is_closed=summary.opening.state == "closed",
    )


def _tasks(opening_id: UUID, facts: ClosingFacts, reasons: tuple[Reason, ...]) -> list[dict[str, object]]:
    tasks: list[dict[str, object]] = []
    for title, codes, where in _CHECKS:
        against = [reason for reason in reasons if reason.code in codes]
        tasks.append(
            {
                "title": title,
                "href": f"/institution/openings/{opening_id}/{where}" if where else None,
                "state": Part.FAULTY if against else Part.DONE,
                "note": _note(against),
            }
        )
    return tasks


def _without_result(
    facts: ClosingFacts, reasons: tuple[Reason, ...], names: Mapping[UUID, str]
) -> list[tuple[str, str]]:
    """Whose result is missing or not confirmed, and which of the two it is."""
    by_line = {f"roster.{each.line_id}": names.get(each.person_id, "") for each in facts.trainees}
    return [(by_line[reason.field], reason.message) for reason in reasons if reason.field in by_line]


def _note(against: list[Reason]) -> str | None:
    if not against:
        return None
    if against[0].value is None:
        return "；".join(f"{reason.message}。{reason.remedy}" for reason in against)
    return f"还有{len(against)}名学员没有确认的成绩"
