"""Passwords, and secrets that the registry makes up itself.

Passwords are what people choose: Argon2id (RFC 9106), slow on purpose, so the number of hashes under way is bounded
and a flood of sign-ins is told to come again instead of taking the memory. Secrets of clients, refresh tokens and
activation codes are random (at least 128 bits), so a plain SHA-256 keeps them.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.kernel.errors import UNSOURCED, Reason, TooMany

PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 128
_CODE_CHARACTERS = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
"""32 characters without I, L, O and U, which people misread (Crockford)."""

_CODE_GROUPS = 7
_GROUP_LENGTH = 4
_AT_ONCE = 2
_WAITING_MAX = 24
# Substrings that stand on every list of common passwords, keyboards' rows and this registry's own words.
_COMMON = (
    "password", "passw0rd", "p@ssw0rd", "qwerty", "asdfgh", "zxcvbn", "1qaz2wsx", "123456", "654321", "111111",
    "000000", "888888", "abc123", "abcdef", "iloveyou", "woaini", "welcome", "letmein", "changeme", "admin",
    "registry", "renshe", "peixun", "mima", "5201314",
)  # fmt: skip
_UNLIKE_CHARACTERS_MIN = 6

ResultT = TypeVar("ResultT")


def new_secret() -> str:
    """256 random bits, URL-safe: a client secret or a refresh token."""
    return secrets.token_urlsafe(32)


def new_activation_code() -> str:
    """140 random bits in groups of four, to be read out and typed."""
    characters = "".join(secrets.choice(_CODE_CHARACTERS) for _ in range(_CODE_GROUPS * _GROUP_LENGTH))
    return "-".join(re.findall("." * _GROUP_LENGTH, characters))


def digest_of_secret(secret: str) -> bytes:
    """SHA-256; right for random secrets only, never for passwords or numbers."""
    return hashlib.sha256(secret.encode()).digest()


def digest_of_code(code: str) -> bytes:
    """Digest of an activation code as typed: case, spaces and dashes do not matter."""
    return digest_of_secret(re.sub(r"[\s-]", "", code).upper())


def reasons_against_password(password: str, *, login_name: str) -> tuple[Reason, ...]:
    """All that stands against a chosen password; the texts never repeat it.

    Length and variety instead of character classes; the values are the registry's own (等保 asks for complexity
    without naming one).
    """
    low = password.casefold()
    judgments = (
        (
            len(password) < PASSWORD_LENGTH_MIN,
            "password_too_short",
            f"口令少于{PASSWORD_LENGTH_MIN}个字符",
            "请改用更长的口令，例如几个互不相干的词",
        ),
        (
            len(password) > PASSWORD_LENGTH_MAX,
            "password_too_long",
            f"口令超过{PASSWORD_LENGTH_MAX}个字符",
            "请缩短口令",
        ),
        (
            any(word in low for word in _COMMON) and not _is_long_without_common(low),
            "password_common",
            "口令含有常见的弱口令",
            "请去掉连续数字、键盘序列和常见词",
        ),
        (
            len(set(low)) < _UNLIKE_CHARACTERS_MIN,
            "password_repetitive",
            f"口令中不同的字符少于{_UNLIKE_CHARACTERS_MIN}个",
            "请使用更多不同的字符",
        ),
        (
            bool(login_name) and login_name.casefold() in low,
            "password_contains_login_name",
            "口令中含有登录名",
            "请去掉口令中的登录名",
        ),
    )
    return tuple(
        Reason(code=code, message=message, remedy=remedy, field="password", citation=UNSOURCED)
        for stands, code, message, remedy in judgments
        if stands
    )


def _is_long_without_common(low: str) -> bool:
    """Whether enough is left when the common words are taken out: a long phrase may hold one of them."""
    for word in _COMMON:
        low = low.replace(word, "")
    return len(low) >= PASSWORD_LENGTH_MIN


_THREADS = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="argon2")
"""64 MiB a hash: at most two at once in a process, whichever event loop runs in it."""

_HASHER = PasswordHasher()
_PLACES = BoundedSemaphore(_AT_ONCE + _WAITING_MAX)


async def hash_password(password: str) -> str:
    """The Argon2id hash of a password. Raises TooMany when too many are under way."""
    return await _slowly(lambda: _HASHER.hash(password))


async def password_holds(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one; without a stored hash it costs the same and is false.

    Raises TooMany when too many are under way.
    """
    return await _slowly(lambda: _verified(stored, password))


def _verified(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _hash_of_nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash(new_secret())


async def _slowly(work: Callable[[], ResultT]) -> ResultT:
    if not _PLACES.acquire(blocking=False):
        raise TooMany(
            [
                Reason(
                    code="sign_in_busy",
                    message="同时登录的人过多，系统暂时不能核对口令",
                    remedy="请过几秒再试",
                    citation=UNSOURCED,
                )
            ],
            retry_after_seconds=5,
        )

    # The place is given back by the thread, not by the waiting request: a client that hangs up leaves its hash running.
    def and_give_back() -> ResultT:
        try:
            return work()
        finally:
            _PLACES.release()

    return await asyncio.get_running_loop().run_in_executor(_THREADS, and_give_back)
