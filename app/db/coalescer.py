"""Questions that wait together go to the database together (合并查询): one statement, one commit for all of them.

What a look-up costs is the round trip and the commit, not the look-up. So a question that finds the connection free
leaves at once, and those that come while a statement is under way leave together when it is back: no timer, no delay
for whoever is alone. An answer is handed out only after the commit of the statement it came from.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

import asyncpg

Q = TypeVar("Q")
A = TypeVar("A")

_LOST = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, OSError, TimeoutError)

_OF_THE_DATA = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


class Coalescer(Generic[Q, A]):
    """Answers questions in batches over ``lanes`` connections of its own.

    ``answer_all`` runs one statement in autocommit mode and gives an answer for each question, in their order. When it
    fails for a batch because of the data of one question, the questions are asked once more one by one, so that nobody
    suffers for another's. Nothing here looks at what a question is.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[asyncpg.Connection]],
        answer_all: Callable[[asyncpg.Connection, Sequence[Q]], Awaitable[Sequence[A]]],
        *,
        lanes: int = 1,
        batch_max: int = 64,
    ) -> None:
        self._connect = connect
        self._answer_all = answer_all
        self._batch_max = batch_max
        self._free_lanes = lanes
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._idle: list[asyncpg.Connection] = []
        self._flights: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def ask(self, question: Q) -> A:
        """The answer, after its commit. Raises ConnectionError when the database was lost, or what it refused.

        A caller that is canceled before its question left is not asked about at all; afterwards the statement runs on,
        for the others and for the traces it leaves.
        """
        if self._is_closed:
            raise ConnectionError("closed")
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        self._depart()
        return await answer

    async def close(self) -> None:
        """Let what is under way arrive, refuse what waits, and give the connections back."""
        self._is_closed = True
        while self._waiting:
            _, answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(ConnectionError("closed"))
        if self._flights:
            await asyncio.wait(self._flights)
        while self._idle:
            with suppress(*_LOST):
                await self._idle.pop().close(timeout=2)

    def _depart(self) -> None:
        # No flight is started while a lane flies on: it looks at the queue once more before it ends, and between that
        # look and the lane being free nothing else runs, so no question can be left waiting without a flight.
        if self._free_lanes and self._waiting:
            self._free_lanes -= 1
            flight = asyncio.get_running_loop().create_task(self._fly())
            self._flights.add(flight)
            flight.add_done_callback(self._flights.discard)

    async def _fly(self) -> None:
        try:
            while batch := self._next_batch():
                await self._carry(batch)
        finally:
            self._free_lanes += 1

    def _next_batch(self) -> list[tuple[Q, asyncio.Future[A]]]:
        batch: list[tuple[Q, asyncio.Future[A]]] = []
        while self._waiting and len(batch) < self._batch_max:
            waiting = self._waiting.popleft()
            if not waiting[1].done():  # whoever has gone away is not asked about
                batch.append(waiting)
        return batch

    async def _carry(self, batch: list[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._answers([question for question, _ in batch])
        except _OF_THE_DATA as refusal:
            if len(batch) > 1:
                for each in batch:
                    await self._carry([each])
            else:
                _settle(batch[0][1], refusal)
        except BaseException as failure:
            for _, answer in batch:
                _settle(answer, failure if isinstance(failure, Exception) else ConnectionError("closed"))
            if not isinstance(failure, Exception):
                raise
        else:
            for (_, answer), said in zip(batch, answers, strict=True):
                if not answer.done():
                    answer.set_result(said)

    async def _answers(self, questions: list[Q]) -> Sequence[A]:
        connection: asyncpg.Connection | None = None
        try:
            connection = self._idle.pop() if self._idle else await self._connect()
            answers = await self._answer_all(connection, questions)
        except _LOST as failure:
            if connection is not None:
                connection.terminate()
            raise ConnectionError("database connection lost") from failure
        except asyncpg.PostgresError as refusal:
            if connection is None:
                raise ConnectionError("no connection") from refusal
            if not connection.is_closed():
                self._idle.append(connection)
            raise
        except BaseException:
            if connection is not None:
                connection.terminate()
            raise
        self._idle.append(connection)
        return answers


def _settle(answer: asyncio.Future[A], failure: Exception) -> None:
    if not answer.done():
        answer.set_exception(failure)
