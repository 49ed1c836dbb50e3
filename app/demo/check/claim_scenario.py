"""The chapter of claims, in the order in which the money goes."""

from app.demo.check.cast import Cast
from app.demo.check.claim_cast import open_offices
from app.demo.check.claim_notice import object_and_clear, publish
from app.demo.check.claim_payment import pay
from app.demo.check.claim_people import Holders, wait_for_claimants
from app.demo.check.claim_refusals import evaluate_revoked, refuse_at_desk, refuse_claims
from app.demo.check.claim_steps import appeal, decide_claims, file_claims
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import Classes


def play_claims(cast: Cast, directory: Directory, classes: Classes, holders: Holders) -> None:
    """Claims of every kind and what becomes of them."""
    wait_for_claimants(cast, holders)
    play = open_offices(cast, holders)
    file_claims(play)
    refuse_at_desk(play)
    refuse_claims(play)
    evaluate_revoked(play)
    decide_claims(play)
    publish(play)
    object_and_clear(play)
    appeal(play)
    pay(play)
