"""``registry identifier check``: judge numbers offline, without database or network."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from app.kernel.clock import law_date, utc_now
from app.kernel.errors import Reason
from app.kernel.identifiers import Explanation, explain
from app.reference.divisions import was_in_force

app = typer.Typer(help="身份证件号码、统一社会信用代码、银行卡号的离线核对", no_args_is_help=True)


@app.callback()
def identifier() -> None:
    """身份证件号码、统一社会信用代码、银行卡号的离线核对。"""


@app.command()
def check(
    values: Annotated[
        list[str],
        typer.Argument(help="要核对的号码，可以填多个；填“-”时从标准输入逐行读取，号码不会留在命令历史中"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="输出JSON")] = False,
    show: Annotated[bool, typer.Option("--show", help="显示完整号码（默认只显示首尾各一位）")] = False,
) -> None:
    """核对号码：种类、校验位、出生日期、行政区划，一次列出全部问题；有任何一个号码不正确时退出码为1。"""
    on = law_date(utc_now())
    explanations = [explain(number, on=on, area_known=was_in_force) for number in _numbers_of(values)]
    if as_json:
        content = [_content_of(found, show=show) for found in explanations]
        typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
    else:
        for found in explanations:
            _print(found, show=show)
    if not explanations or not all(found.is_valid for found in explanations):
        raise typer.Exit(1)


def _numbers_of(values: list[str]) -> list[str]:
    numbers: list[str] = []
    for value in values:
        numbers.extend(
            [line for line in sys.stdin.read().splitlines() if line.strip()] if value == "-" else [value]
        )
    return numbers


def _content_of(found: Explanation, *, show: bool) -> dict[str, object]:
    return {
        "number": found.number if show else found.masked,
        "kind": found.kind.value,
        "kind_label": found.kind.label,
        "is_valid": found.is_valid,
        "positions": [
            {"first": part.first, "last": part.last, "meaning": part.meaning}
            | ({"text": part.text} if show else {})
            for part in found.positions
        ],
        "reasons": [_without_blanks(reason) for reason in found.reasons],
        "warnings": [_without_blanks(reason) for reason in found.warnings],
    }


def _without_blanks(reason: Reason) -> dict[str, object]:
    return {name: value for name, value in asdict(reason).items() if value is not None}


def _print(found: Explanation, *, show: bool) -> None:
    verdict = "正确" if found.is_valid else "有误"
    typer.echo(f"{found.number if show else found.masked}  {found.kind.label}  {verdict}")
    for part in found.positions:
        place = f"第{part.first}位" if part.first == part.last else f"第{part.first}至{part.last}位"
        typer.echo(f"  {place}  {part.meaning}{f'  {part.text}' if show else ''}")
    for reason in found.reasons:
        typer.echo(f"  错误 {reason.code}：{reason.message}。{reason.remedy}。")
    for reason in found.warnings:
        typer.echo(f"  提示 {reason.code}：{reason.message}。{reason.remedy}。")
