"""Names of divisions on pages: a code alone says nothing to whoever did not learn the table by heart."""

from collections.abc import Callable
from datetime import date

from app.reference.divisions import NATION, NATION_NAME, path_name_of


def places_on(on: date) -> Callable[[str | None], str]:
    """``place`` of a day, for templates that name many."""
    return lambda code: place(code, on)


def place(code: str | None, on: date) -> str:
    """``北京市朝阳区（110105）``; the code alone where no name is known for the day."""
    if code is None:
        return "—"
    name = NATION_NAME if code == NATION else path_name_of(code, on)
    return f"{name}（{code}）" if name else code
