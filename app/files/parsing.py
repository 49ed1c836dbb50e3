"""Start the parsing child, feed it, and turn its end (also a violent one) into rows or a refusal."""

import subprocess
import sys
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any, Self

import orjson
import python_calamine

from app.files.limits import ImportLimits
from app.files.reasons import known_codes, refusal

_CHILD = Path(__file__).with_name("child.py")
_FOLDERS = sorted({str(Path(module.__file__ or "").parents[1]) for module in (python_calamine, orjson)})


class ParserProcess:
    """One child for one file. Entering starts it, so its imports overlap with the guards of the caller."""

    def __init__(self, limits: ImportLimits) -> None:
        self._limits = limits

    def __enter__(self) -> Self:
        limits = self._limits
        numbers = (
            limits.memory_bytes,
            limits.cpu_seconds,
            limits.max_lines,
            limits.max_columns,
            limits.max_rows + limits.extra_rows,
        )
        # stderr is dropped: a parser's last words may quote cells, and cells are personal data.
        self._child = subprocess.Popen(  # noqa: S603 - our own script, arguments are numbers and folders
            [sys.executable, "-I", "-S", str(_CHILD), *map(str, numbers), *_FOLDERS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        child = self._child
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        child.wait()

    def parse(self, workbook: bytes) -> list[dict[str, Any]]:
        """The sheets of ``workbook`` as the child answers them; raises ``InvalidInput`` when there are none
        to have.

        The child reads all of its input before it writes, so plain blocking pipes cannot dead-lock.
        """
        child, limits = self._child, self._limits
        assert child.stdin is not None  # both are pipes by construction
        assert child.stdout is not None
        watchdog = Timer(limits.wall_seconds, child.kill)
        watchdog.start()
        try:
            try:
                child.stdin.write(workbook)
                child.stdin.close()
            except BrokenPipeError:
                pass
            answer = child.stdout.read()
            status = child.wait()
        finally:
            watchdog.cancel()
        if status != 0 or not answer:
            # Aborted (an allocation beyond RLIMIT_AS), out of processor time, or killed by the watchdog.
            raise refusal("reading_exhausted", limits)
        told = orjson.loads(answer)
        code = told.get("error")
        if code is not None:
            raise refusal(
                code if code in known_codes() else "workbook_damaged", limits, sheet=told.get("sheet")
            )
        sheets: list[dict[str, Any]] = told["sheets"]
        return sheets
