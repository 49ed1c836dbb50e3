"""Wire shapes of the skills-assessment network, strict and closed; only ``assessment_network`` uses them.

Contract: ``openapi/upstream/assessment-network.yaml``. What contradicts itself inside one answer is refused here.
"""

import csv
import io
import json
import re
from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from app.gateways.assessment_facts import (
    Change,
    ChangeKind,
    ExtractFormat,
    ExtractState,
    HeldCertificate,
    Holder,
    Manifest,
    NetworkCertificate,
    NetworkState,
    PartFacts,
    same_certificate_number,
)
from app.gateways.http import strict_json

LINES_MAX = 500
"""Certificates in a batch, and changes in a page, at most (contract, 限额)."""

RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]
EvidenceId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
Cursor = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
Position = Annotated[int, Field(ge=0, le=2**53 - 1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class CheckOutcome(StrEnum):
    """``CertificateOutcome`` without ours: the network cannot say that it is unavailable."""

    MATCHED = "matched"
    NAME_MISMATCH = "name_mismatch"
    NUMBER_MISMATCH = "number_mismatch"
    NOT_FOUND = "not_found"
    REVOKED = "revoked"


class FoundOutcome(StrEnum):
    """``SearchOutcome`` without ours."""

    FOUND = "found"
    NONE = "none"
    NAME_MISMATCH = "name_mismatch"


_STATE_OF = {CheckOutcome.MATCHED: NetworkState.VALID, CheckOutcome.REVOKED: NetworkState.REVOKED}


class CheckLine(_Wire):
    """The answer to one line of a batch."""

    reference: Annotated[str, Field(max_length=64)]
    outcome: CheckOutcome
    evidence_id: EvidenceId
    answered_at: AwareDatetime
    data_complete_through: date
    certificate: NetworkCertificate | None = None

    def answers(self, certificate_number: str) -> bool:
        """Whether the certificate shown is the one asked for, in the state that the outcome says."""
        if self.certificate is None:
            return self.outcome not in _STATE_OF
        return self.certificate.state is _STATE_OF.get(self.outcome) and same_certificate_number(
            self.certificate.certificate_number, certificate_number
        )


class CheckAnswer(_Wire):
    """Answer of ``/v1/certificate-checks``."""

    request_id: RequestId
    lines: Annotated[list[CheckLine], Field(max_length=LINES_MAX)]


class SearchAnswer(_Wire):
    """Answer of ``/v1/certificate-searches``."""

    request_id: RequestId
    outcome: FoundOutcome
    evidence_id: EvidenceId
    answered_at: AwareDatetime
    data_complete_through: date
    certificates: Annotated[list[NetworkCertificate], Field(max_length=LINES_MAX)]

    @property
    def is_consistent(self) -> bool:
        """Certificates exactly when found, none of them twice."""
        numbers = {certificate.certificate_number for certificate in self.certificates}
        return len(numbers) == len(self.certificates) and bool(numbers) == (
            self.outcome is FoundOutcome.FOUND
        )


class ChangeLine(_Wire):
    """One change, in a page or in a push."""

    change_id: EvidenceId
    sequence: Annotated[int, Field(ge=1, le=2**53 - 1)]
    kind: ChangeKind
    recorded_at: AwareDatetime
    holder: Holder
    certificate: NetworkCertificate

    @model_validator(mode="after")
    def _kind_agrees_with_state(self) -> Self:
        is_revoked = self.certificate.state is NetworkState.REVOKED
        # A correction may concern a revoked certificate too.
        if self.kind is not ChangeKind.CORRECTED and is_revoked != (self.kind is ChangeKind.REVOKED):
            raise ValueError("kind and state disagree")
        return self

    def change(self) -> Change:
        """The fact."""
        return Change(
            change_id=self.change_id,
            sequence=self.sequence,
            kind=self.kind,
            recorded_at=self.recorded_at,
            holder=self.holder,
            certificate=self.certificate,
        )


class ChangesAnswer(_Wire):
    """Answer of ``/v1/certificate-changes``: all there is in (after_sequence, through_sequence]."""

    request_id: RequestId
    evidence_id: EvidenceId
    answered_at: AwareDatetime
    after_sequence: Position
    through_sequence: Position
    distinct_count: Annotated[int, Field(ge=0, le=LINES_MAX)]
    items: Annotated[list[ChangeLine], Field(max_length=2 * LINES_MAX)]
    next_cursor: Cursor
    has_more: bool

    def new_changes(self) -> list[ChangeLine] | None:
        """Each change of this page once, in order; None when the page is not whole or contradicts itself."""
        changes = once_each(self.items)
        if changes is None or self.through_sequence < self.after_sequence:
            return None
        if self.has_more and self.through_sequence == self.after_sequence:
            return None
        new = [change for change in changes if change.sequence > self.after_sequence]
        is_whole = len(new) == self.distinct_count
        is_inside = not new or new[-1].sequence <= self.through_sequence
        return new if is_whole and is_inside else None


class NoticeIn(_Wire):
    """Body of a push."""

    event_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{16,64}$")]
    sent_at: AwareDatetime
    items: Annotated[list[ChangeLine], Field(min_length=1, max_length=100)]


class PartLine(_Wire):
    """One part in a manifest."""

    sha256: Sha256
    rows: Annotated[int, Field(ge=0, le=100_000)]


class SnapshotLine(_Wire):
    """Where the changes go on after a file."""

    through_sequence: Position
    cursor: Cursor


class ManifestLine(_Wire):
    """What a finished file holds."""

    sha256: Sha256
    rows: Annotated[int, Field(ge=0, le=20_000_000)]
    parts: Annotated[list[PartLine], Field(min_length=1, max_length=10_000)]
    evidence_id: EvidenceId
    prepared_at: AwareDatetime
    expires_at: AwareDatetime
    data_complete_through: date
    snapshot: SnapshotLine

    @model_validator(mode="after")
    def _parts_add_up(self) -> Self:
        if sum(part.rows for part in self.parts) != self.rows:
            raise ValueError("parts do not add up")
        return self

    def manifest(self) -> Manifest:
        """The fact."""
        return Manifest(
            sha256=self.sha256,
            rows=self.rows,
            parts=tuple(PartFacts(sha256=part.sha256, rows=part.rows) for part in self.parts),
            evidence_id=self.evidence_id,
            prepared_at=self.prepared_at,
            expires_at=self.expires_at,
            data_complete_through=self.data_complete_through,
            cursor=joined_cursor(self.snapshot.through_sequence, self.snapshot.cursor),
        )


class ExtractAnswer(_Wire):
    """Answer of ``/v1/extract-requests`` and ``/v1/extract-status``."""

    request_id: RequestId
    extract_id: EvidenceId
    state: ExtractState
    format: ExtractFormat
    manifest: ManifestLine | None = None

    @model_validator(mode="after")
    def _manifest_exactly_when_ready(self) -> Self:
        if (self.manifest is None) == (self.state is ExtractState.READY):
            raise ValueError("manifest and state disagree")
        return self


def once_each(lines: list[ChangeLine]) -> list[ChangeLine] | None:
    """Repetitions taken out, in the order of ``sequence``; None when one change is told in two ways."""
    by_sequence: dict[int, ChangeLine] = {}
    for line in lines:
        if by_sequence.setdefault(line.sequence, line) != line:
            return None
    if len({line.change_id for line in by_sequence.values()}) != len(by_sequence):
        return None
    return [by_sequence[sequence] for sequence in sorted(by_sequence)]


def joined_cursor(sequence: int, token: str) -> str:
    """Our cursor: the position reached and the network's token, so that a gap to the next page is noticed."""
    return f"{sequence}.{token}"


def parted_cursor(cursor: str | None) -> tuple[int | None, str | None]:
    """Position and token of ``cursor``; (None, None) for the beginning. Raises ``ValueError``."""
    if cursor is None:
        return None, None
    sequence, dot, token = cursor.partition(".")
    if not dot or not sequence.isascii() or not sequence.isdigit() or not token:
        raise ValueError("not a cursor of changes")
    return int(sequence), token


_ROW = TypeAdapter(HeldCertificate)
_HOLDER_COLUMNS = [column.name for column in fields(Holder)]
_CERTIFICATE_COLUMNS = [column.name for column in fields(NetworkCertificate)]
_CSV_HEADER = [*_HOLDER_COLUMNS, *_CERTIFICATE_COLUMNS]


def rows_of_part(body: bytes, form: ExtractFormat, *, has_header: bool) -> list[HeldCertificate]:
    """The rows of one part of a file. Raises ``ValueError`` (pydantic's included) when one is malformed."""
    text = body.decode("utf-8")
    if form is ExtractFormat.CSV:
        return _rows_of_csv(text, has_header=has_header)
    if text and not text.endswith("\n"):
        raise ValueError("the last line is cut off")
    rows = []
    for line in text.split("\n")[:-1]:
        strict_json(line.encode("utf-8"))
        rows.append(_ROW.validate_json(line))
    return rows


def _rows_of_csv(text: str, *, has_header: bool) -> list[HeldCertificate]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    if has_header and next(lines, None) != _CSV_HEADER:
        raise ValueError("another header than the contract's")
    width = len(_HOLDER_COLUMNS)
    rows = []
    try:
        for cells in lines:
            if len(cells) != len(_CSV_HEADER):
                raise ValueError("another number of columns")
            certificate: dict[str, object] = {
                name: cell or None for name, cell in zip(_CERTIFICATE_COLUMNS, cells[width:], strict=True)
            }
            if re.fullmatch(r"[1-9][0-9]{0,6}", str(certificate["revision"])):
                certificate["revision"] = int(str(certificate["revision"]))
            row = {
                "holder": dict(zip(_HOLDER_COLUMNS, cells[:width], strict=True)),
                "certificate": certificate,
            }
            # As JSON, so that text becomes dates and codes under the same strict reading as everywhere.
            rows.append(_ROW.validate_json(json.dumps(row)))
    except csv.Error:
        raise ValueError("not RFC 4180") from None
    return rows
