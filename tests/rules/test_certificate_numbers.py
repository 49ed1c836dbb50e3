"""Certificate numbers: a table of synthetic ones with verdict and explanation, and what holds for all of them."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.archive.certificates.rules.completion_number import completion_number, is_completion_number
from app.archive.certificates.rules.numbers import (
    Declared,
    NumberExplanation,
    explain_number,
    judge_format,
    written_number,
)
from app.archive.certificates.states import (
    KIND_LABELS,
    MAY_FOLLOW,
    STATE_LABELS,
    CertificateKind,
    CertificateState,
    may_become,
)
from app.commands.certificate import app
from app.kernel.identifiers.citizen import check_digit_of
from app.reference.skill_levels import SkillLevel, all_levels

ON = date(2026, 6, 1)
CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "certificate_numbers.yaml").read_text()
)
IDENTITY = "110105194910019992"


def declared_of(case: dict[str, Any]) -> Declared | None:
    given_values = dict(case.get("declared") or {})
    if not given_values:
        return None
    if "issued_on" in given_values:
        given_values["issued_on"] = date.fromisoformat(given_values["issued_on"])
    kind, level = CertificateKind(given_values.pop("kind")), given_values.pop("level", None)
    return Declared(kind=kind, on=ON, level=SkillLevel(level) if level else None, **given_values)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_number_gets_its_verdict_and_its_explanation(case: dict[str, Any]) -> None:
    declared = declared_of(case)
    found = explain_number(case["number"], on=ON, declared=declared)
    errors, warnings = found.errors, found.warnings
    if declared is not None:
        errors, warnings = judge_format(
            case["number"], declared, network_says_matched=case.get("network_says_matched", False)
        )
    assert sorted(reason.code for reason in errors) == sorted(case["errors"])
    assert sorted(reason.code for reason in warnings) == sorted(case["warnings"])
    for reason in (*errors, *warnings):
        assert reason.field == "certificate_number"
        assert reason.message
        assert reason.remedy
    assert found.form == case["form"]
    assert shown(found) == case["explanation"]


def shown(found: NumberExplanation) -> list[str]:
    return [
        f"{part.first}-{part.last} {part.characters} {part.text or part.meaning}" for part in found.positions
    ]


def test_the_table_is_large_enough_and_knows_every_kind() -> None:
    assert len(CASES) >= 60
    assert len({(case["number"], str(case.get("declared"))) for case in CASES}) >= 60
    kinds = {case["declared"]["kind"] for case in CASES if "declared" in case}
    assert kinds == set(CertificateKind)


DIGITS = st.text("0123456789", min_size=6, max_size=6)


@given(
    letter=st.sampled_from("YS"),
    province=st.sampled_from(["11", "23", "44", "65"]),
    body=DIGITS,
    year=st.integers(18, 26),
    level=st.sampled_from([level for level in all_levels() if level.national_number]),
    serial=DIGITS,
)
def test_a_whole_skill_level_number_says_what_it_was_made_of(
    letter: str, province: str, body: str, year: int, level: Any, serial: str
) -> None:
    number = f"{letter}0000{province}{body}{year:02}{level.national_number}{serial}"
    declared = Declared(
        kind=CertificateKind.SKILL_LEVEL,
        on=ON,
        level=level.level,
        issued_on=date(2000 + year, 1, 31),
        body_division=f"{province}0000",
    )
    assert judge_format(number, declared, network_says_matched=False) == ((), ())
    # Levels run backwards: every other declared level is refused.
    others = [facts.level for facts in all_levels() if facts.level is not level.level and facts.rank < 8]
    for other in others:
        wrong = Declared(kind=CertificateKind.SKILL_LEVEL, on=ON, level=other)
        errors, _ = judge_format(number, wrong, network_says_matched=False)
        assert [reason.code for reason in errors] == ["certificate_level_differs"]


@given(raw=st.text(max_size=80) | st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_anything_can_be_judged_and_what_the_network_matched_is_never_refused(raw: str | float) -> None:
    for kind in CertificateKind:
        declared = Declared(kind=kind, on=ON, level=SkillLevel.LEVEL_3, issued_on=ON, body_division="110105")
        errors, warnings = judge_format(raw, declared, network_says_matched=False)
        assert judge_format(raw, declared, network_says_matched=True) == ((), (*errors, *warnings))
        # A number nobody can vouch for by its form alone is never passed over in silence.
        found = explain_number(raw, on=ON)
        assert errors or warnings or found.kind is kind


@given(raw=st.text("0123456789XTYSRNHG -０", max_size=30))
def test_positions_cover_the_number_without_gap_and_spelling_is_stable(raw: str) -> None:
    found = explain_number(raw, on=ON)
    bare = found.number if found.form == "free" else found.number.replace("-", "")
    if found.positions:
        assert "".join(part.characters for part in found.positions) == found.number.replace("-", "")
        assert [part.first for part in found.positions[1:]] == [
            part.last + 1 for part in found.positions[:-1]
        ]
    assert written_number(found.number) == found.number
    assert written_number(f" {bare} ") == found.number


@given(
    division=st.sampled_from(["110105", "441900", "659009"]),
    year=st.integers(2024, 2026),
    serial=st.integers(1, 99_999_999),
    place=st.integers(1, 18),
    shift=st.integers(1, 9),
)
def test_our_own_numbers_hold_and_no_single_wrong_digit_passes(
    division: str, year: int, serial: int, place: int, shift: int
) -> None:
    number = completion_number(division, year, serial)
    assert is_completion_number(number)
    assert written_number(number.replace("-", "").lower()) == number
    declared = Declared(kind=CertificateKind.TRAINING_COMPLETION, on=date(2026, 12, 31))
    assert judge_format(number, declared, network_says_matched=False) == ((), ())
    bare = number.replace("-", "")
    wrong = bare[:place] + str((int(bare[place]) + shift) % 10) + bare[place + 1 :]
    assert not is_completion_number(written_number(wrong))
    errors, _ = judge_format(wrong, declared, network_says_matched=False)
    assert "certificate_check_character" in {reason.code for reason in errors}


@given(order=st.integers(100, 999), born=st.dates(date(1930, 1, 1), date(1969, 12, 31)))
def test_a_number_that_holds_an_identity_number_is_printed_nowhere(order: int, born: date) -> None:
    seventeen = f"110105{born:%Y%m%d}{order}"
    identity = seventeen + check_digit_of(seventeen)
    declared = Declared(kind=CertificateKind.SPECIAL_OPERATION, on=ON, issued_on=ON, holder_number=IDENTITY)
    for raw in (f"T{identity}", f"T{identity[:-1]}", identity, f"证{identity}"):
        found = explain_number(raw, on=ON)
        errors, warnings = judge_format(raw, declared, network_says_matched=False)
        printed = repr((found, declared, errors, warnings))
        assert found.holds_identity_number
        assert identity[6:14] not in printed
        assert IDENTITY not in printed
        assert not re.search(r"[0-9]{12}", printed)


def test_states_and_kinds_are_named_and_every_state_can_be_left() -> None:
    assert set(STATE_LABELS) == set(MAY_FOLLOW) == set(CertificateState)
    assert set(KIND_LABELS) == set(CertificateKind)
    assert all(MAY_FOLLOW.values())
    # "Not found today" is not "false": what was called final may still be matched, nothing waits again once settled.
    assert may_become(CertificateState.NOT_FOUND_FINAL, CertificateState.MATCHED)
    waiting = {CertificateState.SUBMITTED, CertificateState.PENDING_UPLOAD}
    settled = set(CertificateState) - waiting
    assert not any(may_become(state, to) for state in settled for to in waiting)
    assert {state for state in MAY_FOLLOW if may_become(state, CertificateState.EXPIRED)} == {
        CertificateState.MATCHED
    }


def test_the_command_explains_and_hides_the_holder() -> None:
    outcome = CliRunner().invoke(app, ["explain", "Y000123000001195000001", f"T{IDENTITY}"])
    assert outcome.exit_code == 0
    assert "第6至7位  23  评价机构（站点）所在省级代码（GB/T 2260）：黑龙江省" in outcome.output
    assert IDENTITY[6:14] not in outcome.output


@pytest.mark.parametrize("show", [True, False])
def test_the_command_in_json_from_standard_input(show: bool) -> None:
    arguments = ["explain", "-", "--json", *(["--show"] if show else [])]
    outcome = CliRunner().invoke(app, arguments, input=f"T{IDENTITY}\n\n1610019003400000\n")
    first, second = json.loads(outcome.output)
    assert outcome.exit_code == 1
    assert (first["kind"], first["is_valid"]) == ("special_operation", True)
    assert (IDENTITY in outcome.output) is show
    assert second["number"] == "1610019003400000"
    assert [reason["code"] for reason in second["errors"]] == [
        "certificate_body_kind",
        "certificate_serial_zero",
    ]
