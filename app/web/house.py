"""The parts of one running process, put together once and handed to routes and jobs."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from app.access.tokens import TokenRing
from app.db.crypto import KeyRing
from app.db.engine import Engines
from app.files.store import DocumentStore
from app.gateways.assessment_network import AssessmentNetwork
from app.gateways.cardholder_base import CardholderBase
from app.gateways.citizen_identity import CitizenIdentityGateway
from app.gateways.message_signatures import SharedKey
from app.settings import Settings

_SANDBOX_CARDHOLDER_SECRET = "sandbox-only-cardholder-base-secret"  # noqa: S105 - public, opens only the sandbox
_SANDBOX_NETWORK_SECRET = "sandbox-only-assessment-network-secret"  # noqa: S105 - public, opens only the sandbox
_SANDBOX_CITIZEN_SECRET = "sandbox-only-citizen-identity-secret"  # noqa: S105 - public, opens only the sandbox
_NOWHERE = "http://127.0.0.1:9"
"""Discard port: an evaluation without sandbox addresses sees every outside system as unavailable."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything a route may need that is not in the request."""

    settings: Settings
    engines: Engines
    keys: KeyRing
    tokens: TokenRing
    documents: DocumentStore
    cardholder_base: CardholderBase
    assessment_network: AssessmentNetwork
    citizen_identity: CitizenIdentityGateway

    @classmethod
    def of(cls, settings: Settings) -> "House":
        """Make the parts of a deployment. An evaluation gets a fresh key ring when it has none."""
        if settings.evaluation and not settings.keyring_file.exists():
            KeyRing.generate().save(settings.keyring_file)
        keys = KeyRing.load(settings.keyring_file)
        cardholder_secret, citizen_secret = settings.cardholder_secret, settings.citizen_client_secret
        network_secret = settings.assessment_network_secret
        return cls(
            settings=settings,
            engines=Engines(settings),
            keys=keys,
            tokens=TokenRing(settings.issuer, []),
            documents=DocumentStore.at(settings.object_store_url, keys),
            cardholder_base=CardholderBase(
                base_url=str(settings.cardholder_base_url or _NOWHERE),
                key=SharedKey(
                    key_id=settings.cardholder_key_id,
                    secret=(
                        cardholder_secret.get_secret_value()
                        if cardholder_secret
                        else _SANDBOX_CARDHOLDER_SECRET
                    ).encode(),
                ),
            ),
            assessment_network=AssessmentNetwork(
                base_url=str(settings.assessment_network_url or _NOWHERE),
                key=SharedKey(
                    key_id=settings.assessment_network_key_id,
                    secret=(
                        network_secret.get_secret_value() if network_secret else _SANDBOX_NETWORK_SECRET
                    ).encode(),
                ),
                push_url=settings.assessment_network_push_url,
            ),
            citizen_identity=CitizenIdentityGateway(
                issuer=str(settings.citizen_idp_url or _NOWHERE),
                client_id=settings.citizen_client_id,
                client_secret=citizen_secret.get_secret_value()
                if citizen_secret
                else _SANDBOX_CITIZEN_SECRET,
                redirect_uri=settings.citizen_redirect_uri,
            ),
        )

    async def close(self) -> None:
        """Give back every connection."""
        await self.cardholder_base.aclose()
        await self.assessment_network.aclose()
        await self.citizen_identity.aclose()
        await self.engines.dispose()


async def house(request: Request) -> House:
    """Dependency: the parts this process was made of, with the keys as they are now.

    A rotation by the command line counts from the next request on; a stale process could register a known number twice.
    """
    parts = cast(House, request.app.state.house)
    parts.keys.refresh()
    return parts
