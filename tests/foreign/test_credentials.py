"""Open Badges 3.0 credentials and the status list, verified by npm's jose, which knows nothing of us; and refused."""

import base64
import gzip
import json
import subprocess
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.access.tokens import SigningKey, TokenRing
from app.exchange.extracts.rules.credentials import LIST_BITS, encoded_list, identity_hash
from app.kernel.clock import utc_now
from tests.api.test_shares import NAME, archived, revoke_entry
from tests.builders.finished_class import Trainee
from tests.foreign.tools import jose, tool
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio


def judged(jwks: dict[str, Any], issuer: str, typ: str, tokens: list[str]) -> list[dict[str, Any]]:
    asked = json.dumps({"jwks": jwks, "issuer": issuer, "typ": typ, "tokens": tokens})
    said = subprocess.run(
        [tool("node"), str(jose() / "verify.mjs")], input=asked, capture_output=True, text=True, check=True
    )
    answers: list[dict[str, Any]] = json.loads(said.stdout)
    return answers


def decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def corrupted(token: str, issuer: str) -> dict[str, str]:
    """Each differs from a good credential in one thing."""
    header, payload, signature = token.split(".")
    claims, head = json.loads(decoded(payload)), json.loads(decoded(header))
    better = {**claims, "name": "一级/高级技师"}
    flipped = bytearray(decoded(signature))
    flipped[10] ^= 1
    other = TokenRing(issuer, [SigningKey.generate()])
    foreign = other.sign_statement(
        {name: claims[name] for name in claims if name not in {"iss", "iat"}},
        typ="JWT",
        now=utc_now(),
        expires=None,
    )
    stolen_kid = ".".join([header, *foreign.split(".")[1:]])
    elsewhere = jwt.encode(
        {**claims, "iss": "https://elsewhere.example"}, ec.generate_private_key(ec.SECP256R1()), "ES256", head
    )
    return {
        "another content": f"{header}.{encoded(json.dumps(better).encode())}.{signature}",
        "a flipped bit of the signature": f"{header}.{payload}.{encoded(bytes(flipped))}",
        "no signature": f"{header}.{payload}.",
        "a cut signature": f"{header}.{payload}.{signature[:-8]}",
        "no algorithm": f"{encoded(json.dumps({**head, 'alg': 'none'}).encode())}.{payload}.",
        "a foreign key under our name of it": stolen_kid,
        "a key that is not ours": foreign,
        "another kind of statement": f"{encoded(json.dumps({**head, 'typ': 'at+jwt'}).encode())}.{payload}.{signature}",
        "another issuer": elsewhere,
    }


async def test_a_foreign_verifier_believes_it_and_nothing_like_it(registry: Registry) -> None:
    _, citizen, number = await archived(registry)
    made = await citizen.post("/v1/me/credentials", json={"record_number": number})
    assert made.status_code == 201, made.text
    token, issuer = made.json()["jwt"], registry.house.settings.issuer
    jwks = (await registry.client.get("/.well-known/jwks.json")).json()
    wrong = corrupted(token, issuer)
    good, *bad = judged(jwks, issuer, "JWT", [token, *wrong.values()])
    assert good == {
        "holds": True,
        "id": f"urn:uuid:{made.json()['credential_id']}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
    }
    assert dict(zip(wrong, (each["holds"] for each in bad), strict=True)) == dict.fromkeys(wrong, False)
    claims = json.loads(decoded(token.split(".")[1]))
    assert (claims["sub"], claims["jti"]) == (claims["credentialSubject"]["id"], claims["id"])
    (identity,) = claims["credentialSubject"]["identifier"]
    assert identity["identityHash"] == identity_hash(NAME, identity["salt"])
    told = decoded(token.split(".")[1]).decode()
    assert NAME not in told
    assert Trainee(serial=931).number not in told

    status = claims["credentialStatus"]
    listed = await registry.client.get(status["statusListCredential"].removeprefix(issuer))
    assert listed.headers["content-type"] == "application/vc+jwt"
    (list_holds,) = judged(jwks, issuer, "vc+jwt", [listed.text])
    assert list_holds["holds"]
    assert not bit(listed.text, int(status["statusListIndex"]))
    await revoke_entry(registry, number)
    again = await registry.client.get(status["statusListCredential"].removeprefix(issuer))
    assert bit(again.text, int(status["statusListIndex"]))
    refused = await citizen.post("/v1/me/credentials", json={"record_number": number})
    assert codes(refused) == ["record_not_in_force"]
    assert (await registry.client.get("/v1/credential-status/2")).status_code == 404


def bit(status_list: str, slot: int) -> bool:
    """Read as W3C Bitstring Status List 1.0 section 3.3 says."""
    claims = json.loads(decoded(status_list.split(".")[1]))
    packed = claims["credentialSubject"]["encodedList"]
    assert packed[0] == "u"
    bits = gzip.decompress(decoded(packed[1:]))
    assert len(bits) * 8 == LIST_BITS
    return f"{int.from_bytes(bits):0{LIST_BITS}b}"[slot] == "1"


@pytest.mark.parametrize("slot", [0, 7, 8, LIST_BITS - 1])
def test_bits_are_counted_from_the_left(slot: int) -> None:
    bits = gzip.decompress(decoded(encoded_list([slot])[1:]))
    assert f"{int.from_bytes(bits):0{LIST_BITS}b}".index("1") == slot
