"""The sandbox bank's books: whose accounts there are, what was ordered, and each crediting of an account.

An account that nobody registered opens itself for the first who is rightly named with it (a person of the population
with name and number, an institution, or the payee of an instruction) and is that holder's from then on.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Literal

from app.sandbox.population import Population, normalized_name

AccountState = Literal["open", "closed", "frozen"]
End = Literal["settled", "rejected"]
SHANGHAI = timezone(timedelta(hours=8))
USUAL_TAILS = {
    "0000": "account_unknown",
    "9999": "account_closed",
    "7777": "account_frozen",
    "8888": "holder_differs",
}
"""What becomes of an account that nobody registered, by the end of its number."""


@dataclass(slots=True, kw_only=True)
class Account:
    """One account. ``holder_number`` None: only the name is known."""

    holder_name: str = field(repr=False)
    holder_number: str | None = field(repr=False)
    state: AccountState = "open"


@dataclass(slots=True, kw_only=True)
class Order:
    """One instruction and where it stands; ``received`` counts how often it came."""

    instruction_id: str
    amount_fen: int
    account_number: str = field(repr=False)
    holder_name: str = field(repr=False)
    purpose: str
    bank_reference: str
    received: int = 1
    due_at: datetime | None = None
    outcome: Literal["accepted", "settled", "rejected"] = "accepted"
    ended_at: datetime | None = None
    reject_code: str | None = None
    evidence: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """One crediting of an account: money that has moved."""

    instruction_id: str
    amount_fen: int
    account_tail: str
    posted_at: datetime


class Conflict(Exception):
    """Another instruction already has this id."""


class Ledger:
    """Orders and postings in the order of their coming."""

    def __init__(self, people: Population, new_evidence: Callable[[], str]) -> None:
        self.settle_after_seconds: float | None = 0.0
        self.tails = dict(USUAL_TAILS)
        self.ahead = timedelta()
        self.orders: dict[str, Order] = {}
        self.postings: list[Posting] = []
        self.listeners: list[Callable[[Order], None]] = []
        self._people = people
        self._new_evidence = new_evidence
        self._accounts: dict[str, Account] = {}
        self._waiting: dict[str, Order] = {}

    def now(self) -> datetime:
        """The bank's own time, which a demo may shift."""
        return datetime.now(UTC).astimezone(SHANGHAI) + self.ahead

    def set_today(self, today: date | None) -> None:
        """Shift the bank's day to ``today``; None: back to the machine's."""
        self.ahead = timedelta()
        if today is not None:
            self.ahead = today - self.now().date()

    def register(self, number: str, account: Account) -> None:
        """Let this account exist so from now on."""
        self._accounts[number] = account

    def put(
        self, instruction_id: str, *, amount_fen: int, account_number: str, holder_name: str, purpose: str
    ) -> Order:
        """The order under this id, new or as it stands. Raises ``Conflict`` when the id is another order's."""
        held = self.orders.get(instruction_id)
        if held is not None:
            if (held.amount_fen, held.account_number, held.holder_name, held.purpose) != (
                amount_fen,
                account_number,
                holder_name,
                purpose,
            ):
                raise Conflict
            held.received += 1
            self.settle_due()
            return held
        now = self.now()
        order = Order(
            instruction_id=instruction_id,
            amount_fen=amount_fen,
            account_number=account_number,
            holder_name=holder_name,
            purpose=purpose,
            bank_reference=f"B{now:%Y%m%d}{len(self.orders) + 1:08d}",
        )
        if self.settle_after_seconds is not None:
            order.due_at = now + timedelta(seconds=self.settle_after_seconds)
        self.orders[instruction_id] = self._waiting[instruction_id] = order
        self.settle_due()
        return order

    def settle_due(self, *, all_of_them: bool = False) -> int:
        """End the orders whose time has come; returns how many."""
        now = self.now()
        ending = [
            order
            for order in self._waiting.values()
            if all_of_them or (order.due_at is not None and order.due_at <= now)
        ]
        for order in ending:
            del self._waiting[order.instruction_id]
            self._end(order, now)
        return len(ending)

    def verify(self, number: str, holder_name: str, holder_number: str) -> str:
        """Whose account it is, in the words of the contract."""
        refusal = self._refusal(number, holder_name)
        if refusal in {"account_unknown", "account_closed"}:
            return refusal.removeprefix("account_")
        if refusal == "holder_differs":
            return refusal
        account = self._accounts.get(number)
        if account is not None and account.holder_number not in {None, holder_number}:
            return "holder_differs"
        person = self._people.find(holder_number)
        is_person = person is not None and normalized_name(person.name) == normalized_name(holder_name)
        if account is None or account.holder_number is None:
            if not is_person and not _is_credit_code(holder_number):
                return "unknown" if account is None else "holder_differs"
            state = "open" if account is None else account.state
            self.register(number, Account(holder_name=holder_name, holder_number=holder_number, state=state))
        return "matched"

    def evidence_of(self, order: Order) -> str:
        """One id for each state of an order, whoever asks and however often."""
        return order.evidence.setdefault(order.outcome, self._new_evidence())

    def ended_on(self, day: date) -> list[Order]:
        """The orders that ended on the bank's ``day``."""
        return [order for order in self.orders.values() if order.ended_at and order.ended_at.date() == day]

    def totals(self) -> dict[str, dict[str, int]]:
        """Count and fen of each outcome, and of what was posted."""
        found = {name: {"count": 0, "fen": 0} for name in ("accepted", "settled", "rejected", "posted")}
        for order in self.orders.values():
            found[order.outcome]["count"] += 1
            found[order.outcome]["fen"] += order.amount_fen
        found["posted"] = {
            "count": len(self.postings),
            "fen": sum(posting.amount_fen for posting in self.postings),
        }
        return found

    def times_posted(self) -> dict[str, int]:
        """How often each instruction has moved money."""
        times: dict[str, int] = {}
        for posting in self.postings:
            times[posting.instruction_id] = times.get(posting.instruction_id, 0) + 1
        return times

    def _end(self, order: Order, now: datetime) -> None:
        refusal = self._refusal(order.account_number, order.holder_name)
        order.ended_at = now
        if refusal is None:
            order.outcome = "settled"
            self._accounts.setdefault(
                order.account_number, Account(holder_name=order.holder_name, holder_number=None)
            )
            self.postings.append(
                Posting(
                    instruction_id=order.instruction_id,
                    amount_fen=order.amount_fen,
                    account_tail=order.account_number[-4:],
                    posted_at=now,
                )
            )
        else:
            order.outcome, order.reject_code = "rejected", refusal
        for listener in self.listeners:
            listener(order)

    def _refusal(self, number: str, holder_name: str) -> str | None:
        """Why nothing is paid to this account under this name, or None."""
        account = self._accounts.get(number)
        if account is None:
            return next((code for tail, code in self.tails.items() if number.endswith(tail)), None)
        if account.state != "open":
            return f"account_{account.state}"
        if normalized_name(account.holder_name) != normalized_name(holder_name):
            return "holder_differs"
        return None


def order_wire(order: Order, evidence_id: str) -> dict[str, Any]:
    """The state of an order in the contract's words, without the time of the answer."""
    document: dict[str, Any] = {
        "instruction_id": order.instruction_id,
        "outcome": order.outcome,
        "evidence_id": evidence_id,
        "amount_fen": order.amount_fen,
        "bank_reference": order.bank_reference,
    }
    if order.outcome == "settled" and order.ended_at is not None:
        document["settled_at"] = order.ended_at.isoformat(timespec="milliseconds")
    if order.outcome == "rejected":
        document["reject_code"] = order.reject_code
    return document


def _is_credit_code(number: str) -> bool:
    """统一社会信用代码, which no identity number of a synthetic person looks like."""
    return re.fullmatch("[159Y][0-9A-HJ-NPQRTUWXY]{17}", number) is not None and (
        number[0] == "9" or re.search("[A-Z]", number[:17]) is not None
    )
