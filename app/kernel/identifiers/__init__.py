"""Numbers that identify: persons, organizations, cards. Pure checks, offline; each gives *all* its reasons at
once.

Where python-stdnum 2.2 is right it does the arithmetic (ISO 7064 MOD 11-2, Luhn, the GB 32100 check
character). It is not used for whole numbers, because ``stdnum.cn.ric`` judges the area by the birth year
alone, refuses areas that its list lacks, residence permits (810000 and so on) and the permanent residence
card of 2023, and takes dates in the future; and because ``stdnum.cn.uscc`` neither checks the inner
organization code nor accepts the departments A, N and Y.
"""

from app.kernel.identifiers.cards import (
    BankCardNumber,
    CardIdentificationCode,
    SocialSecurityCardNumber,
    check_bank_card_number,
    check_card_identification_code,
    check_social_security_card_number,
)
from app.kernel.identifiers.checking import Checked, RawNumber, SensitiveNumber
from app.kernel.identifiers.citizen import eighteen_digits_from, sound_citizen_number
from app.kernel.identifiers.credit_code import UnifiedSocialCreditCode, check_credit_code
from app.kernel.identifiers.explanation import Explanation, NumberKind, Position, explain
from app.kernel.identifiers.identity_number import check_identity_number
from app.kernel.identifiers.person import AreaKnown, IdentityNumber, IdentityNumberKind, Sex

__all__ = [
    "AreaKnown",
    "BankCardNumber",
    "CardIdentificationCode",
    "Checked",
    "Explanation",
    "IdentityNumber",
    "IdentityNumberKind",
    "NumberKind",
    "Position",
    "RawNumber",
    "SensitiveNumber",
    "Sex",
    "SocialSecurityCardNumber",
    "UnifiedSocialCreditCode",
    "check_bank_card_number",
    "check_card_identification_code",
    "check_credit_code",
    "check_identity_number",
    "check_social_security_card_number",
    "eighteen_digits_from",
    "explain",
    "sound_citizen_number",
]
