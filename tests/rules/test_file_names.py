"""A file name must not carry what the file itself keeps sealed."""

import pytest

from app.files.names import reasons_against_name


@pytest.mark.parametrize(
    ("name", "is_refused"),
    [
        ("110105194910010018.pdf", True),
        ("合同１１０１０５１９４９１００１００１８.pdf", True),
        ("11010519491001001x.pdf", True),
        ("劳动合同20260301.pdf", False),
    ],
)
def test_a_long_number_in_a_name_is_found_however_its_digits_are_written(name: str, is_refused: bool) -> None:
    assert bool(reasons_against_name(name)) is is_refused
