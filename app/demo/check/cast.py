"""Who plays in the check: the registry's officers signed in, the sandbox, the clock."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from app.demo.actors.agency import CertificateOfficer, FilingOfficer, LookupOfficer
from app.demo.actors.citizen import Citizen
from app.demo.actors.directory import DirectoryOfficer
from app.demo.actors.sign_in import sign_in_citizen
from app.demo.client import Api, Caller, until
from app.demo.clock import LawClock
from app.demo.founding import Founded, found_registry, sign_all_in
from app.demo.ground import Demo
from app.demo.identities import Person
from app.demo.journal import Journal
from app.demo.province_data import EVERYBODY
from app.demo.sandbox_control import SandboxControl
from app.demo.sql import SqlDoor
from app.demo.stack import Stack
from app.kernel.clock import law_date

T = TypeVar("T")
_WAKE_EVERY_S = 1.0
CERTIFICATE_CASE = "浙人社证〔2026〕第0001号"
"""Under which the officer of the province decides about certificates."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody and everything a step may need; ``officers`` are all of them by login name."""

    journal: Journal
    api: Api
    stack: Stack
    sandbox: SandboxControl
    clock: LawClock
    founded: Founded
    directory: DirectoryOfficer
    other_directory: DirectoryOfficer
    filing: FilingOfficer
    other_filing: FilingOfficer
    lookup: LookupOfficer
    other_lookup: LookupOfficer
    review: Caller
    approval: Caller
    identity: Caller
    certificates: CertificateOfficer
    other_certificates: CertificateOfficer
    officers: Mapping[str, Caller]
    sql: SqlDoor

    def until_worked(self, look: Callable[[], T], is_so: Callable[[T], bool], what: str) -> T:
        """As ``until``, of something the worker has to do: it is woken every second instead of waited for."""
        woken_at = float("-inf")

        def seen() -> T:
            nonlocal woken_at
            if time.monotonic() >= woken_at + _WAKE_EVERY_S:
                self.stack.wake_worker()
                woken_at = time.monotonic()
            return look()

        return until(seen, is_so, what)

    def citizen(self, person: Person) -> Citizen:
        """Somebody signed in with the electronic social-security card."""
        return Citizen(sign_in_citizen(self.api, self.sandbox.base_url, person.number))


def assemble(demo: Demo, journal: Journal, api: Api) -> Cast:
    """Found the registry and sign its officers in."""
    sandbox = demo.sandbox
    with journal.step("向模拟的持卡库登记虚构人员"):
        sandbox.register(EVERYBODY)
    with journal.step("设立三员、两省经办机构和各权限经办人（激活码、口令、动态口令）"):
        founded = found_registry(api, demo.stack)
        journal.counts["agencies"] = len(founded.agencies)
        journal.counts["officers"] = len(founded.officers)
    with journal.step("经办人登录"):
        callers = sign_all_in(api, founded.officers)
    today = law_date(demo.clock.now())
    return Cast(
        journal=journal,
        api=api,
        stack=demo.stack,
        sandbox=sandbox,
        clock=demo.clock,
        founded=founded,
        directory=DirectoryOfficer(callers["directory.zj"], today),
        other_directory=DirectoryOfficer(callers["directory.sc"], today),
        filing=FilingOfficer(callers["filing.hz"]),
        other_filing=FilingOfficer(callers["filing.sc"]),
        lookup=LookupOfficer(callers["lookup.hz"]),
        other_lookup=LookupOfficer(callers["lookup.cd"]),
        review=callers["review.zj"],
        approval=callers["approval.zj"],
        identity=callers["identity.hz"],
        certificates=CertificateOfficer(callers["review.zj"], CERTIFICATE_CASE),
        other_certificates=CertificateOfficer(callers["review.sc"], "川人社证〔2026〕第0001号"),
        officers=callers,
        sql=SqlDoor(demo.settings),
    )
