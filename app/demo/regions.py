"""Two regions side by side, each a whole registry with its own data, that know each other and ask before they pay."""

import base64
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.demo.actors.sign_in import Login, sign_in
from app.demo.client import Api, Caller
from app.demo.province_data import PROVINCE
from app.kernel.clock import utc_now

_KEY_HELD = timedelta(days=365)
_BUDGET = 5_000
SECOND_REGION = "region-b"
"""Folder of the second region below the first one's."""

REGION_NAMES = ("甲地职业技能培训登记中心", "乙地职业技能培训登记中心")
_DIVISIONS = ("330000", "510000")
_DOCUMENT = ("两地职业技能培训数据共享协议（演示）", "第三条")


def introduce(sides: tuple[Api, Api], notes: tuple[Mapping[str, Any], Mapping[str, Any]]) -> None:
    """Register each at the other, with its published key, and put it on the other's list.

    What two security administrators do by hand, and what two registries agree on before: the key of the tokens.
    """
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    officers = [_administrators(api, told) for api, told in zip(sides, notes, strict=True)]
    for place in (0, 1):
        other = 1 - place
        _register(officers[place], sides[other], REGION_NAMES[other], _DIVISIONS[other], secret)


def _register(officers: tuple[Caller, Caller], other: Api, name: str, division: str, secret: str) -> None:
    proposer, confirmer = officers
    about = {
        "name": name,
        "division_code": division,
        "issuer": other.base_url,
        "base_url": other.base_url,
        "token_secret": secret,
        "hourly_budget": _BUDGET,
    }
    peer_id = proposer.post("/v1/peer-registries", about).expect(201)["peer_id"]
    now = utc_now()
    for jwk in other.get("/.well-known/jwks.json").expect(200)["keys"]:
        key = {
            "public_jwk": jwk,
            "valid_from": (now - timedelta(minutes=5)).isoformat(),
            "valid_until": (now + _KEY_HELD).isoformat(),
        }
        path = f"/v1/peer-registries/{peer_id}/keys"
        proposer.post(path, key).expect(201)
        confirmer.post(f"{path}/{jwk['kid']}:confirm").expect(200)
    confirmer.post(f"/v1/peer-registries/{peer_id}:confirm").expect(200)
    for kind in ("skill_upgrade", "training"):
        rule = {
            "peer_id": peer_id,
            "kind": kind,
            "division_code": PROVINCE,
            "starts_on": now.date().isoformat(),
            "document": _DOCUMENT[0],
            "clause": _DOCUMENT[1],
        }
        rule_id = proposer.post("/v1/asking-rules", rule).expect(201)["rule_id"]
        confirmer.post(f"/v1/asking-rules/{rule_id}:confirm").expect(200)


def _administrators(api: Api, notes: Mapping[str, Any]) -> tuple[Caller, Caller]:
    stored = notes["credentials"]["administrators"]
    return _signed_in(api, stored["security"]), _signed_in(api, stored["second_security"])


def _signed_in(api: Api, stored: Mapping[str, str]) -> Caller:
    return sign_in(api, Login(stored["username"], stored["password"], stored["totp_secret"]))
