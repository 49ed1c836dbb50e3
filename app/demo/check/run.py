"""Runs the check on free ports and in a folder of its own, and says how it came out."""

import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import typer

from app.demo.check.region_steps import Region, play_regions
from app.demo.check.scenario import play
from app.demo.client import Api, Unexpected
from app.demo.founding import sign_all_in
from app.demo.ground import DatabaseAt, Demo, running_demo, throwaway_folder
from app.demo.journal import Journal, require
from app.demo.notes import notes_of
from app.demo.processes import NotReady
from app.demo.province import Province, fill_province
from app.demo.province_data import EVERYBODY
from app.demo.regions import REGION_NAMES, SECOND_REGION, introduce
from app.demo.stack import Ports

REFUSALS_MIN = 15
"""Different refusals that a check has to meet."""


def run_check(database_at: DatabaseAt, *, regions: int = 1) -> int:
    """Play the scenario, or that of two regions; returns the exit code.

    The last line on standard output is one JSON object.
    """
    journal = Journal()
    try:
        if regions == 1:
            _play_in_own_folder(database_at, journal)
        else:
            _play_two_regions(database_at, journal)
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
            _explain(error, *([demo] if demo else []))


def _play_two_regions(database_at: DatabaseAt, journal: Journal) -> None:
    demos: list[Demo] = []
    with throwaway_folder() as folder, ExitStack() as stack:
        try:
            with journal.step("启动两个地区的登记系统，各有数据库、模拟平台、接口服务和后台任务"):
                demos.extend(
                    stack.enter_context(running_demo(place, Ports.free(), database_at))
                    for place in (folder, folder / SECOND_REGION)
                )
            apis = [stack.enter_context(closing(Api(demo.stack.api_url))) for demo in demos]
            with journal.step("两地各自填入样例省份：同一人在两地都申领了同一职业、同一等级的补贴"):
                provinces = _filled(demos, apis)
            notes = notes_of(provinces[0]), notes_of(provinces[1])
            with journal.step("两地各由两名安全管理员互相登记为外省登记机构，列入拨付前须先询问的名单"):
                introduce((apis[0], apis[1]), notes)
            one, other = (
                Region.of(name, demo, api, sign_all_in(api, province.founded.officers), told)
                for name, demo, api, province, told in zip(
                    REGION_NAMES, demos, apis, provinces, notes, strict=True
                )
            )
            play_regions(one, other, journal)
        except Exception as error:  # as above
            journal.failure = journal.failure or "步骤之外"
            _explain(error, *demos)


def _filled(demos: Sequence[Demo], apis: Sequence[Api]) -> list[Province]:
    """Both at once."""

    def fill(demo: Demo, api: Api) -> Province:
        demo.sandbox.register(EVERYBODY)
        return fill_province(api, demo.stack, demo.sandbox, demo.clock, lambda _: None)

    with ThreadPoolExecutor(len(demos)) as pool:
        return list(pool.map(fill, demos, apis))


def _explain(error: Exception, *demos: Demo) -> None:
    is_foreseen = isinstance(error, Unexpected | NotReady | typer.Exit)
    typer.echo(str(error) if is_foreseen else "".join(traceback.format_exception(error)), err=True)
    for demo in demos:
        typer.echo(demo.children.logs(), err=True)
