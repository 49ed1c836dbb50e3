"""How much faster a 10,000-row workbook is read, all guards on, than by openpyxl in read-only mode.

Both are measured in this process, taking turns, on the same bytes. Goal: at least 4 times. Two writers are measured,
because openpyxl itself reads texts kept in the cells (as it writes them) slower than shared ones (as Excel does).

    python scripts/bench/xlsx_reading.py [--rounds 7] [--json]
"""

import argparse
import io
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
import xlsxwriter

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.files.limits import CODE_LIST
from app.files.tabular import read_table_blocking

ROWS = 10_000
GOAL = 4.0


def rows() -> Iterable[list[object]]:
    """Ten columns as a list of trainees has them: texts, long numbers as text, numbers."""
    for index in range(ROWS):
        yield [
            f"测{index}", f"11010519491001{index:04d}", f"138{index:08d}", "退役军人", "男", f"A{index:08d}",
            index, index * 1.5, f"备注{index % 7}", "2026-01-05",
        ]  # fmt: skip


def cells_with_texts() -> bytes:
    """Written by openpyxl in write-only mode: texts inside the cells."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("S")
    for row in rows():
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def shared_texts() -> bytes:
    """Written by XlsxWriter: a table of shared texts, as Excel and WPS write."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet("S")
        for index, row in enumerate(rows()):
            sheet.write_row(index, 0, row)
    return buffer.getvalue()


def ours(data: bytes) -> list[list[object]]:
    """The product: sniff, guard, child process, rows."""
    return [list(row) for row in read_table_blocking(data, limits=CODE_LIST).sheets[0].rows]


def floor(data: bytes) -> list[list[object]]:
    """openpyxl, read-only, values only; no guard of any kind."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def seconds(read: Callable[[bytes], list[list[object]]], data: bytes) -> float:
    """Wall time of one read; checks that all rows came."""
    started = time.perf_counter()
    got = read(data)
    took = time.perf_counter() - started
    assert len(got) == ROWS
    assert got[-1][0] == f"测{ROWS - 1}"
    return took


def main() -> int:
    """Print both times and their ratio; exit 1 when a median ratio misses the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = []
    for name, make in (("cells_with_texts", cells_with_texts), ("shared_texts", shared_texts)):
        data = make()
        assert ours(data)[-1][1] == floor(data)[-1][1]
        pairs = [(seconds(ours, data), seconds(floor, data)) for _ in range(options.rounds)]
        mine, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        results.append(
            {
                "file": name,
                "bytes": len(data),
                "guarded_seconds": {"min": min(mine), "median": statistics.median(mine)},
                "openpyxl_read_only_seconds": {"min": min(theirs), "median": statistics.median(theirs)},
                "ratio": {
                    "min": min(theirs) / min(mine),
                    "median": statistics.median(theirs) / statistics.median(mine),
                },
            }
        )
    if options.json:
        print(json.dumps({"goal": GOAL, "results": results}, indent=2))
    else:
        for result in results:
            guarded, openpyxl_ro, ratio = (
                result[key] for key in ("guarded_seconds", "openpyxl_read_only_seconds", "ratio")
            )
            print(
                f"{result['file']:<18} {result['bytes']:>8} B  guarded {guarded['min']:.3f}/{guarded['median']:.3f} s  "
                f"openpyxl {openpyxl_ro['min']:.3f}/{openpyxl_ro['median']:.3f} s  "
                f"ratio {ratio['min']:.2f}/{ratio['median']:.2f} (min/median, goal {GOAL:.0f})"
            )
    return 0 if all(result["ratio"]["median"] >= GOAL for result in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
