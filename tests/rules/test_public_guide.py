"""Guides tell every policy value that the rules of a subsidy read: what is told and what is decided cannot differ."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.policy.loader import packaged_book
from app.portals.public.guide import GUIDES, REMEDIES, STEPS
from app.subsidies.entitlements import rules
from app.subsidies.entitlements.states import BenefitKind

_OWN = {
    "skill_upgrade": BenefitKind.SKILL_UPGRADE,
    "certificate": BenefitKind.SKILL_UPGRADE,
    "insurance": BenefitKind.SKILL_UPGRADE,
    "training": BenefitKind.TRAINING,
    "training_amount": BenefitKind.TRAINING,
    "training_conditions": BenefitKind.TRAINING,
    "living_allowance": BenefitKind.LIVING_ALLOWANCE,
    "apprenticeship": BenefitKind.APPRENTICESHIP,
    "work_based": BenefitKind.WORK_BASED,
    "retention": BenefitKind.RETENTION,
}
"""Whose rules a module holds; the others serve several subsidies."""


def told(kind: BenefitKind) -> set[str]:
    guide = GUIDES[kind]
    parts = (
        guide.who,
        guide.how_much,
        guide.until_when,
        guide.what_is_needed,
        guide.how_often,
        guide.where,
    )
    return {key for part in parts for key in part}


def read_by_rules() -> Iterator[tuple[str, str]]:
    """``(module, key)`` of every policy key that a rule names."""
    keys = packaged_book().keys
    for path in sorted(Path(str(rules.__file__)).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in keys:
                yield path.stem, node.value


@pytest.mark.parametrize("kind", list(BenefitKind))
def test_a_guide_tells_what_the_rules_of_its_subsidy_read(kind: BenefitKind) -> None:
    read = {key for module, key in read_by_rules() if _OWN.get(module) is kind}
    assert read, "no rule was found: the test looks in the wrong place"
    assert read - told(kind) == set()


def test_what_several_subsidies_read_is_told_by_some_guide() -> None:
    everywhere = set().union(*map(told, BenefitKind))
    assert {key for _, key in read_by_rules()} - everywhere == set()


def test_guides_name_keys_that_exist() -> None:
    named = set().union(*map(told, BenefitKind)) | {*STEPS, *REMEDIES}
    assert named - set(packaged_book().keys) == set()
