"""``registry work``: the worker process beside the server."""

import asyncio
from typing import Annotated

import typer

from app.commands.deployment import refusals_in_words, refuse, settings_of_environment


def work(
    once: Annotated[bool, typer.Option("--once", help="各项任务只运行一遍，然后退出")] = False,
    job: Annotated[
        list[str] | None,
        typer.Option(help="只运行这项任务，可写多次；例如拨付单独运行：--job payments --job bank_statements"),
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="不运行这项任务，可写多次")] = None,
) -> None:
    """运行后台任务：实名核验、封存、拨付、消息投递、清理等。可以同时运行几个；收到 SIGUSR1 时各项任务立即运行一遍。

    拨付以数据库角色 pay_worker 运行：其口令只交给运行 payments、bank_statements 的进程（另需 app_public），
    其余进程用 --without 排除这两项。
    """
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import
    from app.jobs.worker import JOB_NAMES  # noqa: PLC0415 - slow to import
    from app.jobs.worker import work as run  # noqa: PLC0415 - slow to import

    unknown = {*(job or ()), *(without or ())} - set(JOB_NAMES)
    if unknown:
        refuse(f"没有任务 {'、'.join(sorted(unknown))}；可选：{'、'.join(JOB_NAMES)}")
    only = [name for name in JOB_NAMES if (not job or name in job) and name not in (without or ())]

    settings = settings_of_environment()
    defects = settings.defects_against_serving()
    if defects:
        refuse("不能运行后台任务：\n" + "\n".join(f"  {defect}" for defect in defects))
    for absence in settings.absences():
        typer.echo(absence, err=True)
    with refusals_in_words(), server_at_hand(settings) as (reachable, _):
        asyncio.run(run(reachable, once=once, only=only))
