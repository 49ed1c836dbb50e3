"""Starts a citizen's sign-in (劳动者登录) with the electronic social-security card."""

from dataclasses import dataclass, field

from sqlalchemy import text

from app.access.passwords import digest_of_secret
from app.access.unit import Unit
from app.db.crypto import KeyRing
from app.gateways.citizen_identity import CitizenIdentityGateway, SignInAttempt

VERIFIER_FIELD = b"citizen_sign_in.verifier"
_INSERT = text("""
    INSERT INTO citizen_sign_in (state_digest, nonce, verifier_sealed) VALUES (:digest, :nonce, :sealed)
""")


@dataclass(frozen=True, slots=True)
class StartedSignIn:
    """Where to send the browser, and the state it has to bring back."""

    authorization_url: str = field(repr=False)
    state: str = field(repr=False)


async def start_citizen_sign_in(unit: Unit, keys: KeyRing, gateway: CitizenIdentityGateway) -> StartedSignIn:
    """A new attempt. Nobody is known yet; the channel binds ``state`` to the browser it is talking to."""
    attempt = SignInAttempt.new()
    digest = digest_of_secret(attempt.state)
    await unit.session.execute(
        _INSERT,
        {
            "digest": digest,
            "nonce": attempt.nonce,
            "sealed": keys.seal_bytes(attempt.verifier.encode(), aad=VERIFIER_FIELD + digest),
        },
    )
    return StartedSignIn(gateway.authorization_url(attempt), attempt.state)
