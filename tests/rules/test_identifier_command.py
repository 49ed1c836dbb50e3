"""``registry identifier check``."""

import json

import pytest
from typer.testing import CliRunner

from app.commands.identifier import app

EXAMPLE = "11010519491231002X"
WRONG = "110105199002310011"


def test_numbers_are_shown_masked_and_the_verdict_is_the_exit_code() -> None:
    outcome = CliRunner().invoke(app, ["check", EXAMPLE, "52110000MJ0000018W"])
    assert outcome.exit_code == 0
    assert EXAMPLE not in outcome.output
    assert "1****************X  公民身份号码（社会保障号码）  正确" in outcome.output


def test_one_wrong_number_fails_the_whole_with_every_reason() -> None:
    outcome = CliRunner().invoke(app, ["check", EXAMPLE, WRONG])
    assert outcome.exit_code == 1
    assert "identity_number_birth_date" in outcome.output
    assert "identity_number_check_digit" in outcome.output
    assert WRONG not in outcome.output


@pytest.mark.parametrize("show", [True, False])
def test_json_from_standard_input(show: bool) -> None:
    arguments = ["check", "-", "--json", *(["--show"] if show else [])]
    outcome = CliRunner().invoke(app, arguments, input=f"{EXAMPLE}\n\n{WRONG}\n")
    first, second = json.loads(outcome.output)
    assert outcome.exit_code == 1
    assert (first["kind"], first["is_valid"], second["is_valid"]) == ("citizen", True, False)
    assert (first["number"] == EXAMPLE) is show
    assert (EXAMPLE[6:14] in outcome.output) is show
    assert [reason["code"] for reason in second["reasons"]] == [
        "identity_number_birth_date",
        "identity_number_check_digit",
    ]


def test_nothing_to_check_is_a_failure() -> None:
    assert CliRunner().invoke(app, ["check", "-"], input="\n").exit_code == 1
