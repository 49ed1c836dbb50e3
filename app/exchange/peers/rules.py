"""Pure rules between registries: tokens that stand for numbers, who may go on, and how often to ask again.

Why at most one of two registries pays: each answers under the lock that its own payments take. "Not claimed" is said
only while nothing is being paid here, and from then on the hold keeps us from paying. To pay, a registry needs the
other's confirmed hold and none against itself; for both to pay, each payment would have had to come before the
other's answer (tests/properties/test_two_registries.py walks every order).
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from app.exchange.peers.states import Attesting
from app.kernel.clock import parse_instant
from app.kernel.errors import Citation, Reason
from app.kernel.names import normalize_name

SECRET_BYTES = 32
_TOKEN_FORM = re.compile("[0-9a-f]{64}", re.ASCII)
_LEAST_S = 2
_LONGEST_S = 3_600
SEPARATION = Citation("GB/T 22239-2019", "8.1.5")


def thumbprint(jwk: Mapping[str, str]) -> str:
    """What two people compare when they tell a public key from another (RFC 7638, SHA-256, base64url)."""
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(members, sort_keys=True, separators=(",", ":")).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def number_token(secret: bytes, number: str) -> bytes:
    """What stands for ``number`` between two registries that share ``secret``: HMAC-SHA-256, 32 bytes."""
    return hmac.digest(secret, b"registry/number\0" + number.encode(), hashlib.sha256)


def name_token(secret: bytes, number: str, name: str) -> bytes:
    """The same of number and name: tells two persons under one number apart (piipan #450)."""
    said = f"{number}\0{normalize_name(name)}".encode()
    return hmac.digest(secret, b"registry/number-name\0" + said, hashlib.sha256)


@dataclass(frozen=True, slots=True)
class BenefitKey:
    """The once-only key of I2, the same in every registry of this product."""

    key_group: str
    benefit_line: str
    skill_level: str
    period: str


@dataclass(frozen=True, slots=True)
class Use:
    """One holding of the key here. ``is_promised``: a peer keeps its place for it."""

    filed_at: datetime | None
    is_spent: bool
    is_promised: bool


@dataclass(frozen=True, slots=True)
class OtherHold:
    """A hold that stands here for somebody, of the same person and key."""

    is_askers: bool
    is_confirmed: bool
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a peer says of its own claim: when it was filed there, and the peer's name for itself."""

    filed_at: datetime
    issuer: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything an answer rests on, read under the lock."""

    uses: tuple[Use, ...]
    holds: tuple[OtherHold, ...]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "Standing":
        """As the door ``look_for_attestation`` tells it."""
        return cls(
            tuple(
                Use(
                    None if use["submitted_at"] is None else parse_instant(use["submitted_at"]),
                    use["is_spent"],
                    use["is_promised"],
                )
                for use in found["uses"]
            ),
            tuple(
                OtherHold(hold["is_askers"], hold["is_confirmed"], hold["is_settled"])
                for hold in found["holds"]
            ),
        )


def attest(standing: Standing, asked: Asked, *, issuer: str) -> Attesting:
    """The answer of the registry ``issuer``.

    Both sides compare the same pairs (instant of filing, registry), so of two that ask each other exactly one gives
    way: the later one, and at the same instant the one whose name sorts behind.
    """
    if any(use.is_spent for use in standing.uses) or any(
        hold.is_settled and not hold.is_askers for hold in standing.holds
    ):
        return Attesting.CLAIMED
    if any(hold.is_askers and hold.is_confirmed for hold in standing.holds):
        # It has forgotten, or asks twice: what rests on the first may have been paid.
        return Attesting.CONFIRMED_BEFORE
    if any(use.is_promised or _comes_before(use, asked, issuer) for use in standing.uses):
        return Attesting.PENDING_THERE
    if any(not hold.is_askers for hold in standing.holds):
        return Attesting.HELD_FOR_OTHER
    return Attesting.NOT_CLAIMED


def is_about(claims: Mapping[str, Any], tokens: Iterable[str], key: BenefitKey) -> bool:
    """Whether a signed "not claimed" is of this key and of every one of these tokens (hex); another answer always."""
    if claims.get("outcome") != Attesting.NOT_CLAIMED:
        return True
    said = claims.get("tokens")
    return (
        isinstance(said, list)
        and all(isinstance(token, str) and _TOKEN_FORM.fullmatch(token) for token in said)
        and set(tokens) <= set(said)
        and claims.get("key") == asdict(key)
    )


def _comes_before(use: Use, asked: Asked, issuer: str) -> bool:
    return use.filed_at is not None and (use.filed_at, issuer) < (asked.filed_at, asked.issuer)


def is_named(secret: bytes, numbers: Iterable[str], names: Iterable[str], tokens: Sequence[bytes]) -> bool:
    """Whether one of the asker's number-and-name tokens is that of a person found here."""
    known = {name_token(secret, number, name) for number in numbers for name in names}
    return not known.isdisjoint(tokens)


def ask_again_in(tries: int) -> timedelta:
    """After ``tries`` (at least one) without a trustworthy answer: two seconds, doubling up to an hour."""
    return timedelta(seconds=min(_LEAST_S * 2 ** min(max(tries, 1) - 1, 20), _LONGEST_S))


def _second_person(what: str) -> Reason:
    return Reason(
        code="second_person_required",
        message=f"{what}须由另一名安全管理员确认，提出人不能自己确认",
        remedy="请由另一名安全管理员登录后确认",
        citation=SEPARATION,
    )


REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "peer_registry_second_person": _second_person("外省登记机构"),
    "peer_key_second_person": _second_person("外省登记机构的公钥"),
    "asking_rule_second_person": _second_person("须先询问的名单"),
    "asking_rule_end_second_person": _second_person("停止询问"),
    "peer_registry_issuer": Reason(
        code="peer_known",
        field="issuer",
        message="这个外省登记机构已经登记",
        remedy="请核对签发者地址；需要改变的，请先停用原登记",
    ),
    "peer_key_pkey": Reason(
        code="peer_key_known", field="public_jwk", message="这把公钥已经登记", remedy="请核对公钥的 kid"
    ),
    "peer_registry_address_form": Reason(
        code="peer_address_malformed",
        field="base_url",
        message="地址不是不带参数的网址",
        remedy="请填写形如 https://主机/路径 的地址",
    ),
    "asking_rule_forward": Reason(
        code="asking_rule_ends_before_start",
        field="ends_before",
        message="停止日期早于开始日期",
        remedy="请核对日期",
    ),
}
