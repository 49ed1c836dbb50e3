"""What an officer of the directories does: institutions, designations, programs, accounts, evaluation bodies."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.demo.actors.sign_in import ClientKey, Login, activate
from app.demo.certificates import BodyPlan
from app.demo.client import Answer, Caller, Upload
from app.demo.province_data import DICTIONARY_EDITION, InstitutionPlan, ProgramPlan

_ISSUER = "人力资源和社会保障行政部门（演示）"


@dataclass(frozen=True, slots=True)
class DirectoryOfficer:
    """An officer with the directory permission."""

    caller: Caller
    today: date

    def institution_body(self, plan: InstitutionPlan) -> dict[str, Any]:
        """The registration of an institution."""
        return {
            "unified_social_credit_code": plan.credit_code,
            "name": plan.name,
            "kind": plan.kind,
            "division_code": plan.division_code,
            "address": plan.address,
            "contact_phone": "0571-00000000",
            "qualification": {
                "kind": plan.license_kind,
                "document_number": f"演示证字第{plan.credit_code[8:16]}号",
                "issued_by": _ISSUER,
                "starts_on": "2024-01-01",
            },
            "document_number": "演示人社发〔2026〕1号",
        }

    def register(self, plan: InstitutionPlan) -> str:
        """Put an institution into the directory and designate it; returns its id."""
        body = self.institution_body(plan)
        institution_id: str = self.caller.post("/v1/institutions", body).expect(201)["institution_id"]
        for occupation in plan.occupations:
            self.designate(institution_id, occupation, plan.division_code)
        return institution_id

    def designate(self, institution_id: str, occupation: str, division_code: str) -> None:
        """定点 from today on."""
        body = {
            "occupation_edition": DICTIONARY_EDITION,
            "occupation_code": occupation,
            "division_code": division_code,
            "starts_on": self.today.isoformat(),
            "document_number": "演示人社发〔2026〕3号",
        }
        self.caller.post(f"/v1/institutions/{institution_id}/designations", body).expect(201)

    def publish(self, plan: ProgramPlan, division_code: str) -> str:
        """Publish a program from today on; returns its id."""
        theory, practice, safety = plan.hours
        body = {
            "division_code": division_code,
            "name": plan.name,
            "occupation_edition": DICTIONARY_EDITION,
            "occupation_code": plan.occupation_code,
            "skill_level": plan.skill_level,
            "training_type": plan.training_type,
            "training_mode": plan.training_mode,
            "open_positions": plan.open_positions,
            "skill_requirements": plan.skill_requirements,
            "content": plan.content,
            "theory_hours": theory,
            "practice_hours": practice,
            "safety_hours": safety,
            "starts_on": self.today.isoformat(),
        }
        program_id: str = self.caller.post("/v1/programs", body).expect(201)["program_id"]
        return program_id

    def open_operator(self, institution_id: str, login_name: str, display_name: str) -> Login:
        """An operator's account, redeemed by its holder."""
        body = {"login_name": login_name, "display_name": display_name}
        invitation = self.caller.post(f"/v1/institutions/{institution_id}/operators", body).expect(201)
        return activate(self.caller.api, login_name, invitation["activation_code"])

    def open_client(self, institution_id: str, display_name: str) -> ClientKey:
        """An institution's own system with its secret."""
        body = {"display_name": display_name}
        account = self.caller.post(f"/v1/institutions/{institution_id}/clients", body).expect(201)
        return ClientKey(account["client_id"], account["client_secret"])

    def body_body(self, plan: BodyPlan) -> dict[str, Any]:
        """The registration of an evaluation body."""
        return {
            "body_code": plan.code,
            "kind": "social_body",
            "name": plan.name,
            "division_code": plan.division_code,
        }

    def register_body(self, plan: BodyPlan) -> str:
        """Put an evaluation body into the directory with its scope; returns its id."""
        registered = self.caller.post("/v1/evaluation-bodies", self.body_body(plan)).expect(201)
        body_id: str = registered["body_id"]
        scope = {
            "occupation_edition": DICTIONARY_EDITION,
            "occupation_code": plan.occupation_code,
            "lowest_level": plan.lowest_level,
            "highest_level": plan.highest_level,
            "starts_on": "2025-01-01",
            "ends_before": "2028-01-01",
            "document_number": "演示人社评〔2025〕1号",
        }
        self.caller.post(f"/v1/evaluation-bodies/{body_id}/scopes", scope).expect(201)
        return body_id

    def import_list(self, body_id: str, issued: Upload) -> Answer:
        """Upload an issuer's list of certificates; the worker stores it."""
        return self.caller.post(f"/v1/evaluation-bodies/{body_id}/certificate-imports", upload=issued)
