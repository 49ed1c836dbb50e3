"""Steers the sandbox platforms: who exists there, and how they behave."""

from collections.abc import Iterable

import httpx

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

    def _send(self, method: str, path: str, body: object | None) -> dict[str, list[dict[str, str]]]:
        answer = httpx.request(
            method, f"{self.base_url}{path}", json=body, timeout=_TIMEOUT_S, trust_env=False
        )
        if not answer.is_success:
            raise Unexpected(f"模拟平台没有照办：{method} {path} {answer.status_code} {answer.text[:500]}")
        content: dict[str, list[dict[str, str]]] = answer.json()
        return content
