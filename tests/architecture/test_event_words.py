"""Every kind of audit event and subject that code or database can write has a Chinese word, and none is left over."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.access.actor import PrincipalKind
from app.archive.certificates.rules.transitions import Turn
from app.audit.states import EVENT_GROUPS, EVENT_LABELS, EVENT_SUBJECT_LABELS
from app.subsidies.disbursements.actions.move_advance import AdvanceStep
from app.subsidies.disbursements.states import ConfirmationDecision
from app.subsidies.recoveries.states import StepKind
from app.training.attendance.states import PresenceVerdict
from app.web.words import VOCABULARIES

_ROOT = Path(__file__).parents[2]
_KIND = re.compile(r"[a-z_]+:[a-z_]+")
_IN_SQL = re.compile(
    r"INSERT INTO registry\.audit_event \([^)]*\)\s*VALUES \('([a-z_]+)', '([a-z_]+:[a-z_]+)', '([a-z_]+)'"
)
_COMPOSED: Mapping[str, frozenset[str]] = {
    "person:{}": frozenset({"merged", "merge_refused"}),
    "presence_correction:{}": frozenset(PresenceVerdict),
    "payment_confirmation:{}": frozenset(ConfirmationDecision),
    "advance:{}": frozenset(AdvanceStep),
    "payment:{}": frozenset({"settled", "rejected", "contradicts"}),
    "claim:{}": frozenset({"accepted", "not_accepted", "approved", "refused", "sent_back"}),
    "listing:{}": frozenset({"confirmed", "returned"}),
    "recovery:{}": frozenset(StepKind),
    "attestation:{}": frozenset({"confirmation", "release", "settlement"}),
    "comparison:{}": frozenset({"done", "failed"}),
    "certificate:{}": frozenset(Turn) | {"conflicted", "corrected"},
}
"""Kinds that the code puts together: what can stand in the gap."""


def _recording() -> Iterator[ast.AST]:
    for path in (_ROOT / "app").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if "record_event(" in source:
            yield from ast.walk(ast.parse(source))


def _composed(node: ast.JoinedStr) -> str:
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)  # type: ignore[misc]


def _calls() -> list[ast.Call]:
    return [
        node
        for node in _recording()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record_event"
    ]


@pytest.fixture(scope="module")
def written() -> frozenset[str]:
    """Every kind of event that is written somewhere."""
    literals = {
        node.value
        for node in _recording()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _KIND.fullmatch(node.value)
    }
    gaps = {
        _composed(call.args[1]): call.lineno for call in _calls() if isinstance(call.args[1], ast.JoinedStr)
    }
    assert set(gaps) == set(_COMPOSED), "say in _COMPOSED what can stand in the gap"
    composed = {pattern.replace("{}", value) for pattern, values in _COMPOSED.items() for value in values}
    in_sql = {kind for _, kind, _ in _of_the_database()}
    return frozenset(literals | composed | in_sql)


def _of_the_database() -> list[tuple[str, str, str]]:
    schema = (_ROOT / "alembic" / "schema.sql").read_text(encoding="utf-8")
    found = [(by, kind, subject) for by, kind, subject in _IN_SQL.findall(schema)]
    assert len(found) == schema.count("INSERT INTO registry.audit_event"), (
        "an insert that this test cannot read"
    )
    return found


def test_every_kind_of_event_has_a_word_and_no_word_is_of_nothing(written: frozenset[str]) -> None:
    assert written - set(EVENT_LABELS) == set(), "add a word to app/audit/states.py"
    assert set(EVENT_LABELS) - written == set(), "nothing writes this any more"


def test_words_of_events_are_chinese_and_tell_events_apart() -> None:
    assert sum(map(len, EVENT_GROUPS.values())) == len(EVENT_LABELS)
    for words in (EVENT_LABELS, EVENT_SUBJECT_LABELS):
        assert not [word for word in words.values() if re.search(r"[A-Za-z_:]", word)]
    repeated = [word for word in EVENT_LABELS.values() if list(EVENT_LABELS.values()).count(word) > 1]
    assert repeated == []


def test_every_kind_of_subject_has_a_word() -> None:
    named = {
        keyword.value.value
        for call in _calls()
        for keyword in call.keywords
        if keyword.arg == "subject_kind" and isinstance(keyword.value, ast.Constant)
    }
    assert named - set(EVENT_SUBJECT_LABELS) == set()
    assert {subject for _, _, subject in _of_the_database()} <= set(EVENT_SUBJECT_LABELS)


def test_everybody_who_acts_has_a_word() -> None:
    assert {*PrincipalKind, *(by for by, _, _ in _of_the_database())} <= set(VOCABULARIES["author"])
