"""Claims of the demo's province, one in every state, each reached by the acts it needs; budgets and an open notice."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.demo.actors.citizen import Citizen
from app.demo.actors.claim_office import ClaimOfficer, PaymentOfficer
from app.demo.actors.sign_in import sign_in_citizen
from app.demo.certificates import Press
from app.demo.claimants import CLAIM_BODY, CLAIMANTS, Claimant, bank_card
from app.demo.client import Api, Caller, Unexpected, until
from app.demo.clock import LawClock
from app.demo.province_data import COUNTY, DICTIONARY_EDITION, OCCUPATION_NAMES, PROVINCE
from app.demo.sandbox_control import SandboxControl
from app.demo.stack import Stack
from app.demo.timetable import at
from app.kernel.clock import law_date

BUDGET_FEN = 50_000_000
_SMALL_FEN = 100
_STATES = {
    "whole": "paid",
    "rejected": "failed",
    "recovered": "payable",
    "elsewhere": "ordered",
    "objected": "noticed",
    "pending": "approved",
    "too_late": "reviewed",
    "too_high": "accepted",
    "downgraded": "supplement_requested",
    "capped": "submitted",
    "appealed": "refused",
    "uninsured": "not_accepted",
    "withdrawn": "withdrawn",
}
"""The story of ``claimants`` whose claim stays in that state; what the bank has in hand passes within seconds."""
_FIRST_NOTICE = ("whole", "rejected", "recovered", "elsewhere")
_BY_KEY = {claimant.key: claimant for claimant in CLAIMANTS}


@dataclass(slots=True)
class FilledClaims:
    """What was filled in, as it goes into ``demo.json``; ``certificates`` are told the network at every start."""

    claims: list[dict[str, Any]] = field(default_factory=list)
    budgets: list[dict[str, Any]] = field(default_factory=list)
    notice_id: str = ""
    objection_receipt: str = ""
    certificates: list[dict[str, Any]] = field(default_factory=list)


def tell_outside(sandbox: SandboxControl) -> None:
    """Let card-holder base and insurance know the claimants: the sandbox forgets from one start to the next."""
    sandbox.register(claimant.person for claimant in CLAIMANTS)
    sandbox.insure(claimant.insurance() for claimant in CLAIMANTS)


class ClaimFilling:
    """Fills claims in; ``filled`` says what there is."""

    def __init__(
        self, *, api: Api, stack: Stack, sandbox: SandboxControl, clock: LawClock, officers: dict[str, Caller]
    ) -> None:
        self.filled = FilledClaims()
        self._api = api
        self._stack = stack
        self._sandbox = sandbox
        self._clock = clock
        self._review = ClaimOfficer(officers["review.zj"])
        self._approval = ClaimOfficer(officers["approval.zj"])
        self._payment = PaymentOfficer(officers["payment.zj"])
        self._citizens: dict[str, Citizen] = {}
        self._records: dict[str, tuple[str, str]] = {}
        self._claims: dict[str, str] = {}

    def file(self) -> None:
        """Certificates, accounts, budgets, and a claim for each story."""
        tell_outside(self._sandbox)
        press = Press(DICTIONARY_EDITION, OCCUPATION_NAMES)
        today = law_date(self._clock.now())
        for serial, key in enumerate(_STATES, start=1):
            self._lay(press, today, serial, _BY_KEY[key])
        self._open_budgets(today)
        for key, (certificate_id, account_id) in self._records.items():
            self._wait_until_ready(key, certificate_id, account_id)
        until(
            lambda: self._review.caller.get("/v1/log/status").expect(200)["waiting"],
            lambda waiting: waiting == 0,
            "档案应封存",
        )
        for key, (certificate_id, account_id) in self._records.items():
            record: str = self._citizens[key].certificate(certificate_id)["archived_as"]
            answer = self._citizens[key].claim(record, account_id=account_id, division_code=COUNTY)
            self._claims[key] = answer.expect(201)["claim_id"]

    def decide(self) -> None:
        """Every claim as far as its story goes; the clock passes one notice, another stays open."""
        review, approval, claims = self._review, self._approval, self._claims
        self._citizens["withdrawn"].with_claim(claims["withdrawn"], "withdraw", reason="改日再办").expect(200)
        review.step(claims["downgraded"], "request-supplement", items=["请补充劳动合同"]).expect(200)
        declined = {"grounds": ["other_agency"], "explanation": "在本地没有参保记录"}
        review.step(claims["uninsured"], "decline", **declined).expect(200)
        approved = (*_FIRST_NOTICE, "objected", "pending")
        for verb, keys in (
            ("accept", (*approved, "appealed", "too_late", "too_high")),
            ("review", (*approved, "appealed", "too_late")),
        ):
            self._all(review, verb, keys)
        self._all(approval, "approve", approved)
        approval.step(claims["appealed"], "refuse").expect(200)
        self._publish_and_pay()
        self._leave_notice_open()

    def note(self) -> None:
        """Write down what there is, by the state it was to be in. Raises Unexpected when one is not."""
        for key, state in _STATES.items():
            shown = self._citizens[key].shown_claim(self._claims[key])
            if shown["state"] != state:
                raise Unexpected(f"申领 {key} 应为 {state}，实为 {shown['state']}")
            whom = _BY_KEY[key].person
            self.filled.claims.append(
                {
                    "state": state,
                    "state_label": shown["state_label"],
                    "claim_id": shown["claim_id"],
                    "claim_number": shown["claim_number"],
                    "record_number": shown["record_number"],
                    "holder": {"name": whom.name, "identity_number": whom.number},
                }
            )

    def _lay(self, press: Press, today: date, serial: int, claimant: Claimant) -> None:
        whom = claimant.person
        citizen = Citizen(sign_in_citizen(self._api, self._sandbox.base_url, whom.number))
        card = bank_card(serial)
        self._sandbox.open_account(card, whom.name, whom.number)
        self._citizens[claimant.key] = citizen
        account_id, reported = citizen.open_account(card), []
        for occupation, level, days_ago in claimant.certificates:
            issued_on = claimant.issued_on(days_ago, today)
            printed = press.print(whom, CLAIM_BODY, issued_on, level=level, occupation_code=occupation)
            self._sandbox.issue(printed)
            self.filled.certificates.append(printed.entered())
            reported.append(citizen.report(printed))
        self._records[claimant.key] = (reported[0], account_id)

    def _wait_until_ready(self, key: str, certificate_id: str, account_id: str) -> None:
        citizen = self._citizens[key]
        until(
            lambda: (citizen.certificate(certificate_id)["archived_as"], citizen.account_check(account_id)),
            all,
            "证书应归档，账户应核对",
        )

    def _open_budgets(self, today: date) -> None:
        for division, source, amount_fen in (
            (PROVINCE, "unemployment_insurance", BUDGET_FEN),
            (PROVINCE, "employment_fund", BUDGET_FEN),
            (COUNTY, "unemployment_insurance", _SMALL_FEN),
        ):
            budget_id = self._payment.open_budget(division, today.year, source, amount_fen)
            self.filled.budgets.append(
                {
                    "budget_id": budget_id,
                    "division_code": division,
                    "funding_source": source,
                    "year": today.year,
                    "allotted_fen": amount_fen,
                }
            )

    def _all(self, officer: ClaimOfficer, verb: str, keys: tuple[str, ...]) -> None:
        lines = officer.steps(verb, [self._claims[key] for key in keys])
        if not all(line["done"] for line in lines):
            raise Unexpected(f"{verb} 没有全部办成：{[line for line in lines if not line['done']]}")

    def _publish_and_pay(self) -> None:
        claims = self._claims
        first = [claims[key] for key in _FIRST_NOTICE]
        made = self._approval.publish("西湖区技能提升补贴第1批公示（演示）", COUNTY, first).expect(201)
        self._clock.advance_to(at(date.fromisoformat(made["ends_on"]) + timedelta(days=1), 9))
        self._stack.run_jobs("clearance")
        rejected = _BY_KEY["rejected"].person
        card = bank_card(list(_STATES).index("rejected") + 1)
        self._sandbox.open_account(card, rejected.name, rejected.number, "closed")
        whole, _, small = (budget["budget_id"] for budget in self.filled.budgets)
        self._payment.order(whole, [claims["whole"], claims["rejected"]]).expect(201)
        # A budget that is exhausted: the order waits, and says why.
        self._payment.order(small, [claims["elsewhere"]]).expect(201)
        for key in ("whole", "rejected"):
            citizen, claim_id = self._citizens[key], claims[key]
            self._wait_for_state(citizen, claim_id, _STATES[key])

    def _wait_for_state(self, citizen: Citizen, claim_id: str, state: str) -> None:
        until(
            lambda: citizen.shown_claim(claim_id)["state"], lambda found: found == state, f"申领应为 {state}"
        )

    def _leave_notice_open(self) -> None:
        claim_ids = [self._claims["objected"]]
        made = self._approval.publish("西湖区技能提升补贴第2批公示（演示）", COUNTY, claim_ids).expect(201)
        self.filled.notice_id = made["notice_id"]
        path = f"/v1/public-notices/{made['notice_id']}/lines/1/objections"
        objection = {"grounds": "听说此人当时不在本地，请核查"}
        self.filled.objection_receipt = self._api.post(path, objection).expect(201)["receipt_code"]
