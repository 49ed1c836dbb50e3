"""How a registry comes to life: first administrators, agencies, officers with one permission each."""

from dataclasses import dataclass

from app.demo.actors.administrators import Administration, Administrators, create_first_administrators
from app.demo.actors.sign_in import Login
from app.demo.client import Api
from app.demo.province_data import AGENCIES, OFFICERS
from app.demo.stack import Stack


@dataclass(frozen=True, slots=True)
class Founded:
    """Who there is now: logins by login name, agencies by the key of their plan."""

    administrators: Administrators
    administration: Administration
    agencies: dict[str, str]
    officers: dict[str, Login]


def found_registry(api: Api, stack: Stack) -> Founded:
    """Set up administrators, agencies and officers of both provinces."""
    administrators = create_first_administrators(api, stack)
    administration = Administration.of(api, administrators)
    agencies = {plan.key: administration.create_agency(plan) for plan in AGENCIES}
    officers = {
        plan.login_name: administration.create_officer(plan, agencies[plan.agency]) for plan in OFFICERS
    }
    return Founded(administrators, administration, agencies, officers)
