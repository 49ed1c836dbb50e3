"""The ``registry`` command: one entry for whoever runs the registry. ``registry --help`` lists what there is.

To add a command: import its function (or its ``typer.Typer``) and put it on ``app`` with one line below.
Modules that are slow to import are imported where they are used, so that ``--help`` and the offline checks
start at once.
"""

import errno
import gc
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.administrators import app as administrator_commands
from app.commands.certificate import app as certificate_commands
from app.commands.check import check
from app.commands.demo import demo
from app.commands.deployment import refusals_in_words, refuse, settings_of_environment
from app.commands.identifier import app as identifier_commands
from app.commands.imports import app as import_commands
from app.commands.keys import app as key_commands
from app.commands.log_keys import app as log_key_commands
from app.commands.monitor import monitor
from app.commands.openapi import export_openapi
from app.commands.policy import app as policy_commands
from app.commands.roster import app as roster_commands
from app.commands.work import work

if TYPE_CHECKING:
    from fastapi import FastAPI

app = typer.Typer(
    help="实名制职业技能培训档案登记系统",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(administrator_commands, name="administrators")
app.add_typer(certificate_commands, name="certificate")
app.add_typer(identifier_commands, name="identifier")
app.add_typer(import_commands, name="import")
app.add_typer(key_commands, name="keys")
app.add_typer(log_key_commands, name="log-keys")
app.add_typer(policy_commands, name="policy")
app.add_typer(roster_commands, name="roster")
app.command()(check)
app.command()(demo)
app.command()(export_openapi)
app.command()(monitor)
app.command()(work)


def main() -> None:
    """Entry point of ``registry``; what can be foreseen ends in Chinese words and exit code 2."""
    app()


@app.command()
def migrate() -> None:
    """建立或升级数据库（可重复运行）。"""
    from app.commands.code_lists import load_packaged  # noqa: PLC0415 - slow to import
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import
    from app.db.upgrade import upgrade  # noqa: PLC0415 - slow to import

    with refusals_in_words(), server_at_hand(settings_of_environment()) as (settings, admin_dsn):
        load_packaged(upgrade(settings, admin_dsn=admin_dsn))
    typer.echo("数据库已是最新版本。")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认取 REGISTRY_LISTEN_HOST")] = None,
    port: Annotated[
        int | None, typer.Option(help="监听端口，默认取 REGISTRY_LISTEN_PORT", min=0, max=65535)
    ] = None,
    workers: Annotated[int, typer.Option(help="工作进程数", min=1)] = 1,
) -> None:
    """启动服务（HTTP 接口与接口文档）。"""
    # Nothing that is made at the start is garbage, and looking for some takes a fifth of it.
    gc.disable()
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import

    settings = settings_of_environment()
    defects = settings.defects_against_serving()
    if defects:
        refuse("不能启动服务：\n" + "\n".join(f"  {defect}" for defect in defects))
    for absence in settings.absences():
        typer.echo(absence, err=True)
    listener = listen(host or settings.listen_host, settings.listen_port if port is None else port)
    # Ctrl-C and SIGTERM end alike: uvicorn finishes its requests, then the embedded server is left.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with listener, refusals_in_words(), server_at_hand(settings) as (reachable, _):
        # The factory reads the environment, in this process or in each worker.
        os.environ["REGISTRY_DATABASE_URL"] = reachable.database_base_url or ""
        run_uvicorn(listener, workers)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket (port 0: a free one); a taken port or foreign address is refused in words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            refuse(
                f"端口 {port} 已被占用：请停止占用它的程序，或用 --port（REGISTRY_LISTEN_PORT）换一个端口。"
            )
        refuse(f"不能监听 {host}:{port}（{error.strerror}）：请检查 --host 与 --port。")
    return listener


def application() -> "FastAPI":
    """What a server process serves; whatever stands by now is left out of its garbage collections."""
    from app.main import create_app  # noqa: PLC0415 - slow to import

    app = create_app()
    gc.freeze()
    gc.enable()
    return app


def run_uvicorn(listener: socket.socket, workers: int) -> None:
    """Serve until told to stop; requests under way are given 10 s to finish."""
    import uvicorn  # noqa: PLC0415 - slow to import
    from uvicorn.supervisors import Multiprocess  # noqa: PLC0415 - slow to import

    config = uvicorn.Config(
        "app.cli:application",
        factory=True,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        workers=workers,
        access_log=False,  # the registry writes its own, without personal data
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    host, port = listener.getsockname()[:2]
    typer.echo(f"服务地址 http://{host}:{port}", err=True)
    try:
        if workers > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            server.run(sockets=[listener])
    except KeyboardInterrupt:
        return
    if workers == 1 and not server.started:
        refuse("服务没有启动成功，原因见上。")
