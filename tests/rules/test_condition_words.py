"""Every code that a rule can answer with has a word of its own: institutions are shown no more than that."""

import ast
from pathlib import Path

from app.subsidies.entitlements import rules
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
