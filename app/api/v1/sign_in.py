"""Sign-in: citizens through the electronic social-security card, first activation of accounts, and who one is."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from app.access.actor import AdministratorKind, Permission, PrincipalKind
from app.api.v1.tokens import TokensOut, registry_actor
from app.identity.accounts.actions.complete_citizen_sign_in import complete_citizen_sign_in
from app.identity.accounts.actions.open_session import with_tokens
from app.identity.accounts.actions.redeem_activation import Enrollment, redeem_activation
from app.identity.accounts.actions.start_citizen_sign_in import StartedSignIn, start_citizen_sign_in
from app.web.dependencies import AccessUnit, Admitted, Parts
from app.web.problems import answers
from app.web.wire import Input, Output

router = APIRouter(tags=["登录与令牌"])

_Opaque = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^[\x21-\x7e]+$")]


class CitizenSignInOut(Output):
    """劳动者登录的去处."""

    authorization_url: Annotated[str, Field(description="请让浏览器打开此地址，由劳动者用电子社保卡认证")]
    state: Annotated[str, Field(description="请与发起登录的浏览器绑定，回调时核对")]

    @classmethod
    def of(cls, started: StartedSignIn) -> "CitizenSignInOut":
        """As it leaves."""
        return cls(authorization_url=started.authorization_url, state=started.state)


class CallbackIn(Input):
    """电子社保卡登录的回调参数."""

    state: Annotated[_Opaque, Field(examples=["b7x0…"], description="回调地址中的 state")]
    code: Annotated[_Opaque, Field(examples=["kq3f…"], description="回调地址中的 code")]
    iss: Annotated[
        _Opaque, Field(examples=["https://idp.example/oidc"], description="回调地址中的 iss（RFC 9207）")
    ]


class ActivationIn(Input):
    """激活账号."""

    code: Annotated[
        str,
        Field(
            min_length=8, max_length=80, examples=["7KQ2-9XWD-…"], description="管理员当面交给的一次性激活码"
        ),
    ]
    password: Annotated[
        str, Field(min_length=1, max_length=200, examples=["……"], description="自选口令，至少12个字符")
    ]


class SecondFactorOut(Output):
    """动态口令密钥，只显示这一次."""

    login_name: str
    totp_secret: Annotated[str, Field(description="动态口令密钥（base32），请输入身份验证器")]
    otpauth_uri: Annotated[str, Field(description="同一密钥的二维码内容")]

    @classmethod
    def of(cls, enrollment: Enrollment) -> "SecondFactorOut":
        """As it leaves."""
        return cls(
            login_name=enrollment.login_name,
            totp_secret=enrollment.totp_secret,
            otpauth_uri=enrollment.otpauth_uri,
        )


class MeOut(Output):
    """当前登录者."""

    principal_id: UUID
    kind: PrincipalKind
    display_name: str
    agency_id: UUID | None
    agency_name: str | None
    division_code: Annotated[str | None, Field(description="经办机构的辖区")]
    institution_id: UUID | None
    person_id: UUID | None
    permissions: list[Permission]
    administrator: AdministratorKind | None


@router.post(
    "/v1/citizen-sign-ins",
    summary="发起劳动者登录（电子社保卡）",
    status_code=201,
    response_model=CitizenSignInOut,
    responses=answers(),
)
async def start_sign_in(caller: Admitted, unit: AccessUnit, parts: Parts) -> CitizenSignInOut:
    """Nobody is known yet, so there is nobody whose idempotency key could be kept; starting twice harms nothing."""
    return CitizenSignInOut.of(await start_citizen_sign_in(unit, parts.keys, parts.citizen_identity))


@router.post(
    "/v1/citizen-sign-ins:complete",
    summary="完成劳动者登录，取得访问令牌",
    response_model=TokensOut,
    responses=answers(),
)
async def complete_sign_in(request: Request, caller: Admitted, parts: Parts, body: CallbackIn) -> TokensOut:
    """The callback's parameters for tokens; each callback serves once."""
    issued = await complete_citizen_sign_in(
        parts.engines,
        parts.keys,
        with_tokens(parts.tokens),
        parts.citizen_identity,
        registry=registry_actor(request),
        state=body.state,
        code=body.code,
        issuer=body.iss,
    )
    return TokensOut.of(issued)


@router.post(
    "/v1/activations:redeem",
    summary="用激活码设置口令并绑定动态口令",
    description="激活码只能使用一次；口令不合要求时不消耗激活码。此前的令牌与登录全部失效。",
    response_model=SecondFactorOut,
    responses=answers(409, 429),
)
async def redeem(request: Request, caller: Admitted, parts: Parts, body: ActivationIn) -> SecondFactorOut:
    """Password and second factor of a new account, or of one whose second factor was lost."""
    enrollment = await redeem_activation(
        parts.engines,
        parts.keys,
        registry=registry_actor(request),
        code=body.code.replace("\0", ""),
        password=body.password,
    )
    return SecondFactorOut.of(enrollment)


@router.get("/v1/me", summary="当前登录者与权限", response_model=MeOut, responses=answers())
async def read_me(caller: Admitted, unit: AccessUnit) -> MeOut:
    """What the token says, if it still holds."""
    actor = unit.actor
    return MeOut(
        principal_id=actor.principal_id,
        kind=actor.kind,
        display_name=actor.display_name,
        agency_id=actor.agency_id,
        agency_name=actor.agency_name or None,
        division_code=actor.division_code,
        institution_id=actor.institution_id,
        person_id=actor.person_id,
        permissions=sorted(actor.permissions),
        administrator=actor.administrator,
    )
