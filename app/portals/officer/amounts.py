"""Amounts on forms: people write 元, actions take whole fen."""

from typing import Any, TypeVar

from pydantic import BaseModel

from app.kernel.errors import InvalidInput, Reason
from app.kernel.money import parse_yuan
from app.web.pages.page import Page

ModelT = TypeVar("ModelT", bound=BaseModel)

AMOUNT = "amount_fen"
"""The field of every shape that takes an amount; on the form it is written in 元."""


def read_with_amount(page: Page, shape: type[ModelT], **more: Any) -> ModelT:
    """The form as ``shape``, its amount in fen. Raises InvalidInput with every defect, the amount's among them."""
    written = page.typed[AMOUNT]
    amount, wrong = _fen(written)
    reasons = [] if wrong is None else [wrong]
    given: dict[str, Any] = {**more, AMOUNT: amount} if written else more
    try:
        content = page.typed.read(shape, **given)
    except InvalidInput as defects:
        raise InvalidInput([*defects.reasons, *reasons]) from None
    if reasons:
        raise InvalidInput(reasons)
    return content


def _fen(written: str) -> tuple[int, Reason | None]:
    """Fen of what was written; a stand-in and the reason where it is no amount above zero."""
    try:
        fen = parse_yuan(written) if written else 1
    except ValueError:
        fen = 0
    if fen > 0:
        return fen, None
    return 1, Reason(
        code="amount_malformed",
        field=AMOUNT,
        value=written[:20],
        message="不是大于零的金额",
        remedy="请写成以元为单位的数字，至多两位小数，例如 1500 或 1500.50",
    )
