"""What a code looks like, how it is looked up, and how often one address may try.

A code of a link has 130 random bits, one on paper 100, because people type it. Both are stored as SHA-256 of the code
with a label and no key: a keyed digest protects what can be enumerated (an identity number, a sequential number), and
nobody enumerates 2^100. It must also outlive every rotation of the digest key, because paper cannot be printed anew.
"""

import hashlib
import io
import re
import secrets
from ipaddress import ip_address

import segno

from app.kernel.errors import UNSOURCED, Reason

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which people misread."""
LINK_SYMBOLS = 26
PAPER_SYMBOLS = 20
TRIES_PER_HOUR = 300
MISSES_PER_HOUR = 20
"""Of one network address; ours, no text says it. An office verifies many papers, nobody mistypes so often."""
RETRY_AFTER_S = 3600
TYPED_LENGTH_MAX = 80
UNKNOWN_REGION = "未知网络"

_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
_FORM = re.compile(f"[{ALPHABET}]+")

TOO_MANY_TRIES = Reason(
    code="codes_tried_too_often",
    message=f"同一网络地址每小时最多查验{TRIES_PER_HOUR}次，其中查无此码的最多{MISSES_PER_HOUR}次",
    remedy="请一小时后再试；大批量核验请通过经办机构的信息比对办理",
    citation=UNSOURCED,
)


def new_link_code() -> str:
    """The secret of a link; it stands after ``#``, which browsers send to nobody."""
    return _drawn(LINK_SYMBOLS)


def new_paper_code() -> str:
    """验证码 as printed, in groups of four."""
    drawn = _drawn(PAPER_SYMBOLS)
    return "-".join(drawn[at : at + 4] for at in range(0, PAPER_SYMBOLS, 4))


def digest_of(typed: str) -> bytes:
    """What a code is looked up by. Case, dashes, spaces and the letters people confuse make no difference."""
    normal = "".join(typed.split()).upper().translate(_READ_AS)
    if not _FORM.fullmatch(normal):
        normal = ""
    return hashlib.sha256(b"registry code\0" + normal.encode()).digest()


def region_of(host: str) -> str:
    """The first half of a network address: where a look came from, without saying who it was."""
    try:
        address = ip_address(host)
    except ValueError:
        return UNKNOWN_REGION
    if address.version == 4:
        first, second, *_ = str(address).split(".")
        return f"{first}.{second}.*.*"
    return ":".join(address.exploded.split(":")[:2]) + "::*"


def qr_svg(text: str) -> str:
    """A QR code (ISO/IEC 18004, error correction M) as SVG: one path, no size, black on nothing."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, nl=False
    )
    return out.getvalue().decode()


def _drawn(symbols: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(symbols))
