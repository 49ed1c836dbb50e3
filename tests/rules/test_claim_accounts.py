"""Account numbers of payees: which are read, and that none is told."""

import pytest

from app.subsidies.claims.rules.accounts import check_account, check_plain_account
from app.subsidies.claims.states import (
    AccountKind,
)


@pytest.mark.parametrize(
    ("kind", "raw", "is_valid"),
    [
        (AccountKind.BANK_CARD, "6222 0000 0000 0000 004", True),
        (AccountKind.BANK_CARD, "6222000000000000005", False),
        (AccountKind.SOCIAL_SECURITY_CARD, "6222000000000000004", True),
        (AccountKind.PASSBOOK, "1234-5678", True),
        (AccountKind.PASSBOOK, "1234567", False),
        (AccountKind.PASSBOOK, "户名12345678", False),
    ],
)
def test_account_numbers(kind: AccountKind, raw: str, is_valid: bool) -> None:
    account, reasons = check_account(kind, raw)
    assert (account is not None, reasons == ()) == (is_valid, is_valid)
    assert account is None or (account.tail == account.number[-4:] and account.number not in repr(account))
    assert all(raw not in reason.message for reason in reasons)


def test_plain_accounts_are_bounded() -> None:
    assert check_plain_account("9" * 33)[0] is None
    assert check_plain_account("9" * 32)[0] is not None
