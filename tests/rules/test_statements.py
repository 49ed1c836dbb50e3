"""Signed statements: told apart by kind, bound to issuer and time, verified by foreign tools and retired keys."""

from collections.abc import Callable
from datetime import timedelta

import jwt as pyjwt
import pytest

from app.access.actor import SYSTEM_ACTOR
from app.access.tokens import (
    STATEMENT_SIZE_MAX,
    PublicKey,
    SigningKey,
    StatementInvalid,
    StatementKeys,
    TokenRing,
)
from app.kernel.clock import parse_instant
from app.kernel.errors import Unauthenticated
from tests.rules.test_tokens import encoded, malleated, signed

NOW = parse_instant("2026-03-02T10:00:00+08:00")
LATER = NOW + timedelta(hours=1)
ISSUER = "https://registry.test"
TYP = "verification+jwt"
KEY, OTHER = SigningKey.generate(), SigningKey.generate()
RING = TokenRing(ISSUER, [KEY])
SAID = {"outcome": "valid", "子": ["张三", {"amount_fen": 100}]}
GOOD = RING.sign_statement(SAID, typ=TYP, now=NOW, expires=LATER)
ISSUED, EXPIRES = int(NOW.timestamp()), int(LATER.timestamp())
HEADER = {"alg": "ES256", "kid": KEY.kid, "typ": TYP}
CLAIMS = {**SAID, "iss": ISSUER, "iat": ISSUED, "exp": EXPIRES}


def refused(statement: str, ring: TokenRing = RING) -> bool:
    try:
        ring.read_statement(statement, typ=TYP, now=NOW)
    except StatementInvalid:
        return True
    return False


def test_a_statement_says_what_was_said_by_whom_and_until_when() -> None:
    assert RING.read_statement(GOOD, typ=TYP, now=NOW) == CLAIMS
    foreign = pyjwt.decode(
        GOOD,
        pyjwt.PyJWK(RING.public_jwks()["keys"][0]).key,
        algorithms=["ES256"],
        options={"verify_exp": False, "verify_iat": False},
    )
    assert foreign == CLAIMS
    assert pyjwt.get_unverified_header(GOOD) == HEADER


def test_a_peer_reads_it_with_the_published_keys() -> None:
    keys = StatementKeys(ISSUER, [PublicKey(each) for each in RING.public_jwks()["keys"]])
    assert keys.read(GOOD, typ=TYP, now=NOW) == CLAIMS
    with pytest.raises(StatementInvalid):
        StatementKeys("https://other.test", [PublicKey(KEY.public_jwk())]).read(GOOD, typ=TYP, now=NOW)


def changed(**members: object) -> str:
    return signed(HEADER, {**CLAIMS, **members}, KEY)


DEFECTS: dict[str, Callable[[], str]] = {
    "another kind": lambda: RING.sign_statement(SAID, typ="hold+jwt", now=NOW, expires=LATER),
    "an access token's kind": lambda: signed({**HEADER, "typ": "at+jwt"}, CLAIMS, KEY),
    "another key under this name": lambda: signed(HEADER, CLAIMS, OTHER),
    "an unknown key": lambda: signed({**HEADER, "kid": OTHER.kid}, CLAIMS, OTHER),
    "crit": lambda: signed({**HEADER, "crit": ["exp"]}, CLAIMS, KEY),
    "no algorithm": lambda: f"{encoded({**HEADER, 'alg': 'none'})}.{encoded(CLAIMS)}.",
    "another issuer": lambda: changed(iss="https://other.test"),
    "from the future": lambda: changed(iat=ISSUED + 31),
    "expired": lambda: changed(exp=ISSUED),
    "expires as text": lambda: changed(exp="never"),
    "true as a time": lambda: changed(iat=True),
    "a fraction": lambda: changed(rate=0.5),
    "a changed word": lambda: ".".join(
        [GOOD.split(".")[0], encoded({**CLAIMS, "outcome": "revoked"}), GOOD.split(".")[2]]
    ),
    "padding": lambda: GOOD + "==",
    "four parts": lambda: GOOD + ".x",
    "too long": lambda: changed(text="x" * STATEMENT_SIZE_MAX),
    "deep": lambda: signed(HEADER, "[" * 20_000 + "]" * 20_000, KEY),
    "not text": lambda: "中文.中文.中文",
    "empty": lambda: "",
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_refused(defect: str) -> None:
    assert refused(DEFECTS[defect]())


def test_only_the_defects_are_why() -> None:
    assert not refused(changed())
    assert not refused(malleated(GOOD)), "whoever needs an id of a statement puts one into its claims"


def test_what_holds_for_good_has_no_expiry() -> None:
    lasting = RING.sign_statement(SAID, typ=TYP, now=NOW, expires=None)
    assert "exp" not in RING.read_statement(lasting, typ=TYP, now=NOW + timedelta(days=36_500))


def test_a_retired_key_verifies_statements_of_its_time_and_no_tokens() -> None:
    token = RING.issue(SYSTEM_ACTOR, now=NOW)
    ring = TokenRing(ISSUER, [OTHER], [PublicKey(KEY.public_jwk(), NOW)])
    assert ring.read_statement(GOOD, typ=TYP, now=NOW) == CLAIMS
    assert {each["kid"] for each in ring.public_jwks()["keys"]} == {KEY.kid, OTHER.kid}
    assert refused(changed(iat=ISSUED + 1), ring), "said to be signed after the key had retired"
    with pytest.raises(Unauthenticated):
        ring.verify(token, now=NOW)
    assert refused(GOOD, TokenRing(ISSUER, [OTHER])), "a compromised key is no longer published"


@pytest.mark.parametrize(
    "key",
    [
        {**KEY.public_jwk(), "d": "AA"},
        {**KEY.public_jwk(), "crv": "P-384"},
        {**KEY.public_jwk(), "use": "enc"},
        {name: value for name, value in KEY.public_jwk().items() if name != "kid"},
    ],
)
def test_only_named_public_p256_keys_verify(key: dict[str, str]) -> None:
    with pytest.raises((ValueError, KeyError)):
        StatementKeys(ISSUER, [PublicKey(key)])
