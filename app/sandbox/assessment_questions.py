"""What may be asked of the sandbox's assessment network: the request bodies of the contract."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
IdentityNumber = Annotated[str, Field(pattern=r"^(?:[0-9]{17}[0-9X]|[0-9A-Z]{15})$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]
CertificateNumber = Annotated[str, Field(pattern=r"^[A-Z0-9]{8,32}$")]
IssuerCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,20}$")]
ExtractId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
Purpose = Literal["vocational_training_certificate_link"]


class Question(BaseModel):
    """What every question has."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    request_id: RequestId


class CheckLine(BaseModel):
    """One certificate asked about."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    identity_number: IdentityNumber
    name: Name
    certificate_number: CertificateNumber


class Checks(Question):
    """At most 500 lines, each with its own reference."""

    purpose: Purpose
    lines: Annotated[list[CheckLine], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _references_differ(self) -> "Checks":
        if len({line.reference for line in self.lines}) != len(self.lines):
            raise ValueError("references must differ")
        return self


class Search(Question):
    """All certificates of a person."""

    purpose: Purpose
    identity_number: IdentityNumber
    name: Name


class ChangesQuery(Question):
    """Changes after a cursor."""

    after: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")] | None
    limit: Annotated[int, Field(ge=1, le=500)]


class ExtractOrder(Question):
    """A file of an issuer, of a period, or of both."""

    format: Literal["ndjson", "csv"]
    issuer_code: IssuerCode | None
    issued_from: date | None
    issued_before: date | None

    @model_validator(mode="after")
    def _is_bounded(self) -> "ExtractOrder":
        if self.issuer_code is None and self.issued_from is None and self.issued_before is None:
            raise ValueError("an issuer or a period")
        return self


class ExtractQuery(Question):
    """The state of a file."""

    extract_id: ExtractId


class PartQuery(Question):
    """One part of a file."""

    extract_id: ExtractId
    part: Annotated[int, Field(ge=1, le=10_000)]
