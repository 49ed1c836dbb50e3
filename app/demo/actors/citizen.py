"""What a citizen does: signs in to a session with the code on the wall, reads the own record, reports certificates."""

from dataclasses import dataclass
from typing import Any

from app.demo.certificates import Printed
from app.demo.client import Answer, Caller, until


@dataclass(frozen=True, slots=True)
class Citizen:
    """Somebody signed in with the electronic social-security card."""

    caller: Caller

    def check_in(self, code: str, kind: str = "sign_in") -> Answer:
        """Sign in or out with a code."""
        return self.caller.post("/v1/me/check-ins", {"code": code, "kind": kind})

    def record(self) -> Answer:
        """The lifelong record."""
        return self.caller.get("/v1/me/record").expect(200)

    def accesses(self) -> Answer:
        """Who looked, and why."""
        return self.caller.get("/v1/me/accesses", limit="200").expect(200)

    def report(self, printed: Printed) -> str:
        """Report a certificate that is missing; returns its id."""
        body = printed.stated()
        certificate_id: str = self.caller.post("/v1/me/certificates", body).expect(201)["certificate_id"]
        return certificate_id

    def certificate(self, certificate_id: str) -> dict[str, Any]:
        """One of the own certificates."""
        items = self.caller.get("/v1/me/certificates").expect(200)["items"]
        found: dict[str, Any] = next(each for each in items if each["certificate_id"] == certificate_id)
        return found

    def wait_for(self, certificate_id: str, state: str) -> dict[str, Any]:
        """The certificate once the worker has brought it to ``state``. Raises Unexpected when it does not."""
        return until(
            lambda: self.certificate(certificate_id),
            lambda shown: shown["state"] == state,
            f"证书应为 {state}",
        )

    def completion_certificates(self) -> list[dict[str, Any]]:
        """The certificates that the registry has issued."""
        found: list[dict[str, Any]] = self.caller.get("/v1/me/completion-certificates").expect(200)["items"]
        return found

    def open_account(self, number: str, bank_name: str = "演示银行") -> str:
        """Record an own account; returns its id."""
        body = {"kind": "bank_card", "bank_name": bank_name, "account_number": number}
        account_id: str = self.caller.post("/v1/me/accounts", body).expect(201)["account_id"]
        return account_id

    def account_check(self, account_id: str) -> str | None:
        """What the bank says of an own account; None: nothing yet."""
        items = self.caller.get("/v1/me/accounts").expect(200)["items"]
        found: str | None = next(each for each in items if each["account_id"] == account_id)["check_outcome"]
        return found

    def evaluate(self, record_number: str, kind: str = "skill_upgrade") -> dict[str, Any]:
        """Dry run: the verdict with all reasons."""
        asked = {"record_number": record_number, "kind": kind}
        verdict: dict[str, Any] = self.caller.post("/v1/eligibility:evaluate", asked).expect(200)["verdict"]
        return verdict

    def claim(self, record_number: str, kind: str = "skill_upgrade", **content: str) -> Answer:
        """File a claim."""
        return self.caller.post("/v1/me/claims", {"record_number": record_number, "kind": kind, **content})

    def shown_claim(self, claim_id: str) -> dict[str, Any]:
        """An own claim: state, notices, deadlines."""
        shown: dict[str, Any] = self.caller.get(f"/v1/me/claims/{claim_id}").expect(200).body
        return shown

    def with_claim(self, claim_id: str, verb: str, **content: Any) -> Answer:
        """``withdraw``, ``answer-supplement``, ``name-account``."""
        return self.caller.post(f"/v1/me/claims/{claim_id}:{verb}", content)

    def appeal(self, claim_id: str, grounds: str) -> str:
        """Ask the agency to look again; returns the appeal's id."""
        body = {"channel": "review", "grounds": grounds}
        answer = self.caller.post(f"/v1/me/claims/{claim_id}/appeals", body).expect(201)
        appeal_id: str = answer["appeal_id"]
        return appeal_id
