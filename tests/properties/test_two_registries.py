"""Every order in which two registries can ask, answer, confirm, expire and pay: at most one pays, and one can.

The model holds what the tables hold; the answers are the rule's own (``attest``). Breadth first over all states.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.exchange.peers.rules import Asked, OtherHold, Standing, Use, attest
from app.exchange.peers.states import Attesting

NAMES = ("a", "b")
FILED = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Side:
    """One registry: has it filed, been answered, been confirmed, paid; and the hold it gave to the other."""

    filed_at: int | None = None
    answer: str = ""
    answer_counts: bool = False
    is_confirmed: bool = False
    is_paid: bool = False
    gave: str = ""


World = tuple[Side, Side]


def put(world: World, place: int, side: Side) -> World:
    return (side, world[1]) if place == 0 else (world[0], side)


def instant(order: int) -> datetime:
    return FILED + timedelta(days=order)


def moves(world: World, orders: tuple[int, int], *, is_careful: bool) -> Iterator[World]:
    """What can happen next: any message may be lost (then nothing happens), repeated, or come late."""
    for place in (0, 1):
        own, other = world[place], world[1 - place]
        if own.filed_at is None and own.gave not in {"open", "confirmed"}:
            yield put(world, place, replace(own, filed_at=orders[place]))
        if own.filed_at is not None and not own.is_paid and not own.is_confirmed:
            yield from _ask(world, place, is_careful=is_careful)
        if (
            own.answer == Attesting.NOT_CLAIMED
            and not own.is_confirmed
            and other.gave in {"open", "confirmed"}
        ):
            confirmed = put(world, 1 - place, replace(other, gave="confirmed"))
            yield confirmed  # the acknowledgment is lost
            yield put(confirmed, place, replace(own, is_confirmed=True))
        if own.gave == "open":
            yield put(world, place, replace(own, gave="expired"))
        if own.answer_counts:
            # Our own copy of the other's answer runs out by our clock, whenever that is.
            yield put(world, place, replace(own, answer_counts=False))
        if own.is_confirmed and not own.is_paid and not (is_careful and own.gave in {"open", "confirmed"}):
            yield put(world, place, replace(own, is_paid=True))


def _ask(world: World, place: int, *, is_careful: bool) -> Iterator[World]:
    own, other = world[place], world[1 - place]
    assert own.filed_at is not None
    uses = ()
    if other.filed_at is not None:
        is_promised = other.is_confirmed or (other.answer == Attesting.NOT_CLAIMED and other.answer_counts)
        uses = (Use(instant(other.filed_at), is_spent=other.is_paid, is_promised=is_promised),)
    holds = (OtherHold(True, True, False),) if other.gave == "confirmed" else ()
    asked = Asked(instant(own.filed_at), NAMES[place])
    said = attest(Standing(uses, holds), asked, issuer=NAMES[1 - place])
    told = world
    if not is_careful:
        said = Attesting.NOT_CLAIMED
    if said is Attesting.NOT_CLAIMED:
        told = put(world, 1 - place, replace(other, gave="open"))
    yield told  # the answer is lost
    yield put(told, place, replace(told[place], answer=said, answer_counts=said is Attesting.NOT_CLAIMED))


def reachable(orders: tuple[int, int], *, is_careful: bool = True) -> set[World]:
    start: World = (Side(), Side())
    seen, edge = {start}, [start]
    while edge:
        edge = [
            after
            for world in edge
            for after in moves(world, orders, is_careful=is_careful)
            if after not in seen
        ]
        edge = list(dict.fromkeys(edge))
        seen.update(edge)
    return seen


def test_at_most_one_of_two_registries_pays_in_any_order() -> None:
    """Whoever filed first, at the same instant too, and whatever is lost, repeated or late."""
    for orders in ((1, 2), (2, 1), (1, 1)):
        worlds = reachable(orders)
        assert len(worlds) > 100
        assert not [world for world in worlds if world[0].is_paid and world[1].is_paid]
        assert {(world[0].is_paid, world[1].is_paid) for world in worlds} >= {(True, False), (False, True)}


def test_of_two_that_ask_at_once_the_earlier_goes_on() -> None:
    """Both compare the same pairs, so exactly one gives way, at the same instant too."""
    for orders in ((1, 2), (2, 1), (1, 1)):
        said = [
            attest(
                Standing((Use(instant(orders[1 - place]), False, False),), ()),
                Asked(instant(orders[place]), NAMES[place]),
                issuer=NAMES[1 - place],
            )
            for place in (0, 1)
        ]
        assert sorted(said) == [Attesting.NOT_CLAIMED, Attesting.PENDING_THERE]


def test_registries_that_give_way_to_nobody_and_heed_no_hold_pay_twice() -> None:
    """The model can fail."""
    worlds = reachable((1, 2), is_careful=False)
    assert [world for world in worlds if world[0].is_paid and world[1].is_paid]
