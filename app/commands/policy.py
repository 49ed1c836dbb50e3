"""``registry policy``: check bundles, compare books, publish the book that decides."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from uuid import UUID

import typer

from app.commands.deployment import refusals_in_words, refuse, settings_of_environment
from app.commands.policy_evaluation import evaluate

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from app.policy.book import PolicyBook
    from app.policy.difference import Change
    from app.subsidies.entitlements.rules.impact import Impact

app = typer.Typer(help="政策取值：检查、比较、发布、判断", no_args_is_help=True)
app.command()(evaluate)

_PACKAGED = "packaged"
_CONFIDENCE = {"seed": "见于原文", "secondary": "据转述", "unsourced": "没有文件依据"}


@app.command()
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="政策文件夹；不填为本系统自带的")
    ] = None,
) -> None:
    """检查政策文件，一次列出全部问题；有问题时退出码为1，超出软上限的只提示。"""
    from app.policy.ceilings import warnings_of  # noqa: PLC0415 - slow to import
    from app.policy.gate import defects_at_the_gate  # noqa: PLC0415 - slow to import

    book = _book_of_folder(folder) if folder is not None else _packaged()
    if defects := defects_at_the_gate(book):
        _tell(defects)
    for warning in warnings_of(book):
        typer.echo(f"提示  {warning}")
    values = book.all_values()
    divisions = len({value.division for value in values}) - 1
    counts = "，".join(
        f"{name}{sum(value.confidence == confidence for value in values)}"
        for confidence, name in _CONFIDENCE.items()
    )
    typer.echo(
        f"没有问题：{len(book.keys)}个键，{len(values)}个取值（{counts}），{divisions}个地区另有规定。"
    )


@app.command()
def diff(
    former: Annotated[
        str, typer.Argument(metavar="A", help="政策文件夹、版本编号、日期，或 packaged（本系统自带的）")
    ],
    latter: Annotated[str, typer.Argument(metavar="B", help="同上；两个日期比较自带政策的前后两天")],
    affected: Annotated[
        bool, typer.Option("--affected", help="按两者重新计算数据库中已审核的申领，列出受影响的件数")
    ] = False,
) -> None:
    """逐条列出：哪个地区的哪个取值，自何日起，由什么变为什么。"""
    from app.policy.difference import changes_between, changes_between_days  # noqa: PLC0415 - slow to import

    days = _day(former), _day(latter)
    if days[0] is not None and days[1] is not None:
        if affected:
            refuse("申领按其依据日期适用政策，两个日期没有受影响的申领：请比较两个文件夹或版本。")
        _list(changes_between_days(_packaged(), days[0], days[1]))
    elif days == (None, None):
        books = _book(former), _book(latter)
        _list(changes_between(*books))
        if affected:
            _list_affected(*books)
    else:
        refuse("日期只能与日期比较：请填写两个日期，或两个文件夹、版本编号。")


@app.command()
def publish() -> None:
    """发布本系统自带的政策：保存全文及其摘要，更新每年次数；可以重复运行，没有变化的不改动。"""
    from app.commands.code_lists import publish_packaged  # noqa: PLC0415 - slow to import
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import

    _packaged()
    with refusals_in_words(), server_at_hand(settings_of_environment()) as (settings, _):
        published = publish_packaged(settings)
    state = "已发布" if published.is_new else "此前已发布，没有变化"
    typer.echo(f"政策版本 {published.edition_id} {state}。")
    typer.echo(f"摘要 {published.digest.hex()}；更新每年次数和资金来源规则 {published.rules_written} 条。")


def _packaged() -> "PolicyBook":
    from app.policy.loader import BundleError, packaged_book  # noqa: PLC0415 - slow to import

    try:
        return packaged_book()
    except BundleError as error:
        _tell(error.defects)


def _book_of_folder(folder: Path) -> "PolicyBook":
    from app.policy.loader import BundleError, read_book  # noqa: PLC0415 - slow to import

    if not folder.is_dir():
        refuse(f"没有这个文件夹：{folder}")
    try:
        return read_book(folder)
    except BundleError as error:
        _tell(error.defects)


def _tell(defects: tuple[str, ...]) -> NoReturn:
    for defect in defects:
        typer.echo(f"问题  {defect}")
    typer.echo(f"共{len(defects)}个问题，请改正后再检查。", err=True)
    raise typer.Exit(1)


def _book(named: str) -> "PolicyBook":
    if named == _PACKAGED:
        return _packaged()
    try:
        edition_id = UUID(named)
    except ValueError:
        return _book_of_folder(Path(named))
    return _published(edition_id)


def _published(edition_id: UUID) -> "PolicyBook":
    from app.commands.code_lists import as_owner  # noqa: PLC0415 - slow to import
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import
    from app.kernel.errors import NotFound  # noqa: PLC0415 - slow to import
    from app.policy.editions import book_of_edition  # noqa: PLC0415 - slow to import
    from app.policy.queries import read_edition  # noqa: PLC0415 - slow to import

    async def content(session: "AsyncSession") -> dict[str, Any]:
        return (await read_edition(session, edition_id)).content

    with refusals_in_words(), server_at_hand(settings_of_environment()) as (settings, _):
        try:
            return book_of_edition(as_owner(settings, content))
        except NotFound:
            refuse(f"数据库中没有政策版本 {edition_id}：请用 GET /v1/policy-editions 查询。")


def _list(changes: "tuple[Change, ...]") -> None:
    for change in changes:
        typer.echo(_line(change))
    typer.echo(f"共{len(changes)}处变化。" if changes else "没有差别。")


def _list_affected(former: "PolicyBook", latter: "PolicyBook") -> None:
    """Counts only: what persons said or earned stays in the database."""
    from sqlalchemy import text  # noqa: PLC0415 - slow to import

    from app.commands.code_lists import as_owner  # noqa: PLC0415 - slow to import
    from app.db.at_hand import server_at_hand  # noqa: PLC0415 - slow to import
    from app.subsidies.claims.queries.reviewed import reviewed_facts  # noqa: PLC0415 - slow to import
    from app.subsidies.entitlements.rules.impact import Impacts  # noqa: PLC0415 - slow to import
    from app.subsidies.entitlements.rules.rulebook import Rulebook  # noqa: PLC0415 - slow to import

    impacts = Impacts(Rulebook(former), Rulebook(latter))

    async def judge(session: "AsyncSession") -> None:
        # Judging all claims may take longer than a request may.
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        async for facts in reviewed_facts(session):
            impacts.add(facts)

    with refusals_in_words(), server_at_hand(settings_of_environment()) as (settings, _):
        as_owner(settings, judge)
    rows = impacts.rows()
    for row in rows:
        if row.affected:
            typer.echo(_impact_line(row))
    typer.echo(
        f"重新计算已审核的申领{sum(row.judged for row in rows)}件，受影响{sum(row.affected for row in rows)}件。"
    )


def _impact_line(row: "Impact") -> str:
    from app.kernel.money import in_yuan  # noqa: PLC0415 - slow to import
    from app.subsidies.entitlements.states import KIND_LABELS  # noqa: PLC0415 - slow to import

    counts = (
        ("变为符合", row.gained),
        ("变为不符合", row.lost),
        ("金额增加", row.raised),
        ("金额减少", row.lowered),
    )
    told = "，".join(f"{word}{count}件" for word, count in counts if count)
    return (
        f"{row.division}  {KIND_LABELS[row.kind]}：共{row.judged}件，{told}，"
        f"合计变化{in_yuan(row.difference_fen)}"
    )


def _day(named: str) -> date | None:
    try:
        return date.fromisoformat(named)
    except ValueError:
        return None


def _line(change: "Change") -> str:
    from app.reference.divisions import name_of  # noqa: PLC0415 - slow to import

    where = f"{change.division} {name_of(change.division, change.starts_on) or ''}".rstrip()
    until = f"至{change.ends_before}前" if change.ends_before else "起"
    what = change.words if change.is_of_value else f"{change.words}（出处、读法或范围有变化）"
    return f"{where}  {change.key.title}（{change.key.key}）自{change.starts_on}{until}：{what}"
