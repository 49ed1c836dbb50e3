"""Steers the sandbox platforms: who exists there, and how they behave."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import httpx

from app.demo.certificates import Printed
from app.demo.client import Unexpected
from app.demo.identities import Person

_TIMEOUT_S = 10.0


class SandboxControl:
    """The controls that no real outside system has."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def register(self, people: Iterable[Person]) -> None:
        """Let the card-holder base know these people."""
        self._send("POST", "/sandbox/persons", {"persons": [person.registered() for person in people]})

    def people(self, count: int) -> list[Person]:
        """Persons of the sandbox's own population, all with a valid card."""
        found = self._send("GET", f"/sandbox/persons?state=normal&offset=1000&limit={count}", None)
        return [Person(each["social_security_number"], each["name"]) for each in found["persons"]]

    def break_down(self, system: str) -> None:
        """Let a system answer nothing but that it is down."""
        self._send("PUT", f"/sandbox/behavior/{system}", {"down": True})

    def repair(self, system: str) -> None:
        """Let it behave again."""
        self._send("PUT", f"/sandbox/behavior/{system}", {})

    def enter(self, certificates: Iterable[dict[str, Any]]) -> list[str]:
        """Enter certificates, as ``Printed.entered`` says them, in the assessment network; returns their ids there."""
        body = {"certificates": list(certificates)}
        entered = self._send("POST", "/sandbox/certificates", body)["certificates"]
        return [each["id"] for each in entered]

    def issue(self, printed: Printed, **more: str | bool) -> str:
        """Enter one certificate; returns its id there."""
        return self.enter([printed.entered(**more)])[0]

    def revoke(self, certificate_id: str) -> None:
        """Withdraw a certificate."""
        self._send("POST", f"/sandbox/certificates/{certificate_id}:revoke", None)

    def correct(self, certificate_id: str, holder: Person) -> None:
        """Change whose name and number stand on a certificate."""
        body = {"identity_number": holder.number, "name": holder.name}
        self._send("POST", f"/sandbox/certificates/{certificate_id}:correct", body)

    def push_to(self, url: str | None) -> None:
        """Let the network push every change to ``url`` from now on; None: nowhere."""
        self._send("PUT", "/sandbox/push-target", {"url": url})

    def pushes_delivered(self) -> int:
        """How many changes the other side has taken."""
        count: int = self._send("GET", "/sandbox/stats", None)["assessment_network"].get(
            "pushes_delivered", 0
        )
        return count

    def set_day(self, today: date) -> None:
        """The day of the assessment network and of the bank."""
        self._send("PUT", "/sandbox/assessment-network", {"today": today.isoformat()})
        self._send("PUT", "/sandbox/bank", {"today": today.isoformat()})

    def insure(self, insured: Iterable[Mapping[str, Any]]) -> None:
        """Let the unemployment insurance know this of persons (``InsuredIn`` of the sandbox)."""
        body = {"persons": [dict(each) for each in insured]}
        self._send("POST", "/sandbox/unemployment-insurance/persons", body)

    def silence_insurance(self, *provinces: str) -> None:
        """Let these provinces (codes) not answer for the insurance; without any, all answer."""
        self._send("PUT", "/sandbox/unemployment-insurance", {"silent_regions": list(provinces)})

    def employ(self, credit_code: str, people: Iterable[Person], division_code: str) -> None:
        """Let an employer insure these persons."""
        numbers = [person.number for person in people]
        body = {"credit_code": credit_code, "division_code": division_code, "identity_numbers": numbers}
        self._send("POST", "/sandbox/unemployment-insurance/employers", body)

    def open_account(self, number: str, holder: str, holder_number: str | None, state: str = "open") -> None:
        """Let a bank account be so; said again, it is so from now on."""
        account = {"account_number": number, "holder_name": holder, "holder_number": holder_number}
        self._send("POST", "/sandbox/bank/accounts", {"accounts": [{**account, "state": state}]})

    def misbehave(self, system: str, **behavior: object) -> None:
        """Let a system behave otherwise (``Behavior`` of the sandbox)."""
        self._send("PUT", f"/sandbox/behavior/{system}", behavior)

    def bank_books(self) -> dict[str, Any]:
        """What the bank itself has on its books."""
        return self._send("GET", "/sandbox/bank/ledger?limit=1000", None)

    def messages(self, address_tail: str) -> list[dict[str, Any]]:
        """What the message platform took for addresses with this end, the latest first."""
        path = f"/sandbox/messages?address_tail={address_tail}&limit=1000"
        found: list[dict[str, Any]] = self._send("GET", path, None)["messages"]
        return found

    def _send(self, method: str, path: str, body: object | None) -> dict[str, Any]:
        answer = httpx.request(
            method, f"{self.base_url}{path}", json=body, timeout=_TIMEOUT_S, trust_env=False
        )
        if not answer.is_success:
            raise Unexpected(f"模拟平台没有照办：{method} {path} {answer.status_code} {answer.text[:500]}")
        content: dict[str, Any] = answer.json()
        return content
