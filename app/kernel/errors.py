"""What can be refused, and how a refusal speaks.

Rules gather *all* reasons (一次性告知); an action raises one ``Refused`` that carries them. Only ``app.web.problems``
turns these into HTTP (RFC 9457).
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from: document number (文号) and clause. ``UNSOURCED`` when no text gives it."""

    document: str
    clause: str


UNSOURCED = Citation(document="unsourced", clause="")
"""Marks an operating value that no policy text states; never replaced by an invented clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One defect: what is wrong, with which (masked) value, and how to mend it.

    ``code`` is stable English; ``message`` and ``remedy`` are Chinese, for people. ``field`` is the path of the
    input (``parts.teaching_plan``), ``sheet``/``line`` its place in an uploaded file (line counted from 1, as Excel
    shows it). ``message_at_rest`` replaces a message that repeats a name to whoever typed it, wherever it is stored.
    """

    code: str
    message: str
    remedy: str
    field: str | None = None
    value: str | None = None
    citation: Citation | None = None
    sheet: str | None = None
    line: int | None = None
    message_at_rest: str | None = None


class RegistryError(Exception):
    """Base of every refusal the registry speaks on purpose; anything else is a defect of ours."""

    code = "registry_error"
    title = "请求未能完成"

    def __init__(
        self, reasons: Iterable[Reason] = (), *, code: str | None = None, title: str | None = None
    ) -> None:
        self.reasons = tuple(reasons)
        self.code = code or (self.reasons[0].code if len(self.reasons) == 1 else type(self).code)
        self.title = title or type(self).title
        super().__init__(f"{self.code}: " + ", ".join(reason.code for reason in self.reasons))


class InvalidInput(RegistryError):
    """The form of the input is wrong (HTTP 422)."""

    code = "invalid_input"
    title = "填写内容有误"


class Refused(RegistryError):
    """The input is well formed, but facts or rules stand against the act (HTTP 409)."""

    code = "refused"
    title = "不符合办理条件"


class Conflict(RegistryError):
    """Somebody else changed the thing meanwhile, or the same key was used for another content (HTTP 409)."""

    code = "conflict"
    title = "内容已被他人更改"


class PreconditionFailed(RegistryError):
    """``If-Match`` names a version that is no longer current (HTTP 412)."""

    code = "version_outdated"
    title = "您看到的版本已过期"


class NotFound(RegistryError):
    """Absent, or not the caller's to see: the two are never told apart (HTTP 404)."""

    code = "not_found"
    title = "没有找到"


class Unauthenticated(RegistryError):
    """No credential, or one that does not hold (HTTP 401)."""

    code = "unauthenticated"
    title = "请先登录"


class Forbidden(RegistryError):
    """The caller is known but may not do this (HTTP 403)."""

    code = "forbidden"
    title = "没有办理权限"


class TooMany(RegistryError):
    """A pace or a budget is used up (HTTP 429); ``retry_after_seconds`` says when to come again."""

    code = "too_many_requests"
    title = "操作过于频繁"

    def __init__(
        self, reasons: Iterable[Reason] = (), *, retry_after_seconds: int, code: str | None = None
    ) -> None:
        super().__init__(reasons, code=code)
        self.retry_after_seconds = retry_after_seconds


class TooLarge(RegistryError):
    """A file or body is over its limit (HTTP 413)."""

    code = "too_large"
    title = "文件超出大小限制"


class UpstreamUnavailable(RegistryError):
    """An outside system does not answer now; nothing was stored, the act can be repeated (HTTP 503)."""

    code = "upstream_unavailable"
    title = "外部系统暂时无法连接"

    def __init__(
        self, reasons: Iterable[Reason] = (), *, retry_after_seconds: int = 30, code: str | None = None
    ) -> None:
        super().__init__(reasons, code=code)
        self.retry_after_seconds = retry_after_seconds
