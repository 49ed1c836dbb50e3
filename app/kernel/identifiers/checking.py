"""How a number is read from what was typed, and how a check reports: value, reasons, warnings."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.kernel.errors import Citation, InvalidInput, Reason
from app.kernel.masking import mask_in_error, mask_number_public

RawNumber = str | float
"""What a caller holds: text, or a number (``int`` included) as spreadsheets and careless JSON deliver it."""

_MAX_READ_CHARACTERS = 64
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_TEXT_PREFIX = "'’‘`"  # the sign that tells a spreadsheet "this is text", exported along with the number
_TEXT_FORMULA = re.compile(r'="(.*)"')  # the same purpose in CSV files: ="…"
_SCIENTIFIC = re.compile(r"\d(?:\.\d*)?E\+?\d{1,3}")
_WHOLE_WITH_FRACTION = re.compile(r"\d{16,}\.0+")

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, repr=False)
class SensitiveNumber:
    """A checked number that never prints itself: ``repr`` and ``str`` are masked, ``number`` is the value."""

    number: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({mask_number_public(self.number)})"


@dataclass(frozen=True, slots=True)
class Checked(Generic[T_co]):
    """The outcome of a check: a value, or every reason why there is none.

    ``warnings`` do not stand against the value; a person should look at them.
    """

    value: T_co | None
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[Reason, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    def require(self) -> T_co:
        """The value. Raises ``InvalidInput`` with all reasons when there is none."""
        if self.value is None:
            raise InvalidInput(self.reasons)
        return self.value


@dataclass(frozen=True, slots=True, repr=False)
class ReadNumber:
    """``text`` as it was meant: half width, no spaces, upper case.

    ``lost_digits``: a spreadsheet has eaten digits.
    """

    text: str
    lost_digits: bool


def read_number(raw: RawNumber) -> ReadNumber:
    """What was typed, freed of width, spaces (U+3000, zero-width), case and the text sign of spreadsheets.

    Spreadsheets keep 15 significant digits. A numeric value of 16 digits or more, or scientific notation, is
    therefore reported as ``lost_digits`` and never guessed at.
    """
    if not isinstance(raw, str):
        return _read_numeric(raw)
    text = "".join(raw[: 4 * _MAX_READ_CHARACTERS].translate(_FULL_WIDTH).split())
    if not (text.isascii() and text.isprintable()):
        text = "".join(char for char in text if not _is_invisible(char))
    text = text.upper()[:_MAX_READ_CHARACTERS]
    if text.isalnum() and text.isascii() and "E" not in text:  # nothing below is about such a text
        return ReadNumber(text, lost_digits=False)
    if formula := _TEXT_FORMULA.fullmatch(text):
        text = formula[1]
    text = text.lstrip(_TEXT_PREFIX)
    return ReadNumber(text, bool(_SCIENTIFIC.fullmatch(text) or _WHOLE_WITH_FRACTION.fullmatch(text)))


def _read_numeric(raw: float) -> ReadNumber:
    if abs(raw) >= 10**15:
        return ReadNumber(f"{min(abs(raw), 1e30):.0f}", lost_digits=True)
    is_whole = isinstance(raw, int) or raw.is_integer()
    return ReadNumber(str(int(raw) if is_whole else raw), lost_digits=False)


def _is_invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cc", "Cf"}


def is_digits(text: str) -> bool:
    """Whether ``text`` is one or more of 0-9; ``str.isdigit`` takes ² and Arabic-Indic digits too."""
    return text.isascii() and text.isdigit()


class Findings:
    """Collects the reasons and warnings of one check; every text names the field and the masked value."""

    def __init__(self, *, label: str, shown: str, field: str, citation: Citation) -> None:
        self.reasons: list[Reason] = []
        self.warnings: list[Reason] = []
        self._label = label
        self._shown = shown
        self._field = field
        self._citation = citation

    def reject(self, code: str, what: str, remedy: str, *, citation: Citation | None = None) -> None:
        """Add a reason against the value: ``what`` follows the label and the masked value in the message."""
        self.reasons.append(self._reason(code, what, remedy, citation))

    def warn(self, code: str, what: str, remedy: str, *, citation: Citation | None = None) -> None:
        """Add a remark that does not stand against the value."""
        self.warnings.append(self._reason(code, what, remedy, citation))

    def reject_missing(self, code: str) -> None:
        """Add the reason for an empty field."""
        self.reasons.append(
            Reason(
                code=code,
                message=f"{self._label}没有填写",
                remedy=f"请填写{self._label}",
                field=self._field,
                citation=self._citation,
            )
        )

    def reject_lost_digits(self, code: str) -> None:
        """Add the reason for a number that a spreadsheet has rounded to 15 digits."""
        self.reject(
            code,
            "已被表格软件当作数值保存，第15位以后的数字已经丢失，无法还原",
            "请先把该列的单元格格式设为“文本”，再按证件重新输入完整号码",
        )

    def conclude(self, value: T | None) -> Checked[T]:
        """The outcome: ``value`` unless something stands against it."""
        return Checked(None if self.reasons else value, tuple(self.reasons), tuple(self.warnings))

    def _reason(self, code: str, what: str, remedy: str, citation: Citation | None) -> Reason:
        value = mask_in_error(self._shown)
        return Reason(
            code=code,
            message=f"{self._label}“{value}”{what}",
            remedy=remedy,
            field=self._field,
            value=value,
            citation=citation or self._citation,
        )
