"""Signatures of others: a foreign library signs, a foreign vector agrees, and every forgery is refused."""

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.gateways.message_signatures import SharedKey, _hmac_item
from app.gateways.signatures import TokenInvalid, UnknownKey, keys_of_jwks, verify_es256

KEY = ec.generate_private_key(ec.SECP256R1())
KEYS = {"k1": KEY.public_key()}
CLAIMS = {"sub": "someone", "name": "王样安"}


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def jwk(**changes: object) -> dict[str, object]:
    numbers = KEY.public_key().public_numbers()
    entry = {
        "kty": "EC",
        "crv": "P-256",
        "kid": "k1",
        "x": encoded(numbers.x.to_bytes(32)),
        "y": encoded(numbers.y.to_bytes(32)),
    }
    return {**entry, **changes}


def document(*entries: dict[str, object]) -> bytes:
    return json.dumps({"keys": list(entries)}).encode()


def token(key: ec.EllipticCurvePrivateKey = KEY, **headers: object) -> str:
    return jwt.encode(CLAIMS, key, algorithm="ES256", headers={"kid": "k1", **headers})


def test_token_of_a_foreign_library_verifies_with_its_published_key() -> None:
    keys = keys_of_jwks(document(jwk()))
    assert json.loads(verify_es256(token(), keys)) == CLAIMS


def signed_with_header(header: dict[str, object]) -> str:
    """Rightly signed by the right key, so that nothing but the header can be the reason of a refusal."""
    signed = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(CLAIMS).encode())}"
    r, s = decode_dss_signature(KEY.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{encoded(r.to_bytes(32) + s.to_bytes(32))}"


def forgeries() -> dict[str, str]:
    head, payload, signature = token().split(".")
    other = encoded(json.dumps({**CLAIMS, "sub": "else"}).encode())
    raw = base64.urlsafe_b64decode(signature + "==")
    return {
        "other payload": f"{head}.{other}.{signature}",
        "other key": token(ec.generate_private_key(ec.SECP256R1())),
        "no signature": f"{head}.{payload}.",
        "alg none": jwt.encode(CLAIMS, None, algorithm="none", headers={"kid": "k1"}),
        "alg HS256": jwt.encode(CLAIMS, "s" * 32, algorithm="HS256", headers={"kid": "k1"}),
        "alg renamed": signed_with_header({"alg": "ES384", "kid": "k1"}),
        "jku": token(jku="http://127.0.0.1/keys"),
        "jwk": token(jwk=jwk()),
        "crit": token(crit=["exp"]),
        "other typ": token(typ="at+jwt"),
        "no kid": signed_with_header({"alg": "ES256"}),
        "kid not text": signed_with_header({"alg": "ES256", "kid": 1}),
        "padded": f"{head}.{payload}.{signature}==",
        "zero signature": f"{head}.{payload}.{encoded(bytes(64))}",
        "short signature": f"{head}.{payload}.{encoded(raw[:63])}",
        "long signature": f"{head}.{payload}.{encoded(raw + b'0')}",
        "two parts": f"{head}.{payload}",
        "four parts": f"{head}.{payload}.{signature}.x",
        "white space": f" {token()}",
        "too long": f"{head}.{payload + 'A' * 9_000}.{signature}",
        "not base64url": f"{head}.{payload}.{'+' * 86}",
        "beyond ASCII": f"{head}.{payload}.样",
        "empty": "",
    }


@pytest.mark.parametrize("name", forgeries())
def test_forged_token_is_refused(name: str) -> None:
    with pytest.raises(TokenInvalid):
        verify_es256(forgeries()[name], KEYS)


def test_unknown_key_is_told_apart_so_that_the_keys_can_be_read_again() -> None:
    with pytest.raises(UnknownKey):
        verify_es256(token(kid="k2"), KEYS)


def test_last_bits_of_the_signature_have_one_spelling() -> None:
    head, payload, signature = token().split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other_last = alphabet[alphabet.index(signature[-1]) ^ 1]
    with pytest.raises(TokenInvalid):
        verify_es256(f"{head}.{payload}.{signature[:-1]}{other_last}", KEYS)


@pytest.mark.parametrize(
    "octets",
    [
        b"[]",
        b"no",
        document(),
        document(jwk(), jwk()),
        document(jwk(d="AAAA")),
        document(jwk(kid="")),
        document(jwk(x=encoded(bytes(32)))),
        document(jwk(x=encoded(bytes(31)))),
        document(jwk(x=None)),
        document(jwk(use="enc")),
        document(jwk(crv="P-384")),
        document(*[jwk(kid=f"k{number}") for number in range(17)]),
    ],
)
def test_bad_key_set_is_refused(octets: bytes) -> None:
    with pytest.raises(TokenInvalid):
        keys_of_jwks(octets)


def test_keys_of_other_kinds_are_passed_over() -> None:
    assert keys_of_jwks(document({"kty": "RSA", "kid": "r"}, jwk())).keys() == {"k1"}


def test_vector_of_rfc_9421_b_2_5() -> None:
    secret = base64.b64decode(
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    )
    base = (
        '"date": Tue, 20 Apr 2021 02:07:55 GMT\n"@authority": example.com\n"content-type": application/json\n'
        '"@signature-params": ("date" "@authority" "content-type")'
        ';created=1618884473;keyid="test-shared-secret"'
    )
    assert _hmac_item(SharedKey("test-shared-secret", secret), base) == (
        ":pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:"
    )


def test_weak_secret_and_odd_key_id_are_refused_without_showing_them() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes") as weak:
        SharedKey("registry", b"short-secret")
    assert "short" not in str(weak.value)
    with pytest.raises(ValueError, match="key id"):
        SharedKey('a"b', b"s" * 32)
