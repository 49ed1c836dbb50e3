"""The parts of one running process, put together once in ``app.main`` and handed to routes."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from app.access.tokens import TokenRing
from app.db.crypto import KeyRing
from app.db.engine import Engines
from app.files.store import ObjectStore
from app.gateways.cardholder_base import CardholderBase
from app.gateways.citizen_identity import CitizenIdentityProvider
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class House:
    """Everything a route may need that is not in the request."""

    settings: Settings
    engines: Engines
    keys: KeyRing
    tokens: TokenRing
    objects: ObjectStore
    cardholder_base: CardholderBase
    citizen_identity: CitizenIdentityProvider


def house(request: Request) -> House:
    """Dependency: the parts this process was made of."""
    return cast(House, request.app.state.house)
