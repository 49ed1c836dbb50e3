"""Filing: all defects at once, a return and a new filing, on record; who is not concerned finds nothing."""

from dataclasses import replace

from app.demo.check.cast import Cast
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import Classes
from app.demo.journal import require
from app.demo.province_data import NURSING_CLASS


def file_openings(cast: Cast, directory: Directory, classes: Classes) -> None:
    """File the three classes and put them on record."""
    _file_incomplete(cast, directory, classes)
    _return_and_file_again(cast, directory, classes)
    with cast.journal.step("三个班申报并备案，持卡库停机不妨碍开班"):
        for actor, opening_id in (
            (directory.base, classes.welding),
            (directory.online, classes.online),
        ):
            actor.file(opening_id).expect(200)
        seen = cast.filing.caller.get(f"/v1/openings/{classes.welding}/defects").expect(200)
        require(seen["overlapping_trainees"] == 1, f"经办人见到一人与别班课时重叠：{seen.in_words()}")
        for opening_id in (classes.nursing, classes.welding, classes.online):
            cast.filing.put_on_record(opening_id).expect(200)
            cast.journal.counts["openings"] += 1
    _meet_strangers(cast, directory, classes)


def _file_incomplete(cast: Cast, directory: Directory, classes: Classes) -> None:
    journal, school = cast.journal, directory.school
    with journal.step("缺项的申报：五项材料、承诺、定点范围一次告知"):
        electrician = replace(
            classes.nursing_plan,
            name=f"杭州市西湖区电工培训{classes.nursing_plan.day.year}年第1期",
            program=directory.plan("electrician"),
            program_id=directory.programs["electrician"],
        )
        opening_id = school.draft(electrician)
        answer = school.caller.post(f"/v1/openings/{opening_id}:file", {})
        missing = ("teaching_plan_missing", "teachers_missing", "roster_missing", "commitment_missing")
        journal.refused(answer, 409, "not_designated", *missing)
    with journal.step("过期版本的修改被拒绝（If-Match）"):
        opening = school.read(opening_id)
        changed = {"venue": "示范路1号305教室"}
        school.caller.patch(f"/v1/openings/{opening_id}", changed, version_tag=opening.version_tag).expect(
            200
        )
        stale = school.caller.patch(
            f"/v1/openings/{opening_id}", {"venue": "示范路1号306教室"}, version_tag=opening.version_tag
        )
        journal.refused(stale, 412, "version_outdated")


def _return_and_file_again(cast: Cast, directory: Directory, classes: Classes) -> None:
    journal, school, opening_id = cast.journal, directory.school, classes.nursing
    with journal.step("护理班申报，被退回并一次告知，补正后再申报"):
        school.file(opening_id).expect(200)
        locked = school.submit_roster(opening_id, NURSING_CLASS[:1])
        journal.refused(locked, 409, "roster_filed")
        returned = cast.filing.give_back(
            opening_id, "assessment_plan", "考核方案没有写明实操评分标准"
        ).expect(200)
        require(returned["returned_reasons"], "退回的原因告知机构")
        school.complete(opening_id, classes.nursing_plan)
        require(school.file(opening_id).expect(200)["filing_no"] == 2, "第二次申报")


def _meet_strangers(cast: Cast, directory: Directory, classes: Classes) -> None:
    journal, path = cast.journal, f"/v1/openings/{classes.nursing}"
    with journal.step("别家机构、外省经办人看不到本班；无此权限者不得办理"):
        journal.refused(directory.base.caller.get(path), 404, "opening_not_found")
        journal.refused(directory.other_school.caller.get(path), 404, "opening_not_found")
        journal.refused(cast.other_filing.caller.get(path), 404, "opening_not_found")
        journal.refused(cast.other_filing.put_on_record(classes.nursing), 404, "opening_not_found")
        journal.refused(cast.lookup.caller.post(f"{path}:put-on-record"), 403, "forbidden")
        journal.refused(directory.school.caller.post(f"{path}:put-on-record"), 403, "forbidden")


def draft_late_class(cast: Cast, directory: Directory, classes: Classes) -> str:
    """A class whose draft is ready, to be filed when its first session has begun."""
    plan = replace(
        classes.nursing_plan,
        name=f"杭州市西湖区养老护理员培训{classes.nursing_plan.day.year}年第2期",
        venue="示范路1号202教室",
        teachers=("郑示范", "王演示"),
    )
    with cast.journal.step("起草第二期护理班，名册齐全，但拖着不申报"):
        opening_id = directory.school.draft(plan)
        directory.school.complete(opening_id, plan)
        people = cast.sandbox.people(20)[-4:]
        directory.school_system.submit_roster(opening_id, people).expect(201)
        cast.journal.counts["roster_rows_accepted"] += len(people)
    return opening_id


def file_late(cast: Cast, directory: Directory, opening_id: str) -> None:
    """The first session has begun: filing is over, server time decides."""
    with cast.journal.step("首次课开始后才申报：拒绝，以系统时间为准"):
        cast.journal.refused(directory.school.file(opening_id), 409, "filing_late")
