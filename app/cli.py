"""The ``registry`` command: one entry for whoever runs the registry. ``registry --help`` lists what there is.

To add a command: import its function (or its ``typer.Typer``) and put it on ``app`` with one line below.
Modules that are slow to import are imported where they are used, so that ``--help`` and the offline checks
start at once.
"""

import errno
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from app.commands.identifier import app as identifier_commands
from app.settings import Settings

app = typer.Typer(
    help="实名制职业技能培训档案登记系统",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(identifier_commands, name="identifier")


def main() -> None:
    """Entry point of ``registry``; what can be foreseen ends in Chinese words and exit code 2."""
    app()


def refuse(message: str) -> NoReturn:
    """Say on standard error why the command does not run, and end with exit code 2."""
    typer.echo(message, err=True)
    raise typer.Exit(2)


def settings_of_environment() -> Settings:
    """Settings from the environment; all wrong variables are named at once, their values are not repeated."""
    try:
        return Settings()
    except LookupError as error:
        refuse(str(error.args[0]))
    except SettingsError:
        refuse("环境变量 REGISTRY_ROLE_PASSWORDS 应为 JSON 对象：{角色: 口令}")
    except ValidationError as error:
        defects = error.errors(include_input=False, include_url=False)
        # Fields derived from a wrong one are not wrong themselves.
        lines = [_in_words(defect) for defect in defects if defect["type"] != "default_factory_not_called"]
        refuse("环境变量有误：\n" + "\n".join(lines))


def _in_words(defect: ErrorDetails) -> str:
    field = str(defect["loc"][0])
    name = field if field.startswith("REGISTRY_") else f"REGISTRY_{field.upper()}"
    kind = defect["type"]
    if kind == "value_error":
        return f"  {name}：{defect['ctx']['error']}"
    expected = {
        "int": "应为整数",
        "bool": "应为 true 或 false",
        "url": "应为完整网址，形如 https://主机/路径",
        "less": f"不应大于 {defect.get('ctx', {}).get('le')}",
        "greater": f"不应小于 {defect.get('ctx', {}).get('ge')}",
        "path": "应为文件路径",
    }
    return f"  {name}：{expected.get(kind.split('_')[0], f'格式不正确（{kind}）')}"


@contextmanager
def refusals_in_words() -> Iterator[None]:
    """Turn what can be expected to go wrong with a deployment into a refusal."""
    from app.db.embedded_home import EmbeddedServerError  # noqa: PLC0415 - slow to import

    try:
        yield
    except (LookupError, EmbeddedServerError) as error:
        refuse(str(error.args[0]))
    except ConnectionError as error:
        refuse(
            f"无法连接数据库（{error.strerror or error}）：请检查 REGISTRY_DATABASE_URL 及数据库是否已启动。"
        )


@app.command()
def migrate() -> None:
    """建立或升级数据库（可重复运行）。"""
    from app.db.upgrade import server_at_hand, upgrade  # noqa: PLC0415 - slow to import

    with refusals_in_words(), server_at_hand(settings_of_environment()) as (settings, admin_dsn):
        upgrade(settings, admin_dsn=admin_dsn)
    typer.echo("数据库已是最新版本。")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="监听地址，默认取 REGISTRY_LISTEN_HOST")] = None,
    port: Annotated[
        int | None, typer.Option(help="监听端口，默认取 REGISTRY_LISTEN_PORT", min=0, max=65535)
    ] = None,
    workers: Annotated[int, typer.Option(help="工作进程数", min=1)] = 1,
) -> None:
    """启动服务（HTTP 接口与网页）。"""
    from app.db.upgrade import server_at_hand  # noqa: PLC0415 - slow to import

    settings = settings_of_environment()
    defects = settings.defects_against_serving()
    if defects:
        refuse("不能启动服务：\n" + "\n".join(f"  {defect}" for defect in defects))
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


def run_uvicorn(listener: socket.socket, workers: int) -> None:
    """Serve until told to stop; requests under way are given 10 s to finish."""
    import uvicorn  # noqa: PLC0415 - slow to import
    from uvicorn.supervisors import Multiprocess  # noqa: PLC0415 - slow to import

    config = uvicorn.Config(
        "app.main:create_app",
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
