"""Every code that a rule can answer with has a word of its own: institutions are shown no more than that."""

import ast
from pathlib import Path

import pytest

from app.reference.skill_levels import SkillLevel
from app.subsidies.entitlements import rules
from app.subsidies.entitlements.rules.repetition import key_in_words
from app.subsidies.entitlements.rules.verdict import OnceOnlyKey
from app.subsidies.entitlements.states import CONDITION_LABELS

_ANSWERS = {"judged", "passed", "failed", "unknown", "RuleReason"}


def codes_in(tree: ast.AST) -> set[str]:
    """First arguments of answers, and what is named ``code`` before it is handed on."""
    given: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ANSWERS:
            given += node.args[:1]
            given += [each.value for each in node.keywords if each.arg == "code"]
        elif isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == "code" for each in node.targets
        ):
            given.append(node.value)
    return {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def test_every_code_of_a_rule_has_its_word() -> None:
    files = sorted(Path(rules.__path__[0]).glob("*.py"))
    found = set().union(*(codes_in(ast.parse(file.read_text(encoding="utf-8"))) for file in files))
    assert len(found) > 30
    assert found <= set(CONDITION_LABELS), found - set(CONDITION_LABELS)


@pytest.mark.parametrize(
    ("group", "line", "period", "words"),
    [
        ("skill", "2015:4-03-02-01", "life", ("中式烹调师（4-03-02-01）", "终身一次")),
        ("living_allowance", "none", "01a20281-9788-7e0f-b068-4c563b0680cd", ("不分职业", "本班次")),
        ("apprenticeship", "2015:4-03-02-01", "year-2", ("中式烹调师（4-03-02-01）", "第2个培养年度")),
        ("work_based", "none", "2026-05", ("不分职业", "2026-05")),
    ],
)
def test_what_is_paid_once_is_told_in_words(
    group: str, line: str, period: str, words: tuple[str, str]
) -> None:
    key = OnceOnlyKey(key_group=group, benefit_line=line, level=SkillLevel.NONE, period=period)
    told = {each.name: each.value for each in key_in_words(key)}
    assert (told["职业主线"], told["期间"]) == words
