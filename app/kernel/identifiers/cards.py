"""Numbers on cards: the social-security card (two, neither the social-security number), bank cards."""

import re
from dataclasses import dataclass

from stdnum import luhn

from app.kernel.errors import UNSOURCED, Citation
from app.kernel.identifiers.checking import (
    Checked,
    Findings,
    RawNumber,
    SensitiveNumber,
    is_digits,
    read_number,
)

# The forms of card number and identification code were learned from card readers, not from a text of the
# standard.
LUHN = Citation(document="ISO/IEC 7812-1", clause="附录B")

_CARD_NUMBER = re.compile(r"[0-9A-Z]{8,9}")
_IDENTIFICATION_CODE = re.compile(r"[0-9A-F]{32}")


@dataclass(frozen=True, slots=True, repr=False)
class SocialSecurityCardNumber(SensitiveNumber):
    """社会保障卡卡号: differs by place and changes with each new card; a dated attribute, never a key."""


@dataclass(frozen=True, slots=True, repr=False)
class CardIdentificationCode(SensitiveNumber):
    """卡识别码 of a social-security card: 16 bytes, written as 32 hexadecimal digits."""


@dataclass(frozen=True, slots=True, repr=False)
class BankCardNumber(SensitiveNumber):
    """A bank card number of 13 to 19 digits whose Luhn digit holds."""


def check_social_security_card_number(
    raw: RawNumber, *, field: str = "card_number"
) -> Checked[SocialSecurityCardNumber]:
    """Judge the number printed on a social-security card; an unusual form only warns, since places differ."""
    text = read_number(raw).text
    findings = Findings(label="社会保障卡卡号", shown=text, field=field, citation=UNSOURCED)
    if not text:
        findings.reject_missing("card_number_missing")
    elif not _CARD_NUMBER.fullmatch(text):
        findings.warn(
            "card_number_unusual",
            "不是常见的8至9位数字或字母",
            "请核对是否误填了18位社会保障号码或银行账号；核对无误的可以继续办理",
        )
    return findings.conclude(SocialSecurityCardNumber(text))


def check_card_identification_code(
    raw: RawNumber, *, field: str = "card_identification_code"
) -> Checked[CardIdentificationCode]:
    """Judge the identification code read from the card's chip: exactly 32 hexadecimal digits."""
    read = read_number(raw)
    findings = Findings(label="社会保障卡卡识别码", shown=read.text, field=field, citation=UNSOURCED)
    if not read.text:
        findings.reject_missing("card_identification_code_missing")
    elif read.lost_digits:
        findings.reject_lost_digits("card_identification_code_lost_digits")
    elif not _IDENTIFICATION_CODE.fullmatch(read.text):
        findings.reject(
            "card_identification_code_form",
            f"有{len(read.text)}个字符；应为32位，只含数字和字母A至F",
            "请用读卡设备重新读取，不要手工录入",
        )
    return findings.conclude(CardIdentificationCode(read.text))


def check_bank_card_number(raw: RawNumber, *, field: str = "bank_account") -> Checked[BankCardNumber]:
    """Judge a bank card number (spaces and hyphens allowed).

    Passbook accounts follow no rule and are not for this check.
    """
    read = read_number(raw)
    text = read.text.replace("-", "")
    findings = Findings(label="银行卡号", shown=text, field=field, citation=LUHN)
    if not text:
        findings.reject_missing("bank_card_missing")
    elif read.lost_digits:
        findings.reject_lost_digits("bank_card_lost_digits")
    elif not is_digits(text):
        findings.reject("bank_card_characters", "含有数字以外的字符", "请对照银行卡正面填写，只填数字")
    elif not 13 <= len(text) <= 19:
        findings.reject(
            "bank_card_length", f"有{len(text)}位，应为13至19位", "请对照银行卡正面填写完整的卡号"
        )
    elif not luhn.is_valid(text):
        if len(text) > 15 and not text[15:].strip("0"):
            findings.reject_lost_digits("bank_card_lost_digits")
        else:
            findings.reject(
                "bank_card_check_digit", "的校验位不符，至少有一位数字不对", "请对照银行卡正面逐位核对"
            )
    return findings.conclude(BankCardNumber(text))
