"""``registry check``: derive again whatever was decided, paid and sealed, and list each difference by its place."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.deployment import refusals_in_words, refuse, settings_of_environment
from app.oversight.checker.states import PART_LABELS, Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

    from app.oversight.checker.rules import Finding
    from app.settings import Settings


def check(
    part: Annotated[list[Part] | None, typer.Option(help="只复核这一部分，可写多次")] = None,
    after: Annotated[str | None, typer.Option(help="从这件申领之后继续复核审核结论（申领编号）")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="每处不一致输出一行JSON")] = False,
) -> None:
    """以只读的审计角色重新推导全部审核结论、事项、拨付、台账、追回和封存日志，逐处列出不一致。

    退出码：0 没有不一致，1 有不一致，2 不能运行。中断后可按提示用 --after 继续。
    """
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import

    with refusals_in_words(), server_at_hand(settings_of_environment()) as (settings, _):
        found = asyncio.run(_check(settings, part or list(Part), after, as_json=as_json))
    raise typer.Exit(1 if found else 0)


async def _check(settings: "Settings", parts: list[Part], after: str | None, *, as_json: bool) -> int:
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import Progress  # noqa: PLC0415 - slow to import

    from app.access.unit import snapshot_unit  # noqa: PLC0415 - slow to import
    from app.db.engine import Engines  # noqa: PLC0415 - slow to import
    from app.db.roles import DatabaseRole  # noqa: PLC0415 - slow to import
    from app.kernel.errors import NotFound  # noqa: PLC0415 - slow to import
    from app.oversight.checker.queries import differences, part_counts, place_of  # noqa: PLC0415 - slow to import
    from app.oversight.checker.queries.differences import START  # noqa: PLC0415 - slow to import

    engines, found, reached = Engines(settings), 0, after or ""
    try:
        with Progress(console=Console(stderr=True)) as bar:
            async with snapshot_unit(engines, DatabaseRole.AUDITOR) as unit:
                counts = await part_counts(unit)
                try:
                    start = START if after is None else await place_of(unit, after)
                except NotFound:
                    refuse(f"没有编号为 {after} 的申领。")
            tell = _told(bar, counts)

            def progress(part: Part, done: int, place: str) -> None:
                nonlocal reached
                reached = place or reached
                tell(part, done)

            async with snapshot_unit(engines, DatabaseRole.AUDITOR) as unit:
                async for finding in differences(unit, parts, after=start, progress=progress):
                    found += 1
                    typer.echo(_in_json(finding) if as_json else _in_words(finding))
    except (KeyboardInterrupt, asyncio.CancelledError):
        typer.echo(f"已中断。继续复核审核结论：registry check --after {reached}", err=True)
        raise
    finally:
        await engines.dispose()
    labels = "、".join(PART_LABELS[each] for each in Part if each in parts)
    typer.echo(f"复核完毕（{labels}）：{found} 处不一致。", err=as_json)
    return found


def _told(bar: "Progress", counts: dict[Part, int]) -> "Callable[[Part, int], None]":
    tasks = {}

    def tell(part: Part, done: int) -> None:
        if part not in tasks:
            tasks[part] = bar.add_task(PART_LABELS[part], total=counts.get(part))
        bar.update(tasks[part], completed=done)

    return tell


def _in_words(finding: "Finding") -> str:
    return f"{PART_LABELS[finding.part]}　{finding.place}：{finding.message}（{finding.kind}）"


def _in_json(finding: "Finding") -> str:
    content = {"part": finding.part, "kind": finding.kind, "place": finding.place, "message": finding.message}
    return json.dumps(content, ensure_ascii=False)
