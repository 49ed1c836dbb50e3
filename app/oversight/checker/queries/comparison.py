"""A comparison: one statement that is empty while rows agree, and how its rows are told."""

from dataclasses import dataclass

from app.oversight.checker.states import Part


@dataclass(frozen=True, slots=True)
class Comparison:
    """``rows`` gives ``place`` and whatever ``message`` names in braces; ``kind`` is a stable English code."""

    part: Part
    kind: str
    message: str
    rows: str
