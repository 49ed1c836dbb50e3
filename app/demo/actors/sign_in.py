"""Real sign-ins: activation code → password and second factor → token; client secret → token; citizen's card."""

import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp

from app.demo.client import Api, Caller, Unexpected


@dataclass(frozen=True, slots=True)
class Login:
    """A person's credential of the demo."""

    login_name: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)

    def code(self) -> str:
        """The one-time password of now."""
        return pyotp.TOTP(self.totp_secret).now()


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A system's credential of the demo."""

    client_id: str
    client_secret: str = field(repr=False)


def activate(api: Api, login_name: str, activation_code: str) -> Login:
    """Redeem an activation code with a random password."""
    password = secrets.token_urlsafe(18)
    body = {"code": activation_code, "password": password}
    enrolled = api.post("/v1/activations:redeem", body).expect(200, 201)
    return Login(login_name, password, enrolled["totp_secret"])


def sign_in(api: Api, login: Login) -> Caller:
    """A person's token by password and one-time password."""
    form = {
        "grant_type": "password",
        "username": login.login_name,
        "password": login.password,
        "totp": login.code(),
    }
    return Caller(api, api.send("POST", "/v1/oauth/token", form=form).expect(200)["access_token"])


def sign_in_client(api: Api, key: ClientKey) -> Caller:
    """A system's token by its secret."""
    form = {
        "grant_type": "client_credentials",
        "client_id": key.client_id,
        "client_secret": key.client_secret,
    }
    return Caller(api, api.send("POST", "/v1/oauth/token", form=form).expect(200)["access_token"])


def sign_in_citizen(api: Api, sandbox_url: str, number: str) -> Caller:
    """A citizen's token through the gateway of the electronic social-security card, which the sandbox stands for."""
    started = api.send("POST", "/v1/citizen-sign-ins", body={}).expect(200, 201)
    login = httpx.post(
        f"{sandbox_url}/oidc/sandbox-login",
        json={"authorization_url": started["authorization_url"], "social_security_number": number},
        timeout=10.0,
        trust_env=False,
    )
    if not login.is_success:
        raise Unexpected(f"电子社保卡登录没有成功：{login.status_code} {login.text}")
    returned = {
        name: values[0] for name, values in parse_qs(urlsplit(login.json()["redirect_to"]).query).items()
    }
    done = api.send("POST", "/v1/citizen-sign-ins:complete", body=returned).expect(200, 201)
    return Caller(api, done["access_token"])
