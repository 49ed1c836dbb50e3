"""How a registry comes to life: first administrators, agencies, officers with one permission each."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from app.demo.actors.administrators import Administration, Administrators, create_first_administrators
from app.demo.actors.sign_in import Login, sign_in
from app.demo.client import Api, Caller
from app.demo.province_data import AGENCIES, OFFICERS, OfficerPlan
from app.demo.stack import Stack

HASHED_AT_ONCE = 2
"""Passwords are hashed slowly on purpose, two at a time in a server; a person more at once would only wait."""


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

    def create(plan: OfficerPlan) -> Login:
        return administration.create_officer(plan, agencies[plan.agency])

    with ThreadPoolExecutor(HASHED_AT_ONCE) as pool:
        logins = list(pool.map(create, OFFICERS))
    officers = {login.login_name: login for login in logins}
    return Founded(administrators, administration, agencies, officers)


def sign_all_in(api: Api, logins: Mapping[str, Login]) -> dict[str, Caller]:
    """A token for each login, by its key."""
    with ThreadPoolExecutor(HASHED_AT_ONCE) as pool:
        callers = list(pool.map(lambda login: sign_in(api, login), logins.values()))
    return dict(zip(logins, callers, strict=True))
