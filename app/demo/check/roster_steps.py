"""Rosters: a dirty Excel file row by row, a bomb, and a class entered while the card-holder base is down."""

import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

from app.demo.actors.institution import ClassPlan
from app.demo.check.cast import Cast
from app.demo.check.directory_steps import Directory
from app.demo.client import Answer
from app.demo.identities import Person, person
from app.demo.journal import require
from app.demo.province_data import CITY, COUNTY, NOT_MATCHING, NURSING_CLASS, WELDING_CLASS
from app.demo.workbooks import Row, bomb, dirty_roster, line_of
from app.kernel.clock import law_date

_REFUSED_FAST_S = 2.0
_FROM_POPULATION = 12

DOUBLY_ENROLLED = NURSING_CLASS[3]
"""Is on the roster of two classes that are taught at the same time."""

MISNAMED = replace(WELDING_CLASS[3], name="司马样近")
"""The roster's name differs from the card-holder base's."""


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes of the check: ids and plans."""

    nursing: str
    nursing_plan: ClassPlan
    welding: str
    welding_plan: ClassPlan
    online: str
    online_plan: ClassPlan
    trainees: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class _Planted:
    row: Row
    code: str


def deliver_rosters(cast: Cast, directory: Directory) -> Classes:
    """Draft three classes and deliver their rosters."""
    classes = _draft(cast, directory)
    _import_dirty_file(cast, directory, classes)
    _throw_bomb(cast, directory, classes)
    with cast.journal.step("线上班名册由机构系统以 JSON 提交"):
        people = cast.sandbox.people(2)
        added = directory.online.submit_roster(classes.online, people).expect(201)["counts"]["added"]
        cast.journal.counts["roster_rows_accepted"] += added
        directory.online.wait_until_checked(classes.online, matched=2)
    _deliver_while_base_is_down(cast, directory, classes)
    return classes


def _draft(cast: Cast, directory: Directory) -> Classes:
    # Two days ahead: whatever the hour is now, the first session is more than the lead time away.
    day = law_date(cast.clock.now()) + timedelta(days=2)
    nursing = ClassPlan(
        name=f"杭州市西湖区养老护理员培训{day.year}年第1期",
        program=directory.plan("nursing"),
        program_id=directory.programs["nursing"],
        division_code=COUNTY,
        day=day,
        venue="示范路1号201教室",
        teachers=("赵示范", "钱演示"),
    )
    welding = replace(
        nursing,
        name=f"杭州市西湖区焊工培训{day.year}年第1期",
        program=directory.plan("welding"),
        program_id=directory.programs["welding"],
        venue="实训路40号焊接车间",
        teachers=("孙示范", "李演示"),
    )
    online = replace(
        nursing,
        name=f"杭州市互联网营销师培训{day.year}年第1期",
        program=directory.plan("marketing"),
        program_id=directory.programs["marketing"],
        division_code=CITY,
        venue="线上直播间",
        teachers=("周示范", "吴演示"),
        delivery="online",
    )
    trainees = (*NURSING_CLASS, *cast.sandbox.people(_FROM_POPULATION + 2)[2:])
    with cast.journal.step("机构起草三个班：护理、焊工、线上营销"):
        drafted = Classes(
            directory.school.draft(nursing), nursing,
            directory.base.draft(welding), welding,
            directory.online.draft(online), online,
            trainees,
        )  # fmt: skip
        directory.school.complete(drafted.nursing, nursing)
        directory.base.complete(drafted.welding, welding)
        directory.online.complete(drafted.online, online)
    return drafted


def _import_dirty_file(cast: Cast, directory: Directory, classes: Classes) -> None:
    journal = cast.journal
    good = [_as_typed(index, person_) for index, person_ in enumerate(classes.trainees)]
    planted = _planted()
    roster = dirty_roster([*good, *(one.row for one in planted)], title="养老护理员培训班学员名册")
    with journal.step(f"导入脏的 Excel 名册：{len(good)} 行通过，{len(planted)} 行各有一处毛病"):
        answer = directory.school.import_roster(classes.nursing, roster).expect(201)
        require(answer["counts"]["added"] == len(good), f"登入 {len(good)} 行：{answer.in_words()}")
        expected = {line_of(len(good) + index): one.code for index, one in enumerate(planted)}
        _require_exactly(answer, expected)
        journal.refusals.update(Counter(expected.values()))
        journal.counts["roster_rows_accepted"] += len(good)
        journal.counts["roster_rows_refused"] += len(planted)
    with journal.step("同一文件再导入一次，什么也不改变"):
        again = directory.school.import_roster(classes.nursing, roster).expect(200)
        require(again["counts"]["unchanged"] == len(good), f"全部未变：{again.in_words()}")
    with journal.step("后台逐人实名核验，全部一致"):
        directory.school.wait_until_checked(classes.nursing, matched=len(good), unverified=0)


def _throw_bomb(cast: Cast, directory: Directory, classes: Classes) -> None:
    upload = bomb()
    title = f"压缩炸弹（{len(upload.content) // 1000} kB，展开 84 MB）很快被拒绝，服务照常"
    with cast.journal.step(title):
        began = time.monotonic()
        cast.journal.refused(
            directory.school.import_roster(classes.nursing, upload), 413, "inflated_too_large"
        )
        took = time.monotonic() - began
        require(took < _REFUSED_FAST_S, f"{_REFUSED_FAST_S} 秒内拒绝，实用 {took:.1f} 秒")
        cast.api.get("/healthz").expect(200)


def _deliver_while_base_is_down(cast: Cast, directory: Directory, classes: Classes) -> None:
    deceased = NOT_MATCHING[1]
    people = [*WELDING_CLASS[:3], MISNAMED, deceased, DOUBLY_ENROLLED]
    with cast.journal.step("持卡库停机：焊工班名册照收，各行为“暂不可核验”，不放行也不猜"):
        cast.sandbox.break_down("cardholder_base")
        directory.base.submit_roster(classes.welding, people).expect(201)
        cast.journal.counts["roster_rows_accepted"] += len(people)
        directory.base.wait_until_checked(classes.welding, unavailable=len(people), unverified=0)


def _as_typed(index: int, trainee: Person) -> Row:
    """A trainee as somebody typed it: full-width digits, stray blanks, another dot, a small x."""
    full_width = str.maketrans("0123456789", "０１２３４５６７８９")
    number = (trainee.number.translate(full_width), f" {trainee.number[:6]} {trainee.number[6:]}")
    typed = number[index] if index < len(number) else trainee.number.lower()
    return Row(trainee.name.replace("·", "•"), typed, "13800000000" if index % 2 else "")


def _planted() -> list[_Planted]:
    """Rows with one defect each; the last two are one person with different values."""
    wrong = person("错样位", province="33", born="19910101", order=961).number
    wrong = wrong[:-1] + ("0" if wrong[-1] != "0" else "1")
    young = person("幼样小", province="33", born="20150101", order=962)
    twice = person("双样名", province="33", born="19880808", order=963)
    return [
        _Planted(Row("错样位", wrong), "identity_number_check_digit"),
        _Planted(Row("数样失", 1.10105194910011e17), "identity_number_lost_digits"),
        _Planted(Row("短样号", twice.number[:15] + "9"), "identity_number_length"),
        _Planted(Row(young.name, young.number), "trainee_too_young"),
        _Planted(Row("", person("", province="33", born="19880808", order=964).number), "name_missing"),
        _Planted(Row(twice.name, twice.number), "same_person_different_values"),
        _Planted(Row("双样姓", twice.number), "same_person_different_values"),
    ]


def _require_exactly(answer: Answer, expected: dict[int, str]) -> None:
    """Every planted defect with its line, and no other."""
    found = {line["line"]: {reason["code"] for reason in line["reasons"]} for line in answer["refused"]}
    require(found == {line: {code} for line, code in expected.items()}, f"{expected}，实为 {found}")
