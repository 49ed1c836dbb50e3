"""Proof in the citizen's own hands: a share that is opened and taken back, a paper and a credential that hold."""

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.demo.actors.citizen import Citizen
from app.demo.actors.sign_in import sign_in_citizen
from app.demo.check.cast import Cast
from app.demo.check.teaching_steps import LONG_NAMED
from app.demo.journal import require


def carry_proof(cast: Cast) -> None:
    """Everything a person takes along, and what strangers make of it."""
    citizen = Citizen(sign_in_citizen(cast.api, cast.sandbox.base_url, LONG_NAMED.number))
    _share(cast, citizen)
    _print(cast, citizen)
    _issue(cast, citizen)


def _share(cast: Cast, citizen: Citizen) -> None:
    with cast.journal.step("本人分享档案：持链接者不登录即可查看，本人看到每次查看；收回后打不开"):
        wish = {"scope": "record", "fields": ["period", "program", "institution"], "looks_max": 5}
        made = citizen.caller.post("/v1/me/shares", wish).expect(201)
        opened = cast.api.post("/v1/shares:open", {"code": made["code"]}).expect(200)
        require(opened["name"] == "阿*", f"姓名已遮盖：{opened['name']}")
        require(LONG_NAMED.number not in opened.content.decode(), "分享中没有证件号码")
        shares = [look for look in citizen.accesses()["items"] if look["proof_id"] == made["share_id"]]
        require(len(shares) == 1, f"本人看到一次查看：{shares}")
        citizen.caller.post(f"/v1/me/shares/{made['share_id']}:revoke").expect(200)
        closed = cast.api.post("/v1/shares:open", {"code": made["code"]})
        cast.journal.refused(closed, 409, "share_revoked")


def _print(cast: Cast, citizen: Citizen) -> None:
    with cast.journal.step("打印终身档案（PDF），任何人凭验证码核验；查无此码的不认"):
        made = citizen.caller.post("/v1/me/extracts", {}).expect(201)
        page = citizen.caller.get(made["pdf"]).expect(200)
        require(page.content.startswith(b"%PDF-"), "应为 PDF")
        found = cast.api.post("/v1/printed-documents:verify", {"code": made["code"]}).expect(200)
        require(found["standing"] == "valid", f"应为有效：{found.in_words()}")
        unknown = cast.api.post("/v1/printed-documents:verify", {"code": "0000-0000-0000-0000-0000"})
        cast.journal.refused(unknown, 404, "document_code_unknown")


def _issue(cast: Cast, citizen: Citizen) -> None:
    with cast.journal.step("开具电子凭证（Open Badges 3.0），凭公开密钥验证；改动一字即不成立"):
        number = next(
            each["record_number"]
            for each in citizen.record()["entries"]
            if each["kind"] == "completion" and each["state"] == "in_force"
        )
        signed = citizen.caller.post("/v1/me/credentials", {"record_number": number}).expect(201)["jwt"]
        keys = cast.api.get("/.well-known/jwks.json").expect(200)["keys"]
        require(_holds(signed, keys), "凭证应可凭公开密钥验证")
        header, payload, signature = signed.split(".")
        altered = _encoded(_decoded(payload).replace(number.encode(), b"R110105-2026-99999999-0"))
        require(not _holds(f"{header}.{altered}.{signature}", keys), "改动后的凭证不应成立")


def _holds(token: str, keys: list[dict[str, Any]]) -> bool:
    """ES256 (RFC 7518 section 3.4), as anybody with the key set checks it."""
    header, payload, signature = token.split(".")
    kid = json.loads(_decoded(header))["kid"]
    key = next(each for each in keys if each["kid"] == kid)
    x, y = (int.from_bytes(_decoded(key[name])) for name in ("x", "y"))
    octets = _decoded(signature)
    der = encode_dss_signature(int.from_bytes(octets[:32]), int.from_bytes(octets[32:]))
    try:
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(
            der, f"{header}.{payload}".encode(), ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature:
        return False
    return True


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _encoded(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
