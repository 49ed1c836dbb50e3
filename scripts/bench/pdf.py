"""Bench: one page of the record as PDF, warm, against an empty page of typst and the QR code alone in the same run.

python scripts/bench/pdf.py            prints milliseconds and ratios
"""

import json
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import typst

from app.archive.records.states import EntryKind, EntryState
from app.exchange.codes.rules import new_paper_code, qr_svg
from app.exchange.extracts.rules.contents import Holder, Printing, extract_content
from app.exchange.extracts.states import DocumentKind
from app.exchange.extracts.template import installed_fonts, print_now
from app.exchange.shares.rules import ShownEntry

ROUNDS = 200
AT = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


def content(serial: int) -> dict[str, object]:
    """A page of one person; name, numbers and code differ each time, so that nothing is merely remembered."""
    entries = [
        ShownEntry(
            record_number=f"R110105-2026-{serial:08}-5",
            kind=EntryKind.COMPLETION,
            state=EntryState.IN_FORCE,
            superseded_by=None,
            appended_at=AT,
            revoked_at=None,
            title="养老护理员初级技能培训",
            occupation="养老护理员",
            occupation_code="4-10-01-05",
            level="五级/初级工",
            institution=f"示例职业培训学校第{serial}分校",
            starts_on=date(2026, 2, 1),
            ends_on=date(2026, 2, 20),
            planned_minutes=2520,
            credited_minutes=2500,
            outcome="pass",
            score_hundredths=8650,
        )
    ]
    printing = Printing(issued_at=AT, code=new_paper_code(), site="https://registry.example.cn")
    holder = Holder(name=f"阿卜杜热依木·买买提{serial}", number=f"11000019500101{serial % 10000:04}")
    return extract_content(holder, entries, [], printing)


def timed(work: Callable[[int], object]) -> list[float]:
    """Milliseconds of each round, warm."""
    for serial in range(10):
        work(serial)
    taken = []
    for serial in range(10, 10 + ROUNDS):
        started = time.perf_counter()
        work(serial)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def main() -> None:
    """Print one JSON object."""
    with TemporaryDirectory() as folder:
        empty_page = Path(folder) / "empty.typ"
        empty_page.write_text("#sys.inputs.data")
        compiler = typst.Compiler(
            input=str(empty_page), root=folder, font_paths=installed_fonts(), ignore_system_fonts=True
        )
        page = timed(lambda serial: print_now(DocumentKind.RECORD_EXTRACT, content(serial)))
        empty = timed(lambda serial: compiler.compile(format="pdf", sys_inputs={"data": f"页{serial}"}))
        code = timed(
            lambda serial: qr_svg(f"https://registry.example.cn/verify#{serial:04}-9QX4-T0B6-ZC8V-1N5R")
        )
    floor = statistics.median(empty) + statistics.median(code)
    print(
        json.dumps(
            {
                "page_ms": round(statistics.median(page), 1),
                "page_p95_ms": round(statistics.quantiles(page, n=20)[18], 1),
                "empty_page_ms": round(statistics.median(empty), 1),
                "qr_ms": round(statistics.median(code), 1),
                "ratio_to_floor": round(statistics.median(page) / floor, 2),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
