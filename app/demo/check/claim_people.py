"""Claimants come in early, so that the worker has verified, archived and sealed when the claims are filed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.demo.actors.citizen import Citizen
from app.demo.certificates import Press
from app.demo.check.cast import Cast
from app.demo.claimants import CLAIM_BODY, CLAIMANTS, Claimant, bank_card
from app.demo.client import until
from app.demo.journal import require
from app.demo.province_data import DICTIONARY_EDITION, OCCUPATION_NAMES
from app.kernel.clock import law_date

_BORROWED = "account"
"""This one states an account that is somebody else's."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A claimant signed in, with certificates (ids here, ids on the network) and an account."""

    claimant: Claimant
    citizen: Citizen
    certificate_ids: tuple[str, ...]
    network_ids: tuple[str, ...]
    account_id: str
    card: str

    def record(self, place: int = 0) -> str:
        """The archive entry of a certificate. Raises Unexpected when the worker does not make it."""
        shown = until(
            lambda: self.citizen.certificate(self.certificate_ids[place]),
            lambda certificate: certificate["archived_as"] is not None,
            "证书应归档",
        )
        number: str = shown["archived_as"]
        return number

    def account_outcome(self) -> str | None:
        """What the bank says of the account. Raises Unexpected when it is not asked."""
        return until(
            lambda: self.citizen.account_check(self.account_id),
            lambda checked: checked is not None,
            "银行应核对账户",
        )


Holders = dict[str, Holder]


def lay_claimants(cast: Cast) -> Holders:
    """Register, insure, and let everybody report certificates and record an account; nothing is waited for."""
    with cast.journal.step(f"{len(CLAIMANTS)}名申领人补报证书、登记本人银行卡，失业保险平台登记缴费情况"):
        cast.sandbox.register(each.person for each in CLAIMANTS)
        cast.sandbox.insure(each.insurance() for each in CLAIMANTS)
        press = Press(DICTIONARY_EDITION, OCCUPATION_NAMES)
        today = law_date(cast.clock.now())
        holders = {
            claimant.key: _lay(cast, press, today, serial, claimant)
            for serial, claimant in enumerate(CLAIMANTS, start=1)
        }
        cast.journal.counts["certificates_submitted"] += sum(len(each.certificates) for each in CLAIMANTS)
    return holders


def _lay(cast: Cast, press: Press, today: date, serial: int, claimant: Claimant) -> Holder:
    citizen = cast.citizen(claimant.person)
    printed = [
        press.print(
            claimant.person,
            CLAIM_BODY,
            claimant.issued_on(days_ago, today),
            level=level,
            occupation_code=occupation,
        )
        for occupation, level, days_ago in claimant.certificates
    ]
    network_ids = tuple(cast.sandbox.enter(each.entered() for each in printed))
    reported = tuple(citizen.report(each) for each in printed)
    card = bank_card(serial)
    holder = ("旁样人", None) if claimant.key == _BORROWED else (claimant.person.name, claimant.person.number)
    cast.sandbox.open_account(card, *holder)
    return Holder(claimant, citizen, reported, network_ids, citizen.open_account(card), card)


def wait_for_claimants(cast: Cast, holders: Holders) -> None:
    """Until all certificates are archived and sealed and the bank has spoken of all accounts."""
    with cast.journal.step("证书经评价工作网核实、归档并封存；银行核对户名：一人所填账户属于他人"):
        cast.stack.wake_worker()
        for holder in holders.values():
            for place, _ in enumerate(holder.certificate_ids):
                holder.record(place)
            expected = "holder_differs" if holder.claimant.key == _BORROWED else "matched"
            outcome = holder.account_outcome()
            require(outcome == expected, f"账户核对应为 {expected}，实为 {outcome}")
        wait_until_sealed(cast)


def wait_until_sealed(cast: Cast) -> dict[str, Any]:
    """The log's status once no entry waits to be sealed."""
    cast.stack.wake_worker()
    status: dict[str, Any] = until(
        lambda: cast.lookup.caller.get("/v1/log/status").expect(200).body,
        lambda shown: shown["waiting"] == 0,
        "档案应在承诺时限内封存",
    )
    return status
