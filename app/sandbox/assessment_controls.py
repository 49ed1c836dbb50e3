"""What a demo or a test steers the sandbox's assessment network with; the real network has none of these."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.sandbox.assessment_questions import CertificateNumber, IdentityNumber, IssuerCode, Name
from app.sandbox.behavior import NetworkBehavior, Stand, System
from app.sandbox.certificate_population import Entry
from app.sandbox.certificate_pushes import Pusher, PushTarget
from app.sandbox.certificate_register import CertificateRegister, UnknownCertificate, held_wire
from app.sandbox.population import Population

Kind = Literal["vocational_qualification", "skill_level", "special_skill", "special_operation"]
Level = Literal[
    "none",
    "apprentice",
    "level_5",
    "level_4",
    "level_3",
    "level_2",
    "level_1",
    "special_technician",
    "chief_technician",
]
OccupationCode = Annotated[str, Field(pattern=r"^[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}$")]
Text = Annotated[str, Field(min_length=1, max_length=100)]
_ISSUERS = {
    "skill_level": "S000011999999",
    "vocational_qualification": "10992999",
    "special_skill": "ZX1199",
    "special_operation": "YJ1199",
}


class CertificateIn(BaseModel):
    """A synthetic certificate to enter; hidden until published, or visible from a day on.

    ``name`` is the population's unless given; ``certificate_number`` is made by the kind's form unless given.
    """

    model_config = ConfigDict(extra="forbid")

    identity_number: IdentityNumber
    name: Name | None = None
    certificate_number: CertificateNumber | None = None
    kind: Kind = "skill_level"
    occupation_code: OccupationCode | None = None
    occupation_edition: Literal["2015", "2022"] | None = None
    occupation_name: Text
    trade: Text | None = None
    level: Level = "none"
    issuer_code: IssuerCode | None = None
    issuer_name: Text = "样例评价机构"
    issued_on: date
    valid_until: date | None = None
    review_due_on: date | None = None
    hidden: bool = False
    visible_from: date | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "CertificateIn":
        if (self.occupation_code is None) != (self.occupation_edition is None):
            raise ValueError("occupation_code and occupation_edition go together")
        if self.valid_until is not None and self.valid_until < self.issued_on:
            raise ValueError("valid_until lies before issued_on")
        return self


class CertificatesIn(BaseModel):
    """Up to 10,000 certificates in one request."""

    model_config = ConfigDict(extra="forbid")

    certificates: Annotated[list[CertificateIn], Field(min_length=1, max_length=10_000)]


class CorrectionIn(BaseModel):
    """What a correction changes; what is absent or null stays."""

    model_config = ConfigDict(extra="forbid")

    identity_number: IdentityNumber | None = None
    name: Name | None = None
    occupation_code: OccupationCode | None = None
    occupation_edition: Literal["2015", "2022"] | None = None
    occupation_name: Text | None = None
    trade: Text | None = None
    level: Level | None = None
    issued_on: date | None = None
    valid_until: date | None = None
    review_due_on: date | None = None


class NetworkDay(BaseModel):
    """The network's day (None: today) and how many days uploads lag behind it."""

    model_config = ConfigDict(extra="forbid")

    today: date | None = None
    upload_lag_days: Annotated[int, Field(ge=0, le=3_650)] = 20


class AssessmentControls:
    """Enters, publishes, revokes and corrects certificates; sets behavior, day and push target."""

    def __init__(
        self, register: CertificateRegister, people: Population, stand: Stand, pusher: Pusher
    ) -> None:
        self._register = register
        self._people = people
        self._stand = stand
        self._pusher = pusher
        self._made = 0

    def router(self) -> APIRouter:
        """The routes; they come before the general ones of the sandbox."""
        routes = APIRouter(prefix="/sandbox")
        behavior = f"/behavior/{System.ASSESSMENT_NETWORK.value}"
        routes.add_api_route(behavior, self.set_behavior, methods=["PUT"])
        routes.add_api_route(behavior, self.get_behavior, methods=["GET"])
        routes.add_api_route("/assessment-network", self.set_day, methods=["PUT"])
        routes.add_api_route("/push-target", self.set_push_target, methods=["PUT"])
        routes.add_api_route("/certificates", self.enter, methods=["POST"])
        routes.add_api_route("/certificates", self.listed, methods=["GET"])
        certificate = "/certificates/{certificate_id}"
        routes.add_api_route(f"{certificate}:publish", self.publish, methods=["POST"])
        routes.add_api_route(f"{certificate}:revoke", self.revoke, methods=["POST"])
        routes.add_api_route(f"{certificate}:restore", self.restore, methods=["POST"])
        routes.add_api_route(f"{certificate}:correct", self.correct, methods=["POST"])
        return routes

    async def set_behavior(self, behavior: NetworkBehavior) -> NetworkBehavior:
        """Misbehave from now on."""
        self._stand.behave(behavior.model_copy())
        return behavior

    async def get_behavior(self) -> NetworkBehavior:
        """How the network behaves."""
        assert isinstance(self._stand.behavior, NetworkBehavior)
        return self._stand.behavior

    async def set_day(self, day: NetworkDay) -> dict[str, Any]:
        """Shift the network's day and its upload lag."""
        self._register.shifted_today = day.today
        self._register.upload_lag_days = day.upload_lag_days
        return {
            "today": self._register.today(),
            "data_complete_through": self._register.complete_through(None),
        }

    async def set_push_target(self, target: PushTarget) -> PushTarget:
        """Push changes to ``url`` from now on; null ends it."""
        self._pusher.target = target
        return target

    async def enter(self, given: CertificatesIn) -> dict[str, list[dict[str, Any]]]:
        """Enter certificates; a number that is taken refuses the request from there on (409)."""
        return {"certificates": [self._enter(certificate) for certificate in given.certificates]}

    async def listed(
        self, kind: Kind | None = None, offset: int = 0, limit: int = 50
    ) -> dict[str, list[dict[str, Any]]]:
        """Certificates with their ids: entered ones first."""
        found = self._register.listed(kind=kind, offset=max(offset, 0), limit=max(1, min(limit, 10_000)))
        return {"certificates": [_shown(certificate_id, entry) for certificate_id, entry in found]}

    async def publish(self, certificate_id: str) -> dict[str, Any]:
        """Upload a certificate that was kept back."""
        try:
            return _shown(certificate_id, self._register.publish(certificate_id))
        except UnknownCertificate:
            raise HTTPException(404) from None

    async def revoke(self, certificate_id: str) -> dict[str, Any]:
        """Withdraw a certificate."""
        try:
            return _shown(certificate_id, self._register.revoke(certificate_id))
        except UnknownCertificate:
            raise HTTPException(404) from None

    async def restore(self, certificate_id: str) -> dict[str, Any]:
        """Take a withdrawal back."""
        try:
            return _shown(certificate_id, self._register.restore(certificate_id))
        except UnknownCertificate:
            raise HTTPException(404) from None

    async def correct(self, certificate_id: str, correction: CorrectionIn) -> dict[str, Any]:
        """Change what stands on a certificate."""
        values = correction.model_dump(exclude_none=True)
        try:
            return _shown(certificate_id, self._register.correct(certificate_id, values))
        except UnknownCertificate:
            raise HTTPException(404) from None

    def _enter(self, given: CertificateIn) -> dict[str, Any]:
        holder = self._people.find(given.identity_number)
        name = given.name or (holder.name if holder else None)
        if name is None:
            raise HTTPException(422, "没有这个虚构人员，须给出姓名")
        self._made += 1
        issuer = given.issuer_code or _ISSUERS[given.kind]
        fixed = {"hidden", "visible_from", "name", "certificate_number", "issuer_code"}
        entry = Entry(
            **given.model_dump(exclude=fixed),
            name=name,
            certificate_number=given.certificate_number or _number(given, issuer, self._made),
            issuer_code=issuer,
            uploaded_on=self._register.today(),
        )
        try:
            certificate_id = self._register.add(
                entry, is_hidden=given.hidden, visible_from=given.visible_from
            )
        except ValueError:
            raise HTTPException(409, "证书编号已被使用") from None
        return _shown(certificate_id, entry)


def _number(given: CertificateIn, issuer: str, made: int) -> str:
    """A number of the kind's form, with a serial above those of the population."""
    digit = given.level.removeprefix("level_") if given.level.startswith("level_") else "5"
    match given.kind:
        case "special_operation":
            return f"T{given.identity_number}"
        case "special_skill":
            return f"{issuer}{given.issued_on:%y}{90_000_000 + made:08d}"
        case "vocational_qualification":
            return f"{given.issued_on:%y}{issuer}{digit}{99_999 - made:05d}"
        case "skill_level":
            level = "T" if given.level == "special_technician" else digit
            return f"{issuer}{given.issued_on:%y}{level}{900_000 + made:06d}"


def _shown(certificate_id: str, entry: Entry) -> dict[str, Any]:
    return {"id": certificate_id, **held_wire(entry)}
