"""Account numbers: what may be stored, and what is shown of them."""

import re
from dataclasses import dataclass, field

from app.kernel.errors import Citation, Reason
from app.kernel.identifiers import check_bank_card_number
from app.subsidies.claims.states import AccountKind

OWN_ACCOUNT = Citation("人社部发〔2017〕40号", "二(三)")
_PLAIN = re.compile(r"[0-9A-Z]{8,32}")
_TAIL = 4


@dataclass(frozen=True, slots=True)
class AccountNumber:
    """A number in its normal form and the four characters that are shown of it; neither in ``repr``."""

    number: str = field(repr=False)
    tail: str = field(repr=False)


def check_account(kind: AccountKind, raw: str) -> tuple[AccountNumber | None, tuple[Reason, ...]]:
    """Cards by their check digit (Luhn); passbooks follow no rule but their length."""
    if kind is AccountKind.PASSBOOK:
        return check_plain_account(raw)
    checked = check_bank_card_number(raw, field="account_number")
    if checked.value is None:
        return None, checked.reasons
    number = checked.value.number
    return AccountNumber(number, number[-_TAIL:]), ()


def check_plain_account(raw: str) -> tuple[AccountNumber | None, tuple[Reason, ...]]:
    """Accounts of institutions and passbooks: 8 to 32 digits or capital letters, as the bank's contract asks."""
    number = re.sub(r"[\s-]", "", raw).upper()
    if _PLAIN.fullmatch(number):
        return AccountNumber(number, number[-_TAIL:]), ()
    return None, (
        Reason(
            code="account_number_form",
            field="account_number",
            message=f"账号有{len(number)}个字符，或含有数字和字母以外的字符；应为8至32位数字或大写字母",
            remedy="请对照存折或开户许可填写完整的账号",
        ),
    )
