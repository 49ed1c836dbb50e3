"""What a demo or a test steers the sandbox's bank with, and its books; the real bank has none of these."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from app.sandbox.bank import AccountNumber, BankCounter, HolderName, StatementFaults
from app.sandbox.bank_ledger import USUAL_TAILS, Account, AccountState, Ledger, Order, order_wire
from app.sandbox.bank_notices import BankNotifier
from app.sandbox.certificate_pushes import PushTarget
from app.sandbox.desk import answered_at

RejectCode = Literal[
    "account_closed", "account_unknown", "account_frozen", "holder_differs", "limit_exceeded", "other"
]
Tail = Annotated[str, Field(pattern=r"^[0-9A-Z]{1,8}$")]
InstructionId = Annotated[str, Field(min_length=1, max_length=64)]


class BankSetting(BaseModel):
    """How the bank works; the whole of it is replaced, and what is left out is as at the start.

    ``settle_after_seconds``: 0 in the reply itself, null not before ``/sandbox/bank/settle``. ``reject_tails``: what
    becomes of accounts nobody registered. ``notices_repeated``: every notice is pushed twice. ``today``: its day.
    """

    model_config = ConfigDict(extra="forbid")

    settle_after_seconds: Annotated[float | None, Field(ge=0, le=3_600)] = 0.0
    reject_tails: dict[Tail, RejectCode] = Field(default_factory=lambda: dict(USUAL_TAILS))  # type: ignore[arg-type]
    notices_repeated: bool = False
    today: date | None = None


class AccountIn(BaseModel):
    """An account to open, or to change."""

    model_config = ConfigDict(extra="forbid")

    account_number: AccountNumber
    holder_name: HolderName
    holder_number: Annotated[str | None, Field(pattern=r"^[0-9A-Z]{15,18}$")] = None
    state: AccountState = "open"


class AccountsIn(BaseModel):
    """Up to 10,000 accounts in one request."""

    model_config = ConfigDict(extra="forbid")

    accounts: Annotated[list[AccountIn], Field(min_length=1, max_length=10_000)]


class FaultsIn(BaseModel):
    """What daily files get wrong from now on, by instruction id; ``strangers``: how many lines of nobody's."""

    model_config = ConfigDict(extra="forbid")

    omitted: set[InstructionId] = set()
    repeated: set[InstructionId] = set()
    flipped: set[InstructionId] = set()
    amounts_fen: dict[InstructionId, Annotated[int, Field(ge=1, le=100_000_000_000)]] = {}
    strangers: Annotated[int, Field(ge=0, le=1_000)] = 0


class BankControls:
    """Sets the bank's ways, opens accounts, shows the books."""

    def __init__(self, ledger: Ledger, counter: BankCounter, notifier: BankNotifier) -> None:
        self._ledger = ledger
        self._counter = counter
        self._notifier = notifier

    def router(self) -> APIRouter:
        """The routes."""
        routes = APIRouter(prefix="/sandbox/bank")
        routes.add_api_route("", self.set, methods=["PUT"])
        routes.add_api_route("/accounts", self.open_accounts, methods=["POST"])
        routes.add_api_route("/settle", self.settle, methods=["POST"])
        routes.add_api_route("/notice-target", self.set_target, methods=["PUT"])
        routes.add_api_route("/statement-faults", self.set_faults, methods=["PUT"])
        routes.add_api_route("/instructions/{instruction_id}:contradict", self.contradict, methods=["POST"])
        routes.add_api_route("/ledger", self.books, methods=["GET"])
        routes.add_api_route("/ledger/{instruction_id}", self.one, methods=["GET"])
        return routes

    async def set(self, setting: BankSetting) -> BankSetting:
        """Work so from now on; orders taken before keep their time."""
        self._ledger.settle_after_seconds = setting.settle_after_seconds
        self._ledger.tails = dict(setting.reject_tails)
        self._ledger.set_today(setting.today)
        self._notifier.repeats = setting.notices_repeated
        return setting

    async def open_accounts(self, given: AccountsIn) -> dict[str, int]:
        """Let these accounts exist."""
        for account in given.accounts:
            self._ledger.register(
                account.account_number,
                Account(
                    holder_name=account.holder_name,
                    holder_number=account.holder_number,
                    state=account.state,
                ),
            )
        return {"registered": len(given.accounts)}

    async def settle(self) -> dict[str, int]:
        """End all that is only accepted."""
        return {"ended": self._ledger.settle_due(all_of_them=True)}

    async def set_target(self, target: PushTarget) -> PushTarget:
        """Push ends to ``url`` from now on; null ends it."""
        self._notifier.target = target
        return target

    async def set_faults(self, faults: FaultsIn) -> FaultsIn:
        """Get the daily files wrong like this."""
        self._counter.faults = StatementFaults(**faults.model_dump())
        return faults

    async def contradict(self, instruction_id: str) -> dict[str, str]:
        """Push a notice, rightly signed, that an ended instruction ended the other way; the books stay as they are."""
        order = self._order(instruction_id)
        if order.ended_at is None:
            raise HTTPException(409, "该指令尚未到达终态")
        wire = order_wire(order, f"{self._ledger.evidence_of(order)}-x")
        other = "rejected" if order.outcome == "settled" else "settled"
        wire = {name: value for name, value in wire.items() if name not in {"settled_at", "reject_code"}}
        end = {"reject_code": "other"} if other == "rejected" else {"settled_at": answered_at()}
        self._notifier.push({**wire, **end, "outcome": other, "answered_at": answered_at()})
        return {"pushed": other}

    async def books(self, offset: int = 0, limit: int = 100) -> dict[str, Any]:
        """Totals, instructions that moved money more than once (never any), and orders from ``offset`` on."""
        times = self._ledger.times_posted()
        orders = list(self._ledger.orders.values())[max(offset, 0) :][: max(0, min(limit, 20_000))]
        return {
            "totals": self._ledger.totals(),
            "paid_more_than_once": sorted(each for each, count in times.items() if count > 1),
            "instructions": [_shown(order, times.get(order.instruction_id, 0)) for order in orders],
        }

    async def one(self, instruction_id: str) -> dict[str, Any]:
        """One order with the number of times it came and of times it moved money."""
        order = self._order(instruction_id)
        return _shown(order, self._ledger.times_posted().get(instruction_id, 0))

    def _order(self, instruction_id: str) -> Order:
        order = self._ledger.orders.get(instruction_id)
        if order is None:
            raise HTTPException(404)
        return order


def _shown(order: Order, times_paid: int) -> dict[str, Any]:
    return {
        "instruction_id": order.instruction_id,
        "amount_fen": order.amount_fen,
        "account_tail": order.account_number[-4:],
        "purpose": order.purpose,
        "outcome": order.outcome,
        "reject_code": order.reject_code,
        "ended_at": None if order.ended_at is None else order.ended_at.isoformat(timespec="milliseconds"),
        "received": order.received,
        "times_paid": times_paid,
    }
