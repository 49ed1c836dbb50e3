"""The chapter of claims, in the order in which the money goes."""

from collections import Counter
from dataclasses import dataclass, field

from app.demo.actors.institution import InstitutionActor
from app.demo.check.cast import Cast
from app.demo.check.claim_cast import ClaimPlay, open_offices
from app.demo.check.claim_classes import claim_for_classes, open_trainees_accounts, refuse_without_record
from app.demo.check.claim_earlier import import_earlier, meet_earlier
from app.demo.check.claim_employer import advance_money, claim_unsealed, found_enterprise, judge_employer
from app.demo.check.claim_gate import try_sql
from app.demo.check.claim_messages import look_for_unclaimed, name_address, read_messages
from app.demo.check.claim_notice import object_and_clear, publish
from app.demo.check.claim_payment import pay
from app.demo.check.claim_people import Holders, lay_claimants, wait_for_claimants
from app.demo.check.claim_recovery import recover
from app.demo.check.claim_refusals import evaluate_revoked, refuse_at_desk, refuse_claims, refuse_moved
from app.demo.check.claim_steps import appeal, decide_claims, file_claims
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import Classes
from app.demo.journal import require

CLAUSES_MIN = 12
"""Different clauses for which claims have to be refused."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was begun early, so that the worker is through with it when the chapter begins."""

    holders: Holders
    enterprise: InstitutionActor
    listings: list[str]
    earlier_import: str
    vouchers: list[str] = field(default_factory=list)


def begin_claims(cast: Cast) -> Ahead:
    """Claimants with certificates and accounts, an enterprise with listings, benefits paid before."""
    holders = lay_claimants(cast)
    enterprise, listings = found_enterprise(cast)
    return Ahead(holders, enterprise, listings, import_earlier(cast, holders))


def play_claims(cast: Cast, directory: Directory, classes: Classes, ahead: Ahead) -> None:
    """Claims of every kind and what becomes of them."""
    wait_for_claimants(cast, ahead.holders)
    play = open_offices(cast, ahead.holders)
    play.vouchers.extend(ahead.vouchers)
    name_address(play)
    open_trainees_accounts(play)
    file_claims(play)
    refuse_at_desk(play)
    meet_earlier(play, ahead.earlier_import)
    refuse_claims(play)
    evaluate_revoked(play)
    decide_claims(play)
    claim_for_classes(play, directory, classes)
    refuse_without_record(play, directory, classes)
    unsealed = claim_unsealed(play, ahead.enterprise, ahead.listings)
    advance_money(play, ahead.enterprise, directory, classes)
    judge_employer(play, unsealed)
    publish(play)
    object_and_clear(play)
    appeal(play)
    refuse_moved(play)
    pay(play)
    recover(play)
    try_sql(play)
    read_messages(play)
    look_for_unclaimed(play)
    count_claims(play)
    with cast.journal.step(f"拒绝所依据的条款不少于 {CLAUSES_MIN} 种"):
        require(len(cast.journal.clauses) >= CLAUSES_MIN, f"依据：{cast.journal.clauses}")


def count_claims(play: ClaimPlay) -> None:
    """All claims of the area, by kind and state."""
    with play.cast.journal.step("辖区内全部申领按种类和状态计数；列表不含个人信息"):
        listed = play.review.caller.get("/v1/claims", limit="200").expect(200)
        counted = Counter(f"{each['kind']}:{each['state']}" for each in listed["items"])
        require(listed["next_cursor"] is None and counted, f"一页之内：{listed['next_cursor']}")
        play.cast.journal.claims.update(counted)
