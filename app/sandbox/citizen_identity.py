"""The citizen sign-in gateway (电子社会保障卡) of the sandbox: an OpenID provider for one registered client.

Contract ``openapi/upstream/citizen-identity.yaml``. Beside it stand the page where a synthetic person is
chosen, and ``POST /oidc/sandbox-login``, the same choice for programs.
"""

import base64
import hmac
from typing import Annotated
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from app.sandbox.behavior import Course, Stand, TruncatedResponse, Wrong, body_within, problem
from app.sandbox.oidc_grants import (
    Assurance,
    Authorization,
    AuthorizationDefect,
    Client,
    Grant,
    Grants,
    Signer,
    pkce_challenge,
)
from app.sandbox.population import Cardholder, CardholderState, Population
from app.sandbox.sign_in_page import defect_page, sign_in_page

_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class SandboxLogin(BaseModel):
    """The choice of a person, made by a program: the address a browser would open, and who signs in."""

    model_config = ConfigDict(extra="forbid")

    authorization_url: str
    social_security_number: str
    assurance: Assurance = Assurance.SUBSTANTIAL


def router(population: Population, stand: Stand, client: Client, *, issuer: str | None) -> APIRouter:
    """The provider's routes under ``/oidc``; without ``issuer`` it is the address it was called by."""
    routes = APIRouter(prefix="/oidc")
    provider = _Provider(population, stand, client, issuer)
    routes.add_api_route("/authorize", provider.authorize, methods=["GET"])
    routes.add_api_route("/sign-in", provider.sign_in, methods=["POST"])
    routes.add_api_route("/sandbox-login", provider.sandbox_login, methods=["POST"])
    routes.add_api_route("/token", provider.token, methods=["POST"])
    routes.add_api_route("/jwks", provider.jwks, methods=["GET"])
    routes.add_api_route("/.well-known/openid-configuration", provider.configuration, methods=["GET"])
    return routes


class _Provider:
    def __init__(self, population: Population, stand: Stand, client: Client, issuer: str | None) -> None:
        self._population = population
        self._stand = stand
        self._client = client
        self._issuer = issuer
        self._grants = Grants()
        self._signer = Signer()

    async def authorize(self, request: Request) -> Response:
        """Show the page where a synthetic person is chosen."""
        if self._stand.behavior.down:
            return _defect("系统维护中，暂停服务", 503)
        try:
            asked = Authorization.of(dict(request.query_params), self._client)
        except AuthorizationDefect as defect:
            return _defect(defect.title, 400)
        people = self._population.listed(state=None, offset=0, limit=30)
        page = sign_in_page(self._grants.open_transaction(asked), people)
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    async def sign_in(
        self,
        request: Request,
        transaction: Annotated[str, Form()],
        social_security_number: Annotated[str, Form()] = "",
        decision: Annotated[str, Form()] = "allow",
    ) -> Response:
        """Take the choice made on the page and send the browser back."""
        asked = self._grants.take_transaction(transaction)
        if asked is None:
            return _defect("登录页面已过期，请返回重新登录", 400)
        person = self._holder(social_security_number)
        if decision != "allow":
            answer = {"error": "access_denied"}
        elif person is None:
            return _defect("查无此持卡人，不能登录", 403)
        else:
            answer = {"code": self._grants.new_code(asked, person, Assurance.SUBSTANTIAL)}
        return RedirectResponse(self._callback(asked, answer, request), 303, headers=_PAGE_HEADERS)

    async def sandbox_login(self, request: Request, login: SandboxLogin) -> Response:
        """The page's choice for programs: answers with the address the browser would be sent to."""
        try:
            asked = Authorization.of(dict(parse_qsl(urlsplit(login.authorization_url).query)), self._client)
        except AuthorizationDefect as defect:
            return problem(400, "invalid_request", defect.title)
        person = self._holder(login.social_security_number)
        if person is None:
            return problem(404, "person_unknown", "查无此持卡人，不能登录")
        code = self._grants.new_code(asked, person, login.assurance)
        return JSONResponse({"redirect_to": self._callback(asked, {"code": code}, request)})

    async def token(self, request: Request) -> Response:
        """Exchange a code for the signed ID token (RFC 6749 §4.1.3)."""
        course = self._stand.next_course()
        await course.before_work()
        if course.refusal is not None:
            return course.refusal
        body = await body_within(request, 16_384)
        if body is None:
            return _token_error(413, "invalid_request")
        if not _is_authenticated(request, self._client):
            self._stand.counts["refused_invalid_client"] += 1
            return _token_error(401, "invalid_client")
        grant = self._spent(dict(parse_qsl(body.decode("utf-8", "replace"))))
        if grant is None:
            self._stand.counts["refused_invalid_grant"] += 1
            return _token_error(400, "invalid_grant")
        answer = self._signer.token_answer(
            grant, self._issuer_of(request), self._client.client_id, course.wrong
        )
        self._stand.counts["answered_tokens"] += 1
        await course.after_work()
        return _token_response(answer, course)

    async def jwks(self) -> Response:
        """The public key that ID tokens are verified with."""
        course = self._stand.next_course()
        await course.before_work()
        return course.refusal or JSONResponse(self._signer.jwks())

    async def configuration(self, request: Request) -> dict[str, object]:
        """Provider metadata (OpenID Connect Discovery 1.0)."""
        base = self._issuer_of(request)
        return {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "acr_values_supported": [assurance.value for assurance in Assurance],
        }

    def _issuer_of(self, request: Request) -> str:
        return self._issuer or f"{request.base_url}oidc"

    def _holder(self, number: str) -> Cardholder | None:
        person = self._population.find(number)
        return None if person is None or person.state is CardholderState.DECEASED else person

    def _callback(self, asked: Authorization, answer: dict[str, str], request: Request) -> str:
        query = urlencode({**answer, "state": asked.state, "iss": self._issuer_of(request)})
        return f"{asked.redirect_uri}?{query}"

    def _spent(self, form: dict[str, str]) -> Grant | None:
        """The grant of the form's code, if all belongs together; the code is spent in any case."""
        grant = self._grants.take_code(form.get("code", ""))
        if grant is None or form.get("grant_type") != "authorization_code":
            return None
        challenge = pkce_challenge(form.get("code_verifier", ""))
        is_whole = form.get("redirect_uri") == grant.asked.redirect_uri and hmac.compare_digest(
            challenge, grant.asked.code_challenge
        )
        return grant if is_whole else None


def _defect(title: str, status: int) -> Response:
    return HTMLResponse(defect_page(title), status, headers=_PAGE_HEADERS)


def _is_authenticated(request: Request, client: Client) -> bool:
    pair = f"{quote(client.client_id, safe='')}:{quote(client.client_secret, safe='')}"
    expected = "Basic " + base64.b64encode(pair.encode()).decode()
    return hmac.compare_digest(request.headers.get("authorization", "").encode(), expected.encode())


def _token_error(status: int, error: str) -> Response:
    return JSONResponse({"error": error}, status_code=status, headers={"Cache-Control": "no-store"})


def _token_response(answer: dict[str, object], course: Course) -> Response:
    if course.wrong is Wrong.OVERSIZE:
        answer["padding"] = "x" * 2_097_152
    response = JSONResponse(answer, headers={"Cache-Control": "no-store"})
    body = bytes(response.body)
    if course.wrong is Wrong.MALFORMED_JSON:
        return Response(body[:-2], media_type="application/json")
    if course.wrong is Wrong.TRUNCATED:
        return TruncatedResponse(body, media_type="application/json")
    return response
