"""``registry import``: official code lists from xlsx, xls or CSV files; every defect of every row at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.deployment import refusals_in_words, refuse, settings_of_environment
from app.kernel.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rich.progress import Progress
    from sqlalchemy.ext.asyncio import AsyncSession

    from app.reference.official_files import Columns
    from app.reference.rules import ListRow

_SHOWN_DEFECTS = 200

app = typer.Typer(help="导入官方代码表（xlsx、xls 或 CSV）", no_args_is_help=True)

ListFile = Annotated[
    Path, typer.Argument(help="官方名单文件", exists=True, dir_okay=False, readable=True, metavar="文件")
]
Source = Annotated[str, typer.Option(help="名单出处，例如发布机关、文号或网页标题")]


@app.callback()
def imports() -> None:
    """导入官方代码表（xlsx、xls 或 CSV）。"""


@app.command()
def divisions(
    file: ListFile,
    source: Source,
    edition_date: Annotated[
        datetime, typer.Option(help="该版名单的截止日期，形如 2026-12-31", formats=["%Y-%m-%d"])
    ],
) -> None:
    """导入县级以上行政区划代码完整名单：新增、更名、撤销自截止日期起生效。"""
    from app.reference.actions.import_divisions import import_divisions  # noqa: PLC0415 - slow to import
    from app.reference.actions.record_load import Provenance  # noqa: PLC0415 - slow to import
    from app.reference.official_files import DIVISION_COLUMNS  # noqa: PLC0415 - slow to import

    edition_on = edition_date.date()

    async def load(session: "AsyncSession", rows: "list[ListRow]", digest: str, operator: str) -> str:
        provenance = Provenance(
            edition=edition_on.isoformat(), source=source, content_sha256=digest, loaded_by=operator
        )
        changes = await import_divisions(session, rows, edition_on=edition_on, provenance=provenance)
        return f"新增或更名 {len(changes.begun)} 个，撤销或停用旧名 {len(changes.ended)} 个"

    _import(file, DIVISION_COLUMNS, load)


@app.command()
def occupations(
    file: ListFile,
    source: Source,
    edition: Annotated[int, typer.Option(help="大典版次，例如 2022", min=1999, max=2100)],
    title: Annotated[str, typer.Option(help="大典名称")],
    published_on: Annotated[datetime, typer.Option(help="公布日期", formats=["%Y-%m-%d"])],
    former_edition: Annotated[int | None, typer.Option(help="“前版编码”栏所指的版次")] = None,
) -> None:
    """导入职业分类大典的职业、工种，以及与前版编码的对应关系。"""
    from app.reference.actions.import_occupations import import_occupations  # noqa: PLC0415 - slow to import
    from app.reference.actions.record_load import Provenance  # noqa: PLC0415 - slow to import
    from app.reference.occupations import Confidence, Edition  # noqa: PLC0415 - slow to import
    from app.reference.official_files import OCCUPATION_COLUMNS  # noqa: PLC0415 - slow to import

    async def load(session: "AsyncSession", rows: "list[ListRow]", digest: str, operator: str) -> str:
        facts = Edition(
            edition=edition,
            title=title,
            published_on=published_on.date(),
            occupation_count=len({row.get("code") for row in rows}),
            source=source,
            confidence=Confidence.OFFICIAL,
        )
        provenance = Provenance(
            edition=str(edition), source=source, content_sha256=digest, loaded_by=operator
        )
        written = await import_occupations(
            session, rows, edition=facts, former_edition=former_edition, provenance=provenance
        )
        return f"共 {facts.occupation_count} 个职业，写入 {written} 行"

    _import(file, OCCUPATION_COLUMNS, load)


@app.command()
def calendar(
    file: ListFile,
    year: Annotated[int, typer.Option(help="放假安排的年度，例如 2027", min=2004, max=2199)],
    document: Annotated[str, typer.Option(help="国务院办公厅通知的文号")],
    published_on: Annotated[datetime, typer.Option(help="公布日期", formats=["%Y-%m-%d"])],
) -> None:
    """导入一个年度的放假安排：“日期”“安排”（放假、上班）两列；更正的通知再导入一次，以后导入的为准。"""
    from app.reference.actions.import_calendar import import_calendar  # noqa: PLC0415 - slow to import
    from app.reference.actions.record_load import Provenance  # noqa: PLC0415 - slow to import
    from app.reference.official_files import CALENDAR_COLUMNS  # noqa: PLC0415 - slow to import
    from app.reference.schedules import schedule_of  # noqa: PLC0415 - slow to import

    async def load(session: "AsyncSession", rows: "list[ListRow]", digest: str, operator: str) -> str:
        schedule = schedule_of(rows, year=year, document=document, published_on=published_on.date())
        provenance = Provenance(edition=str(year), source=document, content_sha256=digest, loaded_by=operator)
        await import_calendar(session, schedule, provenance=provenance)
        return f"{year}年放假{len(schedule.off)}天，调休上班{len(schedule.worked)}天"

    _import(file, CALENDAR_COLUMNS, load)


def _import(
    file: Path,
    columns: "Columns",
    load: "Callable[[AsyncSession, list[ListRow], str, str], Awaitable[str]]",
) -> None:
    from app.commands.code_lists import as_owner, operator_name  # noqa: PLC0415 - slow to import
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import
    from app.files.limits import CODE_LIST  # noqa: PLC0415 - slow to import
    from app.files.tabular import read_table_blocking  # noqa: PLC0415 - slow to import
    from app.reference.official_files import list_rows  # noqa: PLC0415 - slow to import

    with _defects_told(), refusals_in_words(), _progress() as progress:
        steps = progress.add_task("读取文件", total=3)
        content = file.read_bytes()
        rows = list_rows(read_table_blocking(content, limits=CODE_LIST), columns)
        progress.update(steps, advance=1, description=f"连接数据库（已读 {len(rows)} 行）")
        with server_at_hand(settings_of_environment()) as (settings, _):
            progress.update(steps, advance=1, description=f"核对并写入 {len(rows)} 行")
            digest = sha256(content).hexdigest()
            outcome = as_owner(settings, lambda session: load(session, rows, digest, operator_name()))
        progress.update(steps, advance=1, description="完成")
    typer.echo(f"已导入 {len(rows)} 行：{outcome}。")


@contextmanager
def _progress() -> "Iterator[Progress]":
    """A bar on standard error, so that standard output holds the outcome alone."""
    from rich.console import Console  # noqa: PLC0415 - slow to import
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - slow to import

    look = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*look, console=Console(stderr=True)) as progress:
        yield progress


@contextmanager
def _defects_told() -> Iterator[None]:
    """Every defect on a line of standard error with its place in the file; nothing was stored."""
    try:
        yield
    except RegistryError as error:
        for reason in error.reasons[:_SHOWN_DEFECTS]:
            sheet = f"工作表“{reason.sheet}”" if reason.sheet else ""
            place = f"{sheet}第{reason.line}行：" if reason.line else ""
            typer.echo(f"{place}{reason.message}。{reason.remedy}。", err=True)
        hidden = len(error.reasons) - _SHOWN_DEFECTS
        more = f"，另有 {hidden} 处未列出" if hidden > 0 else ""
        refuse(f"共 {len(error.reasons)} 处问题{more}，没有导入任何内容。")
