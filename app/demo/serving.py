"""The demo to try: everything started, a believable province filled in once, addresses and commands said."""

import time
from contextlib import closing
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
from app.demo.stack import Ports
from app.kernel.clock import law_date, utc_now

_LOOK_EVERY_S = 0.5


def serve_demo(folder: Path, ports: Ports, database_at: DatabaseAt) -> None:
    """Run until interrupted. Raises NotReady when a part of it ends by itself."""
    typer.echo("正在启动数据库、模拟平台、接口服务和后台任务……", err=True)
    with running_demo(folder, ports, database_at) as demo:
        # The sandbox remembers nobody from one start to the next.
        demo.sandbox.register(EVERYBODY)
        tell_outside(demo.sandbox)
        notes = read_notes(folder)
        if notes is None:
            notes = _fill(folder, demo)
        else:
            # Notes of a demo that knew no certificates or claims yet have none.
            certificates = [*notes.get("certificates", []), *notes.get("claim_certificates", [])]
            restore_network(demo.sandbox, demo.stack.api_url, certificates)
        typer.echo(guide(folder, write_notes(folder, notes, demo.stack, demo.clock)))
        _keep(demo)


def _keep(demo: Demo) -> None:
    """Go on until something ends, with the network's day in step with the clock of law. Raises NotReady."""
    shift, told = demo.clock.shift(), None
    while True:
        demo.require_alive()
        today = law_date(utc_now() + shift)
        if today != told:
            demo.sandbox.set_day(today)
            told = today
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
