"""Decision cases of every subsidy: facts in, verdict, amount, clauses out; and proof that no rule goes untested."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from app.policy.book import PolicyBook, PolicyValue
from app.policy.kinds import Codes, CodeSets, Content, Numbers
from app.subsidies.entitlements.rules.evaluate import RULES_OF_KIND, evaluate
from app.subsidies.entitlements.rules.kinds import KindRules
from app.subsidies.entitlements.rules.rulebook import Rulebook, Term
from app.subsidies.entitlements.states import BenefitKind, Outcome, RuleResult
from tests.claim_cases import DecisionCase, decision_cases, differences, rulebook

CASES = decision_cases()

TRAPS = {
    "01_version_by_certificate_date": "version_by_certificate_date",
    "02_thirty_six_or_twelve_months": "thirty_six_or_twelve_months",
    "02_months_are_cumulative": "months_are_cumulative",
    "03_twelve_month_window": "twelve_month_window",
    "03_late_network_stops_the_clock": "late_network_stops_the_clock",
    "04_year_of_which_event": "year_of_which_event",
    "05_three_a_year_until_2024": "three_a_year_until_2024",
    "05_one_and_two_more_from_2025": "one_and_two_more_from_2025",
    "06_once_across_provinces_families_and_editions": "once_across_provinces_families_and_editions",
    "06_split_occupations_open_a_case": "split_occupations_open_a_case",
    "07_downgrade_held_or_enjoyed": "downgrade_held_or_enjoyed",
    "08_not_both_subsidies": "not_both_subsidies",
    "09_only_levels_five_to_three": "only_levels_five_to_three",
    "10_status_at_issue_or_application": "status_at_issue_or_application",
    "11_groups_are_intersections": "groups_are_intersections",
    "11_allowance_once_a_year": "allowance_once_a_year",
    "12_six_months_of_work_based_training": "six_months_of_work_based_training",
    "13_payee_is_the_person": "payee_is_the_person",
    "13_payee_is_the_employer": "payee_is_the_employer",
    "14_in_means_sealed_before_payment": "in_means_sealed_before_payment",
    "14_filed_before_opening": "filed_before_opening",
    "M15_identity_dated_after_the_course": "identity_dated_after_the_course",
    "contradiction_1_enterprise_or_any_employee": "enterprise_or_any_employee",
    "contradiction_3_three_places_or_four": "three_places_or_four",
}
"""Traps of the mission (Part 4) that rules decide, and the mark their cases bear; 15 to 20 are not rules of a claim."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}:{case.name}")
def test_decision(case: DecisionCase) -> None:
    assert not differences(case)


@pytest.mark.parametrize("trap", TRAPS)
def test_trap(trap: str) -> None:
    """Each trap has cases that fall into it and all of them are decided as the texts say."""
    marked = [case for case in CASES if case.trap == TRAPS[trap]]
    assert any(case.expect["outcome"] != "eligible" for case in marked), "no case shows the trap closed"
    assert not [found for case in marked for found in differences(case)]


def test_every_mark_is_a_known_trap() -> None:
    assert {case.trap for case in CASES if case.trap} == set(TRAPS.values())


def test_names_are_unique() -> None:
    names = [(case.file, case.name) for case in CASES]
    assert len(set(names)) == len(names) >= 160


@pytest.mark.parametrize(
    ("kind", "position"),
    [(kind, position) for kind, rules in RULES_OF_KIND.items() for position in range(len(rules.rules))],
    ids=lambda part: part.value if isinstance(part, BenefitKind) else str(part),
)
def test_each_rule_is_load_bearing(kind: BenefitKind, position: int) -> None:
    """Without the rule at least one case comes out otherwise."""
    whole = RULES_OF_KIND[kind]
    less = replace(whole, rules=whole.rules[:position] + whole.rules[position + 1 :])
    assert any_red(_of_kind(kind), rules={**RULES_OF_KIND, kind: less}), whole.rules[position].__name__


NOT_MOVED = {
    "once_only_unit": "the key offers one option only",
    "skill_upgrade_payer_place": "the key offers one option only",
    "opening_parts": "asked for its day only: since when openings are filed",
    "assessment_required": "asked for its day only: since when an assessment is asked for",
    "skill_upgrade_exclusion_direction": "the shared key of I2 stops the other direction whatever the value",
}
"""Values that are asked for and whose mutation cannot change a verdict, and why."""


class RecordingBook(Rulebook):
    """A rulebook that remembers which values it was asked for."""

    def __init__(self, book: PolicyBook) -> None:
        super().__init__(book)
        self.asked: dict[int, PolicyValue] = {}

    def _ready(self, value: PolicyValue) -> Term:
        self.asked[id(value)] = value
        return super()._ready(value)


def test_each_policy_value_asked_for_is_load_bearing() -> None:
    """One more, one less, another option, a code left out: of each key, every kind of change turns a case red."""
    noticed: dict[str, set[str]] = {}
    possible: dict[str, set[str]] = {}
    book = rulebook().book
    for value, cases in _cases_by_value(book):
        key = value.key.key
        for change, content in _mutations(value):
            possible.setdefault(key, set()).add(change)
            known = noticed.setdefault(key, set())
            if change not in known and any_red(cases, book=_with(book, value, content)):
                known.add(change)
    unnoticed = {key: sorted(possible[key] - noticed[key]) for key in possible if key not in NOT_MOVED}
    assert {key: changes for key, changes in unnoticed.items() if changes} == {}


def _cases_by_value(book: PolicyBook) -> list[tuple[PolicyValue, list[DecisionCase]]]:
    found: dict[int, tuple[PolicyValue, list[DecisionCase]]] = {}
    for case in CASES:
        recorder = RecordingBook(book)
        evaluate(case.facts, recorder)
        for identity, value in recorder.asked.items():
            found.setdefault(identity, (value, []))[1].append(case)
    return list(found.values())


def any_red(
    cases: Iterable[DecisionCase],
    rules: Mapping[BenefitKind, KindRules] = RULES_OF_KIND,
    book: Rulebook | None = None,
) -> bool:
    """Whether at least one case comes out otherwise."""
    return any(differences(case, rules, book) for case in cases)


def _of_kind(kind: BenefitKind) -> list[DecisionCase]:
    return [case for case in CASES if case.facts.kind is kind]


def _with(book: PolicyBook, changed: PolicyValue, content: Content) -> Rulebook:
    values = [replace(value, value=content) if value is changed else value for value in book.all_values()]
    return Rulebook(PolicyBook(book.keys.values(), values))


def _mutations(value: PolicyValue) -> Iterable[tuple[str, Content]]:
    """Small changes of a value, named by their kind."""
    options = list(value.key.options)
    match value.value:
        case bool() as flag:
            yield "flag", not flag
        case int() as number:
            yield "more", number + 1
            yield "less", number - 1
        case str() as option:
            yield from (("option", other) for other in options if other != option)
        case Codes(codes):
            yield from (("left out", Codes(tuple(code for code in codes if code != gone))) for gone in codes)
            yield from (("added", Codes((*codes, code))) for code in options if code not in codes)
        case CodeSets(any_of):
            yield from (("left out", CodeSets(tuple(s for s in any_of if s != gone))) for gone in any_of)
        case Numbers(by_code):
            for changed, _ in by_code:
                yield "more", Numbers(tuple((code, n + (code == changed) * 1000) for code, n in by_code))
                yield "less", Numbers(tuple((code, n - (code == changed) * 1000) for code, n in by_code))


def test_all_results_are_told_with_words_and_clause() -> None:
    """Every reason has a Chinese message and a clause or ``unsourced``; whoever fails learns what to do."""
    for case in CASES:
        verdict = evaluate(case.facts, rulebook())
        codes = [reason.code for reason in verdict.reasons]
        assert len(set(codes)) == len(codes), (case.name, codes)
        for reason in verdict.reasons:
            assert reason.message
            assert reason.citation.document
            assert reason.facts
            assert (reason.remedy is None) == (reason.result is RuleResult.PASSED)
            assert reason.remedy != "", (case.name, reason.code)


ABSENT_NOT_UNKNOWN = {
    "entry": "not in the registry is a definite no (不进不补)",
    "voucher": "no voucher was used",
    "ends_before": "still holds",
    "ended_on": "still stands",
    "benefit_line": "of a voucher: good for every occupation; elsewhere asked by cases of their own",
    "certificate_id": "of an earlier benefit: judged by occupation and level instead",
    "training": "a certificate needs none; elsewhere asked by cases of their own",
    "face_fen": "a 抵用券 has no face",
}
"""Where ``null`` says that there is none, not that nobody knows."""


PROMISED = ("is_evidenced", "fee_fen")
"""What an institution may promise (告知承诺制): where it did, not knowing is enough for now, and is checked later."""


def test_what_is_not_known_never_turns_into_the_other_answer() -> None:
    """Forget any one fact of any case: the verdict stays, or becomes "cannot decide yet"; the sum never changes."""
    wrong = []
    for case in CASES:
        whole = evaluate(case.facts, rulebook())
        for path, forgotten in _forgetting(case.facts):
            if case.facts.commitment is not None and path.endswith(PROMISED):
                continue
            less = evaluate(forgotten, rulebook())
            if less.outcome not in {whole.outcome, Outcome.UNDECIDED}:
                wrong.append(f"{case.file}:{case.name}: {path}: {whole.outcome} -> {less.outcome}")
            if less.outcome is Outcome.ELIGIBLE and less.amount_fen != whole.amount_fen:
                wrong.append(f"{case.file}:{case.name}: {path}: {whole.amount_fen} -> {less.amount_fen}")
    assert wrong == []


def _forgetting(part: Any) -> Iterator[tuple[str, Any]]:
    """The part with one known value after the other set to null, in it or deeper."""
    for field in fields(part):
        value = getattr(part, field.name)
        if is_dataclass(value):
            for path, less in _forgetting(value):
                yield f"{field.name}.{path}", replace(part, **{field.name: less})
        elif isinstance(value, tuple):
            for place, each in enumerate(value):
                for path, less in _forgetting(each):
                    changed = (*value[:place], less, *value[place + 1 :])
                    yield f"{field.name}.{place}.{path}", replace(part, **{field.name: changed})
        if field.default is None and value is not None and field.name not in ABSENT_NOT_UNKNOWN:
            yield field.name, replace(part, **{field.name: None})


def test_only_the_eligible_are_promised_money() -> None:
    for case in CASES:
        verdict = evaluate(case.facts, rulebook())
        assert (verdict.outcome is Outcome.ELIGIBLE) == (verdict.amount_fen > 0)
        assert verdict.shares.government_fen == verdict.amount_fen
