"""Coalesced questions: each gets its own answer, none is forgotten, nobody suffers for another's fault or departure."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from app.db.coalescer import Coalescer

pytestmark = pytest.mark.anyio


@dataclass
class Line:
    """A connection as the coalescer sees one, and what passed over it."""

    batches: list[list[int]] = field(default_factory=list)
    is_lost: bool = False
    opened: int = 0

    def is_closed(self) -> bool:
        return self.is_lost

    def terminate(self) -> None:
        self.is_lost = True

    async def close(self, **_: float) -> None:
        self.is_lost = True


def coalescer(
    line: Line, *, lanes: int = 1, batch_max: int = 8, draw: random.Random | None = None
) -> Coalescer[int, int]:
    """Doubles numbers; a multiple of 7 is refused for its data, one of 1000 loses the connection."""

    async def connect() -> Any:
        line.opened += 1
        line.is_lost = False
        return line

    async def answer_all(_: Any, questions: Sequence[int]) -> list[int]:
        line.batches.append(list(questions))
        for _ in range(draw.randrange(4) if draw else 1):
            await asyncio.sleep(0)
        if any(question and question % 1000 == 0 for question in questions):
            raise asyncpg.ConnectionDoesNotExistError("lost")
        if any(question % 7 == 0 for question in questions):
            raise asyncpg.CheckViolationError("refused")
        return [question * 2 for question in questions]

    return Coalescer(connect, answer_all, lanes=lanes, batch_max=batch_max)


async def test_whoever_is_alone_does_not_wait_and_a_crowd_leaves_together() -> None:
    line = Line()
    asking = coalescer(line, batch_max=64)
    assert await asking.ask(1) == 2
    assert await asyncio.gather(*(asking.ask(1 + 7 * n) for n in range(40))) == [
        2 + 14 * n for n in range(40)
    ]
    assert [len(batch) for batch in line.batches] == [1, 40]
    assert line.opened == 1
    await asking.close()


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("lanes", [1, 3])
async def test_no_question_is_left_waiting(seed: int, lanes: int) -> None:
    """Arrivals, departures, refusals and lost connections in any order; a lost wake-up would be a timeout."""
    draw = random.Random(seed)  # noqa: S311 - repeatable on purpose
    line = Line()
    asking = coalescer(line, lanes=lanes, draw=draw)

    async def one(number: int) -> tuple[int, Any]:
        for _ in range(draw.randrange(6)):
            await asyncio.sleep(0)
        task = asyncio.ensure_future(asking.ask(number))
        if draw.random() < 0.2:
            for _ in range(draw.randrange(3)):
                await asyncio.sleep(0)
            task.cancel()
        try:
            return number, await task
        except asyncio.CancelledError:
            return number, "gone"
        except (asyncpg.CheckViolationError, ConnectionError) as refusal:
            return number, type(refusal).__name__

    async with asyncio.timeout(20):
        answers = await asyncio.gather(*(one(number) for number in range(1, 400)))
        await asking.close()
    lost = {each for batch in line.batches if any(n % 1000 == 0 for n in batch) for each in batch}
    for number, said in answers:
        allowed = {"gone", 2 * number if number % 7 else "CheckViolationError"}
        assert said in (allowed | {"ConnectionError"} if number in lost else allowed), number
    asked = {each for batch in line.batches for each in batch}
    assert {number for number, said in answers if said != "gone"} <= asked, "an answer without its question"


async def test_one_refused_question_leaves_the_others_answered() -> None:
    asking = coalescer(Line(), batch_max=64)
    told = await asyncio.gather(*(asking.ask(number) for number in range(1, 15)), return_exceptions=True)
    refused = [number for number, said in enumerate(told, 1) if isinstance(said, asyncpg.CheckViolationError)]
    assert refused == [7, 14]
    assert [said for said in told if isinstance(said, int)] == [2 * n for n in range(1, 15) if n % 7]
    await asking.close()


async def test_a_lost_connection_is_said_and_the_next_question_opens_another() -> None:
    line = Line()
    asking = coalescer(line)
    with pytest.raises(ConnectionError):
        await asking.ask(1000)
    assert await asking.ask(5) == 10
    assert line.opened == 2
    await asking.close()
    with pytest.raises(ConnectionError):
        await asking.ask(5)


async def test_whoever_has_left_before_the_departure_is_not_asked_about() -> None:
    """No answer leaves, so no trace may say that one did."""
    line = Line()
    asking = coalescer(line)
    first = asyncio.ensure_future(asking.ask(1))
    await asyncio.sleep(0)
    gone, other = asyncio.ensure_future(asking.ask(2)), asyncio.ensure_future(asking.ask(3))
    await asyncio.sleep(0)
    gone.cancel()
    assert await asyncio.gather(first, other) == [2, 6]
    assert line.batches in ([[1], [3]], [[1, 3]])
    await asking.close()
