"""The application, put together: the only place where parts, routes, problem answers and logs meet."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from app import portals
from app.api import log_files, system
from app.api.v1 import ROUTERS
from app.settings import Settings
from app.web import body_limits, description, head, idempotency, lean, observability, problems
from app.web.code_lists import keep_code_lists
from app.web.house import House
from app.web.query import refuse_unknown_parameters
from app.web.readiness import refuse_unsafe_database
from app.web.signing_keys import keep_signing_keys

DESCRIPTION = """
凡补必进、不进不补：只有登记在册、已归档的培训才能获得补贴。

- 时间为 RFC 3339，日期为 YYYY-MM-DD（北京时间），金额以分为单位。
- 新建类请求须带 `Idempotency-Key`；修改须带 `If-Match`（上次读取的 `ETag`）。
- 出错时返回 `application/problem+json`（RFC 9457），`reasons` 一次列出全部原因、改法与依据。
- 身份号码只出现在请求正文中，从不出现在网址里。
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """One registry process. Settings come from the environment unless given."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        parts: House = app.state.house
        app.state.templates.compile()
        await refuse_unsafe_database(parts)
        async with keep_signing_keys(parts), keep_code_lists(parts):
            yield
        await parts.close()

    app = FastAPI(
        title="实名制职业技能培训档案登记系统",
        version="1.0.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        # An address with a slash too many is another address; a redirect would lose the body of a POST.
        redirect_slashes=False,
        dependencies=[Depends(refuse_unknown_parameters)],
    )
    app.state.house = House.of(settings or Settings())
    lean.install(app, [route for router in ROUTERS for route in router.routes])
    body_limits.install(app)
    observability.install(app)
    head.install(app)
    problems.install(app)
    description.install(app)
    idempotency.install(app)
    app.include_router(system.router)
    app.include_router(log_files.router)
    system.serve_docs(app)
    portals.install(app)
    for router in ROUTERS:
        app.include_router(router)
    return app
