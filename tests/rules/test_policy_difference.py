"""What changed between two books or two days, the yearly places derived from a book, and the commands that tell it."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from app.commands.policy import app as policy_commands
from app.kernel.periods import DatePeriod
from app.policy.book import PolicyBook
from app.policy.difference import changes_between, changes_between_days
from app.policy.gate import defects_at_the_gate
from app.policy.loader import packaged_book, read_book
from app.policy.slots import slot_rules
from app.subsidies.entitlements.rules.facts import ClaimFacts, MonthsFacts
from app.subsidies.entitlements.rules.impact import impact_of
from app.subsidies.entitlements.rules.rulebook import Rulebook
from tests.claim_cases import base

Edit = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged bundles, to be changed."""
    shutil.copytree(str(files("app.policy") / "bundles"), tmp_path, dirs_exist_ok=True)
    return tmp_path


def edited(folder: Path, name: str, edit: Edit) -> PolicyBook:
    file = folder / name
    bundle = yaml.safe_load(file.read_text(encoding="utf-8"))
    edit(bundle["values"])
    file.write_text(yaml.safe_dump(bundle, allow_unicode=True), encoding="utf-8")
    return read_book(folder)


def the(values: list[dict[str, Any]], key: str) -> dict[str, Any]:
    return next(value for value in values if value["key"] == key)


def told(former: PolicyBook, latter: PolicyBook) -> list[tuple[str, str, str, str | None, str]]:
    return [
        (
            change.key.key,
            change.division,
            change.starts_on.isoformat(),
            change.ends_before.isoformat() if change.ends_before else None,
            change.words,
        )
        for change in changes_between(former, latter)
    ]


def test_the_same_book_does_not_differ(folder: Path) -> None:
    assert told(packaged_book(), read_book(folder)) == []


def test_a_new_amount_is_told_with_its_day(folder: Path) -> None:
    def raise_tilt(values: list[dict[str, Any]]) -> None:
        tilt = the(values, "skill_upgrade_shortage_bp")
        values.append(tilt | {"from": date(2026, 7, 1), "value": 15_000})
        tilt["to"] = date(2026, 7, 1)

    latter = edited(folder, "640000-ningxia.yaml", raise_tilt)
    assert told(packaged_book(), latter) == [
        ("skill_upgrade_shortage_bp", "640000", "2026-07-01", None, "125% → 150%")
    ]


def test_a_value_taken_away_leaves_the_division_without_its_own(folder: Path) -> None:
    latter = edited(
        folder, "321000-yangzhou.yaml", lambda values: values.remove(the(values, "skill_upgrade_shortage_bp"))
    )
    assert told(packaged_book(), latter) == [
        ("skill_upgrade_shortage_bp", "321000", "2019-01-01", None, "130% → 未规定")
    ]


def test_another_reading_is_a_change_but_not_of_the_value(folder: Path) -> None:
    latter = edited(
        folder,
        "640000-ningxia.yaml",
        lambda values: the(values, "skill_upgrade_amounts").update(note="另一种读法"),
    )
    changes = changes_between(packaged_book(), latter)
    assert [(change.key.key, change.is_of_value) for change in changes] == [("skill_upgrade_amounts", False)]


def test_a_period_cut_in_two_is_no_change(folder: Path) -> None:
    def cut(values: list[dict[str, Any]]) -> None:
        amounts = the(values, "skill_upgrade_amounts")
        values.append(amounts | {"from": date(2025, 8, 1)})
        amounts["to"] = date(2025, 8, 1)

    assert told(packaged_book(), edited(folder, "640000-ningxia.yaml", cut)) == []


@pytest.mark.parametrize(
    ("former", "latter", "key", "since", "words"),
    [
        ("2018-12-31", "2019-01-01", "skill_upgrade_insured_months", "2019-01-01", "36个月 → 12个月"),
        ("2018-12-31", "2026-01-01", "skill_upgrade_insured_months", "2019-01-01", "36个月 → 12个月"),
        ("2024-12-31", "2025-01-01", "skill_upgrade_yearly_cap", "2025-01-01", "3次 → 1次"),
        ("2022-12-31", "2023-01-01", "retention_person_fen", "2023-01-01", "500.00元 → 未规定"),
        ("2020-07-14", "2020-07-15", "living_allowance_online", "2020-07-15", "否 → 是"),
    ],
)
def test_two_days_are_compared(former: str, latter: str, key: str, since: str, words: str) -> None:
    days = date.fromisoformat(former), date.fromisoformat(latter)
    found = [change for change in changes_between_days(packaged_book(), *days) if change.key.key == key]
    assert [(change.starts_on.isoformat(), change.words) for change in found] == [(since, words)]


def test_nothing_changes_within_a_day() -> None:
    assert changes_between_days(packaged_book(), date(2026, 3, 1), date(2026, 3, 1)) == ()


def test_a_change_counts_whom_it_touches(folder: Path) -> None:
    def halve(values: list[dict[str, Any]]) -> None:
        own = {"key": "skill_upgrade_insured_months", "from": date(2017, 1, 1), "confidence": "unsourced"}
        values.append(own | {"value": 24})
        the(values, "skill_upgrade_amounts")["value"]["level_4"] = 100_000

    latter = Rulebook(edited(folder, "640000-ningxia.yaml", halve))
    facts = base("upgrade")
    assert facts.certificate is not None
    here = replace(
        facts,
        payer_division="640104",
        insurance=replace(facts.insurance, division="640104"),
        certificate=replace(
            facts.certificate, issued_on=date(2025, 3, 1), last_confirmed_on=date(2025, 6, 1)
        ),
        applied_on=date(2025, 6, 1),
    )

    def insured(months: int) -> ClaimFacts:
        counted = MonthsFacts(as_of=date(2025, 6, 1), own=months, deemed=0, other_provinces=0)
        return replace(here, insurance=replace(here.insurance, months=(counted,)))

    rows = impact_of([insured(36), insured(12), insured(6), facts], Rulebook(packaged_book()), latter)
    told = {
        (row.division, row.judged, row.gained, row.lost, row.raised, row.lowered, row.difference_fen)
        for row in rows
    }
    assert told == {
        ("640104", 3, 0, 1, 0, 1, -20_000 - 120_000),
        (facts.payer_division, 1, 0, 0, 0, 0, 0),
    }


def places(book: PolicyBook, division: str, group: str) -> list[tuple[str, str | None, int, int, str]]:
    def day(period: DatePeriod) -> tuple[str, str | None]:
        return period.starts_on.isoformat(), period.ends_before.isoformat() if period.ends_before else None

    return [
        (*day(rule.in_force), rule.cap, rule.shortage_extra, rule.year_of)
        for rule in slot_rules(book)
        if (rule.division, rule.slot_group) == (division, group)
    ]


def test_yearly_places_follow_the_caps() -> None:
    assert places(packaged_book(), "000000", "skill_upgrade") == [
        ("2017-01-01", "2021-01-01", 99, 0, "entry"),
        ("2021-01-01", "2025-01-01", 3, 0, "entry"),
        ("2025-01-01", None, 1, 2, "entry"),
    ]
    assert places(packaged_book(), "640000", "skill_upgrade") == [("2025-01-01", None, 1, 1, "entry")]
    assert places(packaged_book(), "321000", "skill_upgrade") == []
    assert places(packaged_book(), "000000", "training") == [
        ("2017-01-01", "2019-05-18", 99, 0, "entry"),
        ("2019-05-18", None, 3, 0, "entry"),
    ]
    assert places(packaged_book(), "000000", "work_based") == [("2019-05-18", None, 6, 0, "life")]


def test_a_division_that_sets_one_term_keeps_the_others_of_the_nation(folder: Path) -> None:
    own = {
        "key": "skill_upgrade_cap_year",
        "from": date(2024, 7, 1),
        "to": date(2025, 7, 1),
        "value": "application",
        "confidence": "unsourced",
    }
    book = edited(folder, "321000-yangzhou.yaml", lambda values: values.append(own))
    assert places(book, "321000", "skill_upgrade") == [
        ("2024-07-01", "2025-01-01", 3, 0, "application"),
        ("2025-01-01", "2025-07-01", 1, 2, "application"),
        ("2025-07-01", None, 1, 2, "entry"),
    ]


def test_months_counted_by_employer_are_no_places_of_a_person(folder: Path) -> None:
    own = {
        "key": "work_based_months_scope",
        "from": date(2020, 1, 1),
        "value": "person_employer",
        "confidence": "unsourced",
    }
    book = edited(folder, "321000-yangzhou.yaml", lambda values: values.append(own))
    assert places(book, "321000", "work_based") == [("2020-01-01", None, 99, 0, "life")]
    with_one_employer = {
        rule.division: rule.employer_cap for rule in slot_rules(book) if rule.slot_group == "work_based"
    }
    assert with_one_employer == {"000000": 99, "321000": 6}
    assert places(book, "000000", "living_allowance") == [("2019-05-18", None, 99, 0, "entry")]


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("skill_upgrade_training_exclusion", "none", "不排除"),
        ("skill_upgrade_training_exclusion", "certificate", "同一本证书"),
        (
            "skill_upgrade_exclusion_direction",
            "upgrade_after_training",
            "只限已领职业培训补贴的再领技能提升补贴",
        ),
    ],
)
def test_check_refuses_what_the_database_would_not_honor(
    folder: Path, key: str, value: str, named: str
) -> None:
    """The once-only key is one for both subsidies: a narrower exclusion would be overruled without a word."""
    own = {"key": key, "from": date(2020, 1, 1), "value": value, "confidence": "unsourced"}
    book = edited(folder, "321000-yangzhou.yaml", lambda values: values.append(own))
    (told,) = defects_at_the_gate(book)
    assert f"{key}：321000：自 2020-01-01 起为“{named}”" in told
    assert "请改为" in told
    code, output = run("check", str(folder))
    assert (code, output.count("问题  "), told in output) == (1, 1, True)


@pytest.mark.parametrize("value", ["occupation_level", "person"])
def test_check_passes_what_is_as_wide_as_the_key_or_wider(folder: Path, value: str) -> None:
    own = {
        "key": "skill_upgrade_training_exclusion",
        "from": date(2020, 1, 1),
        "value": value,
        "confidence": "unsourced",
    }
    assert (
        defects_at_the_gate(edited(folder, "321000-yangzhou.yaml", lambda values: values.append(own))) == ()
    )


def run(*arguments: str) -> tuple[int, str]:
    outcome = CliRunner().invoke(policy_commands, list(arguments), catch_exceptions=False)
    return outcome.exit_code, outcome.output


def test_check_passes_the_packaged_book_and_tells_soft_ceilings(folder: Path) -> None:
    code, output = run("check")
    assert code == 0
    assert "提示  skill_upgrade_shortage_bp：321000" in output
    assert "没有问题" in output
    assert run("check", str(folder)) == (0, output)


def test_check_tells_all_defects_and_fails(folder: Path) -> None:
    (folder / "broken.yaml").write_text("division: [", encoding="utf-8")
    bundle = yaml.safe_load((folder / "640000-ningxia.yaml").read_text(encoding="utf-8"))
    for value in bundle["values"]:
        value["confidence"] = "rumor"
    (folder / "640000-ningxia.yaml").write_text(yaml.safe_dump(bundle, allow_unicode=True), encoding="utf-8")
    code, output = run("check", str(folder))
    assert code == 1
    defects = len(bundle["values"]) + 1
    assert output.count("问题  ") == defects
    assert f"共{defects}个问题" in output


def test_check_of_no_folder_is_refused(tmp_path: Path) -> None:
    code, output = run("check", str(tmp_path / "none"))
    assert (code, "没有这个文件夹" in output) == (2, True)


def test_diff_compares_folders_and_days(folder: Path) -> None:
    assert run("diff", "packaged", str(folder)) == (0, "没有差别。\n")
    edited(
        folder,
        "640000-ningxia.yaml",
        lambda values: the(values, "skill_upgrade_shortage_extra").update(value=2),
    )
    code, output = run("diff", "packaged", str(folder))
    assert code == 0
    assert output.splitlines() == [
        "640000 宁夏回族自治区  紧缺急需职业（工种）另加次数（skill_upgrade_shortage_extra）自2025-01-01起：1次 → 2次",
        "共1处变化。",
    ]
    code, output = run("diff", "2018-12-31", "2019-01-01")
    assert "36个月 → 12个月" in output
    assert run("diff", "2018-12-31", str(folder))[0] == 2
