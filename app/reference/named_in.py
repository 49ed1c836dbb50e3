"""What entries of the small code lists have in common: the text that names them, and from which day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.kernel.errors import Citation


@dataclass(frozen=True, slots=True)
class NamedIn:
    """The clause that names an entry; the entry is listed from the day of issue of that text."""

    citation: Citation
    valid_from: date

    @classmethod
    def read(cls, documents: Mapping[str, Any], entry: Mapping[str, Any]) -> "NamedIn":
        """From a packaged file: ``named_in`` points into ``documents``, ``clause`` stands at the entry."""
        document = documents[entry["named_in"]]
        return cls(Citation(document=document["document"], clause=entry["clause"]), document["issued_on"])

    def holds_on(self, on: date) -> bool:
        """Whether the text was issued by that day."""
        return self.valid_from <= on
