"""A claim from filing to recovery, each step by the database role whose work it is; the ledger agrees after each."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.builders.sealing import seal_sql
from tests.database.breaking import rolled_back
from tests.database.chain import Chain, answer, approval, review, submission, to_payable
from tests.database.world import with_identifiers

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chain(omnipotent: asyncpg.Connection) -> AsyncIterator[Chain]:
    async with rolled_back(omnipotent):
        yield Chain(omnipotent)


CONFIRMED_ELSEWHERE = """
INSERT INTO attestation
  (person_id, attestation_id, claim_id, peer_id, key_group, benefit_line, skill_level, period, asked_by)
SELECT person_id, claim_id, claim_id, :peer, key_group, benefit_line, skill_level, period, :payer
FROM claim WHERE claim_id = :unclaimed;
INSERT INTO attestation_answer (person_id, attestation_id, outcome, statement, answered_at, expires_at)
VALUES (:unclaimed, :unclaimed, 'not_claimed', 'a.b.c', registry_now(), '2999-01-01');
INSERT INTO attestation_coverage (person_id, attestation_id, token, statement)
SELECT person_id, :unclaimed, token, 'a.b.c' FROM person_token WHERE person_id = :unclaimed;
INSERT INTO attestation_confirmation (person_id, attestation_id, peer_id, statement, confirmed_at) VALUES
  (:unclaimed, :unclaimed, :peer, 'a.b.c', registry_now());
"""


async def test_a_claim_is_paid_by_three_persons_and_its_steps(chain: Chain) -> None:
    """Sealed, filed, accepted, reviewed, approved, shown, cleared, ordered, instructed, settled."""
    for statement in seal_sql("subject_id = :unclaimed"):
        await chain.by("log_sequencer", statement)
    assert await chain.by("app_citizen", submission("unclaimed", "unclaimed", "unclaimed")) == "submitted"
    await chain.by(
        "app_agency",
        """INSERT INTO claim_acceptance (person_id, claim_id, outcome, decided_by)
           VALUES (:unclaimed, :unclaimed, 'accepted', :reviewer)""",
    )
    await to_payable(chain, "unclaimed", reviewer="reviewer", approver="approver")
    ordering = """SELECT outcome
      FROM order_payments(:{}, :new_order, 'P110000-2026-00000009', :budget, ARRAY[:unclaimed])"""
    assert await chain.by("app_agency", ordering.format("approver")) == "decided_by_payer"
    assert await chain.by("app_agency", ordering.format("payer")) == "ordered"
    paying = "SELECT instruct_payment(:unclaimed, :unclaimed, :new_benefit, :new_instruction)"
    await chain.connection.execute(with_identifiers(CONFIRMED_ELSEWHERE))
    assert await chain.by("pay_worker", paying) == "instructed"
    assert await chain.by("pay_worker", paying) == "not_ordered"
    assert await chain.by("pay_worker", "SELECT mark_sent(:new_instruction, '2999-01-01 00:00+08')") is True
    for said, evidence, told in (
        ("accepted", "e1", "accepted"),
        ("not_known", "e2", "not_known"),
        ("settled", "e3", "settled"),
        ("settled", "e3", "repeated"),
        ("settled", "e4", "repeated"),
        ("rejected", "e5", "contradicts"),
    ):
        assert await chain.by("pay_worker", answer("new_instruction", said, evidence)) == told
    assert await chain.state("unclaimed") == "paid 1"
    way = "SELECT string_agg(to_state, ' ' ORDER BY move_id) FROM claim_move WHERE claim_id = :unclaimed"
    assert await chain.told(way) == "accepted reviewed approved noticed payable ordered instructed paid"


async def test_a_rejected_payment_goes_to_the_corrected_account(chain: Chain) -> None:
    """The same benefit, a second attempt; the money committed stays the same."""
    await chain.connection.execute(
        with_identifiers(
            """INSERT INTO payee_account (person_id, account_id, kind, bank_name, number_sealed, number_tail,
                 recorded_by, check_outcome, check_evidence_id, checked_at)
               VALUES (:failed, :new_account, 'bank_card', 'x', '\\x03', '0011', :system, 'matched', 'e', now())"""
        )
    )
    retry = """INSERT INTO payment_retry (person_id, claim_id, retry_no, account_id, reason, ordered_by)
      VALUES (:failed, :failed, 1, :new_account, '账户已更正', :{})"""
    assert await chain.refused("access_owner", retry.format("approver")) == "payment_retry_third_person"
    await chain.by("access_owner", retry.format("payer"))
    paying = "SELECT instruct_payment(:failed, :failed, :new_benefit, :new_instruction)"
    assert await chain.by("pay_worker", paying) == "instructed"
    told = "SELECT (account_id, attempt, benefit_id) = (:new_account, 2, :failed) FROM bank_instruction"
    assert await chain.told(f"{told} WHERE instruction_id = :new_instruction")
    assert await chain.by("pay_worker", answer("new_instruction", "settled", "e9")) == "settled"
    assert await chain.state("failed") == "paid 1"


async def test_an_entry_revoked_after_a_rejection_is_not_paid_again(chain: Chain) -> None:
    """Also what is instructed anew rests on an entry in force."""
    await chain.by(
        "access_owner",
        """INSERT INTO payment_retry (person_id, claim_id, retry_no, reason, ordered_by)
           VALUES (:failed, :failed, 1, '再试', :payer)""",
    )
    await chain.connection.execute(
        with_identifiers("UPDATE record_entry SET superseded_at = now() WHERE entry_id = :failed")
    )
    paying = "SELECT instruct_payment(:failed, :failed, :new_benefit, :new_instruction)"
    assert await chain.refused("pay_worker", paying) == "benefit_entry_in_force"
    assert (
        await chain.by("app_agency", "SELECT cancel_benefit(:payer, :failed, :failed, '记录已更正')")
        == "canceled"
    )


async def test_a_canceled_payment_gives_key_and_money_back(chain: Chain) -> None:
    """Whoever got nothing may claim again; the canceled benefit stays on record."""
    left = "SELECT sum(amount_fen - committed_fen)::bigint FROM budget_tranche"
    before = await chain.told(left)
    assert (
        await chain.by("app_agency", "SELECT cancel_benefit(:payer, :failed, :failed, '本人放弃')")
        == "canceled"
    )
    assert await chain.told(left) == before + 150000
    assert await chain.by("app_citizen", submission("failed", "new_claim", "failed")) == "submitted"
    again = submission("failed", "newer_claim", "failed").replace("00000001", "00000002")
    assert await chain.by("app_citizen", again) == "benefit_already_held"


async def test_sent_back_a_claim_is_reviewed_in_a_new_round(chain: Chain) -> None:
    """The second round rests on its own review; the first round's steps no longer fit."""
    await chain.by(
        "app_agency",
        approval("reviewed", "approver", reviewer="reviewer", decision="sent_back", amount=150000),
    )
    assert await chain.state("reviewed") == "accepted 2"
    assert (
        await chain.refused("app_agency", review("reviewed", "reviewer", round_no=1)) == "claim_review_pkey"
    )
    await to_payable(chain, "reviewed", reviewer="reviewer", approver="approver", round_no=2)


async def test_an_appeal_has_the_claim_decided_by_others(chain: Chain) -> None:
    """The key given back with the refusal is taken anew."""
    deciding = "SELECT decide_appeal(:{}, :appeal, 'decide_again', '证据充分')"
    assert await chain.refused("app_agency", deciding.format("approver")) == "claim_decided_again_by_others"
    assert await chain.by("app_agency", deciding.format("other_approver")) == "decide_again"
    assert await chain.by("app_agency", deciding.format("other_approver")) == "already_decided"
    assert await chain.state("refused") == "accepted 2"
    assert await chain.told(
        """SELECT released_at IS NULL AND key_id <> :refused FROM claim JOIN benefit_key USING (person_id, key_id)
           WHERE claim_id = :refused"""
    )
    assert (
        await chain.refused("app_agency", review("refused", "reviewer", round_no=2))
        == "claim_decided_again_by_others"
    )
    await to_payable(chain, "refused", reviewer="other_reviewer", approver="other_approver", round_no=2)


async def test_nothing_is_decided_again_once_the_benefit_was_claimed_anew(chain: Chain) -> None:
    """The appeal stays open: its key is somebody else's claim's."""
    assert await chain.by("app_citizen", submission("refused", "new_claim", "refused")) == "submitted"
    assert (
        await chain.by(
            "app_agency", "SELECT decide_appeal(:other_approver, :appeal, 'decide_again', '证据充分')"
        )
        == "benefit_already_held"
    )
    assert await chain.told("SELECT outcome IS NULL FROM claim_appeal WHERE appeal_id = :appeal")


async def test_what_comes_back_goes_where_it_came_from(chain: Chain) -> None:
    """A benefit partly settled by an advance, wholly repaid: first what the bank sent, then the advance's share."""
    assert await chain.told(
        "SELECT (amount_fen, offset_fen) = (120000, 100000) FROM benefit WHERE benefit_id = :class_benefit"
    )
    assert await chain.told("SELECT redeemed_claim = :class_claim FROM voucher WHERE voucher_id = :voucher")
    left = "SELECT sum(amount_fen - committed_fen)::bigint FROM budget_tranche"
    before = await chain.told(left)
    await chain.by(
        "access_owner",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:person, :new_recovery, 'Z110000-2025-00000002', :class_benefit, 120000, 'mistake', '重复',
             120000, '2025-09-01', :payer)""",
    )
    repaying = """INSERT INTO recovery_step (person_id, recovery_id, kind, amount_fen, evidence, happened_on,
      recorded_by)
      VALUES (:person, :new_recovery, 'repayment', {}, '缴款书', '2025-08-01', :payer)"""
    await chain.by("access_owner", repaying.format(30000))
    await chain.by("access_owner", repaying.format(90000))
    assert await chain.refused("access_owner", repaying.format(1)) == "recovery_balance"
    assert await chain.told(left) == before + 120000


async def test_an_advance_the_bank_rejects_is_sent_again_or_canceled(chain: Chain) -> None:
    """It leaves the budget once, and comes back whole when it is canceled."""
    left = "SELECT sum(amount_fen - committed_fen)::bigint FROM budget_tranche"
    before = await chain.told(left)
    assert (
        await chain.by("pay_worker", "SELECT instruct_advance(:open_advance, :new_instruction)")
        == "not_ordered"
    )
    assert await chain.by("app_agency", "SELECT approve_advance(:approver, :open_advance)") is True
    assert await chain.by("app_agency", "SELECT order_advance(:payer, :open_advance)") is True
    instructing = "SELECT instruct_advance(:open_advance, :{})"
    assert await chain.by("pay_worker", instructing.format("new_instruction")) == "instructed"
    assert await chain.by("pay_worker", instructing.format("newer_instruction")) == "not_ordered"
    assert await chain.by("pay_worker", answer("new_instruction", "rejected", "e")) == "rejected"
    assert await chain.by("pay_worker", instructing.format("newer_instruction")) == "instructed"
    canceling = "SELECT cancel_advance(:payer, :open_advance)"
    assert await chain.by("app_agency", canceling) == "money_under_way"
    assert await chain.by("pay_worker", answer("newer_instruction", "rejected", "e")) == "rejected"
    assert await chain.told(left) == before - 200000
    assert await chain.by("app_agency", canceling) == "canceled"
    assert await chain.told(left) == before


@pytest.mark.parametrize(
    ("called_back", "answer"), [(119_999, "benefit_already_held"), (120_000, "submitted")]
)
async def test_a_corrected_level_is_no_second_training(chain: Chain, called_back: int, answer: str) -> None:
    """The entry of a paid class, corrected to another level: claimed anew only once all of it is called back."""
    await chain.connection.execute(
        with_identifiers(
            """INSERT INTO record_correction (person_id, correction_id, entry_id, kind, proposal, reason, proposed_by,
                 decision, decided_at, decided_by)
               VALUES (:person, :level, :new_entry, 'supersede', '{"score_hundredths": 1}', '等级登记有误', :officer,
                 'accepted', now(), :second_officer);
               ALTER TABLE record_entry DROP CONSTRAINT record_entry_program_fkey;
               INSERT INTO record_entry SELECT (jsonb_populate_record(held, jsonb_build_object('entry_id', :corrected,
                 'record_number', 'R110105-2025-00000044-X', 'supersedes', held.entry_id, 'correction_id', :level,
                 'correction_kind', 'supersede', 'correction_decision', 'accepted', 'skill_level', 'level_4'))).*
               FROM record_entry AS held WHERE entry_id = :new_entry"""
        )
    )
    filing = submission("person", "new_claim", "corrected", "training").replace(
        "'account_id', :person", "'x', 1"
    )
    assert await chain.by("app_citizen", filing) == "benefit_already_held"
    await chain.by(
        "access_owner",
        """INSERT INTO recovery (person_id, recovery_id, recovery_number, benefit_id, benefit_fen, cause, reason,
             amount_fen, due_on, ordered_by)
           VALUES (:person, :new_recovery, 'Z110000-2025-00000002', :class_benefit, 120000, 'mistake', '等级有误',
             CALLED_BACK, '2025-09-01', :payer)""".replace("CALLED_BACK", str(called_back)),
    )
    assert await chain.by("app_citizen", filing) == answer


async def test_merged_persons_hold_a_key_together(chain: Chain) -> None:
    """A claim of one takes the key of all; withdrawn, it gives all of them back."""
    held = "SELECT count(*) FROM benefit_key WHERE released_at IS NULL AND person_id IN (:person, :merged_person)"
    assert await chain.told(held) == 2
    assert await chain.told(
        "SELECT count(*) FROM benefit_slot WHERE released_at IS NULL AND person_id IN (:person, :merged_person)"
    ) == 2  # fmt: skip
    await chain.merge("unclaimed", "unaccepted")
    assert await chain.by("app_citizen", submission("unclaimed", "new_claim", "unclaimed")) == "submitted"
    twin = submission("unaccepted", "newer_claim", "unaccepted").replace("00000001", "00000002")
    assert await chain.by("app_citizen", twin) == "benefit_already_held"
    await chain.by(
        "app_citizen",
        """INSERT INTO claim_withdrawal (person_id, claim_id, reason, withdrawn_by)
           VALUES (:unclaimed, :new_claim, '不再申领', :system)""",
    )
    assert await chain.by("app_citizen", twin) == "submitted"


async def test_a_fourth_certificate_of_a_year_finds_no_place(chain: Chain) -> None:
    """Slots are counted over merged persons, and the answer is line by line."""
    levels = {"level_3": "third_level", "level_2": "second_level", "level_1": "first_level"}
    for level, name in levels.items():
        await chain.connection.execute(certificate_of("submitted", name, level))
        expected = "submitted" if level != "level_1" else "yearly_cap_reached"
        filed = submission("submitted", name, name).replace("00000001", f"0000001{levels and level[-1]}")
        assert await chain.by("app_citizen", filed) == expected
    assert await chain.told("SELECT count(*) FROM benefit_key WHERE person_id = :submitted") == 3


async def test_filing_reads_few_of_many_keys(chain: Chain) -> None:
    """Neither who is filed for nor who is told that the benefit is held costs more as keys become many."""
    await chain.connection.execute(
        with_identifiers(
            """INSERT INTO benefit_key (person_id, key_group, benefit_line, skill_level, period, origin)
               SELECT :person, 'work_based', 'none', 'none', 'month ' || month, 'claim'
               FROM generate_series(1, 1000) AS month;
               ANALYZE benefit_key; DISCARD PLANS"""
        )
    )
    read = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'benefit_key'"
    before = await chain.told(read)
    assert await chain.by("app_citizen", submission("unclaimed", "new_claim", "unclaimed")) == "submitted"
    again = submission("unclaimed", "newer_claim", "unclaimed").replace("00000001", "00000002")
    assert await chain.by("app_citizen", again) == "benefit_already_held"
    assert await chain.told(read) - before < 100


def certificate_of(person: str, name: str, level: str) -> str:
    """Another certificate of the same occupation and its entry."""
    return with_identifiers(
        f"""INSERT INTO certificate_number (number_id) VALUES (:{name});
        INSERT INTO certificate SELECT (jsonb_populate_record(held, jsonb_build_object('certificate_id', :{name},
          'number_id', :{name}, 'skill_level', '{level}'))).* FROM certificate AS held WHERE certificate_id = :{person};
        INSERT INTO certificate_holder (number_id, person_id, certificate_id) VALUES (:{name}, :{person}, :{name});
        INSERT INTO record_entry SELECT (jsonb_populate_record(held, jsonb_build_object('entry_id', :{name},
          'record_number', 'R110105-2025-0000{level[-1]}000-X', 'certificate_id', :{name}, 'skill_level', '{level}'))).*
          FROM record_entry AS held WHERE entry_id = :{person}"""
    )
