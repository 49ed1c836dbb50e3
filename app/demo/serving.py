"""The demo to try: everything started, a believable province filled in once, addresses and commands said."""

import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import typer

from app.demo.client import Api
from app.demo.ground import FILLING, DatabaseAt, Demo, running_demo
from app.demo.guide import guide
from app.demo.notes import notes_of, read_notes, write_notes
from app.demo.province import fill_province
from app.demo.province_certificates import restore_network
from app.demo.province_claims import tell_outside
from app.demo.province_data import EVERYBODY
from app.demo.regions import SECOND_REGION, introduce
from app.demo.stack import Ports
from app.kernel.clock import law_date, utc_now

INTRODUCED = "introduced"
_LOOK_EVERY_S = 0.5


def serve_demo(folder: Path, ports: Ports, database_at: DatabaseAt) -> None:
    """Run until interrupted. Raises NotReady when a part of it ends by itself."""
    typer.echo("正在启动数据库、模拟平台、接口服务和后台任务……", err=True)
    with running_demo(folder, ports, database_at) as demo:
        notes = _make_ready(folder, demo)
        typer.echo(guide(folder, write_notes(folder, notes, demo.stack, demo.clock)))
        _keep(demo)


def serve_regions(folder: Path, ports: Ports, database_at: DatabaseAt) -> None:
    """Two regions with a database, a sandbox and a server each, the second in a folder below and on the next ports.

    They are introduced to each other once, when both have been filled in. Raises as above.
    """
    typer.echo("正在启动两个地区的登记系统……", err=True)
    below = folder / SECOND_REGION
    with (
        running_demo(folder, ports, database_at) as first,
        running_demo(below, Ports(ports.api + 1, ports.sandbox + 1), database_at) as second,
        closing(Api(first.stack.api_url)) as api,
        closing(Api(second.stack.api_url)) as other_api,
    ):
        notes = _make_ready(folder, first), _make_ready(below, second)
        if not all(told.get(INTRODUCED) for told in notes):
            typer.echo("  两地互相登记为外省登记机构，列入拨付前须先询问的名单……", err=True)
            introduce((api, other_api), notes)
        for where, demo, told in ((folder, first, notes[0]), (below, second, notes[1])):
            written = {**told, INTRODUCED: True}
            typer.echo(guide(where, write_notes(where, written, demo.stack, demo.clock)))
        _keep(first, second)


def _make_ready(folder: Path, demo: Demo) -> dict[str, Any]:
    """Fill the province in, or tell the sandbox again, which remembers nobody from one start to the next."""
    demo.sandbox.register(EVERYBODY)
    tell_outside(demo.sandbox)
    notes = read_notes(folder)
    if notes is None:
        return _fill(folder, demo)
    # Notes of a demo that knew no certificates or claims yet have none.
    certificates = [*notes.get("certificates", []), *notes.get("claim_certificates", [])]
    restore_network(demo.sandbox, demo.stack.api_url, certificates)
    return notes


def _keep(*demos: Demo) -> None:
    """Go on until something ends, with each network's day in step with its clock of law. Raises NotReady."""
    shifts = [demo.clock.shift() for demo in demos]
    told: list[date | None] = [None] * len(demos)
    while True:
        for place, demo in enumerate(demos):
            demo.require_alive()
            today = law_date(utc_now() + shifts[place])
            if today != told[place]:
                demo.sandbox.set_day(today)
                told[place] = today
        time.sleep(_LOOK_EVERY_S)


def _fill(folder: Path, demo: Demo) -> dict[str, Any]:
    """Fill the province in. Raises Unexpected when the folder's database is already somebody's."""
    marker = folder / FILLING
    marker.touch()
    try:
        with closing(Api(demo.stack.api_url)) as api:
            province = fill_province(
                api, demo.stack, demo.sandbox, demo.clock, lambda stage: typer.echo(f"  {stage}……", err=True)
            )
        notes = notes_of(province)
        write_notes(folder, notes, demo.stack, demo.clock)
    except Exception:
        typer.echo(demo.children.logs(), err=True)
        raise
    marker.unlink()
    return notes
