"""Results and closing: nobody closes without results, nobody confirms the own ones, records are appended."""

from collections import Counter
from datetime import timedelta

from app.demo.actors.institution import InstitutionActor, failed, passed
from app.demo.check.cast import Cast
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import DOUBLY_ENROLLED, Classes
from app.demo.client import Answer
from app.demo.journal import require
from app.demo.province_data import NURSING_CLASS
from app.demo.timetable import at

FAILED = NURSING_CLASS[6]
"""Fails the assessment of the nursing class."""


def assess_and_close(cast: Cast, directory: Directory, classes: Classes) -> None:
    """Assess and close the three classes."""
    _schedule(cast, directory, classes)
    _enter_results(cast, directory, classes)
    _close_nursing(cast, directory, classes)
    _close_others(cast, directory, classes)


def _schedule(cast: Cast, directory: Directory, classes: Classes) -> None:
    exam_at = at(classes.nursing_plan.day + timedelta(days=1), 9)
    with cast.journal.step("安排次日结业考核；尚未考核不能结班"):
        for actor, opening_id in _classes(directory, classes):
            actor.schedule_assessment(opening_id, exam_at, "示范路1号考场")
        cast.journal.refused(directory.school.close(classes.nursing), 409, "assessment_missing")
        line_id = directory.school.lines(classes.nursing)[FAILED.name]
        early = directory.school.enter_results(classes.nursing, 1, [passed(line_id, 9000)])
        cast.journal.refused(early, 409, "assessment_not_held")
        cast.clock.advance_to(exam_at + timedelta(hours=3))


def _enter_results(cast: Cast, directory: Directory, classes: Classes) -> None:
    journal = cast.journal
    with journal.step("录入成绩；录入人自己确认：拒绝；由第二人确认"):
        lines = directory.school.lines(classes.nursing)
        results = [
            failed(line_id, 4200) if name == FAILED.name else passed(line_id, 8650)
            for name, line_id in lines.items()
        ]
        journal.refused(
            directory.school.enter_results(classes.nursing, 1, results[:1] * 2), 409, "line_repeated"
        )
        directory.school.enter_results(classes.nursing, 1, results).expect(201)
        journal.refused(directory.school.close(classes.nursing), 409, "result_not_confirmed")
        own = directory.school.confirm_results(classes.nursing, 1)
        journal.refused(own, 409, "second_person_required")
        confirmed = directory.school_second.confirm_results(classes.nursing, 1).expect(201)["confirmed"]
        require(confirmed == len(results), f"确认 {len(results)} 人，实为 {confirmed}")
        journal.counts["results"] += confirmed
    with journal.step("其他两个班录入并由第二人确认成绩"):
        for maker, checker, opening_id in (
            (directory.base, directory.base_second, classes.welding),
            (directory.online, directory.online_second, classes.online),
        ):
            results = [passed(line_id, 7800) for line_id in maker.lines(opening_id).values()]
            maker.enter_results(opening_id, 1, results).expect(201)
            journal.counts["results"] += checker.confirm_results(opening_id, 1).expect(201)["confirmed"]


def _close_nursing(cast: Cast, directory: Directory, classes: Classes) -> None:
    journal, trainees = cast.journal, len(classes.trainees)
    with journal.step("护理班结班：课时与考核达标者即时归档，不合格者不归档"):
        closed = directory.school.close(classes.nursing).expect(200)
        require(_verdicts(closed) == {"earned": trainees - 1, "not_earned": 1}, closed.in_words())
        require(_reasons(closed) == {"assessment_not_passed": 1}, closed.in_words())
        journal.refusals.update(_reasons(closed))
        journal.counts["records"] += closed["records_appended"]
        journal.refused(directory.school.close(classes.nursing), 409, "opening_already_closed")
        own = directory.school.completions(classes.nursing)
        require(len(own) == trainees - 1, f"机构看到 {trainees - 1} 条结业档案")


def _close_others(cast: Cast, directory: Directory, classes: Classes) -> None:
    journal = cast.journal
    with journal.step("线上班结班：缺测试者课时不足，不归档"):
        closed = directory.online.close(classes.online).expect(200)
        require(_verdicts(closed) == {"earned": 1, "not_earned": 1}, closed.in_words())
        require(_reasons(closed) == {"hours_not_met": 1}, closed.in_words())
        journal.counts["records"] += closed["records_appended"]
        journal.refusals.update(_reasons(closed))
    with journal.step("焊工班结班：持卡库仍停机，没有核验就没有档案"):
        closed = directory.base.close(classes.welding).expect(200)
        line_id = directory.base.lines(classes.welding)[DOUBLY_ENROLLED.name]
        twice = next(each for each in closed["trainees"] if each["line_id"] == line_id)
        require(twice["credited_minutes"] == 0, "两处同时到课的人在第二处不计课时")
        pending = _verdicts(closed)["identity_pending"]
        require(closed["records_appended"] == 0 and pending == 5, closed.in_words())
        require(_reasons(closed)["identity_not_yet_matched"] == pending, closed.in_words())
        journal.refusals.update(_reasons(closed))


def _classes(directory: Directory, classes: Classes) -> tuple[tuple[InstitutionActor, str], ...]:
    return (
        (directory.school, classes.nursing),
        (directory.base, classes.welding),
        (directory.online, classes.online),
    )


def _verdicts(closed: Answer) -> dict[str, int]:
    return dict(Counter(each["verdict"] for each in closed["trainees"]))


def _reasons(closed: Answer) -> Counter[str]:
    """Why trainees got no record, by code."""
    return Counter(reason["code"] for each in closed["trainees"] for reason in each["reasons"])
