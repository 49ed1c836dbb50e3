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
ZOOMED = {"width": DESKTOP["width"] // 2, "height": DESKTOP["height"] // 2}
"""What a desktop has left at 200 % (WCAG 2.2, 1.4.4 and 1.4.10)."""
PAPER = {"width": 718, "height": 1047}
"""A4 less margins of 10 mm, at the 96 px an inch of CSS."""
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
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Reached as the tab key reaches it: brought in by the nearest edge, and then the middle of it is its own.
_COVERED = """() => {
  const controls = [...document.querySelectorAll("a[href]:not(.skip), button, input, select, textarea, summary")];
  const covered = controls.filter(control => {
    if (!control.checkVisibility({visibilityProperty: true})) return false;
    control.scrollIntoView({block: "nearest", inline: "nearest", behavior: "instant"});
    const box = control.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1 || control.disabled) return false;
    const part = [...control.getClientRects()].find(each => each.width > 1) ?? box;
    const found = document.elementFromPoint(part.left + part.width / 2, part.top + part.height / 2);
    const labels = [...(control.labels ?? [])];
    return !(found && [control, ...labels].some(own => own.contains(found) || found.contains(own)));
  }).map(control => control.outerHTML.slice(0, 160));
  window.scrollTo(0, 0);
  return covered;
}"""
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"
"""The page as it now is stands on the screen, and what is clicked on it is what was drawn there."""
_PRINTED_FOR_NOTHING = """() => [...document.querySelectorAll("nav, button, .btn, .pager, .skip, [type=submit]")]
  .filter(each => each.getClientRects().length).map(each => each.outerHTML.slice(0, 160))"""


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
    _wanted: list[str] = field(default_factory=list)
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
        answer = page.goto(path, wait_until="load")
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
        """What must hold on every page, at both widths, enlarged and printed: after each step that leads to another."""
        # A click returns when the next page has begun to arrive, not when it is there.
        page.wait_for_load_state()
        where = urlsplit(page.url)
        self._draw(page, name or where.path.strip("/").replace("/", "-") or "home")
        # Enlarged and printed first: a click soon after the page changed its medium and size is now and then lost.
        self._enlarge(page, where.path)
        self._print(page, where.path)
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            _fits(page, f"{where.path} at {size['width']}")
            if not by_axe:
                continue
            if not page.evaluate("'axe' in window"):
                page.evaluate(_AXE)
            grave = [found for found in page.evaluate(_JUDGE) if found["impact"] in _GRAVE]
            assert not grave, f"{where.path} at {size['width']}: {grave}"
        page.evaluate(_DRAWN)
        assert not numbers_in(page.url)
        if not where.path.startswith("/office"):
            assert not numbers_in(page.content()), f"an identity number on {where.path}"
        # The browser may say it only now, after the page is there.
        complaints = [said for said in self._complaints if not any(part in said for part in self._wanted)]
        self._complaints, self._wanted = [], []
        assert not complaints, complaints

    def _enlarge(self, page: Page, path: str) -> None:
        """At 200 % everything is still there, one below the other."""
        page.set_viewport_size(ZOOMED)
        _fits(page, f"{path} at 200 %")
        covered = page.evaluate(_COVERED)
        assert not covered, f"covered on {path} at 200 %: {covered}"

    def _print(self, page: Page, path: str) -> None:
        """On paper the content stands alone and within the margins."""
        page.set_viewport_size(PAPER)
        page.emulate_media(media="print")
        _fits(page, f"{path} on A4")
        found = page.evaluate(_PRINTED_FOR_NOTHING)
        assert not found, f"printed on {path}: {found}"
        page.emulate_media(media="screen")

    def expect_complaint(self, part: str) -> None:
        """Forget what the browser says about a refusal that the test wanted (it logs every 4xx)."""
        self._wanted.append(part)

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


def _fits(page: Page, where: str) -> None:
    overflow = page.evaluate(_OVERFLOW)
    assert overflow <= 1, f"{where} is {overflow} px too wide"


def _size(request: Request) -> int:
    sizes = request.sizes()
    return sizes["responseBodySize"] + sizes["responseHeadersSize"]
