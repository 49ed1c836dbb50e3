"""``registry policy evaluate``: judge a file of facts, offline, by the same code as the decision itself."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.deployment import refuse

if TYPE_CHECKING:
    from app.subsidies.entitlements.rules.facts import ClaimFacts
    from app.subsidies.entitlements.rules.rulebook import Rulebook
    from app.subsidies.entitlements.rules.verdict import RuleReason, RuleVersion, Verdict

SCHEMA_TITLE = "补贴申领事实"
_BYTES_MAX = 4_000_000
_NO_DATE = "无"


def facts_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a facts file, made from the facts themselves; committed under ``openapi/``."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow to import

    from app.subsidies.entitlements.rules.facts import ClaimFacts  # noqa: PLC0415 - slow to import

    described = TypeAdapter(ClaimFacts).json_schema(mode="validation")
    for part in described["$defs"].values():
        if "enum" in part:
            # What a docstring says of an enumeration is for who works on the code; its fields say it in Chinese.
            part.pop("description", None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "claim-facts.schema.json"}
    return head | described | {"title": SCHEMA_TITLE}


def schema_document() -> str:
    """The schema as indented JSON with a final newline."""
    return json.dumps(facts_schema(), ensure_ascii=False, indent=2) + "\n"


def evaluate(
    facts: Annotated[
        str | None, typer.Argument(metavar="FACTS.json", help="事实文件；填“-”时从标准输入读取")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出JSON")] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="输出事实文件的格式说明（JSON Schema）后结束")
    ] = False,
    policy: Annotated[Path | None, typer.Option(help="政策文件夹；不填为本系统自带的")] = None,
) -> None:
    """按政策判断一件补贴申领：结论、金额、每条规则的条款、版本和所用事实；一次列出事实文件的全部问题。

    退出码：0 符合条件，1 不符合条件，3 暂不能认定，2 事实文件有误。
    """
    if schema:
        typer.echo(schema_document(), nl=False)
        return
    if facts is None:
        refuse("请填写事实文件，或用 --schema 查看格式。")
    from app.subsidies.entitlements.rules.evaluate import evaluate as judge  # noqa: PLC0415 - slow to import
    from app.subsidies.entitlements.states import Outcome  # noqa: PLC0415 - slow to import

    verdict = judge(_read(facts), _rulebook(policy))
    typer.echo(json.dumps(_content(verdict), ensure_ascii=False, indent=2) if as_json else _in_words(verdict))
    codes = {Outcome.ELIGIBLE: 0, Outcome.INELIGIBLE: 1, Outcome.UNDECIDED: 3}
    raise typer.Exit(codes[verdict.outcome])


def _read(named: str) -> "ClaimFacts":
    """The facts of a file. Ends with exit code 2, naming every defect at once."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - slow to import

    from app.subsidies.entitlements.rules.coherence import defects_of  # noqa: PLC0415 - slow to import
    from app.subsidies.entitlements.rules.facts import ClaimFacts  # noqa: PLC0415 - slow to import
    from app.web.validation import reasons_of_validation  # noqa: PLC0415 - slow to import

    try:
        found = sys.stdin.buffer.read(_BYTES_MAX + 1) if named == "-" else Path(named).read_bytes()
    except OSError as error:
        refuse(f"读不到事实文件 {named}：{error.strerror}")
    if len(found) > _BYTES_MAX:
        refuse(f"事实文件超过 {_BYTES_MAX // 1_000_000} MB，一件申领不会这么大。")
    try:
        facts = TypeAdapter(ClaimFacts).validate_json(found)
        reasons = defects_of(facts)
    except ValidationError as error:
        reasons = reasons_of_validation(error)
    if reasons:
        defects = [
            f"  {reason.field or '（整个文件）'}：{reason.message}。{reason.remedy}" for reason in reasons
        ]
        refuse(f"事实文件有{len(defects)}处问题：\n" + "\n".join(defects))
    return facts


def _rulebook(folder: Path | None) -> "Rulebook":
    from app.policy.loader import BundleError, read_book  # noqa: PLC0415 - slow to import
    from app.subsidies.entitlements.rules.rulebook import Rulebook, packaged_rulebook  # noqa: PLC0415 - slow to import

    if folder is None:
        return packaged_rulebook()
    if not folder.is_dir():
        refuse(f"没有这个文件夹：{folder}")
    try:
        return Rulebook(read_book(folder))
    except BundleError as error:
        refuse("政策文件有问题：\n" + "\n".join(f"  {defect}" for defect in error.defects))


def _content(verdict: "Verdict") -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow to import

    from app.subsidies.entitlements.rules.verdict import Verdict  # noqa: PLC0415 - slow to import

    return TypeAdapter(Verdict).dump_python(verdict, mode="json")


def _in_words(verdict: "Verdict") -> str:
    """The verdict as a jurist reads it: the result first, then rule by rule."""
    from app.kernel.money import in_yuan  # noqa: PLC0415 - slow to import
    from app.subsidies.entitlements.states import KIND_LABELS, OUTCOME_LABELS  # noqa: PLC0415 - slow to import

    standard = "不能确定" if verdict.standard_fen is None else in_yuan(verdict.standard_fen)
    shares = verdict.shares
    lines = [
        f"{KIND_LABELS[verdict.kind]}：{OUTCOME_LABELS[verdict.outcome]}",
        f"金额：{in_yuan(verdict.amount_fen)}（标准：{standard}）",
        f"分担：政府{in_yuan(shares.government_fen)}，企业{in_yuan(shares.employer_fen)}，"
        f"个人{in_yuan(shares.person_fen)}",
        f"选择规则版本的日期：{verdict.rule_day or _NO_DATE}；申领末日：{verdict.last_claim_day or _NO_DATE}",
        _key_in_words(verdict),
        f"共适用{len(verdict.reasons)}条规则，{len(verdict.failed)}条不符合，{len(verdict.missing)}条待查：",
    ]
    for number, reason in enumerate(verdict.reasons, start=1):
        lines += _reason_in_words(number, reason)
    return "\n".join(lines)


def _key_in_words(verdict: "Verdict") -> str:
    key = verdict.key
    if key is None:
        return "一次性享受的事项：不能确定"
    return f"一次性享受的事项：{key.key_group}，主线 {key.benefit_line}，等级 {key.level.value}，期间 {key.period}"


def _reason_in_words(number: int, reason: "RuleReason") -> list[str]:
    from app.kernel.errors import UNSOURCED  # noqa: PLC0415 - slow to import
    from app.subsidies.entitlements.states import RESULT_LABELS  # noqa: PLC0415 - slow to import

    cited = reason.citation
    clause = (
        "没有文件依据（本系统的操作规则）"
        if cited == UNSOURCED
        else f"{cited.document} {cited.clause}".strip()
    )
    lines = [
        f"{number:>3}. 【{RESULT_LABELS[reason.result]}】{reason.code}  {reason.message}",
        f"     依据：{clause}",
    ]
    lines += [f"     版本：{_version_in_words(version)}" for version in reason.versions]
    if reason.facts:
        lines.append("     事实：" + "；".join(f"{used.name}：{used.value}" for used in reason.facts))
    if reason.remedy is not None:
        until = f"（截至{reason.until}）" if reason.until else ""
        lines.append(f"     办法：{reason.remedy}{until}")
    return lines


def _version_in_words(version: "RuleVersion") -> str:
    confidence = {"seed": "见于原文", "secondary": "据转述", "unsourced": "没有文件依据"}[
        version.confidence.value
    ]
    note = f"；读法：{version.note}" if version.note else ""
    return (
        f"{version.title} = {version.value}（{version.key}，{version.division}，"
        f"自{version.from_day}，{confidence}{note}）"
    )
