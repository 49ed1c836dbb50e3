"""The network's register: the certificates of the population, and what has happened to them since.

Changes are numbered from 1: certificate ``i`` of the population was recorded as change ``i + 1``, and what a demo or
a test does goes on from there. Of the population only the last changes are kept; older ones are read from files.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.sandbox.certificate_population import SHANGHAI, CertificatePopulation, Entry, changed, revoked

_HOLDER_FIELDS = {"identity_number", "name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """One change and the certificate after it."""

    sequence: int
    kind: str
    recorded_at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A certificate that its issuer has not uploaded yet; ``visible_from`` None waits for ``publish``."""

    entry: Entry
    visible_from: date | None


class UnknownCertificate(LookupError):
    """No certificate of that id or number."""


class CertificateRegister:
    """Looks up, keeps what is not uploaded yet hidden, and numbers every change."""

    def __init__(self, population: CertificatePopulation, *, changes_kept: int) -> None:
        self.population = population
        self.oldest_cursor = max(0, len(population) - changes_kept)
        self.shifted_today: date | None = None
        self.upload_lag_days = 20
        self.listeners: list[Callable[[ChangeRecord], None]] = []
        self._current: dict[str, Entry] = {}
        self._registered: dict[str, str] = {}
        self._pending: dict[str, Pending] = {}
        self._changes: list[ChangeRecord] = []

    @property
    def last_sequence(self) -> int:
        """Number of the newest change."""
        return len(self.population) + len(self._changes)

    def today(self) -> date:
        """The network's day: today in China, or the day it was told."""
        return self.shifted_today or datetime.now(SHANGHAI).date()

    def find(self, number: str) -> Entry | None:
        """The visible certificate that bears ``number``; an old 13-digit one also with 000 in front."""
        self._upload_what_is_due()
        found = self._find(number)
        if found is None and len(number) == 16 and number.startswith("000"):
            found = self._find(number[3:])
        return found

    def held_by(self, identity_number: str) -> list[Entry]:
        """The visible certificates on which the person's number stands."""
        self._upload_what_is_due()
        numbers = {
            self.population.at(index).certificate_number: None
            for index in self.population.indexes_of_person(identity_number)
        }
        numbers |= {
            number: None
            for number, entry in self._current.items()
            if entry.identity_number == identity_number
        }
        found = (self._find(number) for number in numbers)
        return [entry for entry in found if entry is not None and entry.identity_number == identity_number]

    def complete_through(self, number: str | None) -> date:
        """Up to which day of issue everything is here: of the issuer of ``number``, or (None) of everybody.

        An issuer that still keeps a certificate back is complete only up to the day before that one.
        """
        day = self.today() - timedelta(days=self.upload_lag_days)
        for pending in self._pending.values():
            entry = pending.entry
            if number is None or number == entry.certificate_number or entry.issuer_code in number:
                day = min(day, entry.issued_on - timedelta(days=1))
        return day

    def changes_after(self, sequence: int, limit: int) -> list[ChangeRecord]:
        """The ``limit`` changes after ``sequence``, in order."""
        self._upload_what_is_due()
        last = min(sequence + limit, self.last_sequence)
        return [self._change(number) for number in range(sequence + 1, last + 1)]

    def selected(
        self, *, issuer_code: str | None, issued_from: date | None, issued_before: date | None
    ) -> Iterable[Entry]:
        """The visible certificates of an issuer and period. Safe to be read from a thread: works on a copy."""
        self._upload_what_is_due()
        current = dict(self._current)

        def fits(entry: Entry) -> bool:
            return (
                (issuer_code is None or entry.issuer_code == issuer_code)
                and (issued_from is None or entry.issued_on >= issued_from)
                and (issued_before is None or entry.issued_on < issued_before)
            )

        def chosen() -> Iterable[Entry]:
            for index in range(len(self.population)):
                entry = self.population.at(index)
                entry = current.pop(entry.certificate_number, entry)
                if fits(entry):
                    yield entry
            yield from (entry for entry in current.values() if fits(entry))

        return chosen()

    def add(self, entry: Entry, *, is_hidden: bool, visible_from: date | None) -> str:
        """Enter a certificate, now or later; returns its id.

        Raises:
            ValueError: the number is taken.
        """
        number = entry.certificate_number
        if self._find(number) is not None or number in self._registered.values():
            raise ValueError("number taken")
        certificate_id = f"R{len(self._registered) + 1:06d}"
        self._registered[certificate_id] = number
        if is_hidden or (visible_from is not None and visible_from > self.today()):
            self._pending[certificate_id] = Pending(entry=entry, visible_from=visible_from)
        else:
            self._record("issued", entry)
        return certificate_id

    def publish(self, certificate_id: str) -> Entry:
        """Upload a certificate that was kept back. Raises ``UnknownCertificate`` when none is."""
        pending = self._pending.pop(certificate_id, None)
        if pending is None:
            raise UnknownCertificate(certificate_id)
        return self._record("issued", changed(pending.entry, uploaded_on=self.today()))

    def revoke(self, certificate_id: str) -> Entry:
        """Withdraw a certificate; one withdrawn before stays as it is."""
        entry = self._of(certificate_id)
        return entry if entry.state == "revoked" else self._record("revoked", revoked(entry, self.today()))

    def restore(self, certificate_id: str) -> Entry:
        """Take a withdrawal back."""
        entry = self._of(certificate_id)
        if entry.state == "valid":
            return entry
        return self._record(
            "restored", changed(entry, state="valid", revoked_on=None, revision=entry.revision + 1)
        )

    def correct(self, certificate_id: str, values: dict[str, Any]) -> Entry:
        """Change what stands on a certificate; its number stays."""
        entry = self._of(certificate_id)
        return self._record("corrected", changed(entry, **values, revision=entry.revision + 1))

    def listed(self, *, kind: str | None, offset: int, limit: int) -> list[tuple[str, Entry]]:
        """Ids and certificates: registered ones first, the latest at the top, hidden ones included."""
        found: list[tuple[str, Entry]] = []
        passed = 0
        for certificate_id, entry in self._everything():
            if kind is not None and entry.kind != kind:
                continue
            passed += 1
            if passed > offset:
                found.append((certificate_id, entry))
            if len(found) == limit:
                break
        return found

    def _everything(self) -> Iterable[tuple[str, Entry]]:
        for certificate_id, number in reversed(self._registered.items()):
            pending = self._pending.get(certificate_id)
            yield certificate_id, pending.entry if pending else self._current[number]
        for index in range(len(self.population)):
            entry = self.population.at(index)
            yield f"P{index}", self._current.get(entry.certificate_number, entry)

    def _find(self, number: str) -> Entry | None:
        if number in self._current:
            return self._current[number]
        index = self.population.index_of(number)
        return None if index is None else self.population.at(index)

    def _of(self, certificate_id: str) -> Entry:
        number = self._registered.get(certificate_id)
        if number is not None and certificate_id not in self._pending:
            return self._current[number]
        if certificate_id.startswith("P") and certificate_id[1:].isdecimal():
            index = int(certificate_id[1:])
            if index < len(self.population):
                entry = self.population.at(index)
                return self._current.get(entry.certificate_number, entry)
        raise UnknownCertificate(certificate_id)

    def _change(self, sequence: int) -> ChangeRecord:
        index = sequence - 1
        if index >= len(self.population):
            return self._changes[index - len(self.population)]
        entry = self.population.at(index)
        return ChangeRecord(
            sequence=sequence,
            kind="revoked" if entry.state == "revoked" else "issued",
            recorded_at=self.population.recorded_at(index),
            entry=entry,
        )

    def _record(self, kind: str, entry: Entry) -> Entry:
        self._current[entry.certificate_number] = entry
        record = ChangeRecord(
            sequence=self.last_sequence + 1, kind=kind, recorded_at=datetime.now(UTC), entry=entry
        )
        self._changes.append(record)
        for listener in self.listeners:
            listener(record)
        return entry

    def _upload_what_is_due(self) -> None:
        today = self.today()
        for certificate_id, pending in list(self._pending.items()):
            if pending.visible_from is not None and pending.visible_from <= today:
                self.publish(certificate_id)


def certificate_wire(entry: Entry) -> dict[str, Any]:
    """A certificate as the contract writes it, without its holder."""
    return {
        column.name: _plain(getattr(entry, column.name))
        for column in fields(entry)
        if column.name not in _HOLDER_FIELDS
    }


def held_wire(entry: Entry) -> dict[str, Any]:
    """A certificate and its holder as the contract writes them."""
    return {
        "holder": {"identity_number": entry.identity_number, "name": entry.name},
        "certificate": certificate_wire(entry),
    }


def change_wire(record: ChangeRecord) -> dict[str, Any]:
    """A change as the contract writes it."""
    return {
        "change_id": f"CH-{record.sequence:010d}",
        "sequence": record.sequence,
        "kind": record.kind,
        "recorded_at": record.recorded_at.isoformat(timespec="milliseconds"),
        **held_wire(record.entry),
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
