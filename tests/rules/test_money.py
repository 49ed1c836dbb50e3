"""Money: fen inside, 元 with two digits for people, never a float."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.money import in_yuan, parse_yuan, share_of


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "0.00元"),
        (1, "0.01元"),
        (99, "0.99元"),
        (100, "1.00元"),
        (123456, "1234.56元"),
        (-5, "-0.05元"),
        (-100, "-1.00元"),
    ],
)
def test_in_yuan(fen: int, words: str) -> None:
    assert in_yuan(fen) == words


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1500", 150000),
        ("1500.5", 150050),
        ("1500.05元", 150005),
        (" 0.01 元", 1),
        ("1,500.00元", 150000),
        ("12,345,678", 1234567800),
    ],
)
def test_parse_yuan(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text", ["", "元", "-1", "+1", "1.234", "1e3", "1,50", "１５００", "1 500", "0x10", ".5", "5."]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        parse_yuan(text)


@given(st.integers(min_value=0, max_value=10**15))
def test_written_and_read_is_the_same(fen: int) -> None:
    assert parse_yuan(in_yuan(fen)) == fen


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=0, max_value=20_000))
def test_a_share_is_never_more_than_its_part(fen: int, basis_points: int) -> None:
    share = share_of(fen, basis_points)
    assert share * 10_000 <= fen * basis_points < (share + 1) * 10_000
