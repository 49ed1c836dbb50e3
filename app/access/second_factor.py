"""The second factor (动态口令): time-based one-time passwords, RFC 6238, six digits, 30 seconds, HMAC-SHA-1.

SHA-1 because it is what authenticator apps implement; HMAC-SHA-1 is not touched by collisions of SHA-1. A code holds
for its own step and the one before and after (clocks of phones drift), and serves once.
"""

import hmac
from datetime import datetime

import pyotp

ISSUER = "职业技能培训档案登记系统"
STEP_SECONDS = 30
_DRIFT_STEPS = 1


def new_secret() -> str:
    """160 random bits in base32, the key length RFC 4226 recommends."""
    return pyotp.random_base32(32)


def enrollment_uri(secret: str, *, login_name: str) -> str:
    """The ``otpauth://`` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login_name, issuer_name=ISSUER)


def step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """The time step whose code this is, or None. ``at`` is the wall clock, which phones follow.

    The caller stores the step and refuses one that is not later than the last.
    """
    totp = pyotp.TOTP(secret)
    current = int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        # Every step is compared, so that the time taken does not tell which one matched.
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found
