"""What the skills-assessment network (技能人才评价工作网) is asked and what it says, as facts.

Contract: ``openapi/upstream/assessment-network.yaml``; wording and bounds of the fields are its. Dates are days of
Asia/Shanghai. ``NetworkCertificate`` and ``Holder`` are read from the wire as they stand (pydantic validates frozen
dataclasses), so that a sixteen-field certificate has one definition on our side.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from app.gateways.http import FailureKind

_STRICT = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

IDENTITY_NUMBER = r"^(?:[0-9]{17}[0-9X]|[0-9A-Z]{15})$"
CERTIFICATE_NUMBER = r"^[A-Z0-9]{8,32}$"
ISSUER_CODE = r"^[A-Z0-9]{2,20}$"


class CertificateOutcome(StrEnum):
    """What the network says about one certificate; ``UNAVAILABLE`` is ours: cannot be said now.

    ``NOT_FOUND`` means today. Only when the certificate was issued on or before the answer's
    ``data_complete_through`` has its issuer delivered everything, so that it may be called final.
    """

    MATCHED = "matched"
    NAME_MISMATCH = "name_mismatch"
    NUMBER_MISMATCH = "number_mismatch"
    NOT_FOUND = "not_found"
    REVOKED = "revoked"
    UNAVAILABLE = "unavailable"


class SearchOutcome(StrEnum):
    """What the network says about a person's certificates; ``UNAVAILABLE`` is ours."""

    FOUND = "found"
    NONE = "none"
    NAME_MISMATCH = "name_mismatch"
    UNAVAILABLE = "unavailable"


class NetworkKind(StrEnum):
    """职业资格证书, 职业技能等级证书 (特级技师 included), 专项职业能力证书, 特种作业操作证."""

    VOCATIONAL_QUALIFICATION = "vocational_qualification"
    SKILL_LEVEL = "skill_level"
    SPECIAL_SKILL = "special_skill"
    SPECIAL_OPERATION = "special_operation"


class NetworkState(StrEnum):
    """State in the network's register. Expiry is a matter of ``valid_until`` and not a state."""

    VALID = "valid"
    REVOKED = "revoked"


class NetworkLevel(StrEnum):
    """Levels of 新八级工 in the network's spelling; ``none`` for certificates without levels."""

    NONE = "none"
    APPRENTICE = "apprentice"
    LEVEL_5 = "level_5"
    LEVEL_4 = "level_4"
    LEVEL_3 = "level_3"
    LEVEL_2 = "level_2"
    LEVEL_1 = "level_1"
    SPECIAL_TECHNICIAN = "special_technician"
    CHIEF_TECHNICIAN = "chief_technician"


class OccupationEdition(StrEnum):
    """Edition of 国家职业分类大典 that a code belongs to."""

    E2015 = "2015"
    E2022 = "2022"


class ChangeKind(StrEnum):
    """Why a certificate's entry changed: 颁证, 更正, 撤销, 恢复."""

    ISSUED = "issued"
    CORRECTED = "corrected"
    REVOKED = "revoked"
    RESTORED = "restored"


class ExtractFormat(StrEnum):
    """Form of an exchanged file."""

    NDJSON = "ndjson"
    CSV = "csv"


class ExtractState(StrEnum):
    """Where a file stands at the network."""

    PREPARING = "preparing"
    READY = "ready"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateQuery:
    """One certificate to check: number, and the holder's identity number and name.

    Its form must be the contract's, since one line of another form makes the network refuse the whole batch. A
    number that cannot have this form (blanks and hyphens taken out, capitals) is no network certificate.

    Raises:
        ValueError: it is not; names the field only.
    """

    certificate_number: str = field(repr=False)
    identity_number: str = field(repr=False)
    name: str = field(repr=False)

    def __post_init__(self) -> None:
        _require_person(self.identity_number, self.name)
        _require("certificate_number", CERTIFICATE_NUMBER, self.certificate_number)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonQuery:
    """The person whose certificates are asked for. Raises ``ValueError`` as ``CertificateQuery`` does."""

    identity_number: str = field(repr=False)
    name: str = field(repr=False)

    def __post_init__(self) -> None:
        _require_person(self.identity_number, self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkCertificate:
    """A certificate as the network has it. ``revision`` grows with each change: the greater one is newer."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    certificate_number: Annotated[str, Field(pattern=CERTIFICATE_NUMBER)] = field(repr=False)
    kind: NetworkKind
    state: NetworkState
    revision: Annotated[int, Field(ge=1, le=1_000_000)]
    occupation_code: Annotated[str, Field(pattern=r"^[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}$")] | None
    occupation_edition: OccupationEdition | None
    occupation_name: Annotated[str, Field(min_length=1, max_length=100)]
    trade: Annotated[str, Field(min_length=1, max_length=100)] | None
    level: NetworkLevel
    issuer_code: Annotated[str, Field(pattern=ISSUER_CODE)]
    issuer_name: Annotated[str, Field(min_length=1, max_length=200)]
    issued_on: date
    uploaded_on: date
    valid_until: date | None
    review_due_on: date | None
    revoked_on: date | None

    def __post_init__(self) -> None:
        # These also run while pydantic reads an answer: an entry at odds with itself is malformed.
        if (self.occupation_code is None) != (self.occupation_edition is None):
            raise ValueError("occupation code and edition go together")
        if (self.revoked_on is None) == (self.state is NetworkState.REVOKED):
            raise ValueError("revoked_on stands exactly with the state revoked")
        if self.valid_until is not None and self.valid_until < self.issued_on:
            raise ValueError("valid_until lies before issued_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The person named on a certificate."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    identity_number: Annotated[str, Field(pattern=IDENTITY_NUMBER)] = field(repr=False)
    name: Annotated[str, Field(min_length=1, max_length=100)] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAnswer:
    """The answer to one query.

    ``evidence_id``, ``answered_at`` and ``data_complete_through`` are the network's, and None exactly when
    ``outcome`` is unavailable; then ``failure`` says why, for operators. ``certificate`` is there for matched and
    revoked. ``data_complete_through``: all certificates of the issuer issued on or before it are in the network.
    """

    outcome: CertificateOutcome
    evidence_id: str | None = None
    answered_at: datetime | None = None
    data_complete_through: date | None = None
    certificate: NetworkCertificate | None = None
    failure: FailureKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAnswer:
    """All certificates of a person, revoked ones included; the other fields are as in ``CertificateAnswer``."""

    outcome: SearchOutcome
    evidence_id: str | None = None
    answered_at: datetime | None = None
    data_complete_through: date | None = None
    certificates: tuple[NetworkCertificate, ...] = ()
    failure: FailureKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one certificate; ``sequence`` orders all changes of the network and is never reused."""

    change_id: str
    sequence: int
    kind: ChangeKind
    recorded_at: datetime
    holder: Holder
    certificate: NetworkCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """One page, each change once and in the order of ``sequence``.

    Store ``next_cursor`` in the transaction that stores the effects of ``items``; a page read again after a crash
    then brings nothing new. ``repeated`` counts what the network sent more than once and was left out here.
    """

    items: tuple[Change, ...]
    next_cursor: str
    has_more: bool
    through_sequence: int
    repeated: int
    evidence_id: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractOrder:
    """Which certificates a file should hold: of an issuer, of a period of issue (half-open), or both.

    Raises:
        ValueError: neither is given, or one has not the form of the contract.
    """

    format: ExtractFormat = ExtractFormat.NDJSON
    issuer_code: str | None = None
    issued_from: date | None = None
    issued_before: date | None = None

    def __post_init__(self) -> None:
        if self.issuer_code is None and self.issued_from is None and self.issued_before is None:
            raise ValueError("an extract is of an issuer or of a period")
        if self.issuer_code is not None:
            _require("issuer_code", ISSUER_CODE, self.issuer_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFacts:
    """One part of a file: SHA-256 (hexadecimal) of its bytes and number of its certificates."""

    sha256: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a finished file holds, as signed by the network.

    ``cursor`` continues with ``AssessmentNetwork.changes`` exactly where the file ends: nothing is missed between.
    """

    sha256: str
    rows: int
    parts: tuple[PartFacts, ...]
    evidence_id: str
    prepared_at: datetime
    expires_at: datetime
    data_complete_through: date
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """A requested file; ``manifest`` is there exactly when ``state`` is ready."""

    extract_id: str
    state: ExtractState
    format: ExtractFormat
    manifest: Manifest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCertificate:
    """One row of a file: a certificate and its holder."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    holder: Holder
    certificate: NetworkCertificate


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractPart:
    """The certificates of part ``number`` (from 1), after its signature and SHA-256 have been checked."""

    number: int
    rows: tuple[HeldCertificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNotice:
    """A verified push. ``event_id`` is what stops replays: handle each one once, acknowledge it every time."""

    event_id: str
    sent_at: datetime
    items: tuple[Change, ...]


def same_certificate_number(one: str, other: str) -> bool:
    """Whether two spellings name one certificate.

    Old 13-digit numbers are asked for with 000 in front in the 16-digit query (secondary source:
    qqbanlv.com/wenku/12/315172.html; contract, 证书编号).
    """
    return _full_number(one) == _full_number(other)


def _full_number(number: str) -> str:
    return f"000{number}" if len(number) == 13 and number.isdigit() else number


def _require_person(identity_number: str, name: str) -> None:
    _require("identity_number", IDENTITY_NUMBER, identity_number)
    if not 1 <= len(name) <= 100 or name.isspace():
        raise ValueError("name has not the form of the contract")


def _require(field_name: str, pattern: str, value: str) -> None:
    # The patterns end in "$", which in Python also stands before a closing newline: hence fullmatch.
    if not re.fullmatch(pattern, value):
        raise ValueError(f"{field_name} has not the form of the contract")
