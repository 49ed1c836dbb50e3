"""Steers the sandbox platforms: who exists there, and how they behave."""

from collections.abc import Iterable
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

    def push_to(self, url: str) -> None:
        """Let the network push every change to ``url`` from now on."""
        self._send("PUT", "/sandbox/push-target", {"url": url})

    def pushes_delivered(self) -> int:
        """How many changes the other side has taken."""
        count: int = self._send("GET", "/sandbox/stats", None)["assessment_network"].get(
            "pushes_delivered", 0
        )
        return count

    def set_network_day(self, today: date) -> None:
        """The assessment network's day."""
        self._send("PUT", "/sandbox/assessment-network", {"today": today.isoformat()})

    def _send(self, method: str, path: str, body: object | None) -> dict[str, Any]:
        answer = httpx.request(
            method, f"{self.base_url}{path}", json=body, timeout=_TIMEOUT_S, trust_env=False
        )
        if not answer.is_success:
            raise Unexpected(f"模拟平台没有照办：{method} {path} {answer.status_code} {answer.text[:500]}")
        content: dict[str, Any] = answer.json()
        return content
