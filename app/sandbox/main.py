"""The national platforms as a separate ASGI app, for demo and tests; no part of the registry's own process.

``uvicorn app.sandbox.main:create_app --factory`` or ``python -m app.sandbox --port 8100``. All people are
synthetic.
"""

import os
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.sandbox import bank, cardholder_base, citizen_identity, insurance, messages
from app.sandbox.assessment_controls import AssessmentControls
from app.sandbox.assessment_network import AssessmentNetwork
from app.sandbox.bank_controls import BankControls
from app.sandbox.bank_ledger import Ledger
from app.sandbox.bank_notices import BankNotifier
from app.sandbox.behavior import Behavior, NetworkBehavior, Stand, System
from app.sandbox.certificate_population import CertificatePopulation
from app.sandbox.certificate_pushes import Pusher
from app.sandbox.certificate_register import CertificateRegister
from app.sandbox.desk import Desk
from app.sandbox.insurance_controls import InsuranceControls
from app.sandbox.insurance_register import InsuranceRegister
from app.sandbox.message_signatures import Verifier
from app.sandbox.oidc_grants import Client
from app.sandbox.population import Cardholder, CardholderState, Population, normalized_number

DEFAULT_KEY_ID = "registry"
DEFAULT_CLIENT_ID = "training-record-registry"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """What the sandbox shares with its one client; the defaults are public and protect no real person."""

    seed: int = 20250307
    people: int = 5_000
    certificates: int = 60_000
    changes_kept: int = 5_000
    cardholder_key_id: str = DEFAULT_KEY_ID
    cardholder_secret: str = field(default="sandbox-only-cardholder-base-secret", repr=False)
    assessment_key_id: str = DEFAULT_KEY_ID
    assessment_secret: str = field(default="sandbox-only-assessment-network-secret", repr=False)
    insurance_key_id: str = DEFAULT_KEY_ID
    insurance_secret: str = field(default="sandbox-only-unemployment-insurance-secret", repr=False)
    bank_key_id: str = DEFAULT_KEY_ID
    bank_secret: str = field(default="sandbox-only-bank-secret-of-32-bytes", repr=False)
    messages_key_id: str = DEFAULT_KEY_ID
    messages_secret: str = field(default="sandbox-only-message-gateway-secret", repr=False)
    citizen_client_id: str = DEFAULT_CLIENT_ID
    citizen_client_secret: str = field(default="sandbox-only-citizen-identity-secret", repr=False)
    citizen_redirect_uris: tuple[str, ...] = ("http://127.0.0.1/sign-in/citizen/callback",)
    issuer: str | None = None

    @classmethod
    def from_environment(cls) -> "SandboxConfig":
        """``SANDBOX_<FIELD>`` for each field; redirect addresses are parted by blanks."""
        found: dict[str, str] = {
            name: os.environ[f"SANDBOX_{name.upper()}"]
            for name in cls.__dataclass_fields__
            if f"SANDBOX_{name.upper()}" in os.environ
        }
        changes: dict[str, object] = dict(found)
        for name in {"seed", "people", "certificates", "changes_kept"} & found.keys():
            changes[name] = int(found[name])
        if "citizen_redirect_uris" in found:
            changes["citizen_redirect_uris"] = tuple(found["citizen_redirect_uris"].split())
        return cls(**changes)  # type: ignore[arg-type]  # each value has just been given its field's type


class PersonIn(BaseModel):
    """A synthetic person to register."""

    model_config = ConfigDict(extra="forbid")

    social_security_number: Annotated[str, Field(min_length=15, max_length=18)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    card_number: Annotated[str | None, Field(pattern=r"^[0-9A-Za-z]{1,20}$")] = None
    state: CardholderState = CardholderState.NORMAL


class PeopleIn(BaseModel):
    """Up to 10,000 persons in one request."""

    model_config = ConfigDict(extra="forbid")

    persons: Annotated[list[PersonIn], Field(min_length=1, max_length=10_000)]


def create_app(config: SandboxConfig | None = None) -> FastAPI:
    """The sandbox with its own population in memory; without ``config`` it is read from the environment."""
    config = config or SandboxConfig.from_environment()
    population = Population(seed=config.seed, people=config.people)
    stands = {system: Stand() for system in System}
    app = FastAPI(title="国家平台模拟环境（虚构数据）", openapi_url=None)
    app.include_router(
        cardholder_base.router(
            population,
            stands[System.CARDHOLDER_BASE],
            Verifier({config.cardholder_key_id: config.cardholder_secret.encode()}),
            seed=config.seed,
        )
    )
    app.include_router(
        citizen_identity.router(
            population,
            stands[System.CITIZEN_IDENTITY],
            Client(
                client_id=config.citizen_client_id,
                client_secret=config.citizen_client_secret,
                redirect_uris=config.citizen_redirect_uris,
            ),
            issuer=config.issuer,
        )
    )
    stands[System.ASSESSMENT_NETWORK] = Stand(NetworkBehavior())
    _add_assessment_network(app, config, population, stands[System.ASSESSMENT_NETWORK])
    _add_insurance(app, config, population, stands[System.UNEMPLOYMENT_INSURANCE])
    _add_bank(app, config, population, stands[System.BANK])
    _add_messages(app, config, stands[System.MESSAGE_GATEWAY])
    _add_controls(app, population, stands)
    return app


def _add_assessment_network(
    app: FastAPI, config: SandboxConfig, population: Population, stand: Stand
) -> None:
    people = population.listed(state=None, offset=0, limit=len(population))
    certificates = CertificatePopulation(people, seed=config.seed, certificates=config.certificates)
    register = CertificateRegister(certificates, changes_kept=config.changes_kept)
    secret = config.assessment_secret.encode()
    pusher = Pusher(stand, key_id=config.assessment_key_id, secret=secret)
    register.listeners.append(pusher.announce)
    verifier = Verifier({config.assessment_key_id: secret})
    network = AssessmentNetwork(register, stand, verifier, seed=config.seed)
    app.include_router(network.router())
    app.include_router(AssessmentControls(register, population, stand, pusher).router())


def _add_insurance(app: FastAPI, config: SandboxConfig, population: Population, stand: Stand) -> None:
    register = InsuranceRegister(population)
    desk = Desk(
        stand,
        Verifier({config.insurance_key_id: config.insurance_secret.encode()}),
        seed=config.seed + 1,
        body_bytes_max=insurance.BODY_BYTES_MAX,
        oversize_bytes=insurance.OVERSIZE_BYTES,
    )
    app.include_router(insurance.Insurance(register, desk).router())
    app.include_router(InsuranceControls(register).router())


def _add_bank(app: FastAPI, config: SandboxConfig, population: Population, stand: Stand) -> None:
    secret = config.bank_secret.encode()
    desk = Desk(
        stand,
        Verifier({config.bank_key_id: secret}),
        seed=config.seed + 2,
        body_bytes_max=bank.BODY_BYTES_MAX,
        oversize_bytes=bank.OVERSIZE_BYTES,
    )
    ledger = Ledger(population, desk.evidence_id)
    notifier = BankNotifier(stand, key_id=config.bank_key_id, secret=secret)
    ledger.listeners.append(lambda order: notifier.announce(order, ledger.evidence_of(order)))
    counter = bank.BankCounter(ledger, desk)
    app.include_router(counter.router())
    app.include_router(BankControls(ledger, counter, notifier).router())


def _add_messages(app: FastAPI, config: SandboxConfig, stand: Stand) -> None:
    desk = Desk(
        stand,
        Verifier({config.messages_key_id: config.messages_secret.encode()}),
        seed=config.seed + 3,
        body_bytes_max=messages.BODY_BYTES_MAX,
        oversize_bytes=messages.OVERSIZE_BYTES,
    )
    app.include_router(messages.MessagePlatform(desk).router())


def _add_controls(app: FastAPI, population: Population, stands: dict[System, Stand]) -> None:
    """What a demo or a test steers the sandbox with; no outside system has these."""

    @app.post("/sandbox/persons")
    async def register_persons(people: PeopleIn) -> dict[str, int]:
        first = len(population)
        added, replaced = population.register(
            Cardholder(
                social_security_number=normalized_number(person.social_security_number),
                name=person.name,
                card_number=person.card_number or f"R{(first + offset) % 10**8:08d}",
                state=person.state,
            )
            for offset, person in enumerate(people.persons)
        )
        return {"registered": added, "replaced": replaced, "population": len(population)}

    @app.get("/sandbox/persons")
    async def list_persons(
        state: CardholderState | None = None, offset: int = 0, limit: int = 50
    ) -> dict[str, list[Cardholder]]:
        return {"persons": population.listed(state=state, offset=max(offset, 0), limit=min(limit, 10_000))}

    @app.put("/sandbox/behavior/{system}")
    async def set_behavior(system: System, behavior: Behavior) -> Behavior:
        stands[system].behave(behavior.model_copy())
        return behavior

    @app.get("/sandbox/behavior/{system}")
    async def get_behavior(system: System) -> Behavior:
        return stands[system].behavior

    @app.get("/sandbox/stats")
    async def stats() -> dict[str, dict[str, int]]:
        return {system.value: dict(stand.counts) for system, stand in stands.items()}

    @app.get("/sandbox/health")
    async def health() -> Response:
        return Response(status_code=204)
