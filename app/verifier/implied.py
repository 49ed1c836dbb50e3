"""What an export of a claim must prove by the log, as its own rows and the claim's state have it.

The rows are those that the log seals; taking rows out together with their proofs contradicts the claim's state.
"""

from collections.abc import Iterator
from typing import Any

from app.verifier.refusals import DoesNotHold

Implied = tuple[str, str]
"""Kind of leaf and id of the row."""

_DECIDED = frozenset({"not_accepted", "approved", "refused", "withdrawn"})
_APPROVED = frozenset({"approved", "noticed", "payable", "ordered", "instructed", "paid", "failed"})
_ENDED = frozenset({"settled", "rejected"})
_CERTIFICATE_ENDS = frozenset({"revoked", "corrected"})


def implied_proofs(export: dict[str, Any]) -> list[Implied]:
    """Every proof that has to be there. Raises DoesNotHold when the rows do not carry the claim's state."""
    _check_state(export)
    return [*_of_archive(export), *_of_claim(export), *_of_money(export)]


def _of_archive(export: dict[str, Any]) -> Iterator[Implied]:
    for row in export["entries"]:
        yield "entry", row["entry_id"]
        if row.get("revoked_at") is not None:
            yield "revocation", row["entry_id"]
        if row.get("superseded_at") is not None:
            yield "supersession", row["entry_id"]
    for row in export["certificate_changes"]:
        if row.get("to_state") in _CERTIFICATE_ENDS:
            yield "certificate_change", row["change_id"]
    for row in export["editions"]:
        yield "policy_edition", row["edition_id"]


def _of_claim(export: dict[str, Any]) -> Iterator[Implied]:
    for row in export["moves"]:
        if row.get("to_state") in _DECIDED:
            yield "claim_decision", row["move_id"]
    for row in export["appeals"]:
        if row.get("outcome") is not None:
            yield "appeal_decision", row["appeal_id"]


def _of_money(export: dict[str, Any]) -> Iterator[Implied]:
    for row in export["benefits"]:
        yield "benefit", row["benefit_id"]
        if row.get("canceled_at") is not None:
            yield "benefit_cancellation", row["benefit_id"]
    for row in export["instructions"]:
        yield "payment", row["instruction_id"]
    for row in export["answers"]:
        if row.get("outcome") in _ENDED:
            yield "payment_end", row["answer_id"]
    for section, kind, name in (
        ("recoveries", "recovery", "recovery_id"),
        ("recovery_steps", "recovery_step", "step_id"),
    ):
        for row in export[section]:
            yield kind, row[name]


def _check_state(export: dict[str, Any]) -> None:
    claim, state = export["claim"], export["claim"]["state"]
    if all(row["entry_id"] != claim["entry_id"] for row in export["entries"]):
        raise DoesNotHold(f"导出文件的 entries 中没有申领所依据的档案 {claim['entry_id']}")
    decided = "approved" if state in _APPROVED else state if state in _DECIDED else None
    reached = {row.get("to_state") for row in export["moves"]}
    if decided is not None and decided not in reached:
        raise DoesNotHold(f"申领的状态是 {state}，而导出文件的 moves 中没有相应的决定（{decided}）")
    if export["benefits"] and "approved" not in reached:
        raise DoesNotHold("导出文件中有拨付，而 moves 中没有审批通过的决定")
    if state in ("instructed", "paid") and state not in reached:
        raise DoesNotHold(f"申领的状态是 {state}，而导出文件的 moves 中没有走到这一步")
    if state == "paid":
        _check_paid(export)


def _check_paid(export: dict[str, Any]) -> None:
    """Paid by the bank's own answer, by two officers on other evidence, or wholly out of an advance."""
    standing = [row for row in export["benefits"] if row.get("canceled_at") is None]
    if len(standing) != 1:
        raise DoesNotHold(
            f"申领已拨付，导出文件的 benefits 中应有恰好一项有效的补贴，实有 {len(standing)} 项"
        )
    steps = {row.get("step") for row in export["moves"] if row.get("to_state") == "paid"}
    benefit = standing[0]
    sent = {
        row["instruction_id"]
        for row in export["instructions"]
        if row.get("benefit_id") == benefit["benefit_id"]
    }
    is_offset = "benefit" in steps and benefit.get("offset_fen") == benefit.get("amount_fen")
    if not sent and not is_offset:
        raise DoesNotHold("申领已拨付，而导出文件的 instructions 中没有银行指令")
    settled = {row.get("instruction_id") for row in export["answers"] if row.get("outcome") == "settled"}
    if not sent & settled and not is_offset and "payment_confirmation" not in steps:
        raise DoesNotHold("申领已拨付，而导出文件的 answers 中没有银行的到账答复")
