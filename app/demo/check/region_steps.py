"""Two regions and one person who has claimed in both: one asks, is told no and pays; the other keeps the place."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.access.tokens import PublicKey, StatementKeys
from app.db.roles import DatabaseRole
from app.demo.actors.claim_office import PaymentOfficer
from app.demo.client import Answer, Api, Caller, until
from app.demo.ground import Demo
from app.demo.journal import Journal, require
from app.demo.sql import SqlDoor
from app.exchange.peers.states import STATEMENT_TYPE
from app.kernel.clock import parse_instant, utc_now

_SAME = "payable"
"""The state in which both provinces have a claim of the same person for the same occupation and level."""
_OTHER = "approved"
_NEXT_TRY = timedelta(minutes=1)
_HURRY_S = 1.5
_HELD_MOST = timedelta(hours=72)
_CLAIM = "SELECT person_id, claim_id, submitted_at FROM registry.claim WHERE claim_id = $1"
_DOOR = "SELECT registry.instruct_payment($1, $2, gen_random_uuid(), gen_random_uuid())"


@dataclass(frozen=True, slots=True)
class Region:
    """One registry with its officers; ``claims`` is one claim of each state as filled in."""

    name: str
    demo: Demo
    api: Api
    payment: PaymentOfficer
    lookup: Caller
    claims: Mapping[str, Mapping[str, Any]]
    budget_id: str
    sql: SqlDoor

    @classmethod
    def of(
        cls,
        name: str,
        demo: Demo,
        api: Api,
        officers: Mapping[str, Caller],
        notes: Mapping[str, Any],
    ) -> "Region":
        """Whose province is filled in."""
        return cls(
            name=name,
            demo=demo,
            api=api,
            payment=PaymentOfficer(officers["payment.zj"]),
            lookup=officers["lookup.hz"],
            claims={claim["state"]: claim for claim in notes["claims"]},
            budget_id=notes["budgets"][0]["budget_id"],
            sql=SqlDoor(demo.settings),
        )

    @property
    def claim_id(self) -> str:
        """The claim that the other region has, too."""
        found: str = self.claims[_SAME]["claim_id"]
        return found

    def attested(self, claim_id: str) -> Answer:
        """未申领证明 of a claim, as it stands."""
        return self.payment.caller.get(f"/v1/claims/{claim_id}/attestations").expect(200)

    def ask(self, claim_id: str) -> None:
        """Ask whoever must be asked; the worker does it."""
        self.payment.caller.post(f"/v1/claims/{claim_id}/attestations").expect(201)

    def order(self, claim_id: str) -> str:
        """Order one claim to be paid; returns the order."""
        order_id: str = self.payment.order(self.budget_id, [claim_id]).expect(201)["order_id"]
        return order_id

    def wait_until_held_up(self, order_id: str, claim_id: str, why: str) -> None:
        """Raises Unexpected unless the payment is tried and waits for that reason."""
        line = until(
            lambda: self.payment.lines(order_id)[claim_id],
            lambda found: found["waits_for"] == why,
            f"应因 {why} 等候",
        )
        require(line["state"] == "ordered", f"没有付出：{line}")

    def hurried(self, order_id: str, claim_id: str) -> str:
        """The state of a payment; unless it is paid, what waits for its time has waited a minute more on return."""
        state: str = self.payment.lines(order_id)[claim_id]["state"]
        if state != "paid":
            self.demo.clock.advance(_NEXT_TRY)
            self.demo.stack.wake_worker()
            time.sleep(_HURRY_S)
        return state

    def said(self, statement: str, audience: str) -> dict[str, Any]:
        """What it signed for ``audience``, under the keys that it publishes. Raises when it does not hold."""
        keys = self.api.get("/.well-known/jwks.json").expect(200)["keys"]
        reader = StatementKeys(self.api.base_url, [PublicKey(jwk) for jwk in keys])
        claims = reader.read(statement, typ=STATEMENT_TYPE, now=utc_now())
        require(claims["aud"] == audience, f"声明只给提问方：{claims['aud']}")
        return claims


def play_regions(one: Region, other: Region, journal: Journal) -> None:
    """Who filed first asks and pays; the other answers, and may not pay meanwhile."""
    asker, answerer = sorted((one, other), key=_filed_at)
    _be_told_no(asker, answerer, journal)
    kept_order = _keep_the_place(answerer, journal)
    order_id = _find_nobody(asker, answerer, journal)
    _confirm_then_pay(asker, answerer, journal, order_id)
    _never_pay_twice(asker, answerer, journal, kept_order)


def _filed_at(region: Region) -> Any:
    return region.sql.row(_CLAIM, UUID(region.claim_id))["submitted_at"]


def _be_told_no(asker: Region, answerer: Region, journal: Journal) -> None:
    with journal.step(
        f"{asker.name}先受理，向{answerer.name}要未申领证明：对方签名答“未申领”，同时为其保留到载明的时刻"
    ):
        asker.ask(asker.claim_id)
        (said,) = until(
            lambda: asker.attested(asker.claim_id)["attestations"],
            lambda asked: all(each["outcome"] is not None for each in asked),
            "对方应答复",
        )
        claims = answerer.said(said["statement"], asker.api.base_url)
        require(claims["outcome"] == "not_claimed", f"未申领：{claims}")
        held_for = parse_instant(claims["valid_until"]) - parse_instant(claims["answered_at"])
        require(timedelta(0) < held_for <= _HELD_MOST, f"保留期限：{held_for}")
        (kept,) = answerer.attested(answerer.claim_id)["kept_for"]
        require(kept["expires_at"] == said["expires_at"], f"对方的保留：{kept}")
        require(kept["confirmed_at"] is None, f"尚未确认：{kept}")
        journal.counts["attestations_signed"] += 1


def _keep_the_place(answerer: Region, journal: Journal) -> str:
    claim_id = answerer.claim_id
    with journal.step(
        f"保留期间{answerer.name}不能拨付同一人、同一职业、同一等级：拨付单等候，付款角色用 SQL 也付不出去"
    ):
        order_id = answerer.order(claim_id)
        answerer.wait_until_held_up(order_id, claim_id, "held_for_registry")
        row = answerer.sql.row(_CLAIM, UUID(claim_id))
        refused = answerer.sql.attempt(DatabaseRole.PAY_WORKER, _DOOR, row["person_id"], row["claim_id"])
        require(refused == "benefit_not_held_elsewhere", f"应被数据库拒绝，实为 {refused}")
        until(
            lambda: answerer.attested(claim_id)["attestations"],
            lambda asked: any(each["outcome"] == "pending_there" for each in asked),
            "先受理的一方应答复正在办理",
        )
        journal.refusals.update((refused, "held_for_registry", "pending_there"))
    return order_id


def _find_nobody(asker: Region, answerer: Region, journal: Journal) -> str:
    other, same = asker.claims[_OTHER]["claim_id"], asker.claims[_SAME]
    case, holder = same["claim_number"], same["holder"]
    with (
        journal.step(f"{answerer.name}停机：跨地区查询和证明都标明不完整，指名谁没有答复；没有确认就不拨付"),
        answerer.demo.stack.without_server(),
    ):
        asked = {"about": "records", "purpose": "subsidy_review", "case_number": case, **holder}
        found = asker.lookup.post("/v1/other-registries:lookup", asked).expect(200)
        require((found["is_partial"], found["silent"]) == (True, [answerer.name]), found.in_words())
        asker.ask(other)
        shown = asker.attested(other)
        require((shown["is_partial"], shown["silent"]) == (True, [answerer.name]), shown.in_words())
        order_id = asker.order(asker.claim_id)
        asker.wait_until_held_up(order_id, asker.claim_id, "registries_not_asked")
        journal.counts["partial_answers"] += 2
        journal.refusals["registries_not_asked"] += 1
    return order_id


def _confirm_then_pay(asker: Region, answerer: Region, journal: Journal, order_id: str) -> None:
    claim_id = asker.claim_id
    with journal.step(f"{answerer.name}恢复：先取得签名的确认，再付款；付讫后告知对方，对方的保留永久有效"):
        until(
            lambda: asker.hurried(order_id, claim_id),
            lambda state: state == "paid",
            "应付讫",
        )
        (said,) = asker.attested(claim_id)["attestations"]
        require(
            answerer.said(said["confirmation"], asker.api.base_url)["outcome"] == "confirmed", "签名的确认"
        )
        until(
            lambda: answerer.attested(answerer.claim_id)["kept_for"],
            lambda kept: [each["settled_at"] is not None for each in kept] == [True],
            "对方应得知已付讫",
        )
        journal.counts["payments_settled"] += 1


def _never_pay_twice(asker: Region, answerer: Region, journal: Journal, kept_order: str) -> None:
    claim_id = answerer.claim_id
    with journal.step(f"{answerer.name}始终没有付出，取消拨付；两地各自复核没有不一致"):
        answerer.wait_until_held_up(kept_order, claim_id, "held_for_registry")
        why = {"reason": "外省已发放，本地不再拨付"}
        answerer.payment.caller.post(f"/v1/claims/{claim_id}:cancel-payment", why).expect(200)
        for region in (asker, answerer):
            found = region.demo.stack.check()
            require(not found, f"{region.name}复核发现：\n" + "\n".join(found))
