"""The sandbox platforms over real HTTP on a free loopback port, for any test that needs an outside system."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn

from app.sandbox.main import SandboxConfig, create_app


@dataclass(frozen=True, slots=True)
class SandboxServer:
    """A running sandbox: its address, its configuration, and a plain client to steer it with."""

    url: str
    config: SandboxConfig
    control: httpx.Client = field(repr=False)

    @property
    def issuer(self) -> str:
        return f"{self.url}/oidc"

    def register(self, **person: str) -> None:
        """Register one synthetic person: social_security_number, name, card_number, state."""
        self.control.post("/sandbox/persons", json={"persons": [person]}).raise_for_status()

    def person(self, state: str = "normal", offset: int = 0) -> dict[str, str]:
        """One person of the population in ``state``."""
        answer = self.control.get(
            "/sandbox/persons", params={"state": state, "offset": offset, "limit": 1}
        ).raise_for_status()
        return answer.json()["persons"][0]

    def insure(self, number: str, **facts: object) -> None:
        """Let the unemployment insurance know this of a registered person (``InsuredIn`` of the sandbox)."""
        self._tell("POST", "unemployment-insurance/persons", persons=[{"identity_number": number, **facts}])

    def employ(self, credit_code: str, numbers: list[str], **more: object) -> None:
        """Let an employer insure these persons (``EmployerIn`` of the sandbox)."""
        facts = {"credit_code": credit_code, "identity_numbers": numbers, **more}
        self._tell("POST", "unemployment-insurance/employers", **facts)

    def set_insurance(self, **setting: object) -> None:
        """Silent provinces and fund reserves; without ``setting`` all answer again."""
        self._tell("PUT", "unemployment-insurance", **setting)

    def set_bank(self, **setting: object) -> None:
        """How the bank works (``BankSetting`` of the sandbox); without ``setting`` as at the start."""
        self._tell("PUT", "bank", **setting)

    def open_account(self, **account: object) -> None:
        """Let this bank account exist: account_number, holder_name, holder_number, state."""
        self._tell("POST", "bank/accounts", accounts=[account])

    def ledger(self, limit: int = 20_000) -> dict[str, Any]:
        """The bank's books: totals, paid_more_than_once, instructions."""
        found: dict[str, Any] = (
            self.control.get("/sandbox/bank/ledger", params={"limit": limit}).raise_for_status().json()
        )
        return found

    def messages(self, address_tail: str = "") -> list[dict[str, Any]]:
        """What the message platform has taken, the latest first."""
        found: list[dict[str, Any]] = (
            self.control.get("/sandbox/messages", params={"address_tail": address_tail})
            .raise_for_status()
            .json()["messages"]
        )
        return found

    def _tell(self, method: str, place: str, **facts: object) -> None:
        self.control.request(method, f"/sandbox/{place}", json=facts).raise_for_status()

    def behave(self, system: str, **behavior: object) -> None:
        """Let ``system`` misbehave; without ``behavior`` it behaves again."""
        self.control.put(f"/sandbox/behavior/{system}", json=behavior).raise_for_status()

    def stats(self, system: str) -> dict[str, int]:
        """Counts since the start."""
        return self.control.get("/sandbox/stats").raise_for_status().json()[system]


@contextlib.contextmanager
def running_sandbox(config: SandboxConfig | None = None, *, port: int = 0) -> Iterator[SandboxServer]:
    """Serve the sandbox from a thread until the block ends; port 0 takes a free one."""
    config = config or SandboxConfig()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(
            uvicorn.Config(create_app(config), log_config=None, ws="none", lifespan="off", access_log=False)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + 20
            while not server.started:
                assert thread.is_alive(), "the sandbox did not start"
                assert time.monotonic() < deadline, "the sandbox did not start in time"
                time.sleep(0.02)
            with httpx.Client(base_url=url, timeout=10, trust_env=False) as control:
                yield SandboxServer(url=url, config=config, control=control)
        finally:
            server.should_exit = True
            # A client that keeps a connection, or an answer still being late, must not hold the suite up.
            server.force_exit = True
            thread.join(timeout=10)
