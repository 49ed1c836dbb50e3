"""The portals (门户): pages for the public, citizens, institutions and officers, made here; scripts only add to them.

How to add a page
-----------------
1. *Who may open it*: a line in ``app/access/page_routes/<door>.py``, method and path with roles. A page that is not
   there admits nobody; a test walks table and routes.
2. *The page*: a function in ``app/portals/<door>/<group>.py`` (one file per group of pages) on a
   ``router = pages()``; the router goes into ``ROUTERS`` of ``app/portals/<door>/__init__.py``, a link of the head into
   its ``LINKS``. It takes ``page: PageOf`` and calls the same actions and queries as the API::

       @router.get("/institution/openings")
       async def list_openings(page: PageOf, cursor: str | None = None) -> Response:
           async with page.reading() as unit:
               found = await queries.list_openings(unit, …)
           return page.show("institution/openings.html", openings=found)

       @router.post("/institution/openings")
       async def create_opening(page: PageOf) -> Response:
           try:
               content = page.typed.read(OpeningIn)
               async with page.act() as act:
                   opening = await create(act.unit, **content.model_dump())
                   act.go(f"/institution/openings/{opening.opening_id}", said="已建立草稿")
           except RegistryError as refusal:
               return await _form(page, refusal)
           return page.go(act)

   ``reading`` is a read-only transaction, ``writing`` one that commits when its block ends (logged look-ups), ``act``
   one that a form sent twice enters once. Never answer inside the block: it has not committed there.
3. *The template* ``templates/<door>/<page>.html`` extends ``layout/<door>.html`` and draws with the macros of
   ``ui.html``; no inline style or script (the policy of every page refuses them). Words come from ``app.web.words``.
4. *A test* in ``tests/portals/test_<door>_<group>.py``: ``walk.open(page, path)`` looks at a page in a real browser at
   both widths and finds what is wrong on every page alike.

What nobody has to write: head and navigation, tokens of forms, refusals (403, 404, 409, …: raise what the action
raises), the way to the sign-in page and back, keeping what was typed when the session is over.
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import bootstrap_wrapper
from fastapi import APIRouter, FastAPI

from app.access.roles import Role, roles_of
from app.access.routes import ROUTES
from app.portals import citizen, institution, officer, public, sign_in
from app.portals.refusals import install_refusals
from app.web.pages import assets
from app.web.pages.assets import Assets
from app.web.pages.links import Link, PageRoutes
from app.web.pages.page import Page
from app.web.pages.templates import Templates
from app.web.pages.visitor import Door

_HERE = Path(__file__).parent
PAGES: tuple[APIRouter, ...] = (
    *sign_in.ROUTERS,
    *public.ROUTERS,
    *citizen.ROUTERS,
    *institution.ROUTERS,
    *officer.ROUTERS,
)
"""Every router of pages."""
LINKS: Mapping[Door, tuple[Link, ...]] = {
    Door.PUBLIC: public.LINKS,
    Door.CITIZEN: citizen.LINKS,
    Door.INSTITUTION: institution.LINKS,
    Door.OFFICER: officer.LINKS,
}


def navigation(page: Page) -> list[tuple[Link, bool]]:
    """The links of the page's head that its visitor may follow, each with whether it is where one is."""
    offered = _offered(page.door, roles_of(page.actor))
    here = max(
        (
            link.path
            for link in offered
            if page.path == link.path or page.path.startswith(link.path.rstrip("/") + "/")
        ),
        key=len,
        default=None,
    )
    return [(link, link.path == here) for link in offered]


@lru_cache(maxsize=1_000)
def _offered(door: Door, roles: frozenset[Role]) -> tuple[Link, ...]:
    """Both tables stand still while a process runs."""
    return tuple(link for link in LINKS[door] if ROUTES.get(("GET", link.path), frozenset()) & roles)


def install(app: FastAPI) -> None:
    """Serve every page, its assets and its refusals."""
    files = {path.name: path for path in sorted((_HERE / "static").iterdir()) if path.is_file()}
    files["bootstrap.css"] = bootstrap_wrapper.get_bootstrap_css_dir() / "bootstrap.min.css"
    served = Assets(files)
    app.state.templates = Templates(_HERE / "templates", served, {"navigation": navigation})
    assets.serve(app, served)
    install_refusals(app)
    app.router.routes.append(PageRoutes(PAGES))
