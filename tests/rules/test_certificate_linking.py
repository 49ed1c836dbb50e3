"""When a certificate is linked without an officer: only when everything agrees, and with every reason."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from app.archive.certificates.rules.deciding import (
    reasons_against_linking,
    refusals,
)
from app.archive.certificates.rules.linking import (
    BARRING,
    LABELS,
    BodyScope,
    CertificateFacts,
    EntryFacts,
    Judgment,
    OccupationRef,
    judge_link,
    the_one_to_link,
)
from app.archive.certificates.states import CertificateKind, CertificateState
from app.reference.occupations import (
    Confidence,
    Crossing,
    Edition,
    Occupation,
    OccupationTable,
    Relation,
    Trade,
    carried_line,
)

TODAY = date(2025, 7, 1)
ANNA, BO, ENTRY, OPENING, OTHER = (UUID(int=number) for number in range(1, 6))


def table() -> OccupationTable:
    """Old editions' entries and what became of them: kept, renamed, split."""
    editions = [
        Edition(
            edition=year,
            title=str(year),
            published_on=date(year, 1, 1),
            occupation_count=None,
            source="测试",
            confidence=Confidence.RECALLED,
        )
        for year in (2015, 2022)
    ]
    crossings = [
        Crossing(
            from_edition=2015, from_code=old, to_edition=2022, to_code=new, relation=relation, source="测试"
        )
        for old, new, relation in (
            ("6-18-02-04", "6-18-02-04", Relation.SAME),
            ("4-10-01-03", "4-10-01-09", Relation.RENAMED),
            ("4-14-01-01", "4-14-01-02", Relation.SPLIT),
            ("4-14-01-01", "4-14-01-03", Relation.SPLIT),
        )
    ]
    known = OccupationTable(editions, (), crossings)
    for edition, codes in (
        (2015, ("6-18-02-04", "4-10-01-03", "4-14-01-01", "4-10-01-05")),
        (2022, ("6-18-02-04", "4-10-01-09", "4-14-01-02", "4-14-01-03")),
    ):
        entries = [
            Occupation(
                edition=edition,
                code=code,
                name=code,
                source="测试",
                confidence=Confidence.RECALLED,
                trades=(
                    Trade(
                        name="电焊工",
                        benefit_line=carried_line(
                            known, crossings, edition=edition, code=code, trade="电焊工"
                        ),
                    ),
                )
                if code == "6-18-02-04"
                else (),
                benefit_line=carried_line(known, crossings, edition=edition, code=code),
            )
            for code in codes
        ]
        known = OccupationTable(editions, [*known.all_occupations(), *entries], crossings)
    return known


KNOWN = table()
SCOPE = BodyScope(
    occupation=OccupationRef(2022, "6-18-02-04"),
    lowest_rank=2,
    highest_rank=4,
    starts_on=date(2025, 1, 1),
    ends_before=None,
)
CERTIFICATE = CertificateFacts(
    person_id=ANNA,
    members=frozenset({ANNA}),
    kind=CertificateKind.SKILL_LEVEL,
    state=CertificateState.MATCHED,
    occupation=OccupationRef(2015, "6-18-02-04"),
    trade_name=None,
    skill_level="level_4",
    level_rank=3,
    issued_on=date(2025, 6, 10),
    valid_until=None,
    review_due_on=None,
    body_scopes=(
        SCOPE,
        *(
            replace(SCOPE, occupation=OccupationRef(edition, code))
            for edition, code in ((2015, "4-10-01-03"), (2015, "4-10-01-05"), (2022, "4-14-01-02"))
        ),
    ),
    opening_id=None,
    is_holder=True,
    is_linked=False,
    was_unlinked=False,
)
COMPLETION = EntryFacts(
    person_id=ANNA,
    entry_id=ENTRY,
    record_number="R110105-2025-00000001-5",
    is_in_force=True,
    occupation=OccupationRef(2015, "6-18-02-04"),
    skill_level="level_4",
    ends_on=date(2025, 5, 30),
    opening_id=OPENING,
    is_proved=False,
)


def judge(certificate: CertificateFacts = CERTIFICATE, entry: EntryFacts = COMPLETION) -> Judgment:
    return judge_link(certificate, entry, known=KNOWN, window_days=365, on=TODAY)


def test_everything_agrees() -> None:
    judgment = judge()
    assert judgment.is_automatic
    assert judgment.reasons_for == (
        "same_person",
        "same_occupation",
        "kind_fits",
        "same_level",
        "issued_in_time",
        "body_in_scope",
    )


def test_an_entry_of_a_merged_person_is_theirs_and_says_so() -> None:
    both = frozenset({ANNA, BO})
    judgment = judge(replace(CERTIFICATE, members=both), replace(COMPLETION, person_id=BO))
    assert judgment.is_automatic
    assert judgment.reasons_for[0] == "same_person_by_merge"
    parted = judge(CERTIFICATE, replace(COMPLETION, person_id=BO))
    assert parted.reasons_against == ("other_person",)
    assert reasons_against_linking(parted), "no officer sets it aside"


@pytest.mark.parametrize(
    ("certificate", "entry", "against"),
    [
        ({"person_id": BO, "members": frozenset({BO})}, {}, ["other_person"]),
        ({"kind": CertificateKind.SPECIAL_OPERATION}, {}, ["kind_unfit"]),
        ({"kind": CertificateKind.SPECIALIZED_COMPETENCY}, {}, ["kind_unfit"]),
        ({"skill_level": "none"}, {"skill_level": "none"}, ["kind_unfit"]),
        ({"valid_until": date(2025, 6, 30)}, {}, ["validity_over"]),
        ({"review_due_on": date(2025, 6, 30)}, {}, ["review_overdue"]),
        ({"state": CertificateState.PENDING_UPLOAD}, {}, ["certificate_not_matched"]),
        ({"state": CertificateState.REVOKED}, {}, ["certificate_not_matched"]),
        ({"is_holder": False}, {}, ["number_not_held"]),
        ({"is_linked": True}, {}, ["certificate_already_linked"]),
        ({"was_unlinked": True}, {}, ["unlinked_before"]),
        ({}, {"is_in_force": False}, ["entry_not_in_force"]),
        ({}, {"is_proved": True}, ["entry_already_proved"]),
        ({"occupation": None}, {}, ["occupation_missing", "body_out_of_scope"]),
        ({"occupation": OccupationRef(2015, "4-10-01-05")}, {}, ["occupation_differs"]),
        (
            {"occupation": OccupationRef(2022, "4-14-01-02")},
            {"occupation": OccupationRef(2015, "4-14-01-01")},
            ["occupation_unsettled"],
        ),
        ({"trade_name": "钟表工"}, {}, ["trade_unknown"]),
        ({"skill_level": "level_3"}, {}, ["level_differs"]),
        ({"issued_on": date(2025, 5, 29)}, {}, ["issued_before_class_end"]),
        ({"issued_on": date(2026, 5, 31)}, {}, ["issued_too_late"]),
        ({"body_scopes": None}, {}, ["body_not_in_directory"]),
        ({"body_scopes": ()}, {}, ["body_out_of_scope"]),
        ({"body_scopes": (replace(SCOPE, highest_rank=2),)}, {}, ["body_out_of_scope"]),
        ({"body_scopes": (replace(SCOPE, ends_before=date(2025, 6, 10)),)}, {}, ["body_out_of_scope"]),
        ({"body_scopes": (replace(SCOPE, starts_on=date(2025, 6, 11)),)}, {}, ["body_out_of_scope"]),
        (
            {
                "occupation": OccupationRef(2015, "4-10-01-05"),
                "skill_level": "level_5",
                "issued_on": date(2025, 1, 1),
            },
            {"is_proved": True},
            ["entry_already_proved", "occupation_differs", "level_differs", "issued_before_class_end"],
        ),
    ],
)
def test_one_thing_against_it_is_enough_and_all_are_told(
    certificate: dict[str, object], entry: dict[str, object], against: list[str]
) -> None:
    judgment = judge(replace(CERTIFICATE, **certificate), replace(COMPLETION, **entry))  # type: ignore[arg-type]
    assert list(judgment.reasons_against) == against
    assert not judgment.is_automatic


@pytest.mark.parametrize(
    ("certificate", "entry", "reason"),
    [
        ({"occupation": OccupationRef(2022, "6-18-02-04")}, {}, "occupation_by_crosswalk"),
        (
            {"occupation": OccupationRef(2022, "4-10-01-09")},
            {"occupation": OccupationRef(2015, "4-10-01-03")},
            "occupation_by_crosswalk",
        ),
        ({"trade_name": "电焊工"}, {}, "trade_under_occupation"),
        ({"valid_until": TODAY, "review_due_on": TODAY}, {}, "validity_open"),
        (
            {"kind": CertificateKind.SPECIAL_OPERATION, "skill_level": "none"},
            {"skill_level": "none"},
            "kind_fits",
        ),
        ({"kind": CertificateKind.VOCATIONAL_QUALIFICATION}, {}, "kind_fits"),
        (
            {"trade_name": "电焊工", "occupation": OccupationRef(2022, "6-18-02-04")},
            {},
            "trade_under_occupation",
        ),
        ({"issued_on": date(2025, 5, 30)}, {}, "issued_in_time"),
        ({"issued_on": date(2026, 5, 30)}, {}, "issued_in_time"),
        (
            {"kind": CertificateKind.SPECIAL_OPERATION, "skill_level": "none", "level_rank": 0},
            {"skill_level": "none"},
            "body_in_scope",
        ),
        ({"opening_id": OPENING, "occupation": None, "skill_level": "none"}, {}, "same_class"),
    ],
)
def test_what_agrees_although_it_is_written_otherwise(
    certificate: dict[str, object], entry: dict[str, object], reason: str
) -> None:
    judgment = judge(replace(CERTIFICATE, **certificate), replace(COMPLETION, **entry))  # type: ignore[arg-type]
    assert judgment.is_automatic
    assert reason in judgment.reasons_for


def test_our_own_certificate_is_of_its_class_alone() -> None:
    assert judge(replace(CERTIFICATE, opening_id=OTHER)).reasons_against == ("other_class",)


def test_between_two_that_fit_nobody_but_an_officer_chooses() -> None:
    fitting, other = judge(), judge(entry=replace(COMPLETION, entry_id=OTHER))
    unfit = judge(entry=replace(COMPLETION, skill_level="level_5"))
    assert the_one_to_link([fitting, unfit]) == fitting
    assert the_one_to_link([fitting, other]) is None
    assert the_one_to_link([unfit]) is None
    assert the_one_to_link([]) is None


def test_an_officer_sets_aside_doubts_and_not_facts() -> None:
    doubted = judge(replace(CERTIFICATE, skill_level="level_3", was_unlinked=True, is_holder=False))
    assert reasons_against_linking(doubted) == ()
    barred = judge(replace(CERTIFICATE, state=CertificateState.REVOKED, skill_level="level_3"))
    assert [reason.code for reason in reasons_against_linking(barred)] == ["certificate_not_matched"]


def test_every_reason_has_words() -> None:
    assert refusals(sorted(BARRING))
    assert LABELS.keys() >= BARRING
