"""Recoveries: ordered with a notice, repaid, written off by two; a paid entry is revoked only together with one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.access.actor import Permission
from app.jobs.evidence_alarms import run_evidence_alarms
from app.jobs.payments import run_payments
from tests.builders.payments import AMOUNT_FEN, Paying, granted, lay_payable, lay_paying
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

DAY = "2026-03-02"


async def lay_paid(registry: Registry, claims: int = 1) -> Paying:
    """Claims that the bank has paid."""
    paying = await lay_paying(registry, claims)
    await paying.order()
    await run_payments(registry.house)
    assert await paying.states() == ["paid"] * claims
    return paying


async def recover(paying: Paying, claim: UUID, **more: Any) -> dict[str, Any]:
    body = {"claim_id": str(claim), "cause": "fraud", "reason": "经查实未参加培训", **more}
    answer = await paying.approver.post("/v1/recoveries", json=body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def record_number(registry: Registry, claim: UUID) -> str:
    owner = await registry.owner()
    number: str = await owner.fetchval("SELECT record_number FROM record_entry WHERE entry_id = $1", claim)
    return number


async def test_a_recovery_is_ordered_with_its_notice_and_repaid_in_parts(registry: Registry) -> None:
    paying = await lay_paid(registry)
    (claim,) = paying.claims
    made = await recover(paying, claim)
    assert made["recovery_number"].startswith("Z110105-")
    assert (made["state"], made["owed_fen"]) == ("ordered", AMOUNT_FEN)
    owner = await registry.owner()
    notice = await owner.fetchrow(
        "SELECT * FROM decision_notice WHERE claim_id = $1 AND kind = 'recovery'", claim
    )
    assert notice is not None
    assert "1500.00元" in notice["reasons"]
    assert "行政复议" in notice["remedies"]
    assert "行政诉讼" in notice["remedies"]
    assert codes(await paying.approver.post("/v1/recoveries", json={
        "claim_id": str(claim), "cause": "mistake", "reason": "再来一次"})) == ["recovery_exists"]  # fmt: skip
    path = f"/v1/recoveries/{made['recovery_id']}"
    repaid = {"amount_fen": 50_000, "evidence": "缴款书第1号", "happened_on": DAY}
    part = await paying.payer.post(f"{path}/repayments", json=repaid)
    assert (part.json()["state"], part.json()["repaid_fen"]) == ("partly_repaid", 50_000)
    too_much = await paying.payer.post(f"{path}/repayments", json={**repaid, "amount_fen": 100_001})
    assert codes(too_much) == ["more_than_owed"]
    for no_amount in (True, "1", 1.0):
        mistyped = await paying.payer.post(f"{path}/repayments", json={**repaid, "amount_fen": no_amount})
        assert mistyped.status_code == 422, no_amount
    referred = await paying.payer.post(
        f"{path}/referrals", json={"evidence": "京人社移1号", "happened_on": DAY}
    )
    assert referred.json()["is_referred"] is True
    tomorrow = {"happened_on": ((await registry.now()).date() + timedelta(days=2)).isoformat()}
    for verb, sent in (("repayments", repaid), ("referrals", {"evidence": "京人社移2号"})):
        assert codes(await paying.payer.post(f"{path}/{verb}", json={**sent, **tomorrow})) == ["day_not_come"]
    done = await paying.payer.post(f"{path}/repayments", json={**repaid, "amount_fen": 100_000})
    assert done.json()["state"] == "repaid"
    shown = await paying.budget()
    assert (shown["paid_fen"], shown["available_fen"]) == (0, shown["allotted_fen"])
    assert not await owner.fetch("SELECT * FROM ledger_differences()")
    citizen = await registry.citizen(claim)
    own = (await citizen.get("/v1/me/recoveries")).json()["items"]
    assert [(each["state"], each["cause_name"]) for each in own] == [("repaid", "以弄虚作假等手段骗取")]


async def test_several_recoveries_of_one_benefit_never_exceed_what_was_paid(registry: Registry) -> None:
    paying = await lay_paid(registry)
    (claim,) = paying.claims
    first = await recover(paying, claim, cause="mistake", amount_fen=50_000)
    body = {"claim_id": str(claim), "cause": "fraud", "reason": "另有一项不实", "amount_fen": 100_001}
    assert codes(await paying.approver.post("/v1/recoveries", json=body)) == ["more_than_paid"]
    path = f"/v1/recoveries/{first['recovery_id']}"
    repaid = {"amount_fen": 50_000, "evidence": "缴款书第1号", "happened_on": DAY}
    assert (await paying.payer.post(f"{path}/repayments", json=repaid)).json()["state"] == "repaid"
    second = await recover(paying, claim)
    assert (second["amount_fen"], second["recovery_id"] != first["recovery_id"]) == (
        AMOUNT_FEN - 50_000,
        True,
    )
    owner = await registry.owner()
    notices = await owner.fetch(
        "SELECT reasons FROM decision_notice WHERE claim_id = $1 AND kind = 'recovery'", claim
    )
    assert ["1000.00元" in row["reasons"] for row in notices].count(True) == 1
    body = {"claim_id": str(claim), "cause": "mistake", "reason": "再来一次", "amount_fen": 1}
    assert codes(await paying.approver.post("/v1/recoveries", json=body)) == ["recovery_exists"]
    listed = (await paying.payer.get("/v1/recoveries")).json()["items"]
    assert [each["amount_fen"] for each in listed] == [100_000, 50_000]
    proposal = {"amount_fen": 100_000, "reason": "债务人死亡且无遗产"}
    path = f"/v1/recoveries/{second['recovery_id']}/write-offs"
    off = (await paying.payer.post(path, json=proposal)).json()["write_offs"][0]["proposal_id"]
    await paying.approver.post(f"{path}/{off}:decide", json={"decision": "accepted", "reason": "材料齐全"})
    # What two officers wrote off is not asked for again.
    assert codes(await paying.approver.post("/v1/recoveries", json=body)) == ["recovery_exists"]
    assert not await owner.fetch("SELECT * FROM ledger_differences()")


async def test_what_the_bank_has_not_paid_yet_is_not_recovered(registry: Registry) -> None:
    paying = await lay_paying(registry)
    (claim,) = paying.claims
    await paying.order()
    owner = await registry.owner()
    await owner.execute(
        "SELECT instruct_payment(person_id, claim_id, claim_id, claim_id) FROM claim WHERE claim_id = $1",
        claim,
    )
    assert await paying.states() == ["instructed"]
    body = {"claim_id": str(claim), "cause": "mistake", "reason": "错发"}
    assert codes(await paying.approver.post("/v1/recoveries", json=body)) == ["not_settled"]
    path = await proposed_revocation(paying, claim)
    decision = {"decision": "accepted", "reason": "属实", "recovery": {"reason": "补贴应予追回"}}
    assert codes(await paying.approver.post(path, json=decision)) == ["not_settled"]


async def test_a_revocation_orders_back_what_is_left(registry: Registry) -> None:
    """A part that was recovered before does not open the way: the rest is ordered together with the revocation."""
    paying = await lay_paid(registry)
    (claim,) = paying.claims
    await recover(paying, claim, cause="mistake", amount_fen=40_000)
    path = await proposed_revocation(paying, claim)
    decision = {"decision": "accepted", "reason": "属实"}
    assert codes(await paying.approver.post(path, json=decision)) == ["record_paid_needs_recovery"]
    owner = await registry.owner()
    accepted = await paying.approver.post(path, json={**decision, "recovery": {"reason": "补贴应予追回"}})
    assert accepted.status_code == 200, accepted.text
    amounts = await owner.fetch(
        "SELECT amount_fen FROM recovery WHERE person_id = $1 ORDER BY recovery_id", claim
    )
    assert [row["amount_fen"] for row in amounts] == [40_000, AMOUNT_FEN - 40_000]


async def proposed_revocation(paying: Paying, claim: UUID) -> str:
    """Where to decide the proposal to revoke the entry of this claim."""
    number = await record_number(paying.registry, claim)
    proposed = await paying.reviewer.post(
        f"/v1/records/{number}/corrections",
        json={"kind": "revoke", "reason": "证书系冒用", "case_number": "测试2026-9"},
    )
    assert proposed.status_code == 201, proposed.text
    return f"/v1/record-corrections/{proposed.json()['correction_id']}:decide"


async def test_a_debt_is_written_off_by_two(registry: Registry) -> None:
    paying = await lay_paid(registry)
    made = await recover(paying, paying.claims[0])
    path = f"/v1/recoveries/{made['recovery_id']}"
    proposal = {"amount_fen": AMOUNT_FEN, "reason": "债务人死亡且无遗产"}
    proposed = await paying.payer.post(f"{path}/write-offs", json=proposal)
    assert proposed.status_code == 201, proposed.text
    assert codes(await paying.payer.post(f"{path}/write-offs", json=proposal)) == ["write_off_open"]
    off = proposed.json()["write_offs"][0]["proposal_id"]
    both = await granted(registry, Permission.PAYMENT, Permission.APPROVAL)
    decision = {"decision": "accepted", "reason": "材料齐全"}
    other = await recover_other(paying)
    mismatched = f"/v1/recoveries/{other}/write-offs/{off}:decide"
    assert (await both.post(mismatched, json=decision)).status_code == 404
    decided = await paying.approver.post(f"{path}/write-offs/{off}:decide", json=decision)
    assert (decided.json()["state"], decided.json()["owed_fen"]) == ("written_off", 0)
    again = await both.post(f"{path}/write-offs/{off}:decide", json=decision)
    assert codes(again) == ["already_decided"]
    path = f"/v1/recoveries/{other}"
    own = (await both.post(f"{path}/write-offs", json=proposal)).json()["write_offs"][0]["proposal_id"]
    assert codes(await both.post(f"{path}/write-offs/{own}:decide", json=decision)) == ["own_proposal"]


async def recover_other(paying: Paying) -> str:
    (claim,) = await lay_payable(paying, 1)
    await paying.order([claim])
    await run_payments(paying.registry.house)
    return str((await recover(paying, claim))["recovery_id"])


async def test_a_paid_entry_is_revoked_together_with_its_recovery_or_not_at_all(registry: Registry) -> None:
    paying = await lay_paid(registry)
    (claim,) = paying.claims
    path = await proposed_revocation(paying, claim)
    decision = {"decision": "accepted", "reason": "属实"}
    refused = await paying.approver.post(path, json=decision)
    assert (refused.status_code, codes(refused)) == (409, ["record_paid_needs_recovery"])
    owner = await registry.owner()
    revoked = "SELECT revoked_at IS NOT NULL FROM record_entry WHERE entry_id = $1"
    assert await owner.fetchval(revoked, claim) is False
    accepted = await paying.approver.post(path, json={**decision, "recovery": {"reason": "补贴应予追回"}})
    assert accepted.status_code == 200, accepted.text
    assert len(accepted.json()["recovery_numbers"]) == 1
    assert await owner.fetchval(revoked, claim) is True
    cause = await owner.fetchval("SELECT cause FROM recovery WHERE person_id = $1", claim)
    assert cause == "record_revoked"


async def test_evidence_that_falls_away_holds_the_unpaid_and_lists_the_paid(registry: Registry) -> None:
    paying = await lay_paid(registry)
    (unpaid,) = await lay_payable(paying, 1)
    owner = await registry.owner()
    numbers = [await record_number(registry, claim) for claim in paying.claims]
    for _ in range(2):
        await owner.execute(
            "INSERT INTO outbox_message (topic, payload) VALUES ('certificate.revoked', jsonb_build_object("
            " 'certificate_id', uuidv7(), 'record_numbers', $1::text[]))",
            numbers,
        )
    assert await run_evidence_alarms(registry.house) == 2
    assert await run_evidence_alarms(registry.house) == 0
    held = await owner.fetch("SELECT claim_id, reason_code FROM claim_hold WHERE released_at IS NULL")
    assert [tuple(row) for row in held] == [(unpaid, "evidence_doubted")]
    cases = (await paying.approver.get("/v1/recovery-cases")).json()["items"]
    assert {(case["claim_id"], case["cause"]) for case in cases} == {
        (str(paying.claims[0]), "certificate_revoked")
    }
    assert len(cases) == 2
    dismissal = f"/v1/recovery-cases/{cases[0]['case_id']}:dismiss"
    assert (await paying.approver.post(dismissal, json={"reason": "重复"})).status_code == 200
    assert (await paying.approver.post(dismissal, json={"reason": "重复"})).status_code == 404
    await recover(paying, paying.claims[0], cause="certificate_revoked", amount_fen=1)
    assert (await paying.approver.get("/v1/recovery-cases")).json()["items"] == []
    await owner.execute(
        "INSERT INTO outbox_message (topic, payload) VALUES ('certificate.revoked', jsonb_build_object("
        " 'certificate_id', uuidv7(), 'record_numbers', $1::text[]))",
        numbers,
    )
    await run_evidence_alarms(registry.house)
    # Of what was paid only a cent was asked back so far: the new alarm is a case again.
    assert len((await paying.approver.get("/v1/recovery-cases")).json()["items"]) == 1
    refused = await paying.approver.post(
        "/v1/recoveries", json={"claim_id": str(unpaid), "cause": "mistake", "reason": "未付"}
    )
    assert codes(refused) == ["nothing_paid"]


async def test_a_certificate_corrected_after_the_claim_holds_and_opens_a_case_only_for_what_is_claimed_on(
    registry: Registry,
) -> None:
    """Level, occupation and day of issue decide the amount and the time; the body's name decides nothing."""
    paying = await lay_paid(registry)
    (unpaid,) = await lay_payable(paying, 1)
    owner = await registry.owner()
    numbers = [await record_number(registry, claim) for claim in paying.claims]

    async def corrected(*fields: str) -> None:
        await owner.execute(
            "INSERT INTO outbox_message (topic, payload) VALUES ('certificate.corrected', jsonb_build_object("
            " 'certificate_id', uuidv7(), 'fields', $2::text[], 'record_numbers', $1::text[]))",
            numbers,
            list(fields),
        )
        assert await run_evidence_alarms(registry.house) == 1

    holds = "SELECT claim_id, reason_code, reason FROM claim_hold WHERE released_at IS NULL"
    await corrected("body_name", "review_due_on")
    assert await owner.fetch(holds) == []
    assert (await paying.approver.get("/v1/recovery-cases")).json()["items"] == []
    await corrected("body_name", "skill_level")
    held = only(await owner.fetch(holds))
    assert (held["claim_id"], held["reason_code"]) == (unpaid, "evidence_doubted")
    assert "更正" in held["reason"]
    case = only((await paying.approver.get("/v1/recovery-cases")).json()["items"])
    assert (case["claim_id"], case["cause"]) == (str(paying.claims[0]), "certificate_corrected")
    made = await recover(paying, paying.claims[0], cause="certificate_corrected", amount_fen=1)
    assert (made["cause"], made["cause_name"]) == ("certificate_corrected", "所依据的证书信息已更正")


async def test_another_area_sees_nothing(registry: Registry) -> None:
    paying = await lay_paid(registry)
    made = await recover(paying, paying.claims[0])
    stranger = await granted(registry, Permission.PAYMENT, Permission.APPROVAL, division_code="310000")
    for path in (f"/v1/recoveries/{made['recovery_id']}", f"/v1/budgets/{paying.budget_id}"):
        assert (await stranger.get(path)).status_code == 404
    body = {"claim_id": str(paying.claims[0]), "cause": "fraud", "reason": "外区"}
    assert (await stranger.post("/v1/recoveries", json=body)).status_code == 404
    repayment = {"amount_fen": 1, "evidence": "缴款书", "happened_on": DAY}
    path = f"/v1/recoveries/{made['recovery_id']}/repayments"
    assert (await stranger.post(path, json=repayment)).status_code == 404
