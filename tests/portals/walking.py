"""Walking through pages in a browser: each one opened is judged by what must hold on every page."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response

from tests.portals.portal_server import Portal
from tests.registry_server import Caller

DESKTOP = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}
WEIGHT_MAX = 200_000
"""Bytes on the wire of a first view."""

_AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_GRAVE = {"serious", "critical"}
_JUDGE = """async () => {
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations.map(v => ({id: v.id, impact: v.impact, help: v.help,
    nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " :: " + (n.failureSummary || ""))}));
}"""


def numbers_in(text: str) -> list[str]:
    """What looks like an identity number and passes its check character (GB 11643-1999)."""
    return [
        number
        for number in _NUMBER.findall(text)
        if "10X98765432"[
            sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
        ]
        == number[17].upper()
    ]


@dataclass(slots=True)
class Walk:
    """Contexts by who is signed in; what the browser complained of is gathered and asserted at each page."""

    portal: Portal
    browser: Browser
    _contexts: list[BrowserContext] = field(default_factory=list)
    _complaints: list[str] = field(default_factory=list)
    _weights: dict[str, int] = field(default_factory=dict)

    def as_nobody(self, *, scripts: bool = True) -> Page:
        """A fresh browser profile."""
        context = self.browser.new_context(
            base_url=self.portal.url,
            viewport=DESKTOP,
            locale="zh-CN",
            java_script_enabled=scripts,
            bypass_csp=False,
        )
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: self._hear(said.type, said.text))
        page.on("pageerror", lambda error: self._complaints.append(f"script: {error}"))
        page.on("request", lambda request: self._watch(request))  # noqa: PLW0108 - playwright marks a method's owner
        return page

    def as_somebody(self, caller: Caller, *, scripts: bool = True) -> Page:
        """A fresh browser profile in which somebody is signed in."""
        page = self.as_nobody(scripts=scripts)
        page.context.add_cookies([self.portal.cookie(caller)])
        return page

    def open(self, page: Page, path: str, *, name: str | None = None, status: int = 200) -> Response:
        """Go to a page, assert its status, and judge it. ``name`` of its pictures; from the path by default."""
        answer = page.goto(path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        self.expect_complaint(f"status of {status}")
        self.judge(page, name=name)
        return answer

    def glance(self, page: Page, path: str | None = None, *, name: str | None = None) -> None:
        """``judge`` without axe, for pages built of pieces judged elsewhere; with it where pictures are wanted."""
        if path is not None:
            answer = page.goto(path, wait_until="load")
            assert answer is not None
            assert answer.status == 200, f"{path}: {answer.status}"
        self.judge(page, name=name, by_axe="REGISTRY_GALLERY" in os.environ)

    def judge(self, page: Page, *, name: str | None = None, by_axe: bool = True) -> None:
        """What must hold on every page, at both widths: call it after each step that leads to another page."""
        # A click returns when the next page has begun to arrive, not when it is there.
        page.wait_for_load_state()
        where = urlsplit(page.url)
        self._draw(page, name or where.path.strip("/").replace("/", "-") or "home")
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 1, f"{where.path} is {overflow} px wider than {size['width']}"
            if not by_axe:
                continue
            page.evaluate(_AXE)
            grave = [found for found in page.evaluate(_JUDGE) if found["impact"] in _GRAVE]
            assert not grave, f"{where.path} at {size['width']}: {grave}"
        assert not numbers_in(page.url)
        if not where.path.startswith("/office"):
            assert not numbers_in(page.content()), f"an identity number on {where.path}"
        complaints, self._complaints = self._complaints, []
        assert not complaints, complaints

    def expect_complaint(self, part: str) -> None:
        """Forget what the browser says about a refusal that the test wanted (it logs every 4xx)."""
        self._complaints = [said for said in self._complaints if part not in said]

    def weigh(self, path: str) -> int:
        """Bytes on the wire of a first view with nothing cached."""
        page = self.as_nobody()
        weights: list[int] = []
        page.on("requestfinished", lambda request: weights.append(_size(request)))
        page.goto(path, wait_until="networkidle")
        return sum(weights)

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error":
            self._complaints.append(f"console: {text}")

    def _watch(self, request: Request) -> None:
        ours = (self.portal.url, "data:", "blob:")
        if not request.url.startswith(ours) and not request.url.startswith(self.portal.sandbox.issuer):
            self._complaints.append(f"off-origin: {request.url}")
        if numbers_in(request.url):
            self._complaints.append("an identity number in an address")

    def _draw(self, page: Page, name: str) -> None:
        """Pictures of both widths for the gallery (``scripts/gallery``), where one is wanted."""
        folder = os.environ.get("REGISTRY_GALLERY")
        if not folder:
            return
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            page.screenshot(path=Path(folder, f"{name}-{size['width']}.png"), full_page=True)


def _size(request: Request) -> int:
    sizes = request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]
