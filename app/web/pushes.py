"""What an outside system pushes to us: a signed body of bounded length, refused in one way whoever sends it."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fastapi import Request

from app.gateways.message_signatures import PushMalformed, SignatureInvalid
from app.kernel.errors import InvalidInput, Reason, TooLarge, Unauthenticated

N = TypeVar("N")


def described(what: str, contract: str) -> dict[str, Any]:
    """The part of the route's OpenAPI that says what the body is and where its contract stands."""
    return {
        "requestBody": {
            "required": True,
            "description": f"{what}，见{contract}；签名按 RFC 9421",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    }


async def read_push(
    request: Request, read: Callable[[Mapping[str, str], bytes], N], *, bytes_max: int, contract: str
) -> tuple[N, bytes]:
    """The notice as ``read`` takes it from head and body, and the body itself.

    Raises:
        TooLarge: longer than ``bytes_max``.
        Unauthenticated: the signature is missing, wrong or too old.
        InvalidInput: the content is not that of the contract.
    """
    body = await request.body()
    if len(body) > bytes_max:
        raise TooLarge([_reason("notice_too_large", f"推送超过{bytes_max // 1024} KiB", "请分成几次推送")])
    try:
        return read(request.headers, body), body
    except SignatureInvalid:
        raise Unauthenticated(
            [_reason("notice_signature_invalid", "签名缺失、不符或超过300秒", "请按接口约定重新签名后推送")],
            title="推送的签名不成立",
        ) from None
    except PushMalformed:
        raise InvalidInput(
            [_reason("notice_malformed", "内容不符合接口约定，或前后矛盾", f"请对照{contract}检查")]
        ) from None


def _reason(code: str, message: str, remedy: str) -> Reason:
    return Reason(code=code, message=message, remedy=remedy)
