"""Occupations carry their edition, and the benefit line survives renumbering."""

from datetime import date

import pytest

from app.reference.occupations import (
    Confidence,
    Crossing,
    Edition,
    Occupation,
    OccupationTable,
    Relation,
    Trade,
    carried_line,
    is_well_formed,
    occupations,
)


def known() -> OccupationTable:
    edition = Edition(
        edition=2015,
        title="测试版",
        published_on=date(2015, 7, 29),
        occupation_count=None,
        source="test",
        confidence=Confidence.RECALLED,
    )
    entry = Occupation(
        edition=2015,
        code="6-99-99-01",
        name="甲工",
        trades=(Trade(name="甲一工", benefit_line="2015:6-99-99-01/甲一工"),),
        benefit_line="2015:6-99-99-01",
        source="test",
        confidence=Confidence.RECALLED,
    )
    return OccupationTable([edition], [entry], [])


def crossing(relation: Relation, from_code: str = "6-99-99-01") -> Crossing:
    return Crossing(
        from_edition=2015,
        from_code=from_code,
        to_edition=2022,
        to_code="6-88-88-01",
        relation=relation,
        source="test",
    )


@pytest.mark.parametrize("relation", [Relation.SAME, Relation.RENAMED, Relation.MOVED])
def test_settled_relation_carries_the_line(relation: Relation) -> None:
    line = carried_line(known(), [crossing(relation)], edition=2022, code="6-88-88-01")
    assert line == "2015:6-99-99-01"


@pytest.mark.parametrize("relation", [Relation.SPLIT, Relation.MERGED])
def test_split_or_merge_begins_a_line_and_is_not_settled(relation: Relation) -> None:
    line = carried_line(known(), [crossing(relation)], edition=2022, code="6-88-88-01")
    assert line == "2022:6-88-88-01"
    assert not crossing(relation).is_settled


def test_two_ancestors_are_never_carried() -> None:
    arriving = [crossing(Relation.SAME), crossing(Relation.MOVED, "6-99-99-02")]
    assert carried_line(known(), arriving, edition=2022, code="6-88-88-01") == "2022:6-88-88-01"


def test_crossing_to_another_entry_is_not_ours() -> None:
    assert (
        carried_line(known(), [crossing(Relation.SAME)], edition=2022, code="6-88-88-02") == "2022:6-88-88-02"
    )


def test_trades_carry_on_by_name_only() -> None:
    arriving = [crossing(Relation.SAME)]
    same = carried_line(known(), arriving, edition=2022, code="6-88-88-01", trade="甲一工")
    new = carried_line(known(), arriving, edition=2022, code="6-88-88-01", trade="甲二工")
    assert same == "2015:6-99-99-01/甲一工"
    assert new == "2022:6-88-88-01/甲二工"


def test_packaged_list_is_sound() -> None:
    table = occupations().packaged()
    entries = list(table.all_occupations())
    assert len(entries) >= 25
    assert all(is_well_formed(entry.code) and entry.source for entry in entries)
    for edition in table.editions:
        lines = [entry.benefit_line for entry in table.occupations(edition.edition)]
        assert len(set(lines)) == len(lines)
    for line in table.crosswalk:
        assert table.find(line.from_edition, line.from_code)
        assert table.find(line.to_edition, line.to_code)


def test_renamed_occupation_keeps_its_line() -> None:
    table = occupations().packaged()
    assert table.benefit_line_of(2022, "4-10-01-03") == table.benefit_line_of(2015, "4-10-01-03")
    assert table.benefit_line_of(2022, "6-18-02-04", "电焊工") == "2015:6-18-02-04/电焊工"
    assert table.benefit_line_of(2022, "6-18-02-04", "不存在的工种") is None
    assert len(table.crossings_of(2022, "4-10-01-03")) == 1


def test_edition_of_a_day() -> None:
    table = occupations().packaged()
    of_day = {day: table.edition_on(day) for day in (date(2015, 7, 28), date(2022, 9, 27), date(2022, 9, 28))}
    assert [edition and edition.edition for edition in of_day.values()] == [None, 2015, 2022]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("4-02-06-01", True),
        ("9-02-06-01", False),
        ("4-2-06-01", False),
        ("4-02-06-01 ", False),
        ("４-02-06-01", False),
    ],
)
def test_form_of_a_code(code: str, expected: bool) -> None:
    assert is_well_formed(code) is expected
