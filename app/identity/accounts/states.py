"""States of a permission grant, and what an activation code is for."""

from enum import StrEnum


class GrantState(StrEnum):
    """A permission is proposed by one security administrator and confirmed by another; either may end it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"


class ActivationPurpose(StrEnum):
    """Why a one-time code was given; the value is what ``activation.purpose`` stores."""

    FIRST_SIGN_IN = "first_sign_in"
    SECOND_FACTOR_LOST = "second_factor_lost"
