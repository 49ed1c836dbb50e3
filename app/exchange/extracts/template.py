"""Prints: a typst compiler that stays warm in a thread of its own, and the Chinese font that the product brings.

The page is a template file; what varies goes in as one JSON text (``sys.inputs``), so a name is text and never markup.
The compiler works outside the interpreter's lock, so the event loop answers others meanwhile. One thread a process:
a page takes milliseconds, and a second compiler another 60 MB.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import typst

from app.exchange.codes.rules import qr_svg
from app.exchange.extracts.states import DocumentKind

PAGES = Path(str(files("app.exchange.extracts").joinpath("printed")))
_PAGE_OF: Mapping[DocumentKind, str] = {
    DocumentKind.RECORD_EXTRACT: "extract.typ",
    DocumentKind.DECISION_NOTICE: "notice.typ",
}
_FONT_PACKAGE = "noto_cjk_sans_otc"
_press = ThreadPoolExecutor(max_workers=1, thread_name_prefix="press")


async def print_document(kind: DocumentKind, content: Mapping[str, Any]) -> bytes:
    """The PDF of ``content``, as ``rules`` puts it together. The same content gives the same bytes."""
    return await asyncio.get_running_loop().run_in_executor(_press, print_now, kind, content)


def print_now(kind: DocumentKind, content: Mapping[str, Any]) -> bytes:
    """The same, in the thread that calls."""
    data = orjson.dumps({**content, "qr": qr_svg(content["link"])}).decode()
    page = _compiler(_PAGE_OF[kind]).compile(format="pdf", sys_inputs={"data": data}, timestamp=0)
    assert isinstance(page, bytes)
    return page


@cache
def _compiler(page: str) -> typst.Compiler:
    return typst.Compiler(
        input=str(PAGES / page), root=str(PAGES), font_paths=installed_fonts(), ignore_system_fonts=True
    )


@cache
def installed_fonts() -> typst.Fonts:
    """Noto Sans CJK as its package brings it; nothing of the machine, so that a page looks the same everywhere."""
    found = find_spec(_FONT_PACKAGE)
    assert found is not None
    assert found.origin is not None
    folder = str(Path(found.origin).parent)
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
