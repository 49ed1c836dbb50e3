"""``registry demo``: the registry at work on this machine, or a check that drives its main job."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.commands.deployment import refusals_in_words, refuse
from app.settings import Settings


def demo(
    is_check: Annotated[
        bool, typer.Option("--check", help="不启动演示，而是用空闲端口和临时目录走完主要业务并核对结果")
    ] = False,
    port: Annotated[
        int, typer.Option(help="接口服务的端口", min=1, max=65535, envvar="REGISTRY_LISTEN_PORT")
    ] = 8000,
    sandbox_port: Annotated[
        int, typer.Option(help="模拟平台的端口", min=1, max=65535, envvar="REGISTRY_SANDBOX_PORT")
    ] = 8100,
    regions: Annotated[
        int,
        typer.Option(
            help="几个地区：2 个时互为外省登记机构，第二个用下一号端口；与 --check 同用时核对两地之间的业务",
            min=1,
            max=2,
        ),
    ] = 1,
    data_dir: Annotated[Path, typer.Option(help="演示数据的目录", envvar="REGISTRY_DATA_DIR")] = Path(
        ".data"
    ),
) -> None:
    """启动演示：自带数据库、模拟平台、接口服务和一个样例省份；按 Ctrl-C 停止。"""
    from app.demo.check.run import run_check  # noqa: PLC0415 - slow to import
    from app.demo.client import Unexpected  # noqa: PLC0415
    from app.demo.ground import AlreadyRunning  # noqa: PLC0415
    from app.demo.processes import NotReady  # noqa: PLC0415
    from app.demo.serving import serve_demo, serve_regions  # noqa: PLC0415
    from app.demo.stack import Ports, PortTaken, forget_inherited_settings  # noqa: PLC0415

    forget_inherited_settings()
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _end)
    try:
        if is_check:
            raise typer.Exit(run_check(_database_at, regions=regions))
        serve = serve_regions if regions == 2 else serve_demo
        serve(data_dir.absolute(), Ports(api=port, sandbox=sandbox_port), _database_at)
    except (AlreadyRunning, NotReady, PortTaken, Unexpected) as error:
        refuse(str(error))
    except KeyboardInterrupt:
        typer.echo("演示已停止。", err=True)


def _end(*_: object) -> None:
    # As Ctrl-C: what was started is stopped in order on the way out.
    raise KeyboardInterrupt


@contextmanager
def _database_at(folder: Path) -> Iterator[Settings]:
    from app.commands.code_lists import load_packaged  # noqa: PLC0415 - slow to import
    from app.db.at_hand import server_at_hand  # noqa: PLC0415
    from app.db.upgrade import upgrade  # noqa: PLC0415
    from app.demo.stack import evaluation_settings  # noqa: PLC0415

    with refusals_in_words(), server_at_hand(evaluation_settings(folder)) as (at_hand, admin_dsn):
        settings = upgrade(at_hand, admin_dsn=admin_dsn)
        load_packaged(settings)
        yield settings
