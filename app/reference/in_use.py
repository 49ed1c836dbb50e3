"""Which edition of a code list this process works with: the packaged one, until an imported one is adopted.

Division of work. Rules are pure, so they need the lists in memory; foreign keys and the importers need them
in PostgreSQL. The packaged files are the floor both start from: offline commands read them directly,
``registry migrate`` copies them into the tables, and a serving process adopts what the tables hold
(``app.reference.queries.adopt_lists``) at start and whenever an import has changed them. A list in memory
is immutable and is swapped as a whole.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

ListT = TypeVar("ListT")


class InUse(Generic[ListT]):
    """Holds one immutable list; reads the packaged one at first use, so that starting costs nothing."""

    def __init__(self, read_packaged: Callable[[], ListT]) -> None:
        self._read_packaged = read_packaged
        self._adopted: ListT | None = None
        self._packaged: ListT | None = None

    def get(self) -> ListT:
        """The list this process works with."""
        return self._adopted if self._adopted is not None else self.packaged()

    def packaged(self) -> ListT:
        """The list the product ships, whatever was adopted."""
        if self._packaged is None:
            self._packaged = self._read_packaged()
        return self._packaged

    def adopt(self, replacement: ListT) -> None:
        """Work with ``replacement`` from now on; readers that hold the former list keep a consistent view."""
        self._adopted = replacement

    def forget(self) -> None:
        """Go back to the packaged list (offline commands and tests)."""
        self._adopted = None
