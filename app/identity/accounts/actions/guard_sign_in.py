"""Pacing and lockout of sign-ins by what was typed, so that unknown login names behave like known ones."""

from sqlalchemy import text

from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.identity.accounts import rules
from app.kernel.errors import TooMany

_KNOWN = text("INSERT INTO sign_in_guard (subject_digest) VALUES (:digest) ON CONFLICT DO NOTHING")
_LOCKED = text("""
    SELECT failures, last_failure_at, locked_until FROM sign_in_guard WHERE subject_digest = :digest FOR UPDATE
""")
_COUNT = text("""
    UPDATE sign_in_guard SET failures = :failures, last_failure_at = :last_failure_at, locked_until = :locked_until
    WHERE subject_digest = :digest
""")
_FORGIVE = text("DELETE FROM sign_in_guard WHERE subject_digest = :digest")


async def count_attempt(unit: Unit, keys: KeyRing, login_name: str) -> None:
    """Count an attempt as failed before it is judged: however many come at once, no more than allowed are judged.

    Runs in a transaction of its own that commits although the sign-in is refused. Raises TooMany while the name is
    paced or locked.
    """
    digest = _digest(keys, login_name)
    await unit.session.execute(_KNOWN, {"digest": digest})
    row = (await unit.session.execute(_LOCKED, {"digest": digest})).one()
    guard = rules.Guard(row.failures, row.last_failure_at, row.locked_until)
    wait = rules.wait_seconds(guard, unit.now)
    if wait:
        raise TooMany([rules.reason_to_wait(guard, wait)], retry_after_seconds=wait)
    counted = rules.after_attempt(guard, unit.now)
    await unit.session.execute(
        _COUNT,
        {
            "digest": digest,
            "failures": counted.failures,
            "last_failure_at": counted.last_failure_at,
            "locked_until": counted.locked_until,
        },
    )


async def forgive_attempts(unit: Unit, keys: KeyRing, login_name: str) -> None:
    """Forget the failures of a name that has just signed in, or got new credentials."""
    await unit.session.execute(_FORGIVE, {"digest": _digest(keys, login_name)})


def _digest(keys: KeyRing, login_name: str) -> bytes:
    return keys.digest(login_name, purpose="sign_in")
