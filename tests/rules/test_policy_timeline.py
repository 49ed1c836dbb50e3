"""The policy of the subsidies as the texts state it: every change, on its last old and first new day; overlays."""

from datetime import date
from typing import Any

import pytest

from app.policy.book import PolicyConfidence, PolicyUndefined
from app.policy.ceilings import warnings_of
from app.policy.kinds import as_json
from app.policy.loader import packaged_book
from app.policy.values import all_values, value_of

NATION = "000000"
NINGXIA, YINCHUAN = "640000", "640104"
YANGZHOU, HANJIANG = "321000", "321003"

YUAN = 100


def amounts(level_5: int, level_4: int, level_3: int) -> dict[str, int]:
    return {"level_5": level_5 * YUAN, "level_4": level_4 * YUAN, "level_3": level_3 * YUAN}


ON = {
    # key: [(day, value), …] for the whole country
    "skill_upgrade_insured_months": [
        ("2017-01-01", 36),
        ("2018-12-31", 36),
        ("2019-01-01", 12),
        ("2026-11-21", 12),
    ],
    "skill_upgrade_claimants": [
        ("2021-12-31", ["employee"]),
        ("2022-01-01", ["employee", "benefit_recipient"]),
        ("2026-11-21", ["employee", "benefit_recipient"]),
    ],
    "skill_upgrade_employers": [("2021-12-31", "enterprise"), ("2022-01-01", "any")],
    "skill_upgrade_levels": [("2017-01-01", ["level_5", "level_4", "level_3"])],
    "skill_upgrade_amounts": [
        ("2017-01-01", amounts(1000, 1500, 2000)),
        ("2026-01-01", amounts(1000, 1500, 2000)),
    ],
    "skill_upgrade_yearly_cap": [
        ("2020-12-31", 99),
        ("2021-01-01", 3),
        ("2023-06-01", 3),
        ("2024-12-31", 3),
        ("2025-01-01", 1),
        ("2026-01-01", 1),
    ],
    "skill_upgrade_shortage_extra": [("2024-12-31", 0), ("2025-01-01", 2), ("2026-01-01", 2)],
    "skill_upgrade_no_downgrade": [
        ("2020-12-31", "none"),
        ("2021-01-01", "enjoyed"),
        ("2024-12-31", "enjoyed"),
        ("2025-01-01", "held"),
        ("2026-01-01", "held"),
    ],
    "skill_upgrade_training_exclusion": [
        ("2019-05-17", "none"),
        ("2019-05-18", "occupation_level"),
        ("2025-03-06", "occupation_level"),
        ("2025-03-07", "occupation_level"),
    ],
    "certificate_claim_window_months": [("2017-01-01", 12), ("2026-01-01", 12)],
    "training_places": [
        ("2020-07-14", ["household", "residence", "job_seeking"]),
        ("2020-07-15", ["household", "residence", "job_seeking", "training"]),
    ],
    "training_yearly_cap": [("2019-05-17", 99), ("2019-05-18", 3), ("2026-01-01", 3)],
    "living_allowance_online": [("2020-07-14", False), ("2020-07-15", True)],
    "pension_excluded_kinds": [("2019-05-17", []), ("2019-05-18", ["training", "living_allowance"])],
    "apprenticeship_year_fen": [("2019-05-18", 4000 * YUAN), ("2026-01-01", 4000 * YUAN)],
    "work_based_months_max": [("2019-05-18", 6)],
    "work_based_widened": [("2020-05-21", []), ("2021-12-31", 7), ("2022-01-01", [])],
    "retention_person_fen": [("2022-01-01", 500 * YUAN), ("2022-12-31", 500 * YUAN)],
    "notice_working_days": [("2017-05-15", 5)],
}


@pytest.mark.parametrize(
    ("key", "day", "expected"), [(key, day, expected) for key, days in ON.items() for day, expected in days]
)
def test_what_the_nation_says_on_a_day(key: str, day: str, expected: Any) -> None:
    held = as_json(value_of(key, on=date.fromisoformat(day)).value)
    if isinstance(held, list) and isinstance(expected, int):
        held = len(held)
    assert held == expected


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("skill_upgrade_insured_months", "2016-12-31"),
        ("training_amounts", "2019-05-17"),
        ("retention_person_fen", "2021-12-31"),
        ("retention_person_fen", "2023-01-01"),
        ("training_factors_bp", "2025-03-06"),
    ],
)
def test_no_value_before_or_after_its_policy(key: str, day: str) -> None:
    with pytest.raises(PolicyUndefined):
        value_of(key, on=date.fromisoformat(day))


@pytest.mark.parametrize(
    ("division", "key", "day", "expected", "from_division"),
    [
        (YINCHUAN, "skill_upgrade_amounts", "2024-12-31", amounts(1000, 1500, 2000), NATION),
        (YINCHUAN, "skill_upgrade_amounts", "2025-01-01", amounts(800, 1200, 1600), NINGXIA),
        (YINCHUAN, "skill_upgrade_shortage_bp", "2024-12-31", 10_000, NATION),
        (YINCHUAN, "skill_upgrade_shortage_bp", "2025-01-01", 12_500, NINGXIA),
        (YINCHUAN, "skill_upgrade_shortage_extra", "2025-01-01", 1, NINGXIA),
        (YINCHUAN, "skill_upgrade_yearly_cap", "2025-01-01", 1, NATION),
        (HANJIANG, "skill_upgrade_shortage_bp", "2018-12-31", 10_000, NATION),
        (HANJIANG, "skill_upgrade_shortage_bp", "2019-01-01", 13_000, YANGZHOU),
        (HANJIANG, "skill_upgrade_amounts", "2025-06-01", amounts(1000, 1500, 2000), NATION),
        ("320100", "skill_upgrade_shortage_bp", "2025-06-01", 10_000, NATION),
    ],
)
def test_the_nearest_division_sets_the_value(
    division: str, key: str, day: str, expected: Any, from_division: str
) -> None:
    held = value_of(key, on=date.fromisoformat(day), division=division)
    assert (as_json(held.value), held.division) == (expected, from_division)


def test_the_chain_names_what_is_displaced() -> None:
    chain = packaged_book().chain_of("skill_upgrade_amounts", on=date(2025, 6, 1), division=YINCHUAN)
    assert [value.division for value in chain] == [NINGXIA, NATION]


def test_shortage_amounts_of_ningxia_are_those_reported() -> None:
    on = date(2025, 6, 1)
    tilt = value_of("skill_upgrade_shortage_bp", on=on, division=NINGXIA).number
    plain = value_of("skill_upgrade_amounts", on=on, division=NINGXIA).numbers
    assert [amount * tilt // 10_000 // YUAN for amount in plain.values()] == [1000, 1500, 2000]


def test_a_tilt_over_the_soft_ceiling_is_told_not_refused() -> None:
    told = warnings_of(packaged_book())
    assert len(told) == 1
    assert YANGZHOU in told[0]
    assert "五级/初级工1300.00元（上限1000.00元）" in told[0]
    assert NINGXIA not in told[0]


OPEN_POINTS = {
    "claim_window_last_day": "核发当日",
    "claim_window_tolling": "停止计算",
    "skill_upgrade_insured_months": "按证书核发之日选择版本",
    "skill_upgrade_months_as_of": "申领之日",
    "skill_upgrade_status_at": "南京",
    "skill_upgrade_employers": "不一致",
    "skill_upgrade_levels": "技师以上给职业培训补贴",
    "skill_upgrade_amounts": "软上限",
    "skill_upgrade_cap_year": "每人每年",
    "skill_upgrade_no_downgrade": "持有",
    "skill_upgrade_training_exclusion": "三种读法",
    "skill_upgrade_exclusion_direction": "双向",
    "skill_upgrade_training_required": "培训后取得",
    "skill_upgrade_claimants": "2023年未见",
    "skill_upgrade_yearly_cap": "2026年未见",
    "skill_upgrade_funding_sources": "东部七省",
    "once_only_unit": "工种",
    "training_places": "不再排除任何人",
    "training_yearly_cap": "原则上",
    "training_cap_year": "自然年度",
    "training_funding_sources": "1119亿元",
    "living_allowance_groups": "同时限定",
    "living_allowance_counts_within": "残疾人",
    "apprenticeship_year_fen": "未能核实",
    "apprenticeship_part_year": "折算",
    "work_based_months_scope": "按人累计",
    "work_based_widened": "起止日期",
}
"""Every point the texts leave open (mission Part 6) and every contradiction (§1.6), with a word of its reading."""


@pytest.mark.parametrize(("key", "word"), OPEN_POINTS.items())
def test_the_reading_of_an_open_point_stands_beside_it(key: str, word: str) -> None:
    notes = [value.note or "" for value in all_values() if value.key.key == key]
    assert any(word in note for note in notes)


def test_reported_texts_are_never_passed_off_as_read() -> None:
    reported = {"国发〔2018〕39号", "人社部发〔2025〕18号"}
    for value in all_values():
        if value.citation.document in reported:
            assert value.confidence is PolicyConfidence.SECONDARY
    assert reported <= {value.citation.document for value in all_values()}


def test_what_no_text_states_after_the_last_one_is_marked() -> None:
    for key in ("skill_upgrade_claimants", "skill_upgrade_yearly_cap", "skill_upgrade_no_downgrade"):
        for day in (date(2023, 6, 1), date(2026, 6, 1)):
            assert value_of(key, on=day).confidence is PolicyConfidence.UNSOURCED
