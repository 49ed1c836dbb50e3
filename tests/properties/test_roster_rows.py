"""Whatever stands in a sheet: every line is accounted for once, and no number leaves in words."""

import re
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from app.files.sheet import Cell, Sheet
from app.kernel.errors import InvalidInput
from app.training.rosters.rules import Yardstick, read_roster
from app.training.rosters.template import harmless_text

YARDSTICK = Yardstick(
    on=date(2026, 11, 1), area_known=lambda code, period: True, key_groups={"退役军人": "veteran"}
)
NUMBERS = ["110105194910010015", "110105194910010023", "110105194910010031", "11010519491001004x"]
HEADINGS: list[Cell] = ["姓名", "身份证号", "手机号", "人员类别", "性别", "备注"]

cells: st.SearchStrategy[Cell] = st.one_of(
    st.text(max_size=12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.sampled_from(
        ["", "", "张三", "李四", "合计", "男", "退役军人", "13800000000", "1.1E+17", "姓名", *NUMBERS]
    ),
)
sheets = st.lists(st.lists(cells, min_size=6, max_size=6), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(rows=sheets)
def test_every_line_is_accepted_refused_or_passed_over_once(rows: list[list[Cell]]) -> None:
    sheet = Sheet(name="S", visible=True, first_line=1, first_column=1, rows=[HEADINGS, *rows])
    try:
        read = read_roster([sheet], YARDSTICK)
    except InvalidInput as refused:
        if refused.code not in {"no_trainees", "doubled_column", "missing_column"}:
            raise
        return
    lines = [line.line for line in (*read.lines, *read.refused)]
    assert len(lines) == len(set(lines))
    passed_over = {
        notice.line
        for notice in read.notices
        if notice.code in {"repeated_line", "footer_line", "repeated_heading"}
    }
    assert not passed_over & set(lines)
    assert all(line.reasons for line in read.refused)
    persons = [line.identity_number.number for line in read.lines]
    assert len(persons) == len(set(persons))
    for number in NUMBERS:
        for line, row in enumerate(rows, start=2):
            if row[1] == number and line not in passed_over:
                assert line in lines


@settings(max_examples=150, deadline=None)
@given(rows=sheets)
def test_no_reason_repeats_a_number(rows: list[list[Cell]]) -> None:
    sheet = Sheet(name="S", visible=True, first_line=1, first_column=1, rows=[HEADINGS, *rows])
    try:
        read = read_roster([sheet], YARDSTICK)
        said = repr((read.notices, read.refused, read.lines))
    except InvalidInput as refused:
        said = repr(refused.reasons)
    assert not re.search(r"[0-9]{17}[0-9Xx]", said)


@given(text=st.text(max_size=20))
def test_no_exported_text_starts_a_formula(text: str) -> None:
    assert not harmless_text(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
