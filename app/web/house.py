"""The parts of one running process, put together once and handed to routes and jobs."""

import secrets
from dataclasses import dataclass, replace
from typing import cast

from fastapi import Request
from pydantic import SecretStr

from app.access.tokens import TokenRing
from app.db.crypto import KeyRing
from app.db.engine import Engines
from app.exchange.verification.actions.take_allowance import Allowances
from app.exchange.verification.actions.verify_person import Verifier
from app.files.published import PublishedFiles, published_files
from app.files.store import DocumentStore
from app.gateways.assessment_network import AssessmentNetwork
from app.gateways.bank import BANK_PACE, Bank
from app.gateways.cardholder_base import CardholderBase
from app.gateways.citizen_identity import CitizenIdentityGateway
from app.gateways.insurance import UnemploymentInsurance
from app.gateways.insurance_memory import RememberedInsurance
from app.gateways.message_signatures import SharedKey
from app.gateways.messages import MessageGateway
from app.gateways.peer_registry import PeerRegistries
from app.settings import Settings

_SANDBOX_CARDHOLDER_SECRET = "sandbox-only-cardholder-base-secret"  # noqa: S105 - public, opens only the sandbox
_SANDBOX_NETWORK_SECRET = "sandbox-only-assessment-network-secret"  # noqa: S105 - public, opens only the sandbox
_SANDBOX_CITIZEN_SECRET = "sandbox-only-citizen-identity-secret"  # noqa: S105 - public, opens only the sandbox
_SANDBOX_INSURANCE_SECRET = "sandbox-only-unemployment-insurance-secret"  # noqa: S105 - public, opens only the sandbox
_SANDBOX_BANK_SECRET = "sandbox-only-bank-secret-of-32-bytes"  # noqa: S105 - public, opens only the sandbox
_SANDBOX_MESSAGES_SECRET = "sandbox-only-message-gateway-secret"  # noqa: S105 - public, opens only the sandbox
_NOWHERE = "http://127.0.0.1:9"
"""Discard port: a deployment without an address for an outside system sees it as unavailable."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything a route may need that is not in the request."""

    settings: Settings
    engines: Engines
    keys: KeyRing
    tokens: TokenRing
    documents: DocumentStore
    log_files: PublishedFiles
    cardholder_base: CardholderBase
    assessment_network: AssessmentNetwork
    citizen_identity: CitizenIdentityGateway
    unemployment_insurance: UnemploymentInsurance
    insurance_for_pages: RememberedInsurance
    bank: Bank
    message_gateway: MessageGateway
    peers: PeerRegistries
    allowances: Allowances
    verifier: Verifier

    @classmethod
    def of(cls, settings: Settings) -> "House":
        """Make the parts of a deployment. An evaluation gets a fresh key ring when it has none."""
        if settings.evaluation and not settings.keyring_file.exists():
            KeyRing.generate().save(settings.keyring_file)
        keys = KeyRing.load(settings.keyring_file)
        citizen_secret = settings.citizen_client_secret
        engines, tokens = Engines(settings), TokenRing(settings.issuer, [])
        allowances = Allowances(engines, settings)
        insurance = _unemployment_insurance(settings)
        return cls(
            settings=settings,
            engines=engines,
            keys=keys,
            tokens=tokens,
            documents=DocumentStore.at(settings.object_store_url, keys),
            log_files=published_files(settings.log_store_url),
            cardholder_base=CardholderBase(
                base_url=str(settings.cardholder_base_url or _NOWHERE),
                key=_shared_key(
                    settings.cardholder_key_id, settings.cardholder_secret, _SANDBOX_CARDHOLDER_SECRET
                ),
            ),
            assessment_network=AssessmentNetwork(
                base_url=str(settings.assessment_network_url or _NOWHERE),
                key=_shared_key(
                    settings.assessment_network_key_id,
                    settings.assessment_network_secret,
                    _SANDBOX_NETWORK_SECRET,
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
            unemployment_insurance=insurance,
            insurance_for_pages=RememberedInsurance(insurance),
            bank=_bank(settings),
            message_gateway=_message_gateway(settings),
            peers=PeerRegistries(),
            allowances=allowances,
            verifier=Verifier(allowances, settings, keys, tokens),
        )

    async def close(self) -> None:
        """Give back every connection."""
        await self.verifier.close()
        await self.cardholder_base.aclose()
        await self.assessment_network.aclose()
        await self.citizen_identity.aclose()
        await self.unemployment_insurance.aclose()
        await self.bank.aclose()
        await self.message_gateway.aclose()
        await self.peers.aclose()
        await self.engines.dispose()


def _unemployment_insurance(settings: Settings) -> UnemploymentInsurance:
    return UnemploymentInsurance(
        base_url=str(settings.unemployment_insurance_url or _NOWHERE),
        key=_shared_key(
            settings.unemployment_insurance_key_id,
            settings.unemployment_insurance_secret,
            _SANDBOX_INSURANCE_SECRET if settings.evaluation else None,
        ),
    )


def _bank(settings: Settings) -> Bank:
    return Bank(
        base_url=str(settings.bank_url or _NOWHERE),
        key=_shared_key(
            settings.bank_key_id,
            settings.bank_secret,
            _SANDBOX_BANK_SECRET if settings.evaluation else None,
        ),
        push_url=settings.bank_push_url,
        pace=replace(BANK_PACE, attempt_seconds=settings.bank_patience_seconds),
    )


def _message_gateway(settings: Settings) -> MessageGateway:
    return MessageGateway(
        base_url=str(settings.message_gateway_url or _NOWHERE),
        key=_shared_key(
            settings.message_gateway_key_id,
            settings.message_gateway_secret,
            _SANDBOX_MESSAGES_SECRET if settings.evaluation else None,
        ),
    )


def _shared_key(key_id: str, secret: SecretStr | None, of_sandbox: str | None) -> SharedKey:
    """The key agreed on, or the sandbox's, or one that nobody shares, so that nobody speaks for an absent system.

    The sandbox's is public: outside an evaluation it would let anybody sign a bank's notice.
    """
    agreed = of_sandbox if secret is None else secret.get_secret_value()
    return SharedKey(key_id=key_id, secret=secrets.token_bytes(32) if agreed is None else agreed.encode())


async def house(request: Request) -> House:
    """Dependency: the parts this process was made of, with the keys as they are now.

    A rotation by the command line counts from the next request on; a stale process could register a known number twice.
    """
    parts = cast(House, request.app.state.house)
    parts.keys.refresh()
    return parts
