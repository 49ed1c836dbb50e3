"""Skill levels, key groups, training types and modes."""

from datetime import date

import pytest

from app.reference.key_groups import (
    all_key_groups,
    find_key_group,
    key_groups,
    living_allowance_groups,
)
from app.reference.skill_levels import SkillLevel, all_levels, facts_of, is_higher, of_national_number
from app.reference.training_kinds import (
    all_training_modes,
    all_training_types,
    find_training_mode,
    find_training_type,
    training_modes,
    training_types,
)

TODAY = date(2026, 11, 21)


def test_eight_levels_by_rank_whose_numbers_run_backwards() -> None:
    levels = all_levels()
    assert [facts.rank for facts in levels] == list(range(1, 9))
    numbers = [facts.national_number for facts in levels]
    assert numbers == [None, 5, 4, 3, 2, 1, None, None]
    assert sum(facts.is_national_qualification for facts in levels) == 5


def test_every_level_has_facts() -> None:
    assert {facts_of(level).level for level in SkillLevel} == set(SkillLevel)
    assert facts_of(SkillLevel.NONE).rank == 0


def test_higher_is_by_rank() -> None:
    assert is_higher(SkillLevel.LEVEL_1, SkillLevel.LEVEL_5)
    assert is_higher(SkillLevel.SPECIAL_TECHNICIAN, SkillLevel.LEVEL_1)
    assert not is_higher(SkillLevel.LEVEL_4, SkillLevel.LEVEL_4)
    assert of_national_number(3) is SkillLevel.LEVEL_3
    assert of_national_number(0) is None


def test_groups_are_listed_from_the_day_of_the_text_that_names_them() -> None:
    assert find_key_group("lifted_from_poverty_worker", date(2021, 12, 14)) is None
    found = find_key_group("lifted_from_poverty_worker", date(2021, 12, 15))
    assert found is not None
    assert found.named.citation.document == "人社部发〔2021〕102号"
    assert len(key_groups(date(2017, 5, 15))) == 1
    assert len(key_groups(TODAY)) == len(all_key_groups())
    assert find_key_group("no_such_group", TODAY) is None


def test_free_training_groups_are_those_of_the_text() -> None:
    named = {group.name for group in all_key_groups() if group.is_free_training}
    assert named == {
        "贫困家庭子女",
        "贫困劳动力",
        "城乡未继续升学初高中毕业生（两后生）",
        "农村转移就业劳动者",
        "下岗失业人员",
        "转岗职工",
        "退役军人",
        "残疾人",
    }


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ({"poor_worker"}, True),
        ({"left_school_youth"}, False),
        ({"left_school_youth", "rural_student"}, True),
        ({"left_school_youth", "urban_subsistence_student", "veteran"}, True),
        ({"rural_student", "urban_subsistence_student"}, False),
        ({"disabled"}, False),
        (set(), False),
    ],
)
def test_living_allowance_is_an_intersection(groups: set[str], expected: bool) -> None:
    assert living_allowance_groups().names(groups) is expected


def test_groups_named_elsewhere_exist() -> None:
    codes = {group.code for group in all_key_groups()}
    assert {group.within for group in all_key_groups() if group.within} <= codes
    assert set().union(*living_allowance_groups().any_of) <= codes


def test_types_and_modes() -> None:
    assert find_training_type("enterprise_apprenticeship", TODAY)
    assert find_training_type("job_skill_project", date(2025, 3, 6)) is None
    assert training_types(date(2019, 5, 17)) == ()
    assert {mode.code for mode in training_modes(TODAY) if mode.is_online} == {"online", "blended"}
    assert find_training_mode("online", date(2020, 7, 14)) is None


def test_every_entry_names_its_clause_once() -> None:
    for entries in (all_key_groups(), all_training_types(), all_training_modes()):
        assert len({entry.code for entry in entries}) == len(entries)
        assert len({entry.name for entry in entries}) == len(entries)
        assert all(entry.named.citation.document and entry.named.citation.clause for entry in entries)
