"""What officers do with openings, records and certificates: review, put on record, look up, link."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.demo.actors.sign_in import ClientKey
from app.demo.certificates import Printed
from app.demo.client import Answer, Caller
from app.demo.identities import Person


@dataclass(frozen=True, slots=True)
class FilingOfficer:
    """An officer with the filing permission."""

    caller: Caller

    def put_on_record(self, opening_id: str) -> Answer:
        """备案."""
        return self.caller.post(f"/v1/openings/{opening_id}:put-on-record")

    def give_back(self, opening_id: str, part: str, message: str) -> Answer:
        """退回补正."""
        defect = {"part": part, "code": "found_on_review", "message": message}
        return self.caller.post(f"/v1/openings/{opening_id}:return", {"reasons": [defect]})

    def read_roster(self, opening_id: str, case_number: str) -> Answer:
        """The roster with the outcome of each check, logged for every trainee."""
        body = {"purpose": "filing_review", "case_number": case_number}
        return self.caller.post(f"/v1/openings/{opening_id}/roster:read", body)

    def register_source(self, proposal_id: str) -> tuple[str, ClientKey]:
        """Register a proposed device or platform; returns its id and its credential."""
        path = f"/v1/attendance-source-proposals/{proposal_id}:register"
        registered = self.caller.post(path).expect(201)
        key = ClientKey(registered["client_id"], registered["client_secret"])
        return registered["source"]["source_id"], key

    def revoke_source(self, source_id: str, reason: str) -> Answer:
        """End a device or platform."""
        return self.caller.post(f"/v1/attendance-sources/{source_id}:revoke", {"reason": reason})


@dataclass(frozen=True, slots=True)
class LookupOfficer:
    """An officer, or an agency's system, with the look-up permission."""

    caller: Caller

    def look_up(self, people: Sequence[Person], *, purpose: str, case_number: str) -> Answer:
        """Look up records with purpose and case number."""
        subjects = [{"identity_number": person.number, "name": person.name} for person in people]
        body = {"purpose": purpose, "case_number": case_number, "subjects": subjects}
        return self.caller.post("/v1/records:lookup", body)

    def read_entry(self, record_number: str, *, purpose: str, case_number: str) -> Answer:
        """Read one entry by its number."""
        body = {"purpose": purpose, "case_number": case_number}
        return self.caller.post(f"/v1/records/{record_number}:read", body)


@dataclass(frozen=True, slots=True)
class CertificateOfficer:
    """An officer with the review permission: decides about certificates, each time with purpose, case and reason."""

    caller: Caller
    case_number: str

    def submit(self, printed: Printed, *, name: str | None = None) -> Answer:
        """Enter a certificate for its holder."""
        person = {"identity_number": printed.holder.number, "name": name or printed.holder.name}
        return self.caller.post(
            "/v1/certificates", {**self._case(), **person, "certificate": printed.stated()}
        )

    def candidates(self, certificate_id: str) -> Answer:
        """What it may prove, with everything for and against."""
        return self.caller.post(f"/v1/certificates/{certificate_id}/candidates:read", self._case())

    def link(self, certificate_id: str, record_number: str, reason: str) -> Answer:
        """关联."""
        return self.decide(certificate_id, "link", record_number=record_number, reason=reason)

    def decide(self, certificate_id: str, verb: str, **content: str) -> Answer:
        """``unlink``, ``take-number``, ``release-number`` with a ``reason``, or ``archive``."""
        return self.caller.post(f"/v1/certificates/{certificate_id}:{verb}", {**self._case(), **content})

    def _case(self) -> dict[str, str]:
        return {"purpose": "subsidy_review", "case_number": self.case_number}
