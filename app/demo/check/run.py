"""Runs the check on free ports and in a folder of its own, and says how it came out."""

import traceback
from contextlib import ExitStack

import typer

from app.demo.check.scenario import play
from app.demo.client import Unexpected
from app.demo.ground import DatabaseAt, Demo, running_demo, throwaway_folder
from app.demo.journal import Journal, require
from app.demo.processes import NotReady
from app.demo.stack import Ports

REFUSALS_MIN = 15
"""Different refusals that a check has to meet."""


def run_check(database_at: DatabaseAt) -> int:
    """Play the scenario; returns the exit code. The last line on standard output is one JSON object."""
    journal = Journal()
    try:
        _play_in_own_folder(database_at, journal)
    except KeyboardInterrupt:
        journal.failure = journal.failure or "被中断"
    typer.echo(journal.summary())
    return 0 if journal.failure is None else 1


def _play_in_own_folder(database_at: DatabaseAt, journal: Journal) -> None:
    with throwaway_folder() as folder, ExitStack() as stack:
        demo = None
        try:
            with journal.step("启动数据库、模拟平台、接口服务和后台任务"):
                demo = stack.enter_context(running_demo(folder, Ports.free(), database_at))
            play(demo, journal)
            with journal.step(f"各种拒绝不少于 {REFUSALS_MIN} 种"):
                require(len(journal.refusals) >= REFUSALS_MIN, f"拒绝有 {sorted(journal.refusals)}")
        except (
            Exception
        ) as error:  # whatever goes wrong is a failed step, said with all that helps to find it
            journal.failure = journal.failure or "步骤之外"
            _explain(error, demo)


def _explain(error: Exception, demo: Demo | None) -> None:
    is_foreseen = isinstance(error, Unexpected | NotReady | typer.Exit)
    typer.echo(str(error) if is_foreseen else "".join(traceback.format_exception(error)), err=True)
    if demo is not None:
        typer.echo(demo.children.logs(), err=True)
