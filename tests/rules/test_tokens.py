"""Access tokens against an attack corpus, with PyJWT as a second opinion: ours may refuse more, never accept more."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.access.actor import Actor, AdministratorKind, Permission, PrincipalKind
from app.access.tokens import LIFETIME_MAX, SigningKey, TokenRing
from app.kernel.clock import parse_instant
from app.kernel.errors import Unauthenticated

NOW = parse_instant("2026-03-02T10:00:00.250+08:00")
ISSUER = "https://registry.test"
KEY, OTHER = SigningKey.generate(), SigningKey.generate()
RING = TokenRing(ISSUER, [KEY])
OFFICER = Actor(
    principal_id=UUID("0198c0de-7f00-7000-8000-00000000abcd"),
    kind=PrincipalKind.OFFICER,
    display_name="测试经办人",
    agency_id=UUID("0198c0de-7f00-7000-8000-00000000abce"),
    agency_name="测试市人社局",
    division_code="110000",
    permissions=frozenset({Permission.FILING, Permission.LOOKUP}),
)
SESSION = UUID("0198c0de-7f00-7000-8000-00000000abcf")
GOOD = RING.issue(OFFICER, now=NOW, session_id=SESSION)
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def encoded(octets: bytes | str | Any) -> str:
    if not isinstance(octets, bytes):
        octets = (octets if isinstance(octets, str) else json.dumps(octets, ensure_ascii=False)).encode()
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def decoded(segment: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


HEADER, CLAIMS = decoded(GOOD.split(".")[0]), decoded(GOOD.split(".")[1])
SIGNATURE = GOOD.split(".")[2]


def signed(header: Any = HEADER, claims: Any = CLAIMS, key: SigningKey = KEY) -> str:
    """A token that is rightly signed, whatever it says."""
    signing_input = f"{encoded(header)}.{encoded(claims)}"
    private = serialization.load_pem_private_key(key.private_pem, password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(private.sign(signing_input.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signing_input}.{encoded(r.to_bytes(32) + s.to_bytes(32))}"


def claiming(**changes: Any) -> str:
    return signed(claims={**CLAIMS, **changes})


def without(claim: str) -> str:
    return signed(claims={name: value for name, value in CLAIMS.items() if name != claim})


def heading(**changes: Any) -> str:
    return signed(header={**HEADER, **changes})


def hmac_signed(secret: bytes) -> str:
    signing_input = f"{encoded({**HEADER, 'alg': 'HS256'})}.{encoded(CLAIMS)}"
    return f"{signing_input}.{encoded(hmac.digest(secret, signing_input.encode(), hashlib.sha256))}"


def rsa_signed() -> str:
    private = rsa.generate_private_key(65537, 2048)
    return pyjwt.encode(CLAIMS, private, algorithm="RS256", headers=HEADER | {"alg": "RS256"})


def p384_signed() -> str:
    return pyjwt.encode(CLAIMS, ec.generate_private_key(ec.SECP384R1()), "ES384", headers={"kid": KEY.kid})


def public_key(encoding: serialization.Encoding, form: serialization.PublicFormat) -> bytes:
    private = serialization.load_pem_private_key(KEY.private_pem, password=None)
    return private.public_key().public_bytes(encoding, form)


_FORMATS, _ENCODINGS = serialization.PublicFormat, serialization.Encoding
PEM = public_key(_ENCODINGS.PEM, _FORMATS.SubjectPublicKeyInfo)
ISSUED = CLAIMS["iat"]
RAW_CLAIMS = json.dumps(CLAIMS, ensure_ascii=False)
HEAD, BODY, _ = GOOD.split(".")


def _with_stray_bits(last: str) -> str:
    """Another spelling of the same octets: 64 octets leave four bits of the last character unused."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(last) ^ 1]


ATTACKS: dict[str, str | Callable[[], str]] = {
    # No signature, or another algorithm
    "alg none": f"{encoded({**HEADER, 'alg': 'none'})}.{BODY}.",
    "alg None": f"{encoded({**HEADER, 'alg': 'None'})}.{BODY}.",
    "alg nOnE with signature": f"{encoded({**HEADER, 'alg': 'nOnE'})}.{BODY}.{SIGNATURE}",
    "alg missing": signed(header={"typ": "at+jwt", "kid": KEY.kid}),
    "alg empty": heading(alg=""),
    "alg lower case": heading(alg="es256"),
    "alg object": heading(alg={"ES256": 1}),
    "alg list": heading(alg=["ES256", "HS256"]),
    "HS256 with PEM": lambda: hmac_signed(PEM),
    "HS256 with PEM body": lambda: hmac_signed(b"".join(PEM.splitlines()[1:-1])),
    "HS256 with DER": lambda: hmac_signed(public_key(_ENCODINGS.DER, _FORMATS.SubjectPublicKeyInfo)),
    "HS256 with SSH": lambda: hmac_signed(public_key(_ENCODINGS.OpenSSH, _FORMATS.OpenSSH)),
    "HS256 with JWK": lambda: hmac_signed(json.dumps(KEY.public_jwk()).encode()),
    "HS256 with nothing": lambda: hmac_signed(b""),
    "RS256": rsa_signed,
    "ES384": p384_signed,
    # Header
    "crit": heading(crit=["exp"]),
    "crit unknown": heading(crit=["http://example.test/UNDEFINED"]),
    "b64 false": heading(b64=False, crit=["b64"]),
    "jku": heading(jku="https://attacker.test/jwks.json"),
    "x5u": heading(x5u="https://attacker.test/cert.pem"),
    "x5c": heading(x5c=["MIIB"]),
    "own jwk": signed(header={**HEADER, "jwk": OTHER.public_jwk()}, key=OTHER),
    "typ JWT": heading(typ="JWT"),
    "typ refresh": heading(typ="rt+jwt"),
    "typ missing": signed(header={"alg": "ES256", "kid": KEY.kid}),
    "kid of another key": lambda: signed(header={**HEADER, "kid": OTHER.kid}, key=OTHER),
    "signed with another key": lambda: signed(key=OTHER),
    "kid missing": signed(header={"alg": "ES256", "typ": "at+jwt"}),
    "kid path": heading(kid="../../../../dev/null"),
    "kid SQL": heading(kid="' OR 1=1 --"),
    "kid NUL": heading(kid=KEY.kid + "\0"),
    "kid list": heading(kid=[KEY.kid]),
    "kid number": heading(kid=1),
    "kid of 1 MiB": heading(kid="k" * 2**20),
    "header alg twice": lambda: signed(header=f'{{"alg":"none",{json.dumps(HEADER)[1:]}'),
    "header deep list": encoded("[" * 2000 + "]" * 2000) + f".{BODY}.{SIGNATURE}",
    "header deep object": encoded('{"a":' * 500 + "1" + "}" * 500) + f".{BODY}.{SIGNATURE}",
    "header of 10 MiB": encoded('{"alg":"ES256","x":"' + "x" * 10_485_760 + '"}') + f".{BODY}.{SIGNATURE}",
    "header is a list": signed(header=["ES256"]),
    "header is text": signed(header='"ES256"'),
    "header not JSON": signed(header="{alg:ES256}"),
    # Claims
    "issuer": claiming(iss="https://other.test"),
    "issuer with slash": claiming(iss=ISSUER + "/"),
    "issuer list": claiming(iss=[ISSUER]),
    "audience": claiming(aud="other"),
    "audience list": claiming(aud=["registry"]),
    "audience list of two": claiming(aud=["registry", "other"]),
    "audience homoglyph": claiming(aud="rеgistry"),
    "no audience": without("aud"),
    "no issuer": without("iss"),
    "no subject": without("sub"),
    "no jti": without("jti"),
    "no iat": without("iat"),
    "no nbf": without("nbf"),
    "no exp": without("exp"),
    "no kind": without("kind"),
    "expired": claiming(exp=int(NOW.timestamp())),
    "expired within leeway": claiming(iat=ISSUED - 601, nbf=ISSUED - 601, exp=ISSUED - 1),
    "from the future": claiming(iat=ISSUED + 31, exp=ISSUED + 600),
    "not before the future": claiming(nbf=ISSUED + 31),
    "lives 601 s": claiming(exp=ISSUED + 601),
    "lives for ever": claiming(exp=2**53),
    "exp float": claiming(exp=ISSUED + 600.0),
    "exp text": claiming(exp=str(ISSUED + 600)),
    "exp true": claiming(exp=True),
    "exp null": claiming(exp=None),
    "exp list": claiming(exp=[ISSUED + 600]),
    "exp 1e400": lambda: signed(claims=RAW_CLAIMS.replace(f'"exp": {ISSUED + 600}', '"exp": 1e400')),
    "exp NaN": lambda: signed(claims=RAW_CLAIMS.replace(f'"exp": {ISSUED + 600}', '"exp": NaN')),
    "exp Infinity": lambda: signed(claims=RAW_CLAIMS.replace(f'"exp": {ISSUED + 600}', '"exp": Infinity')),
    "iat negative": claiming(iat=-1),
    "claims twice": lambda: signed(claims=RAW_CLAIMS[:-1] + f', "sub": "{SESSION}"}}'),
    "claims a list": signed(claims=[CLAIMS]),
    "claims deep": lambda: signed(claims="[" * 1200 + "]" * 1200),
    "claims not JSON": signed(claims="nothing"),
    "claims not UTF-8": lambda: signed(claims=b'{"sub":"\xff"}'),
    "unknown claim": claiming(is_admin=True),
    "subject number": claiming(sub=1),
    "subject in braces": claiming(sub="{" + CLAIMS["sub"] + "}"),
    "subject not UUID": claiming(sub="admin"),
    "jti of version 4": claiming(jti="f47ac10b-58cc-4372-a567-0e02b2c3d479"),
    "jti of another time": claiming(jti="0198c0de-7f00-7000-8000-00000000abcd"),
    "jti of version 4 at the right time": lambda: claiming(jti=CLAIMS["jti"][:14] + "4" + CLAIMS["jti"][15:]),
    "kind unknown": claiming(kind="root"),
    "permission unknown": claiming(permissions=["filing", "everything"]),
    "permissions text": claiming(permissions="filing"),
    "permissions object": claiming(permissions={"filing": 1}),
    "office unknown": claiming(office="superuser"),
    # Form of the token
    "empty": "",
    "dots": "..",
    "two parts": f"{HEAD}.{BODY}",
    "four parts": f"{GOOD}.{SIGNATURE}",
    "five parts (JWE)": f"{HEAD}.{BODY}.{BODY}.{BODY}.{SIGNATURE}",
    "swapped parts": f"{BODY}.{HEAD}.{SIGNATURE}",
    "space before": " " + GOOD,
    "newline after": GOOD + "\n",
    "newline inside": f"{HEAD}.{BODY[:8]}\n{BODY[8:]}.{SIGNATURE}",
    "sloppy characters inside": f"{HEAD}.{BODY[:8]}!~{BODY[8:]}.{SIGNATURE}",
    "padding": GOOD + "==",
    "stray bits in the last character": GOOD[:-1] + _with_stray_bits(GOOD[-1]),
    "standard alphabet": f"{HEAD}.{BODY}.{'+/' + SIGNATURE[2:]}",
    "not ASCII": GOOD + "é",
    "homoglyph of the dot": GOOD.replace(".", "․"),
    # Signature
    "no signature": f"{HEAD}.{BODY}.",
    "r and s zero": f"{HEAD}.{BODY}.{encoded(bytes(64))}",
    "r and s of the order": f"{HEAD}.{BODY}.{encoded(P256_ORDER.to_bytes(32) * 2)}",
    "short signature": f"{HEAD}.{BODY}.{SIGNATURE[:-4]}",
    "DER signature": f"{HEAD}.{BODY}.{encoded(b'0' + bytes(70))}",
    "signature of other claims": f"{HEAD}.{encoded({**CLAIMS, 'kind': 'administrator'})}.{SIGNATURE}",
    "signature of other header": f"{encoded({'kid': KEY.kid, **HEADER})[::-1]}.{BODY}.{SIGNATURE}",
}


def accepted_by_ours(token: str) -> bool:
    try:
        RING.verify(token, now=NOW)
    except Unauthenticated:  # any other exception would be an answer 500 to a stranger
        return False
    return True


def accepted_by_pyjwt(token: str) -> bool:
    """PyJWT as its documentation says, without the clock, which stands still here."""
    key = pyjwt.PyJWK(KEY.public_jwk())
    required = ["iss", "aud", "sub", "jti", "iat", "nbf", "exp"]
    timeless = {"require": required, "verify_exp": False, "verify_nbf": False, "verify_iat": False}
    try:
        pyjwt.decode(token, key, algorithms=["ES256"], audience="registry", issuer=ISSUER, options=timeless)
    except Exception:
        return False
    return True


def test_the_corpus_is_large_enough() -> None:
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(name: str) -> None:
    attack = ATTACKS[name]
    assert not accepted_by_ours(attack if isinstance(attack, str) else attack())


def malleated(token: str) -> str:
    """The same claims under the other valid signature: ECDSA accepts (r, n - s) too."""
    head, body, signature = token.split(".")
    octets = base64.urlsafe_b64decode(signature + "==")
    s = P256_ORDER - int.from_bytes(octets[32:])
    return f"{head}.{body}.{encoded(octets[:32] + s.to_bytes(32))}"


HONEST = {
    "as issued": GOOD,
    "issued at the edge of the leeway": claiming(iat=ISSUED, nbf=ISSUED + 30),
    "signed by hand": signed(),
    "with the other signature": malleated(GOOD),
    "administrator": RING.issue(
        Actor(
            principal_id=OFFICER.principal_id,
            kind=PrincipalKind.ADMINISTRATOR,
            administrator=AdministratorKind.AUDIT,
        ),
        now=NOW,
    ),
}


@pytest.mark.parametrize("name", [*HONEST, *ATTACKS])
def test_what_ours_accepts_the_oracle_accepts(name: str) -> None:
    given = HONEST.get(name) or ATTACKS[name]
    token = given if isinstance(given, str) else given()
    if accepted_by_ours(token):
        assert accepted_by_pyjwt(token)


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_token_is_accepted(name: str) -> None:
    assert accepted_by_ours(HONEST[name])
    assert accepted_by_pyjwt(HONEST[name])


def test_a_token_tells_who_acts() -> None:
    actor, credential = RING.verify(GOOD, now=NOW, request_id="r1")
    assert actor == Actor(**{name: getattr(OFFICER, name) for name in Actor.__slots__} | {"request_id": "r1"})
    assert credential.session_id == SESSION
    assert credential.issued_at == NOW


def test_the_id_is_not_the_token_string() -> None:
    assert malleated(GOOD) != GOOD
    _, one = RING.verify(GOOD, now=NOW)
    _, other = RING.verify(malleated(GOOD), now=NOW)
    assert one.jti == other.jti


def test_a_token_ends_on_the_second() -> None:
    last = NOW.replace(microsecond=0) + LIFETIME_MAX
    RING.verify(GOOD, now=last - timedelta(microseconds=1))
    with pytest.raises(Unauthenticated):
        RING.verify(GOOD, now=last)


def test_a_new_key_is_published_before_it_signs_and_a_retired_one_is_refused() -> None:
    coming = SigningKey(OTHER.kid, OTHER.private_pem, NOW + timedelta(minutes=2))
    ring = TokenRing(ISSUER, [coming, KEY])
    assert {each["kid"] for each in ring.public_jwks()["keys"]} == {KEY.kid, OTHER.kid}
    assert all("d" not in each for each in ring.public_jwks()["keys"])
    before = ring.issue(OFFICER, now=NOW)
    after = ring.issue(OFFICER, now=NOW + timedelta(minutes=2))
    assert decoded(before.split(".")[0])["kid"] == KEY.kid
    assert decoded(after.split(".")[0])["kid"] == OTHER.kid
    ring.verify(before, now=NOW + timedelta(minutes=9))
    ring.replace_keys([coming])
    with pytest.raises(Unauthenticated):
        ring.verify(before, now=NOW)


def test_only_p256_keys_are_taken() -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    pem = private.private_bytes(
        _ENCODINGS.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(ValueError, match="P-256"):
        TokenRing(ISSUER, [SigningKey("k", pem)])
