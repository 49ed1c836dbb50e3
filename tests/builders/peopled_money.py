"""Money in the peopled registry: a budget, an order, a paid and a failed claim, a recovery, an advance, vouchers."""

from typing import Any

from app.access.roles import Role
from app.jobs.payments import run_payments
from tests.builders.finished_class import Trainee, lay_finished_class, lay_person
from tests.builders.payments import CLOSED_TAIL, lay_payable, lay_paying
from tests.registry_server import Caller, Registry


async def lay_money(registry: Registry) -> tuple[dict[str, str], dict[Role, Caller]]:
    """Ids of things that can be worked on, and the officers whose permissions the doors know."""
    paying = await lay_paying(registry, 1)
    await lay_payable(paying, 2, tail=CLOSED_TAIL)
    order = await paying.order()
    await run_payments(registry.house)
    paid, failed = paying.claims[0], paying.claims[1]
    await lay_payable(paying, 2)
    recovery = await created(
        paying.approver,
        "/v1/recoveries",
        {"claim_id": str(paid), "cause": "fraud", "reason": "经查实未参加培训"},
    )
    off = await created(
        paying.payer,
        f"/v1/recoveries/{recovery['recovery_id']}/write-offs",
        {"amount_fen": 100, "reason": "无可执行财产"},
    )
    holder = Trainee(serial=861)
    await lay_person(registry, holder)
    vouchers = await created(
        paying.payer,
        "/v1/vouchers",
        {
            "division_code": "110105",
            "amount_fen": 100_000,
            "document_number": "测试券2026-1",
            "holders": [{"identity_number": holder.number, "name": holder.name}],
        },
    )
    laid = await lay_finished_class(registry, [Trainee(serial=862)])
    owner = await registry.owner()
    advance_id = await owner.fetchval(
        "INSERT INTO advance (opening_id, institution_id, division_code, budget_id, base_fen, share_bp, amount_fen,"
        " edition_id, proposed_by) SELECT $1, $2, '110105', $3, 100000, 3000, 30000, edition_id, $4 FROM policy_edition"
        " LIMIT 1 RETURNING advance_id",
        laid.opening_id,
        laid.institution_id,
        paying.budget_id,
        paying.reviewer.actor.principal_id,
    )
    ids = {
        "budget_id": str(paying.budget_id),
        "order_id": order["order_id"],
        "claim_id": str(failed),
        "recovery_id": recovery["recovery_id"],
        "proposal_id": off["write_offs"][0]["proposal_id"],
        "voucher_id": vouchers["lines"][0]["voucher_id"],
        "voucher_number": vouchers["lines"][0]["voucher_number"],
        "advance_id": str(advance_id),
        "division_code": "110105",
    }
    callers = {
        Role.PAYMENT: paying.payer,
        Role.APPROVAL: paying.approver,
        Role.REVIEW: paying.reviewer,
        Role.INSTITUTION: laid.operator,
    }
    return ids, callers


async def created(caller: Caller, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a POST that must succeed answers."""
    answer = await caller.post(path, json=body)
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
