"""Province and industry codes inside 16-digit 职业资格证书 numbers: a table of the former labor ministry's own.

Not GB/T 2260 (10 is Jiangsu here). Only the rows that a text confirms are packaged: see ``data/README.md``.
"""

from dataclasses import dataclass
from functools import cache

from app.reference.occupations import Confidence
from app.reference.packaged import read_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationRegion:
    """A province or an industry. ``division_prefix`` is the two GB/T 2260 digits of the same province, if it is one."""

    code: str
    name: str
    is_industry: bool
    division_prefix: str | None
    source: str
    confidence: Confidence


@cache
def _regions() -> dict[str, QualificationRegion]:
    return {
        row["code"]: QualificationRegion(
            code=row["code"],
            name=row["name"],
            is_industry=row["kind"] == "industry",
            division_prefix=row["division_prefix"] or None,
            source=row["source"],
            confidence=Confidence(row["confidence"]),
        )
        for row in read_rows("qualification_regions.csv")
    }


def find_qualification_region(code: str) -> QualificationRegion | None:
    """The province or industry with this two-digit code; None when the packaged part of the table lacks it."""
    return _regions().get(code)
