"""Templates: escaped always, an unknown name is an error, compiled once a process, compressed on the way out."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from app.web.pages.assets import Assets
from app.web.pages.complaints import Complaints, field_id, ids_of
from app.web.pages.filters import FILTERS, GLOBALS
from app.web.pages.typed import Typed

_WORTH_COMPRESSING = 800
_LEVEL = 5


_FORMS: Mapping[str, object] = {"ids_of": ids_of, "no_complaints": Complaints(), "nothing_typed": Typed()}
"""For pages with several forms (``apart.html``)."""


class Templates:
    """The templates of a folder, with the addresses of the assets."""

    def __init__(self, folder: Path, assets: Assets, more: Mapping[str, Any]) -> None:
        self.environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.do"],
        )
        self.environment.filters.update(FILTERS)
        self.environment.globals.update(GLOBALS)
        self.environment.globals.update({"asset": assets.address, "field_id": field_id, **_FORMS, **more})

    def compile(self) -> list[str]:
        """Compile every template now, so that no visitor waits for it; their names. Raises what is wrong with one."""
        names = self.environment.list_templates(extensions=["html"])
        for name in names:
            self.environment.get_template(name)
        return names

    def answer(
        self,
        request: Request,
        template: str,
        context: Mapping[str, Any],
        *,
        status: int,
        headers: Mapping[str, str],
    ) -> HTMLResponse:
        """A page, compressed where the browser takes it."""
        content = self.environment.get_template(template).render(context).encode()
        sent = {**headers, "Vary": "Accept-Encoding"}
        if len(content) > _WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", ""):
            content = gzip.compress(content, _LEVEL, mtime=0)
            sent["Content-Encoding"] = "gzip"
        return HTMLResponse(content, status, sent)
