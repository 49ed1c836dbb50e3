"""People with real credentials: accounts opened, activated and signed in through the API."""

from dataclasses import dataclass
from typing import Any

import httpx
import pyotp

from app.access.actor import AdministratorKind, Permission
from app.kernel.clock import utc_now
from tests.registry_server import Caller, Registry

PASSWORD = "correct horse battery staple"


@dataclass(slots=True)
class Account:
    """A login name with its password and authenticator."""

    registry: Registry
    principal_id: str
    login_name: str
    password: str
    totp_secret: str
    _last_step: int = 0

    def code(self) -> str:
        """A one-time password not shown before, good for half a minute at least; two can be had at any time."""
        self._last_step = max(self._last_step + 1, int(utc_now().timestamp()) // 30)
        return pyotp.TOTP(self.totp_secret).generate_otp(self._last_step)

    async def sign_in(self, **instead: str) -> httpx.Response:
        """Ask for tokens; ``instead`` replaces members of the form."""
        form = {
            "grant_type": "password",
            "username": self.login_name,
            "password": self.password,
            "totp": instead.pop("totp", None) or self.code(),
        }
        return await token(self.registry, **{**form, **instead})


async def token(registry: Registry, **form: str) -> httpx.Response:
    """Ask the token endpoint."""
    return await registry.client.post("/v1/oauth/token", data=form)


async def refresh(registry: Registry, refresh_token: str) -> httpx.Response:
    return await token(registry, grant_type="refresh_token", refresh_token=refresh_token)


async def me(registry: Registry, access_token: str) -> httpx.Response:
    """Who the token names, if it holds."""
    return await registry.client.get("/v1/me", headers={"Authorization": f"Bearer {access_token}"})


async def redeem(registry: Registry, code: str, password: str = PASSWORD) -> httpx.Response:
    return await registry.client.post("/v1/activations:redeem", json={"code": code, "password": password})


async def invited_officer(
    registry: Registry, *permissions: Permission, login_name: str = "li.hua", by: Caller | None = None
) -> dict[str, Any]:
    """The answer to opening an officer's account."""
    security = by or await registry.administrator(AdministratorKind.SECURITY)
    body = {
        "agency_id": str(await registry.agency()),
        "login_name": login_name,
        "display_name": "李华",
        "permissions": list(permissions),
    }
    answer = await security.post("/v1/officers", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def activated(registry: Registry, invitation: dict[str, Any], password: str = PASSWORD) -> Account:
    """The account after its code was redeemed."""
    answer = await redeem(registry, invitation["activation_code"], password)
    assert answer.status_code == 200, answer.text
    return Account(
        registry,
        invitation["principal_id"],
        answer.json()["login_name"],
        password,
        answer.json()["totp_secret"],
    )


async def officer_account(
    registry: Registry, *permissions: Permission, login_name: str = "li.hua"
) -> Account:
    return await activated(registry, await invited_officer(registry, *permissions, login_name=login_name))
