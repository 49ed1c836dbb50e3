"""Official lists are judged row by row, every defect at once, before anything is stored."""

from datetime import date

import pytest

from app.files.sheet import Sheet, TableFile
from app.files.sniff import FileKind
from app.kernel.errors import InvalidInput
from app.reference.divisions import DivisionTable, divisions
from app.reference.occupations import occupations
from app.reference.official_files import DIVISION_COLUMNS, OCCUPATION_COLUMNS, list_rows
from app.reference.rules import (
    ListRow,
    division_changes,
    reasons_against_division_edition,
    reasons_against_occupation_edition,
)

DAY = date(2026, 6, 30)


def rows_of(*cells: tuple[str, ...], fields: tuple[str, ...] = ("code", "name")) -> list[ListRow]:
    return [
        ListRow(sheet=None, line=line, cells=dict(zip(fields, row, strict=False)))
        for line, row in enumerate(cells, start=2)
    ]


def whole_list() -> list[tuple[str, ...]]:
    return [(division.code, division.name) for division in divisions().packaged().in_force(DAY)]


def told(
    rows: list[ListRow], known: DivisionTable | None = None, day: date = DAY
) -> dict[str, list[int | None]]:
    found: dict[str, list[int | None]] = {}
    for reason in reasons_against_division_edition(rows, known or divisions().packaged(), day):
        assert reason.message
        assert reason.remedy
        found.setdefault(reason.code, []).append(reason.line)
    return found


def test_unchanged_list_has_no_defects_and_changes_nothing() -> None:
    rows = rows_of(*whole_list())
    assert told(rows) == {}
    assert division_changes(rows, divisions().packaged(), DAY, "test").count == 0


def test_all_defects_of_all_rows_at_once() -> None:
    rows = rows_of(
        *whole_list(), ("11010", "短代码"), ("110199", ""), ("990001", "无省"), ("110105", "朝阳新区")
    )
    last = len(whole_list()) + 1
    assert told(rows) == {
        "division_code_malformed": [last + 1],
        "division_name_missing": [last + 2],
        "division_without_province": [last + 3],
        "division_contradiction": [last + 4],
    }


def test_contradiction_names_both_lines() -> None:
    rows = rows_of(*whole_list(), ("110000", "北平市"))
    (reason,) = reasons_against_division_edition(rows, divisions().packaged(), DAY)
    assert "第2行" in reason.message
    assert f"第{len(rows) + 1}行" in reason.message


def test_incomplete_list_would_end_most_codes_and_is_refused() -> None:
    rows = rows_of(*[cells for cells in whole_list() if cells[0].startswith("13")])
    assert "division_list_incomplete" in told(rows)


def test_list_must_be_newer_than_what_is_known() -> None:
    rows = rows_of(*whole_list())
    assert told(rows, day=date(2026, 1, 1)) == {"edition_not_newer": [None]}
    assert told(rows, day=date(2026, 1, 2)) == {}


def test_changes_are_begun_renamed_and_ended() -> None:
    cells = [row for row in whole_list() if row[0] != "110105"]
    cells = [(code, "新东城区") if code == "110101" else (code, name) for code, name in cells]
    changes = division_changes(rows_of(*cells, ("110199", "新设区")), divisions().packaged(), DAY, "test")
    assert {(row.code, row.name, row.valid_from) for row in changes.begun} == {
        ("110101", "新东城区", DAY),
        ("110199", "新设区", DAY),
    }
    assert set(changes.ended) == {"110101", "110105"}


OCCUPATION_FIELDS = ("code", "name", "trades", "former_code", "relation")


def occupation_codes(*cells: tuple[str, ...], former: int | None = 2015, edition: int = 2022) -> list[str]:
    rows = rows_of(*cells, fields=OCCUPATION_FIELDS)
    known = occupations().packaged()
    return [reason.code for reason in reasons_against_occupation_edition(rows, known, edition, former)]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("9-10-01-05", "养老护理员"), "occupation_code_malformed"),
        (("4-10-01-05", ""), "occupation_name_missing"),
        (("4-10-01-05", "养老护理员", "", "4-10-01-05", "差不多"), "relation_unknown"),
        (("4-10-01-05", "养老护理员", "", "8-88-88-88", ""), "former_code_unknown"),
    ],
)
def test_defects_of_an_occupation(cells: tuple[str, ...], code: str) -> None:
    assert occupation_codes(cells) == [code]


def test_sound_occupation_row() -> None:
    assert occupation_codes(("4-10-01-05", "养老护理员", "", "4-10-01-05", "未变")) == []


def test_former_code_needs_its_edition() -> None:
    assert occupation_codes(("4-10-01-05", "养老护理员", "", "4-10-01-05", ""), former=None) == [
        "former_edition_missing"
    ]
    assert "former_edition_not_older" in occupation_codes(("4-10-01-05", "养老护理员"), former=2022)


def test_two_heirs_of_one_code_must_say_split() -> None:
    heirs = [("4-10-01-05", "甲", "", "4-10-01-05", "未变"), ("4-10-01-09", "乙", "", "4-10-01-05", "更名")]
    assert occupation_codes(*heirs) == ["former_code_shared"]
    assert occupation_codes(*((*heir[:4], "拆分") for heir in heirs)) == []


def test_same_occupation_on_several_lines_for_its_trades_is_fine() -> None:
    assert occupation_codes(("6-18-02-04", "焊工", "电焊工"), ("6-18-02-04", "焊工", "气焊工")) == []
    assert occupation_codes(("6-18-02-04", "焊工"), ("6-18-02-04", "电工")) == ["occupation_contradiction"]


def table(*rows: list[str], visible: bool = True) -> TableFile:
    return TableFile(FileKind.CSV, "utf-8", (Sheet("名单", visible, 1, 1, [list(row) for row in rows]),))


def test_header_is_found_below_title_rows_and_lines_are_those_of_the_file() -> None:
    file = table(
        ["2026年行政区划代码"],
        [],
        ["序号", " 行政区划代码 ", "单位名称"],
        ["1", "110000", "北京市"],
        ["", ""],
    )
    (row,) = list_rows(file, DIVISION_COLUMNS)
    assert (row.sheet, row.line, row.get("code"), row.get("name")) == ("名单", 4, "110000", "北京市")


def test_optional_columns_may_be_missing() -> None:
    (row,) = list_rows(table(["职业编码", "职业名称"], ["4-02-06-01", "仓储管理员"]), OCCUPATION_COLUMNS)
    assert row.get("trades") == ""


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (table(["甲", "乙"], ["1", "2"]), "header_missing"),
        (table(["代码", "名称"]), "list_empty"),
        (table(["代码", "名称"], ["110000", "北京市"], visible=False), "header_missing"),
    ],
)
def test_file_without_a_list(file: TableFile, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        list_rows(file, DIVISION_COLUMNS)
    assert refused.value.code == code
