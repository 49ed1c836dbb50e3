"""Rotating check-in codes (动态签到码): shown by a device in the room, typed by the trainee in the own session.

HOTP truncation (RFC 4226 §5.3) of an HMAC-SHA-256 over the session and the 30-second step (RFC 6238), with a secret
that only the registry holds: the device asks for the code and shows it. A code is therefore worth one room, one
session and at most a minute.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.kernel.clock import instant_in_words
from app.kernel.errors import UNSOURCED, Reason
from app.training.attendance.rules.events import SessionFacts
from app.training.attendance.states import RUNNING_STATES
from app.training.openings.states import Delivery

STEP_SECONDS = 30
DIGITS = 8
ACCEPTED_STEPS = 2
"""The current step and the one before: whoever reads a code just before it turns can still type it."""
REPEAT_STEPS = 40
"""How far back (20 minutes) a code already used by the same person is recognized as a repetition."""
FAILURES_MAX = 5
FAILURE_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Match:
    """Which of the tried secrets showed the code, and in which step."""

    position: int
    step: int


def step_at(instant: datetime) -> int:
    """Number of 30-second steps since 1970."""
    return int(instant.timestamp()) // STEP_SECONDS


def seconds_left(instant: datetime) -> int:
    """How long the code of this step still stands (1 to 30)."""
    return STEP_SECONDS - int(instant.timestamp()) % STEP_SECONDS


def code_of(secret: bytes, session_id: UUID, step: int) -> str:
    """Eight digits for a session and step."""
    mac = hmac.digest(secret, b"check-in\0" + session_id.bytes + step.to_bytes(8), hashlib.sha256)
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4]) & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def find_code(
    secrets: Sequence[bytes], session_id: UUID, code: str, *, now: datetime, steps: int
) -> Match | None:
    """The newest step, at most ``steps`` back, in which one of the secrets shows ``code``."""
    current = step_at(now)
    for back in range(steps):
        for position, secret in enumerate(secrets):
            if hmac.compare_digest(code_of(secret, session_id, current - back), code):
                return Match(position, current - back)
    return None


def pause_seconds(failures: Sequence[datetime], now: datetime) -> int | None:
    """How long somebody who typed wrong codes has to wait; None while below the limit. ``failures`` oldest first."""
    recent = [failed_at for failed_at in failures if failed_at > now - FAILURE_WINDOW]
    if len(recent) < FAILURES_MAX:
        return None
    return max(1, int((recent[-FAILURES_MAX] + FAILURE_WINDOW - now).total_seconds()) + 1)


def reasons_against_showing(session: SessionFacts, *, margin: timedelta, now: datetime) -> tuple[Reason, ...]:
    """Why no code of a session may be shown on a screen now: nobody could sign with it."""
    if session.is_canceled:
        return (_not_shown("session_canceled", "这次课已经取消", "请回到课次安排，核对课次"),)
    if session.delivery is not Delivery.ONSITE:
        return (
            _not_shown("session_online", "线上课不用签到码", "线上课的签到、学习记录和测试由线上平台上传"),
        )
    if session.opening_state not in RUNNING_STATES:
        return (_not_shown("opening_not_running", "本班不在培训期间", "班次备案后、结班前才能签到"),)
    opens_at, ends_at = session.starts_at - margin, session.ends_at + margin
    if not opens_at <= now <= ends_at:
        window = f"{instant_in_words(opens_at)}至{instant_in_words(ends_at)}"
        return (_not_shown("code_not_yet", "现在不能签到", f"本次课的签到码在{window}显示"),)
    return ()


def code_wrong() -> Reason:
    """The typed code stands on no device of the institution now."""
    return Reason(
        code="check_in_code_wrong",
        field="code",
        message="签到码不正确或已过期",
        remedy=f"签到码每{STEP_SECONDS}秒更换一次，请按现场设备当前显示的{DIGITS}位数字重新输入",
        citation=UNSOURCED,
    )


def too_many_codes() -> Reason:
    """Too many wrong codes in a short time."""
    minutes = int(FAILURE_WINDOW.total_seconds() // 60)
    return Reason(
        code="check_in_paced",
        field="code",
        message=f"{minutes}分钟内输错签到码已达{FAILURES_MAX}次",
        remedy="请稍后按现场设备显示的签到码再试",
        citation=UNSOURCED,
    )


def no_session_now() -> Reason:
    """The citizen has no session that can be signed now."""
    return Reason(
        code="no_session_now",
        field="session_id",
        message="现在没有您可以签到或签退的课次",
        remedy="请在课前或课后规定的时间内操作；班级名称不符的请联系培训机构",
        citation=UNSOURCED,
    )


def _not_shown(code: str, message: str, remedy: str) -> Reason:
    return Reason(code=code, field="session_id", message=message, remedy=remedy, citation=UNSOURCED)
