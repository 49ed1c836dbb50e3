"""A real browser on the real registry: one of each a module, one person a context.

The browser's driver keeps an event loop running in this thread as long as it lives, so it ends with its module: other
tests run loops of their own.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.portals.portal_server import Portal, running_portal
from tests.portals.walking import Walk
from tests.registry_server import Cluster
from tests.sandbox_server import SandboxServer

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser that ``scripts/chromium`` found or installed."""
    found = os.environ.get("REGISTRY_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    assert found is not None, "没有找到 Chromium：请用 ./scripts/test 运行，它会查找或安装"
    return found


@pytest.fixture(scope="module")
def browser(portal: Portal, chromium: str) -> Iterator[Browser]:
    """The browser of a module; after the registry, whose making needs a loop of its own."""
    with sync_playwright() as playwright:
        # Root has no sandbox of its own to give; everything the browser meets here is ours: one process may hold
        # the pages of all contexts, and nothing needs a graphics card.
        arguments = [
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-site-isolation-trials",
            "--font-render-hinting=none",
            "--lang=zh-CN",
        ]
        launched = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def portal(
    cluster: Cluster, sandbox: SandboxServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """The registry with its pages, on a database of this module."""
    with running_portal(cluster, sandbox, tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="module")
def walk(portal: Portal, browser: Browser) -> Iterator[Walk]:
    """Opens pages as somebody and judges each; what it noticed later on fails the test that ends meanwhile."""
    walking = Walk(portal, browser)
    yield walking
    walking.close()


@pytest.fixture
def visitor(walk: Walk) -> Page:
    """A page of a browser that nobody is signed in with."""
    return walk.as_nobody()
