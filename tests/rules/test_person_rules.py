"""Rules of identity maintenance: all reasons at once, the second person, no merge twice or in a circle."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.identity.persons.rules import (
    HeldNumber,
    MergeFacts,
    NumberFacts,
    StepFacts,
    merge_state,
    reasons_against_deciding,
    reasons_against_ending,
    reasons_against_number,
    reasons_against_outcome,
    reasons_against_proposing,
    reasons_against_proposing_end,
    reasons_against_texts,
)
from app.identity.persons.states import MergeState
from app.kernel.errors import Reason

ANNA, BO, CHEN, OLD, MAKER, CHECKER = (UUID(int=number) for number in range(1, 7))
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


def merge(**changes: object) -> MergeFacts:
    facts = {
        "person_id": ANNA,
        "survivor_id": BO,
        "person_known": True,
        "survivor_known": True,
        "person_root": ANNA,
        "survivor_root": BO,
        "has_open_proposal": False,
    }
    return MergeFacts(**(facts | changes))  # type: ignore[arg-type]


def number(**changes: object) -> NumberFacts:
    facts = {
        "person_id": ANNA,
        "name_matches_record": True,
        "owner_id": None,
        "owner_group": frozenset(),
        "former_id": None,
        "held": (HeldNumber(OLD, ANNA, None),),
        "is_former_the_number": False,
    }
    return NumberFacts(**(facts | changes))  # type: ignore[arg-type]


def test_two_known_persons_can_be_proposed() -> None:
    assert reasons_against_proposing(merge()) == ()
    # A chain: whoever survives may itself be merged into a third.
    assert reasons_against_proposing(merge(survivor_root=CHEN)) == ()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (merge(survivor_id=ANNA, survivor_root=ANNA), ["merge_with_oneself"]),
        (merge(survivor_root=ANNA), ["persons_already_one"]),
        (merge(person_root=BO), ["persons_already_one"]),
        (merge(person_root=CHEN), ["person_already_merged"]),
        (merge(has_open_proposal=True), ["merge_already_proposed"]),
        (merge(person_known=False, survivor_known=False), ["person_unknown", "person_unknown"]),
        (merge(survivor_known=False, has_open_proposal=True), ["person_unknown", "merge_already_proposed"]),
        (
            merge(person_root=CHEN, has_open_proposal=True),
            ["person_already_merged", "merge_already_proposed"],
        ),
    ],
)
def test_what_stands_against_a_merge(facts: MergeFacts, expected: list[str]) -> None:
    assert codes(reasons_against_proposing(facts)) == expected


def test_unknown_persons_are_told_apart_by_field() -> None:
    reasons = reasons_against_proposing(merge(person_known=False, survivor_known=False))
    assert [reason.field for reason in reasons] == ["person_id", "survivor_id"]


@pytest.mark.parametrize(
    ("dates", "state"),
    [
        ({}, MergeState.PROPOSED),
        ({"refused_at": DAY}, MergeState.REFUSED),
        ({"merged_at": DAY}, MergeState.MERGED),
        ({"merged_at": DAY, "end_proposed_at": DAY}, MergeState.END_PROPOSED),
        ({"merged_at": DAY, "end_proposed_at": DAY, "ended_at": DAY}, MergeState.ENDED),
    ],
)
def test_states_follow_from_dates(dates: dict[str, datetime], state: MergeState) -> None:
    none = dict.fromkeys(("merged_at", "refused_at", "end_proposed_at", "ended_at"))
    assert merge_state(**(none | dates)) is state


@pytest.mark.parametrize("state", list(MergeState))
def test_each_step_only_from_its_state_and_by_another(state: MergeState) -> None:
    decided = codes(reasons_against_deciding(StepFacts(state, MAKER, CHECKER)))
    assert decided == ([] if state is MergeState.PROPOSED else ["merge_already_decided"])
    ended = codes(reasons_against_ending(StepFacts(state, MAKER, CHECKER)))
    assert ended == ([] if state is MergeState.END_PROPOSED else ["merge_end_not_proposed"])
    assert "second_person_required" in codes(reasons_against_deciding(StepFacts(state, MAKER, MAKER)))
    assert "second_person_required" in codes(reasons_against_ending(StepFacts(state, MAKER, MAKER)))
    proposed = reasons_against_proposing_end(state)
    assert (proposed == ()) == (state is MergeState.MERGED)


def test_a_new_number_of_a_known_name() -> None:
    assert reasons_against_number(number()) == ()
    assert reasons_against_number(number(former_id=OLD)) == ()
    assert reasons_against_number(number(owner_id=BO, owner_group=frozenset({ANNA, BO}))) == ()


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (number(name_matches_record=False), ["name_differs_from_record"]),
        (number(owner_id=BO, owner_group=frozenset({BO})), ["identifier_belongs_to_another"]),
        (number(former_id=CHEN), ["former_number_unknown"]),
        (number(former_id=OLD, held=(HeldNumber(OLD, BO, None),)), ["former_number_unknown"]),
        (number(former_id=OLD, held=(HeldNumber(OLD, ANNA, DAY),)), ["former_number_already_ended"]),
        (number(former_id=OLD, is_former_the_number=True), ["former_number_is_the_number"]),
        (
            number(former_id=CHEN, name_matches_record=False, owner_id=BO, owner_group=frozenset({BO})),
            ["former_number_unknown", "name_differs_from_record", "identifier_belongs_to_another"],
        ),
    ],
)
def test_what_stands_against_a_number(facts: NumberFacts, expected: list[str]) -> None:
    assert codes(reasons_against_number(facts)) == expected


def test_another_owner_is_not_named_and_resolving_is_the_way() -> None:
    (reason,) = reasons_against_number(number(owner_id=BO, owner_group=frozenset({BO})))
    assert str(BO) not in f"{reason.message}{reason.remedy}{reason.value}"
    assert "查询人员" in reason.remedy
    assert "合并" in reason.remedy


def test_only_a_match_proves_a_number() -> None:
    assert reasons_against_outcome("matched") == ()
    for outcome in ("name_mismatch", "unknown", "card_lost", "card_canceled", "deceased"):
        (reason,) = reasons_against_outcome(outcome)
        assert reason.code == f"identity_{outcome}"
        assert reason.citation is not None
        assert reason.citation.clause == "(十九)"


@pytest.mark.parametrize(
    "text",
    [
        "原号码11010519491231002X有误",
        "原号码 110105 19491231 002X 有误",
        "原号码110105-491231-002",
        "证件 KAZ110090123105",
        "号码为110105194912310021",
    ],
)
def test_a_reason_holds_no_number(text: str) -> None:
    assert codes(reasons_against_texts(reason=text, case_number="案件一")) == ["text_holds_identity_number"]


def test_case_numbers_and_dates_are_no_identity_numbers() -> None:
    case = "京人社核〔2026〕2026030100012号"
    assert reasons_against_texts(reason="2026年3月1日公安机关证明第20260301号", case_number=case) == ()
    (reason,) = reasons_against_texts(case_number="案11010519491231002X", reason="更正")
    assert reason.field == "case_number"
