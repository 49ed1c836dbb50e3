"""What may be seen of a number or a name, and by whom."""

import pytest

from app.kernel.masking import (
    mask_bank_account,
    mask_differing,
    mask_in_error,
    mask_name_public,
    mask_number_own_institution,
    mask_number_public,
    mask_phone,
)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("11010519491231002X", "1****************X"),
        ("KAZ110090123105", "K*************5"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_the_public_sees_the_ends_of_a_number(number: str, masked: str) -> None:
    assert mask_number_public(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("11010519491231002X", "110***********002X"),
        ("KAZ110090123105", "KAZ********3105"),
        ("11010519491231", "1************1"),
    ],
)
def test_an_institution_sees_three_and_four(number: str, masked: str) -> None:
    assert mask_number_own_institution(number) == masked


@pytest.mark.parametrize(
    ("phone", "masked"), [("13900000000", "139****0000"), ("62020000", "6******0"), ("110", "***")]
)
def test_phone(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_bank_account_shows_its_last_four() -> None:
    assert mask_bank_account("6222021234567890128") == "***************0128"
    assert mask_bank_account("123456789") == "*********"


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("张三丰", "张*"),
        ("欧阳娜娜", "欧阳*"),
        ("欧阳", "欧*"),
        ("司马 光", "司马*"),
        ("阿迪力•买买提", "阿*"),
        ("𬭎三", "𬭎*"),
        ("John Smith", "J*"),
        ("张", "*"),
        ("", "*"),
        ("=cmd", "*"),
    ],
)
def test_the_public_sees_a_surname(name: str, masked: str) -> None:
    assert mask_name_public(name) == masked


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("110105199002310011", "1****************1"),
        ("张三丰的号码", "******"),
        ("=1+1+1+1", "*******1"),
        ("1\n2 3\x004 5 6", "1****6"),
    ],
)
def test_an_error_repeats_no_more_than_the_public_sees(value: str, masked: str) -> None:
    assert mask_in_error(value) == masked


def test_an_error_stays_short() -> None:
    assert len(mask_in_error("1" * 5000)) == 32


def test_two_values_that_differ_do_not_look_alike() -> None:
    assert mask_differing("13800010001", "13800020001", mask_phone) == ("138***10001", "138***20001")
    assert mask_differing("13800010001", "13800010002", mask_phone) == ("138****0001", "138****0002")
    assert mask_differing("A12345678", "A12945678", mask_number_public) == ("A**3****8", "A**9****8")
    assert mask_differing("A12345678", "", mask_number_public) == ("A*******8", "")
    assert mask_differing("13800010001", "13800010001", mask_phone) == ("138****0001", "138****0001")
