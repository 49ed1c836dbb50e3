"""``registry certificate explain``: explain certificate numbers offline, without database or network."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from app.archive.certificates.rules.numbers import NumberExplanation, Position, explain_number
from app.kernel.clock import law_date, utc_now
from app.kernel.errors import Reason

app = typer.Typer(help="证书编号的离线解读", no_args_is_help=True)


@app.callback()
def certificate() -> None:
    """证书编号的离线解读。"""


@app.command()
def explain(
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="NUMBER...",
            help="要解读的证书编号，可以填多个；填“-”时从标准输入逐行读取，编号不会留在命令历史中",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="输出JSON")] = False,
    show: Annotated[bool, typer.Option("--show", help="显示编号中的身份证件号码（默认遮盖）")] = False,
) -> None:
    """逐位解读证书编号：种类、年份、地区、机构、等级、序号，一次列出全部问题；有错误时退出码为1。"""
    on = law_date(utc_now())
    explanations = [explain_number(number, on=on) for number in _numbers_of(values)]
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


def _number(found: NumberExplanation, *, show: bool) -> str:
    return found.masked if found.holds_identity_number and not show else found.number


def _characters(found: NumberExplanation, position: Position, *, show: bool) -> str:
    if show or not found.holds_identity_number:
        return position.characters
    return "*" * len(position.characters)


def _content_of(found: NumberExplanation, *, show: bool) -> dict[str, object]:
    return {
        "number": _number(found, show=show),
        "form": found.form.value,
        "form_label": found.label,
        "kind": found.kind.value if found.kind is not None else None,
        "is_valid": found.is_valid,
        "positions": [
            {
                "first": position.first,
                "last": position.last,
                "meaning": position.meaning,
                "characters": _characters(found, position, show=show),
                "text": position.text,
            }
            for position in found.positions
        ],
        "errors": [_without_blanks(reason) for reason in found.errors],
        "warnings": [_without_blanks(reason) for reason in found.warnings],
    }


def _without_blanks(reason: Reason) -> dict[str, object]:
    return {name: value for name, value in asdict(reason).items() if value is not None}


def _print(found: NumberExplanation, *, show: bool) -> None:
    verdict = "格式正确" if found.is_valid else "格式有误"
    typer.echo(f"{_number(found, show=show)}  {found.label}  {verdict}")
    for position in found.positions:
        place = (
            f"第{position.first}位"
            if position.first == position.last
            else f"第{position.first}至{position.last}位"
        )
        says = f"：{position.text}" if position.text else ""
        typer.echo(f"  {place}  {_characters(found, position, show=show)}  {position.meaning}{says}")
    for reason in found.errors:
        typer.echo(f"  错误 {reason.code}：{reason.message}。{reason.remedy}。")
    for reason in found.warnings:
        typer.echo(f"  提示 {reason.code}：{reason.message}。{reason.remedy}。")
