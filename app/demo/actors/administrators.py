"""What the three administrators (三员) do so that everybody else can work: agencies, officers, permissions."""

import subprocess
import sys
from dataclasses import dataclass

from app.demo.actors.sign_in import ClientKey, Login, activate, sign_in
from app.demo.client import Api, Caller, Unexpected
from app.demo.province_data import AgencyPlan, OfficerPlan
from app.demo.stack import REGISTRY_COMMAND, Stack

_CREATED_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Administrators:
    """The four first administrators with their logins."""

    system: Login
    security: Login
    second_security: Login
    audit: Login


def create_first_administrators(api: Api, stack: Stack) -> Administrators:
    """Run ``registry administrators create-first`` as whoever installs a registry does, and redeem the codes."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *REGISTRY_COMMAND, "administrators", "create-first"],
        env=stack.child_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_CREATED_WITHIN_S,
    )
    if done.returncode != 0:
        raise Unexpected(f"没有能设立首批管理员（退出码 {done.returncode}）：\n{done.stderr}")
    lines = [line.split("\t") for line in done.stdout.splitlines() if "\t" in line]
    logins = [activate(api, login_name, code) for _, login_name, code in lines]
    if len(logins) != 4:
        raise Unexpected(f"应设立四名管理员，实为：\n{done.stdout}")
    return Administrators(*logins)


@dataclass(frozen=True, slots=True)
class Administration:
    """The administrators at work, signed in."""

    system: Caller
    security: Caller
    second_security: Caller
    audit: Caller

    @classmethod
    def of(cls, api: Api, logins: Administrators) -> "Administration":
        """Sign all four in."""
        return cls(
            sign_in(api, logins.system),
            sign_in(api, logins.security),
            sign_in(api, logins.second_security),
            sign_in(api, logins.audit),
        )

    def create_agency(self, plan: AgencyPlan) -> str:
        """Register an agency; returns its id."""
        body = {"name": plan.name, "division_code": plan.division_code}
        agency_id: str = self.system.post("/v1/agencies", body).expect(201)["agency_id"]
        return agency_id

    def create_officer(self, plan: OfficerPlan, agency_id: str) -> Login:
        """Propose an officer, let the second security administrator confirm, let the officer redeem the code."""
        body = {
            "agency_id": agency_id,
            "login_name": plan.login_name,
            "display_name": plan.display_name,
            "permissions": plan.permissions,
        }
        proposed = self.security.post("/v1/officers", body).expect(201)
        for grant_id in self.grants_of(proposed["principal_id"]):
            self.second_security.post(f"/v1/permission-grants/{grant_id}:confirm").expect(200)
        return activate(self.system.api, plan.login_name, proposed["activation_code"])

    def create_agency_client(self, name: str, agency_id: str, permission: str) -> ClientKey:
        """An agency's system, machine to machine, with one confirmed permission."""
        body = {"agency_id": agency_id, "display_name": name, "permissions": [permission]}
        account = self.security.post("/v1/agency-clients", body).expect(201)
        for grant_id in self.grants_of(account["principal_id"]):
            self.second_security.post(f"/v1/permission-grants/{grant_id}:confirm").expect(200)
        return ClientKey(account["client_id"], account["client_secret"])

    def grants_of(self, principal_id: str) -> list[str]:
        """Ids of the proposed permissions of an account."""
        found = self.security.get("/v1/permission-grants", principal_id=principal_id).expect(200)
        return [grant["grant_id"] for grant in found["items"]]
