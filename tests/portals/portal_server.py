"""The registry on a real loopback port, and people's sign-ins for a browser to use."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.identity.accounts.actions.open_browser_session import with_cookie
from tests.registry_server import Caller, Cluster, Registry, open_registry
from tests.sandbox_server import SandboxServer

ResultT = TypeVar("ResultT")


@dataclass(slots=True)
class Portal:
    """A running registry with its pages. ``run`` does what is async in the server's own event loop."""

    url: str
    registry: Registry
    sandbox: SandboxServer
    _loop: asyncio.AbstractEventLoop = field(repr=False)

    def run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Builders are coroutines: ``portal.run(open_class(portal.registry))``."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    def cookie(self, caller: Caller) -> dict[str, Any]:
        """A session cookie of somebody, as ``BrowserContext.add_cookies`` takes it."""
        return {"name": "session", "value": self.run(self._open(caller)), "url": self.url}

    async def _open(self, caller: Caller) -> str:
        house = self.registry.house
        async with system_unit(house.engines, DatabaseRole.APP_ACCESS) as unit:
            return (await with_cookie(house.keys)(unit, caller.actor)).cookie


@dataclass(slots=True)
class _Serving:
    """What the serving thread tells, and is told by."""

    url: str
    ready: threading.Event = field(default_factory=threading.Event)
    loop: asyncio.AbstractEventLoop | None = None
    stop: asyncio.Event | None = None
    registry: Registry | None = None


@contextlib.contextmanager
def running_portal(cluster: Cluster, sandbox: SandboxServer, folder: Path) -> Iterator[Portal]:
    """Serve a fresh database from a thread until the block ends.

    Everything with an event loop is done there: the browser's driver keeps one running in the test's own thread.
    """
    # With the protocol named, asyncio sends at once (TCP_NODELAY); without it an answer may wait 40 ms for an ACK.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", 0))
        serving = _Serving(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def work() -> None:
            try:
                with cluster.fresh_database() as database:
                    asyncio.run(_serve(serving, cluster, database, sandbox, folder, listener))
            finally:
                serving.ready.set()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        assert serving.ready.wait(60), "the registry did not start in time"
        assert serving.registry is not None, "the registry did not start"
        assert serving.loop is not None
        assert serving.stop is not None
        try:
            yield Portal(serving.url, serving.registry, sandbox, serving.loop)
        finally:
            serving.loop.call_soon_threadsafe(serving.stop.set)
            thread.join(timeout=20)


async def _serve(
    serving: _Serving,
    cluster: Cluster,
    database: str,
    sandbox: SandboxServer,
    folder: Path,
    listener: socket.socket,
) -> None:
    serving.loop, serving.stop = asyncio.get_running_loop(), asyncio.Event()
    async with open_registry(cluster, database, sandbox, folder, issuer=serving.url) as registry:
        serving.registry = registry
        server = uvicorn.Server(
            uvicorn.Config(registry.app, log_config=None, ws="none", lifespan="off", access_log=False)
        )
        answering = asyncio.create_task(server.serve(sockets=[listener]))
        # The socket is bound already: what comes before the server listens waits in its queue.
        serving.ready.set()
        await serving.stop.wait()
        server.should_exit = server.force_exit = True
        await answering
