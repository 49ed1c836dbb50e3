"""Canonical JSON (RFC 8785) of strings, whole numbers, booleans, null, lists and objects."""

import json
from typing import Any

from app.verifier.refusals import Unreadable

_MOST = 2**53 - 1


def canonical(value: Any) -> bytes:
    """The one text of a value, in UTF-8. Raises Unreadable for what has none here (fractions, huge numbers)."""
    try:
        return _text(value).encode()
    except UnicodeEncodeError:
        raise Unreadable("内容中有不成对的代理字符") from None
    except RecursionError:
        raise Unreadable("内容嵌套过深") from None


def _text(value: Any) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int() if abs(value) <= _MOST:
            return str(value)
        case list():
            return f"[{','.join(_text(item) for item in value)}]"
        case dict():
            # RFC 8785 section 3.2.3: by UTF-16 code units.
            names = sorted(value, key=lambda name: str(name).encode("utf-16-be", "surrogatepass"))
            return f"{{{','.join(f'{_text(str(name))}:{_text(value[name])}' for name in names)}}}"
    raise Unreadable("内容中有不能规范表示的数值")
