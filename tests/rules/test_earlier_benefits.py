"""Rows of a list of benefits paid before the registry: the key they hold, and every reason against them at once."""

from datetime import date
from typing import Any

import pytest

from app.files.sheet import Sheet
from app.kernel.errors import InvalidInput
from app.reference.divisions import prefix_of, was_in_force
from app.reference.occupations import occupations
from app.subsidies.earlier.rules import (
    EARLIER_LIST,
    HEADINGS,
    EarlierBenefit,
    EarlierColumn,
    Yardstick,
    already_held,
    judge_row,
)
from tests.builders.rosters import Trainee

SOUND = {
    EarlierColumn.NAME: "张样安",
    EarlierColumn.IDENTITY_NUMBER: Trainee().identity_number,
    EarlierColumn.KIND: "技能提升补贴",
    EarlierColumn.PAID_ON: "2018-06-01",
    EarlierColumn.AMOUNT: "1500",
    EarlierColumn.DOCUMENT: "失发〔2018〕6号",
    EarlierColumn.OCCUPATION_CODE: "6-18-02-04",
    EarlierColumn.SKILL_LEVEL: "四级",
}


def judge(**changes: Any) -> Any:
    given = {**SOUND, **{EarlierColumn(name): value for name, value in changes.items()}}
    yardstick = Yardstick(
        today=date(2026, 5, 11),
        division_code="110000",
        division_prefix=prefix_of("110000"),
        area_known=was_in_force,
        known=occupations().get(),
    )
    return judge_row((7, [given.get(column, "") for column in EarlierColumn]), yardstick)


def refusals(**changes: Any) -> list[str]:
    return [reason.code for reason in judge(**changes)]


def key(**changes: Any) -> tuple[str, str, str]:
    found = judge(**changes)
    assert isinstance(found, EarlierBenefit), found
    return found.benefit_line, found.level.value, found.period


def test_a_sound_row_is_read_whole() -> None:
    found = judge(dated_on="2017-12-30", division_code="110105")
    assert (found.line, found.kind, found.paid_on, found.dated) == (
        7,
        "skill_upgrade",
        date(2018, 6, 1),
        date(2017, 12, 30),
    )
    assert (found.amount_fen, found.document, found.division_code) == (150_000, "失发〔2018〕6号", "110105")
    assert judge().dated == date(2018, 6, 1), "the day of payment where no other is known"
    assert judge().division_code == "110000"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("2015:6-18-02-04", "level_4", "life")),
        ({"kind": "职业培训补贴", "skill_level": ""}, ("2015:6-18-02-04", "none", "life")),
        ({"kind": "以工代训补贴", "period": "2020-05", "occupation_code": ""}, ("none", "none", "2020-05")),
        ({"kind": "一次性留工培训补助", "period": "2022"}, ("none", "none", "2022")),
        ({"kind": "企业新型学徒制培训补贴", "period": "year-2"}, ("2015:6-18-02-04", "none", "year-2")),
        ({"kind": "生活费补贴", "period": "2019年第3期焊工班"}, ("none", "none", "2019年第3期焊工班")),
    ],
)
def test_each_kind_has_its_key(changes: dict[str, Any], expected: tuple[str, str, str]) -> None:
    line, level, period = key(**changes)
    known = occupations().get().benefit_line_of(2015, "6-18-02-04")
    assert (line, level, period) == (known if expected[0] != "none" else "none", *expected[1:])


def test_an_occupation_is_told_by_its_own_name_when_that_names_one_line() -> None:
    table = occupations().get()
    welder = table.find(2015, "6-18-02-04")
    assert welder is not None
    assert key(occupation_code="", occupation_name=welder.name)[0] == welder.benefit_line
    assert refusals(occupation_code="", occupation_name="没有这个职业") == ["occupation_unknown"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "其他补贴"}, ["benefit_kind_unknown"]),
        ({"paid_on": "2016-12-31"}, ["date_out_of_range"]),
        ({"paid_on": "2026-05-12"}, ["date_out_of_range"]),
        ({"paid_on": "去年"}, ["date_unreadable"]),
        ({"paid_on": ""}, ["date_unreadable"]),
        ({"amount": "0"}, ["amount_unreadable"]),
        ({"amount": "100000.01"}, ["amount_unreadable"]),
        ({"amount": "1,5"}, ["amount_unreadable"]),
        ({"document_number": ""}, ["document_missing"]),
        ({"division_code": "310105"}, ["division_out_of_scope"]),
        ({"division_code": "119999"}, ["division_unknown"]),
        ({"occupation_code": "9-99-99-99"}, ["occupation_unknown"]),
        ({"skill_level": "八段"}, ["skill_level_unknown"]),
        ({"kind": "以工代训补贴", "period": "2020-13"}, ["period_form"]),
        ({"kind": "一次性留工培训补助", "period": ""}, ["period_form"]),
        (
            {"kind": "无", "amount": "", "paid_on": "", "document_number": ""},
            ["benefit_kind_unknown", "date_unreadable", "amount_unreadable", "document_missing"],
        ),
    ],
)
def test_everything_against_a_row_is_said_at_once(changes: dict[str, Any], expected: list[str]) -> None:
    assert refusals(**changes) == expected


def test_a_wrong_number_is_masked_in_its_reason() -> None:
    sound = Trainee().identity_number
    wrong = sound[:-1] + ("7" if sound[-1] != "7" else "3")
    reasons = judge(identity_number=wrong)
    assert [reason.code for reason in reasons] == ["identity_number_check_digit"]
    assert all(wrong not in repr(reason) for reason in reasons)


def test_what_is_held_is_told_in_words() -> None:
    held = {
        "kind": "skill_upgrade",
        "line": "2015:6-18-02-04",
        "level": "level_4",
        "period": "life",
        "is_earlier": True,
        "on": "2018-06-01",
    }
    reason = already_held(held, {"2015:6-18-02-04": "焊工"})
    assert reason.code == "benefit_already_held"
    assert "技能提升补贴、焊工、四级" in reason.message
    assert "2018-06-01发放并登记" in reason.message
    assert reason.citation is not None
    assert reason.citation.clause == "四(十二)"
    claimed = already_held({**held, "kind": "work_based", "line": "none", "level": "none", "period": "2020-05",
                            "is_earlier": False, "is_paid": False}, {})  # fmt: skip
    assert "以工代训补贴、2020-05" in claimed.message
    assert "申领" in claimed.message


def test_a_list_is_found_under_its_title() -> None:
    headings = [HEADINGS[column][0] for column in EarlierColumn]
    sheet = Sheet("名单", True, 1, 1, [["2018年技能提升补贴"], [*headings], ["张样安"], [""] * 12])
    assert EARLIER_LIST.rows_of([sheet], most=10) == [(3, ["张样安", *[""] * 11])]
    with pytest.raises(InvalidInput) as refused:
        EARLIER_LIST.rows_of([Sheet("空", True, 1, 1, [["姓名"]])], most=10)
    assert refused.value.reasons[0].code == "heading_not_found"
    with pytest.raises(InvalidInput) as refused:
        EARLIER_LIST.rows_of([sheet, sheet], most=10)
    assert refused.value.reasons[0].code == "several_lists"
    with pytest.raises(InvalidInput) as refused:
        EARLIER_LIST.rows_of([sheet], most=0)
    assert refused.value.reasons[0].code == "row_count_out_of_range"
