"""Rules of paying, recovering and vouchers, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.kernel.clock import day_in_words
from app.subsidies.commitments.rules import Credit, credit_of
from app.subsidies.disbursements.rules.advances import AdvanceFacts, cap_of, reasons_against_advancing
from app.subsidies.disbursements.rules.funding import reason_against_source
from app.subsidies.disbursements.rules.numbers import order_number
from app.subsidies.disbursements.rules.pace import LEASE, ask_again_in, try_again_in
from app.subsidies.disbursements.rules.refusals import ORDER_REASONS
from app.subsidies.disbursements.states import (
    CAUSE_LABELS,
    DIFFERENCE_LABELS,
    WAIT_LABELS,
    Difference,
    LedgerCause,
    OrderOutcome,
    WaitReason,
)
from app.subsidies.entitlements.states import BenefitKind, CreditTier
from app.subsidies.recoveries.rules import due_on, notice_reasons, recovery_number, state_of
from app.subsidies.recoveries.states import RecoveryCause
from app.subsidies.vouchers.rules import last_day, reasons_against_issuing, voucher_number
from app.subsidies.vouchers.rules import state_of as voucher_state_of

TODAY = date(2026, 3, 2)
BEIJING = "110105"


def facts(**changes: object) -> AdvanceFacts:
    values: dict[str, object] = {
        "division_code": BEIJING,
        "state": "running",
        "training_type": "project_based",
        "institution_kind": "training_school",
        "skill_level": "level_5",
        "trainees": 30,
        "credit": CreditTier.ORDINARY,
        **changes,
    }
    return AdvanceFacts(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sends", "seconds"), [(0, 2), (1, 2), (2, 4), (3, 8), (10, 1024), (11, 2048), (10_000, 3600)]
)
def test_the_bank_is_asked_less_and_less_often_but_for_ever(sends: int, seconds: int) -> None:
    assert ask_again_in(sends) == timedelta(seconds=seconds)


def test_a_lease_is_longer_than_the_bank_is_waited_for() -> None:
    """Two calls in one round (asked, then sent again), each up to the client's deadline."""
    from app.gateways.bank import BANK_PACE

    assert 2 * BANK_PACE.deadline_seconds < LEASE.total_seconds()


def test_sealing_is_waited_for_shortly_and_people_longer() -> None:
    assert try_again_in(WaitReason.ENTRY_NOT_SEALED) < try_again_in(WaitReason.BUDGET_EXHAUSTED)


def test_every_outcome_has_its_words() -> None:
    assert ORDER_REASONS.keys() == set(OrderOutcome) - {OrderOutcome.ORDERED}
    assert WAIT_LABELS.keys() == set(WaitReason)
    assert DIFFERENCE_LABELS.keys() == set(Difference)
    assert CAUSE_LABELS.keys() == set(LedgerCause)


def test_numbers_name_division_year_and_serial() -> None:
    assert order_number("110000", 2026, 7) == "P110000-2026-00000007"
    assert recovery_number("110105", 2026, 12345678) == "Z110105-2026-12345678"
    assert voucher_number("110000", 2026, 1) == "V110000-2026-00000001"


def test_an_advance_is_a_share_of_what_the_class_would_bring() -> None:
    cap = cap_of(facts(), TODAY)
    assert (cap.base_fen, cap.share_bp, cap.most_fen) == (30 * 100_000, 3_000, 900_000)
    assert reasons_against_advancing(facts(), 900_000, TODAY) == ()
    assert reasons_against_advancing(facts(), None, TODAY) == ()
    (reason,) = reasons_against_advancing(facts(), 900_001, TODAY)
    assert (reason.code, reason.value) == ("advance_over_share", "900001")
    assert "9000.00元" in reason.message


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"training_type": "key_group"}, ["advance_not_foreseen"]),
        ({"training_type": "key_group", "institution_kind": "enterprise"}, []),
        ({"training_type": "job_skill_project"}, []),
        ({"state": "filed"}, ["opening_not_on_record"]),
        ({"trainees": 0}, ["advance_nothing_expected"]),
        (
            {"training_type": "key_group", "state": "canceled", "trainees": 0},
            ["advance_not_foreseen", "opening_not_on_record", "advance_nothing_expected"],
        ),
    ],
)
def test_all_that_stands_against_an_advance_is_told_at_once(
    changes: dict[str, object], codes: list[str]
) -> None:
    assert [reason.code for reason in reasons_against_advancing(facts(**changes), 1, TODAY)] == codes


@pytest.mark.parametrize(
    ("repaid", "written_off", "state"),
    [(0, 0, "ordered"), (1, 0, "partly_repaid"), (0, 1, "partly_repaid"), (10, 0, "repaid"), (9, 1, "written_off"),
     (0, 10, "written_off")],
)  # fmt: skip
def test_the_state_of_a_recovery_follows_from_its_amounts(repaid: int, written_off: int, state: str) -> None:
    assert state_of(amount_fen=10, repaid_fen=repaid, written_off_fen=written_off) == state


def test_a_recovery_is_due_after_the_days_of_the_policy_and_tells_fraud_from_mistake() -> None:
    assert due_on(TODAY, BEIJING) == date(2026, 4, 1)
    (fraud,) = notice_reasons(RecoveryCause.FRAUD, "冒名顶替", 150_000, date(2026, 4, 1))
    (revoked,) = notice_reasons(RecoveryCause.RECORD_REVOKED, "档案撤销", 150_000, date(2026, 4, 1))
    assert fraud["citation"] == {"document": "国办发〔2019〕24号", "clause": "四(十四)"}
    assert revoked["citation"] == {"document": "人社部发〔2025〕10号", "clause": "五(十一)"}
    assert "1500.00元" in fraud["message"]
    assert "骗取" in fraud["message"]


@pytest.mark.parametrize(
    ("amount_fen", "valid_until", "codes"),
    [
        (300_000, None, []),
        (300_001, None, ["voucher_face_too_high"]),
        (1, TODAY, []),
        (1, TODAY + timedelta(days=365), []),
        (1, TODAY + timedelta(days=366), ["voucher_validity_out_of_range"]),
        (1, TODAY - timedelta(days=1), ["voucher_validity_out_of_range"]),
        (300_001, date(2199, 1, 1), ["voucher_face_too_high", "voucher_validity_out_of_range"]),
    ],
)
def test_vouchers_keep_within_face_and_days(
    amount_fen: int, valid_until: date | None, codes: list[str]
) -> None:
    found = reasons_against_issuing(
        amount_fen=amount_fen, valid_until=valid_until, today=TODAY, division=BEIJING
    )
    assert [reason.code for reason in found] == codes


def test_before_2025_there_were_no_vouchers() -> None:
    found = reasons_against_issuing(amount_fen=1, valid_until=None, today=date(2025, 3, 6), division=BEIJING)
    assert [reason.code for reason in found] == ["policy_undefined"]


def test_the_state_of_a_voucher() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)

    def state(**changes: object) -> str:
        values: dict[str, object] = {
            "redeemed_at": None,
            "voided_at": None,
            "void_reason": None,
            "valid_until": TODAY,
            "is_in_use": False,
            "today": TODAY,
            **changes,
        }
        return voucher_state_of(**values)  # type: ignore[arg-type]

    assert state() == "valid"
    assert state(valid_until=TODAY - timedelta(days=1)) == "expired"
    assert state(valid_until=TODAY - timedelta(days=1), is_in_use=True) == "in_use"
    assert state(redeemed_at=now, is_in_use=True) == "redeemed"
    assert state(voided_at=now, void_reason="expired") == "expired"
    assert state(voided_at=now, void_reason="本人放弃") == "voided"
    assert last_day(TODAY, BEIJING) == date(2027, 3, 2)


@pytest.mark.parametrize(
    ("kind", "source", "on", "clause"),
    [
        ("skill_upgrade", "unemployment_insurance", date(2018, 12, 31), None),
        ("skill_upgrade", "employment_fund", date(2018, 12, 31), "人社部发〔2017〕40号 四"),
        ("training", "special_account", date(2020, 12, 31), None),
        ("training", "unemployment_insurance", date(2021, 12, 31), "国办发〔2019〕24号 四(十一)、四(十三)"),
        ("training", "unemployment_insurance", date(2022, 1, 1), None),
        ("training", "employer_education_fund", date(2025, 3, 7), "人社部发〔2025〕10号 四(六)"),
        ("training", "employment_fund", date(2019, 5, 17), "国办发〔2019〕24号 四(十三)"),
        ("living_allowance", "employment_fund", date(2026, 1, 1), None),
        ("living_allowance", "unemployment_insurance", date(2026, 1, 1), "国办发〔2019〕24号 四(十一)"),
        ("apprenticeship", "special_account", date(2021, 8, 31), None),
        ("work_based", "unemployment_insurance", date(2021, 3, 31), "国办发〔2019〕24号 四(十一)、四(十三)"),
        ("retention", "unemployment_insurance", date(2022, 12, 31), None),
        (
            "retention",
            "employment_fund",
            date(2022, 12, 31),
            "国新办政策例行吹风会（2022年5月12日） 桂桢答（阶段性政策之一）",
        ),
    ],
)
def test_money_pays_only_what_its_text_gives_it_for(
    kind: str, source: str, on: date, clause: str | None
) -> None:
    reason = reason_against_source(BenefitKind(kind), source, on=on, division=BEIJING)
    if clause is None:
        assert reason is None
        return
    assert reason is not None
    assert reason.citation is not None
    assert f"{reason.citation.document} {reason.citation.clause}" == clause
    assert day_in_words(on) in reason.message


def test_good_credit_is_paid_more_in_advance_where_the_place_says_so() -> None:
    """信用支付 (国办发〔2019〕24号 五(十七)): 50 % in 宁夏, the common 30 % where no place says otherwise."""
    good, ordinary = (
        facts(division_code="640104", credit=tier) for tier in (CreditTier.GOOD, CreditTier.ORDINARY)
    )
    assert (cap_of(good, TODAY).share_bp, cap_of(ordinary, TODAY).share_bp) == (5000, 3000)
    assert cap_of(facts(credit=CreditTier.GOOD), TODAY).share_bp == 3000


@pytest.mark.parametrize(
    ("since", "broken", "recovered", "tier"),
    [
        (date(2025, 11, 22), None, None, CreditTier.GOOD),
        (date(2025, 11, 23), None, None, CreditTier.ORDINARY),
        (None, None, None, CreditTier.ORDINARY),
        (date(2020, 1, 1), date(2025, 11, 22), None, CreditTier.GOOD),
        (date(2020, 1, 1), date(2025, 11, 23), None, CreditTier.ORDINARY),
        (date(2020, 1, 1), None, date(2026, 11, 22), CreditTier.ORDINARY),
        (date(2020, 1, 1), None, date(2024, 1, 1), CreditTier.GOOD),
    ],
)
def test_credit_is_twelve_months_in_the_directory_without_a_mark(
    since: date | None, broken: date | None, recovered: date | None, tier: CreditTier
) -> None:
    credit = Credit(active_since=since, broken_on=broken, recovered_on=recovered)
    assert credit_of(credit, date(2026, 11, 22), "110105") is tier
