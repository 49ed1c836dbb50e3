"""One of a list chosen by what names it: several members of an input in one option."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel

from app.kernel.errors import InvalidInput, Reason
from app.web.pages.page import Page
from app.web.pages.typed import Typed

BETWEEN = "|"
ModelT = TypeVar("ModelT", bound=BaseModel)


def option(*members: object) -> str:
    """The value of an option of such a list."""
    return BETWEEN.join(map(str, members))


def read_chosen(page: Page, field: str, names: Sequence[str], shape: type[ModelT]) -> ModelT:
    """``shape`` with the members ``names`` from the chosen option and ``ends_before`` as it was typed.

    Raises InvalidInput, with what is wrong about the choice said of ``field``.
    """
    chosen = page.typed[field].split(BETWEEN)
    given = list(zip(names, chosen, strict=False)) if len(chosen) == len(names) else []
    try:
        return Typed([*given, ("ends_before", page.typed["ends_before"])]).read(shape)
    except InvalidInput as refusal:
        others = [reason for reason in refusal.reasons if reason.field not in names]
        if len(others) < len(refusal.reasons):
            others.insert(0, Reason(code="missing", message="没有选择", remedy="请选择一项", field=field))
        raise InvalidInput(others) from None
