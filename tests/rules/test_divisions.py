"""Division codes are judged at their own time."""

from datetime import date

import pytest

from app.kernel.periods import DatePeriod
from app.reference.divisions import (
    NATION,
    Division,
    DivisionLevel,
    DivisionTable,
    children,
    covers,
    divisions,
    is_corps_city,
    level_of,
    name_of,
    prefix_of,
    was_in_force,
)

TODAY = date(2026, 11, 21)


def row(code: str, valid_from: date | None, valid_to: date | None, name: str = "某地") -> Division:
    return Division(
        code=code, name=name, level=level_of(code), valid_from=valid_from, valid_to=valid_to, source="test"
    )


@pytest.mark.parametrize("code", ["110103", "110104", "310103"])
def test_abolished_area_of_an_old_number_was_in_force(code: str) -> None:
    assert was_in_force(code, DatePeriod(date(1979, 1, 1), TODAY))


def test_abolished_area_is_not_in_force_for_somebody_born_after_its_end() -> None:
    assert not was_in_force("110104", DatePeriod(date(2012, 1, 1), TODAY))


def test_codes_of_the_first_edition_count_as_older() -> None:
    assert was_in_force("110110", DatePeriod(date(1949, 10, 1), date(1949, 10, 2)))
    assert not was_in_force("110112", DatePeriod(date(1949, 10, 1), date(1949, 10, 2)))


@pytest.mark.parametrize("code", ["999999", NATION, "110199", ""])
def test_code_that_never_was(code: str) -> None:
    assert not was_in_force(code, DatePeriod(date(1949, 10, 1), TODAY))


def test_last_day_and_first_day_are_half_open() -> None:
    table = DivisionTable([row("990001", date(2000, 1, 1), date(2010, 1, 1))])
    assert table.was_in_force("990001", DatePeriod(date(2009, 12, 31), TODAY))
    assert not table.was_in_force("990001", DatePeriod(date(2010, 1, 1), TODAY))
    assert not table.was_in_force("990001", DatePeriod(date(1990, 1, 1), date(2000, 1, 1)))
    assert table.was_in_force("990001", DatePeriod(date(1990, 1, 1), date(2000, 1, 2)))


def test_name_is_that_of_the_day() -> None:
    assert name_of("120110", date(1990, 1, 1)) == "东郊区"
    assert name_of("120110", TODAY) == "东丽区"
    assert name_of("110103", TODAY) is None
    assert name_of(NATION, TODAY) == "全国"


def test_a_name_ends_on_the_day_its_successor_begins() -> None:
    assert name_of("120110", date(1992, 12, 30)) == "东郊区"
    assert name_of("120110", date(1992, 12, 31)) == "东丽区"
    assert name_of("110104", date(2010, 12, 30)) == "宣武区"
    assert name_of("110104", date(2010, 12, 31)) is None


def test_chongqing_belonged_to_sichuan() -> None:
    assert covers("510000", "510202", date(1996, 6, 1))
    assert not covers("500000", "510202", date(1996, 6, 1))
    assert covers("500000", "500103", TODAY)
    assert not covers("510000", "510202", TODAY), "a code not in force is in nobody's scope"


@pytest.mark.parametrize(
    ("scope", "code", "expected"),
    [
        (NATION, "659009", True),
        ("650000", "659009", True),
        ("659009", "659009", True),
        ("659008", "659009", False),
        ("460400", "460400", True),
        ("460000", "460400", True),
        ("441900", "441900", True),
        ("440000", "441900", True),
        ("441900", "442000", False),
        ("130100", "130102", True),
        ("130100", "130000", False),
        ("130200", "130102", False),
        ("110000", "120101", False),
        (NATION, "999999", False),
    ],
)
def test_scope_is_a_subtree(scope: str, code: str, expected: bool) -> None:
    assert covers(scope, code, TODAY) is expected


def test_scope_that_no_longer_exists_covers_nothing() -> None:
    assert covers("371200", "371202", date(2018, 1, 1)), "莱芜市 until it became districts of 济南"
    assert not covers("371200", "370116", TODAY)
    table = DivisionTable([row("990100", None, date(2000, 1, 1)), row("990101", None, None)])
    assert not table.covers("990100", "990101", TODAY)


def test_old_and_new_code_both_hold_where_no_edition_is_at_hand() -> None:
    between = date(2022, 6, 1)
    assert name_of("370684", between) == "蓬莱市"
    assert name_of("370614", between) == "蓬莱区"
    assert name_of("370684", TODAY) is None
    assert name_of("370614", date(2019, 4, 30)) is None


def test_counties_under_a_province_are_its_children() -> None:
    names = {division.name for division in children("420000", TODAY)}
    assert {"武汉市", "仙桃市", "神农架林区"} <= names
    assert "江岸区" not in names
    assert {division.name for division in children("110000", TODAY)} >= {"东城区", "密云区"}
    assert children("441900", TODAY) == []


def test_children_of_the_nation_are_the_provinces() -> None:
    provinces = children(NATION, TODAY)
    assert len(provinces) == 34
    assert all(division.level is DivisionLevel.PROVINCE for division in provinces)


def test_every_code_in_force_climbs_to_the_nation() -> None:
    table = divisions().packaged()
    for division in table.in_force(TODAY):
        scopes = table.scopes_of(division.code, TODAY)
        assert scopes[-1] == NATION
        assert all(table.covers(scope, division.code, TODAY) for scope in scopes)


def test_unknown_code_still_climbs_to_the_nation() -> None:
    assert divisions().packaged().scopes_of("999999", TODAY) == ("999999", "990000", NATION)


def test_path_name_leaves_out_levels_that_do_not_exist() -> None:
    table = divisions().packaged()
    assert table.path_name_of("130102", TODAY) == "河北省石家庄市长安区"
    assert table.path_name_of("110105", TODAY) == "北京市朝阳区"
    assert table.path_name_of("110104", TODAY) is None


def test_corrections_of_faulty_editions_hold() -> None:
    assert name_of("340000", date(1988, 6, 1)) == "安徽省"
    assert name_of("339007", date(1988, 6, 1)) is None
    assert name_of("710000", TODAY) == "台湾省"
    assert name_of("120108", date(1999, 6, 1)) == "汉沽区"


def test_packaged_list_is_whole() -> None:
    table = divisions().packaged()
    assert len(table) == 7000
    assert len(table.in_force(TODAY)) == 3212
    assert all(division.name and len(division.code) == 6 for division in table.rows())


def test_in_force_filters_by_level_and_scope() -> None:
    table = divisions().packaged()
    counties = table.in_force(TODAY, within="130100", level=DivisionLevel.COUNTY)
    assert counties
    assert all(division.code.startswith("1301") for division in counties)
    assert [division.code for division in table.in_force(TODAY, within="130102")] == ["130102"]


def test_overlapping_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        DivisionTable(
            [row("990001", None, date(2010, 1, 1)), row("990001", date(2009, 12, 31), None, "新名")]
        )


def test_corps_cities_are_known_apart_from_their_region() -> None:
    assert is_corps_city("659009")
    assert not is_corps_city("650100")


@pytest.mark.parametrize(
    ("code", "prefix"), [(NATION, ""), ("130000", "13"), ("130100", "1301"), ("130102", "130102")]
)
def test_prefix_by_form(code: str, prefix: str) -> None:
    assert prefix_of(code) == prefix


def test_adopting_a_list_replaces_it_as_a_whole() -> None:
    held = divisions()
    try:
        held.adopt(DivisionTable([row("990000", None, None, "新省")]))
        assert name_of("990000", TODAY) == "新省"
        assert name_of("110000", TODAY) is None
    finally:
        held.forget()
    assert name_of("110000", TODAY) == "北京市"
