"""不进不补 in the database: with the passwords of the running registry, no statement pays without its record."""

from uuid import UUID

from uuid_utils.compat import uuid7

from app.archive.log.rules.leaves import ALARM_DELAY_S
from app.db.roles import DatabaseRole
from app.demo.check.claim_cast import ClaimPlay
from app.demo.check.claim_steps import CASE
from app.demo.client import until
from app.demo.journal import require

_APPLICATION = (
    DatabaseRole.APP_AGENCY,
    DatabaseRole.APP_INST,
    DatabaseRole.APP_CITIZEN,
    DatabaseRole.WORKER,
    DatabaseRole.PAY_WORKER,
)
_CLAIM = "SELECT person_id, claim_id, entry_kind, kind, entry_id FROM registry.claim WHERE claim_id = $1"
_INSERT = """
INSERT INTO registry.benefit (person_id, claim_id, round, kind, entry_kind, entry_id, order_id, budget_id, tranche_no,
  amount_fen, reviewed_by, approved_by, ordered_by)
VALUES ($1, $2, 1, $3, $4, $5, $6, $7, 1, 100000, gen_random_uuid(), gen_random_uuid(), gen_random_uuid())
RETURNING 'written'
"""
_LOG_DELAY = """
SELECT coalesce(extract(epoch FROM registry.registry_now() - min(queued_at)), 0) AS delay_s FROM (
  SELECT queued_at FROM registry.unsealed_event UNION ALL SELECT queued_at FROM registry.log_leaf
  WHERE leaf_index >= (SELECT coalesce(max(size), 0) FROM registry.log_checkpoint)) AS waiting
"""
_DOOR = "SELECT registry.instruct_payment($1, $2, gen_random_uuid(), gen_random_uuid())"
_DENIED, _NOT_ORDERED = "无权限", "not_ordered"


def try_sql(play: ClaimPlay) -> None:
    """A claim without any entry, and one whose entry has been revoked."""
    nobody = uuid7()
    _try(
        play,
        "没有档案的“申领”",
        (nobody, nobody, "skill_upgrade", "certificate", nobody),
        "benefit_entry_in_force",
    )
    _revoke_entry(play, "pending")
    try_claim(play, "档案已撤销的申领", play.claims["pending"], "benefit_entry_in_force")


def try_claim(play: ClaimPlay, what: str, claim_id: str, constraint: str) -> None:
    """Try to pay a claim by SQL, as every role of the application, and as the owner of the tables."""
    row = play.cast.sql.row(_CLAIM, UUID(claim_id))
    named = (row["person_id"], row["claim_id"], row["kind"], row["entry_kind"], row["entry_id"])
    _try(play, what, named, constraint)


def _try(play: ClaimPlay, what: str, named: tuple[object, ...], constraint: str) -> None:
    sql, journal = play.cast.sql, play.cast.journal
    written = (*named, uuid7(), UUID(play.budgets["unemployment_insurance"]))
    title = (
        f"{what}用 SQL 也付不出去：五个应用角色写入补贴均无权限；付款门只对 pay_worker 开，答“{_NOT_ORDERED}”；"
        f"表的所有者写入被约束 {constraint} 拒绝"
    )
    with journal.step(title):
        for role in _APPLICATION:
            outcome = sql.attempt(role, _INSERT, *written)
            require(outcome == _DENIED, f"{role} 写入补贴应为{_DENIED}，实为 {outcome}")
            expected = _NOT_ORDERED if role is DatabaseRole.PAY_WORKER else _DENIED
            outcome = sql.attempt(role, _DOOR, named[0], named[1])
            require(outcome == expected, f"{role} 调用付款门应为 {expected}，实为 {outcome}")
        # The clock was moved: until the sequencer has run again, a late log would refuse first.
        until(lambda: sql.row(_LOG_DELAY)["delay_s"], lambda delay_s: delay_s < ALARM_DELAY_S, "日志应跟上")
        outcome = sql.attempt(DatabaseRole.MIGRATOR, _INSERT, *written, as_owner=True)
        require(outcome == constraint, f"应被 {constraint} 拒绝，实为 {outcome}")
        journal.refusals[constraint] += 1
        journal.counts["payments_tried_by_sql"] += 2 * len(_APPLICATION) + 1


def _revoke_entry(play: ClaimPlay, key: str) -> None:
    with play.cast.journal.step("一人提出撤销档案、另一人复核；尚未据以发放的，不需要追回"):
        number = play.holders[key].record()
        body = {"kind": "revoke", "changes": {}, "reason": "证书已被撤销", "case_number": CASE}
        proposed = play.review.caller.post(f"/v1/records/{number}/corrections", body).expect(201)
        decide = f"/v1/record-corrections/{proposed['correction_id']}:decide"
        decision = {"decision": "accepted", "reason": "复核属实"}
        decided = play.approval.caller.post(decide, decision).expect(200)
        require(decided["recovery_numbers"] == [], f"没有发放过：{decided.in_words()}")
