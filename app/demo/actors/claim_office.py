"""What officers do with claims and money: decide, publish, pay, recover; one permission a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.demo.client import Answer, Caller


@dataclass(frozen=True, slots=True)
class ClaimOfficer:
    """An officer who reviews, or who approves."""

    caller: Caller

    def step(self, claim_id: str, verb: str, **content: Any) -> Answer:
        """One step of one claim."""
        return self.caller.post(f"/v1/claims/{claim_id}:{verb}", content)

    def steps(self, verb: str, claim_ids: Sequence[str]) -> list[dict[str, Any]]:
        """One step of many claims; the answer to each."""
        body = {"step": verb, "claims": [{"claim_id": claim_id} for claim_id in claim_ids]}
        lines: list[dict[str, Any]] = self.caller.post("/v1/claims:step-batch", body).expect(200)["lines"]
        return lines

    def read(self, claim_id: str, case_number: str) -> Answer:
        """Everything about a claim, logged for its person."""
        return self.caller.post(f"/v1/claims/{claim_id}:read", {"case_number": case_number})

    def evaluate(self, record_number: str, kind: str, case_number: str, **content: Any) -> Answer:
        """Dry run for somebody."""
        asked = {"record_number": record_number, "kind": kind, "case_number": case_number, **content}
        return self.caller.post("/v1/eligibility:evaluate", asked)

    def publish(self, title: str, division_code: str, claim_ids: Sequence[str]) -> Answer:
        """Put approved claims on public notice."""
        body = {"title": title, "division_code": division_code, "claim_ids": list(claim_ids)}
        return self.caller.post("/v1/public-notices", body)


@dataclass(frozen=True, slots=True)
class PaymentOfficer:
    """An officer who pays."""

    caller: Caller

    def open_budget(self, division_code: str, year: int, source: str, amount_fen: int) -> str:
        """A budget with one tranche; returns its id."""
        body = {"division_code": division_code, "year": year, "funding_source": source}
        budget_id: str = self.caller.post("/v1/budgets", body).expect(201)["budget_id"]
        tranche = {"amount_fen": amount_fen, "document_number": f"浙财社〔{year}〕1号（演示）"}
        self.caller.post(f"/v1/budgets/{budget_id}/tranches", tranche).expect(201)
        return budget_id

    def budget(self, budget_id: str) -> Answer:
        """A budget with its ledger's sums."""
        return self.caller.get(f"/v1/budgets/{budget_id}").expect(200)

    def order(self, budget_id: str, claim_ids: Sequence[str]) -> Answer:
        """Order claims to be paid."""
        return self.caller.post("/v1/payment-orders", {"budget_id": budget_id, "claim_ids": list(claim_ids)})

    def lines(self, order_id: str) -> dict[str, dict[str, Any]]:
        """Where each claim of an order stands, by claim."""
        items = self.caller.get(f"/v1/payment-orders/{order_id}/lines", limit="200").expect(200)["items"]
        return {each["claim_id"]: each for each in items}

    def ledger_differences(self) -> list[dict[str, Any]]:
        """Where the ledger differs from the rows; never anywhere."""
        found: list[dict[str, Any]] = self.caller.get("/v1/ledger-differences").expect(200)["items"]
        return found
