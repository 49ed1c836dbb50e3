"""How much an uploaded table may ask of us, per kind of import.

The sizes follow the assurance notes of this project (5 MiB packed, 50 MiB unpacked, ratio 100, 40 members, a
capped child process); no policy text states them, so refusals that rest on them cite nothing.
"""

from dataclasses import dataclass, replace

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLimits:
    """Bounds of one kind of import; everything beyond them is refused before or while it is read.

    ``max_rows`` counts rows of data, which the rules of that import judge exactly; the reader itself lets
    ``extra_rows`` more non-blank rows pass (titles, totals, other sheets). ``max_lines`` and ``max_columns``
    bound the rectangle that cells may span, blank ones included, because that is what a parser allocates.
    """

    kind: str
    label: str
    max_rows: int
    max_columns: int
    max_lines: int
    extra_rows: int = 200
    max_bytes: int = 5 * MIB
    max_inflated_bytes: int = 50 * MIB
    max_ratio: int = 100
    max_members: int = 40
    memory_bytes: int = 512 * MIB
    cpu_seconds: int = 5
    wall_seconds: float = 10.0


ROSTER = ImportLimits(kind="roster", label="学员名册", max_rows=2_000, max_columns=100, max_lines=20_000)
"""A class roster (学员名册): 2,000 trainees."""

CODE_LIST = ImportLimits(
    kind="code_list",
    label="代码表",
    max_rows=100_000,
    max_columns=100,
    max_lines=200_000,
    max_bytes=20 * MIB,
    max_inflated_bytes=200 * MIB,
    memory_bytes=1536 * MIB,
    cpu_seconds=20,
    wall_seconds=30.0,
)
"""Code lists: 100,000 rows; trusted senders, therefore wider."""

ISSUER_FILE = ImportLimits(
    kind="issuer_file",
    label="证书名单",
    max_rows=100_000,
    max_columns=100,
    max_lines=200_000,
    max_bytes=10 * MIB,
    max_inflated_bytes=200 * MIB,
    memory_bytes=1536 * MIB,
    cpu_seconds=20,
    wall_seconds=30.0,
)
"""Certificates of an issuing body: 100,000 rows, no larger than any upload may be."""

EARLIER_FILE = replace(ISSUER_FILE, kind="earlier_file", label="存量补贴名单")
"""Benefits paid before the registry (存量补贴): 100,000 rows, no larger than any upload may be."""

COMPARISON_WORKBOOK = ImportLimits(
    kind="comparison",
    label="比对名单",
    max_rows=1_048_575,
    max_columns=100,
    max_lines=1_048_576,
    max_bytes=50 * MIB,
    max_inflated_bytes=500 * MIB,
    memory_bytes=4096 * MIB,
    cpu_seconds=90,
    wall_seconds=120.0,
)
"""A list to compare (比对名单) in Excel: as many rows as a sheet has; longer lists come as CSV or NDJSON."""
