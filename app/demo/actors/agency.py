"""What officers do with openings and records: review, put on record, register devices, look up."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.demo.actors.sign_in import ClientKey
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
