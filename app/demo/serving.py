"""The demo to try: everything started, a believable province filled in once, addresses and commands said."""

import time
from pathlib import Path

import typer

from app.demo.ground import DatabaseAt, running_demo
from app.demo.processes import NotReady
from app.demo.stack import Ports

_LOOK_EVERY_S = 0.5


def serve_demo(folder: Path, ports: Ports, database_at: DatabaseAt) -> None:
    """Run until interrupted. Raises NotReady when a part of it ends by itself."""
    with running_demo(folder, ports, database_at) as demo:
        typer.echo(demo.stack.api_url)
        while True:
            ended = demo.children.ended()
            if ended is not None:
                raise NotReady(f"“{ended.name}”意外退出。它的日志：\n{ended.log_end()}")
            time.sleep(_LOOK_EVERY_S)
