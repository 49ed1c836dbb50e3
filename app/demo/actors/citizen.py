"""What a citizen does: signs in to a session with the code on the wall, reads the own record, sees who looked."""

from dataclasses import dataclass

from app.demo.client import Answer, Caller


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
