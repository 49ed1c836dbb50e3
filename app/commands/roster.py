"""``registry roster check``: the checks of an upload, offline, before anything is uploaded."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.kernel.clock import law_date, utc_now
from app.kernel.errors import Reason, RegistryError
from app.training.rosters.rules import ReadRoster, Yardstick, key_group_labels, read_roster

app = typer.Typer(help="学员名册的离线检查", no_args_is_help=True)


@app.callback()
def roster() -> None:
    """学员名册的离线检查：不需要数据库，也不需要网络。"""


@app.command()
def check(
    file: Annotated[
        Path,
        typer.Argument(help="名册文件：.xlsx、.xls 或 .csv（UTF-8 或 GB18030）", exists=True, dir_okay=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="输出JSON")] = False,
    refused_to: Annotated[
        Path | None,
        typer.Option("--refused-to", help="把未通过的行连同原因写入此 .xlsx 文件", dir_okay=False),
    ] = None,
) -> None:
    """逐行检查名册，一次列出全部问题（号码已遮盖）。退出码：0 全部通过，1 有未通过的行，2
    文件无法作为名册读取。
    """
    try:
        read = _read(file)
    except RegistryError as error:
        _say_unreadable(error.reasons, as_json=as_json)
        raise typer.Exit(2) from error
    if refused_to is not None:
        from app.training.rosters.template import refused_rows_workbook  # noqa: PLC0415 - slow to import

        refused_to.write_bytes(refused_rows_workbook(read))
    if as_json:
        typer.echo(json.dumps(_content_of(read), ensure_ascii=False, indent=2))
    else:
        _print(read)
    if read.refused:
        raise typer.Exit(1)


def _read(file: Path) -> ReadRoster:
    # Imported here, so that the other commands do not pay for parser and code lists.
    from app.files.limits import ROSTER  # noqa: PLC0415
    from app.files.tabular import read_table_blocking  # noqa: PLC0415
    from app.reference.divisions import was_in_force  # noqa: PLC0415
    from app.reference.key_groups import key_groups  # noqa: PLC0415

    with file.open("rb") as stream:
        data = stream.read(ROSTER.max_bytes + 1)  # one byte more tells that it is too large
    on = law_date(utc_now())
    labels = key_group_labels((group.code, group.name) for group in key_groups(on))
    table = read_table_blocking(data, limits=ROSTER)
    return read_roster(table.sheets, Yardstick(on=on, area_known=was_in_force, key_groups=labels))


def _content_of(read: ReadRoster) -> dict[str, Any]:
    warnings = [reason for line in read.lines for reason in line.warnings]
    return {
        "counts": _counts(read),
        "refused": [
            {
                "sheet": line.sheet,
                "line": line.line,
                "reasons": [_without_blanks(reason) for reason in line.reasons],
                "warnings": [_without_blanks(reason) for reason in line.warnings],
            }
            for line in read.refused
        ],
        "warnings": [_without_blanks(reason) for reason in warnings],
        "notices": [_without_blanks(reason) for reason in read.notices],
    }


def _counts(read: ReadRoster) -> dict[str, int]:
    return {
        "accepted": len(read.lines),
        "refused": len(read.refused),
        "reasons": sum(len(line.reasons) for line in read.refused),
        "notices": len(read.notices),
    }


def _without_blanks(reason: Reason) -> dict[str, object]:
    return {name: value for name, value in asdict(reason).items() if value is not None}


def _print(read: ReadRoster) -> None:
    for line in read.refused:
        typer.echo(f"{_place(line.sheet, line.line)}  未通过")
        for reason in line.reasons:
            typer.echo(f"  错误 {_in_words(reason)}")
        for reason in line.warnings:
            typer.echo(f"  提示 {_in_words(reason)}")
    for accepted in read.lines:
        for reason in accepted.warnings:
            typer.echo(f"{_place(accepted.sheet, accepted.line)}  提示 {_in_words(reason)}")
    for notice in read.notices:
        place = _place(notice.sheet, notice.line) if notice.line else "文件"
        typer.echo(f"{place}  说明 {notice.code}：{notice.message}。")
    counts = _counts(read)
    typer.echo(
        f"通过 {counts['accepted']} 行，未通过 {counts['refused']} 行（共 {counts['reasons']} 处问题）。"
    )


def _in_words(reason: Reason) -> str:
    return f"{reason.code}：{reason.message}。{reason.remedy}。"


def _place(sheet: str | None, line: int) -> str:
    return f"{sheet} 第{line}行" if sheet else f"第{line}行"


def _say_unreadable(reasons: tuple[Reason, ...], *, as_json: bool) -> None:
    if as_json:
        content = {"counts": None, "file": [_without_blanks(reason) for reason in reasons]}
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    for reason in reasons:
        typer.echo(f"文件无法读取 {_in_words(reason)}", err=True)
