"""``registry work``: the worker process beside the server."""

import asyncio
from typing import Annotated

import typer

from app.commands.deployment import refusals_in_words, refuse, settings_of_environment


def work(
    once: Annotated[bool, typer.Option("--once", help="各项任务只运行一遍，然后退出")] = False,
) -> None:
    """运行后台任务：实名核验、档案补登、消息投递、清理。可以同时运行几个。"""
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import
    from app.jobs.worker import work as run  # noqa: PLC0415 - slow to import

    settings = settings_of_environment()
    defects = settings.defects_against_serving()
    if defects:
        refuse("不能运行后台任务：\n" + "\n".join(f"  {defect}" for defect in defects))
    for absence in settings.absences():
        typer.echo(absence, err=True)
    with refusals_in_words(), server_at_hand(settings) as (reachable, _):
        asyncio.run(run(reachable, once=once))
