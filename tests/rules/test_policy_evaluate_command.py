"""``registry policy evaluate``: a jurist's facts file in, verdict with every reason out, all defects at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.commands.policy import app
from app.commands.policy_evaluation import schema_document
from app.subsidies.entitlements.rules.evaluate import evaluate
from tests.claim_cases import BUNDLES, FOLDER, as_json, base, decision_cases, merged

COMMITTED = Path(__file__).resolve().parents[2] / "openapi" / "claim-facts.schema.json"


def run(document: Any, *options: str) -> Result:
    """The command on facts given over standard input."""
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    return CliRunner().invoke(app, ["evaluate", "-", *options], input=text)


def test_the_committed_schema_is_that_of_the_facts() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == schema_document()
    assert CliRunner().invoke(app, ["evaluate", "--schema"]).output == schema_document()


def test_every_field_is_described_in_chinese() -> None:
    document = json.loads(schema_document())
    fields = {
        f"{part}.{name}": field.get("description") or _described_by(field, document)
        for part, content in {"": document, **document["$defs"]}.items()
        for name, field in content.get("properties", {}).items()
    }
    assert [name for name, words in fields.items() if not any("\u4e00" <= c <= "\u9fff" for c in words)] == []
    assert len(fields) > 100


def _described_by(field: dict[str, Any], document: dict[str, Any]) -> str:
    """A field that says no more than the part it holds leaves the words to that part."""
    described: str = document["$defs"][field["$ref"].rpartition("/")[2]]["description"]
    return described


@pytest.mark.parametrize(
    ("name", "changes", "exit_code"),
    [
        ("upgrade", {}, 0),
        ("upgrade", {"certificate": {"level": "level_1"}}, 1),
        ("upgrade", {"insurance": {"months": []}}, 3),
    ],
)
def test_exit_code_tells_the_outcome(name: str, changes: dict[str, Any], exit_code: int) -> None:
    outcome = run(merged(as_json(base(name)), changes))
    assert outcome.exit_code == exit_code, outcome.output


def test_text_names_clause_version_reading_fact_and_what_to_do() -> None:
    told = run(
        merged(
            as_json(base("upgrade_2018")),
            {
                "insurance": {
                    "months": [{"as_of": "2019-03-01", "own": 35, "deemed": 0, "other_provinces": 0}]
                }
            },
        )
    )
    assert told.exit_code == 1
    for words in (
        "技能提升补贴：不符合条件",
        "金额：0.00元（标准：1500.00元）",
        "选择规则版本的日期：2018-12-31；申领末日：2019-12-31",
        "【不符合】insured_months  截至2019年3月1日累计缴费35个月，少于36个月",
        "依据：人社部发〔2017〕40号 一(一)、一(二)",
        "skill_upgrade_insured_months，000000，自2017-01-01，见于原文；读法：",
        "事实：累计缴费月数：35；截至：2019年3月1日",
        "办法：还差1个月；",
        "（截至2019-12-31）",
    ):
        assert words in told.output, words


def test_json_is_the_verdict_of_the_decision_itself() -> None:
    facts = base("training")
    told = json.loads(run(as_json(facts), "--json").output)
    verdict = evaluate(facts)
    assert told["outcome"] == "eligible"
    assert told["amount_fen"] == verdict.amount_fen
    assert [reason["code"] for reason in told["reasons"]] == [reason.code for reason in verdict.reasons]
    assert all(reason["citation"]["document"] and reason["facts"] for reason in told["reasons"])
    assert told["reasons"][5]["versions"][0] == {
        "key": "training_key_groups",
        "title": "可享受职业培训补贴的人员",
        "value": verdict.reasons[5].versions[0].value,
        "from_day": "2025-03-07",
        "division": "000000",
        "confidence": "seed",
        "citation": {"document": "人社部发〔2025〕10号", "clause": "二、四(六)"},
        "note": verdict.reasons[5].versions[0].note,
    }


def test_every_case_can_be_written_as_a_file_and_read_back() -> None:
    from pydantic import TypeAdapter

    from app.subsidies.entitlements.rules.facts import ClaimFacts

    adapter = TypeAdapter(ClaimFacts)
    assert all(
        adapter.validate_json(adapter.dump_json(case.facts)) == case.facts for case in decision_cases()
    )


def test_all_defects_of_a_file_are_told_at_once() -> None:
    facts = merged(
        as_json(base("upgrade")),
        {
            "kind": "gift",
            "certificate": {"issued_on": "2024-02-30", "number": "x"},
            "payer_division": "41010",
            "cost": {"fee_fen": -1},
        },
    )
    del facts["payee"]
    told = run(facts)
    assert told.exit_code == 2
    assert "事实文件有6处问题" in told.output
    for field in (
        "kind：",
        "payee：",
        "certificate.issued_on：",
        "certificate.number：不认识的字段",
        "payer_division：",
        "cost.fee_fen：",
    ):
        assert field in told.output, field


def test_facts_that_cannot_be_true_together_are_told_at_once() -> None:
    told = run(
        merged(
            as_json(base("training")),
            {
                "person": {"died_on": "2024-01-01"},
                "training": {"ends_on": "2025-06-09"},
                "holdings": [
                    {
                        "certificate_id": "c-9",
                        "level": "level_1",
                        "issued_on": "2024-01-01",
                        "state": "matched",
                    }
                ],
            },
        )
    )
    assert told.exit_code == 2
    assert "事实文件有3处问题" in told.output
    assert "training：终止日期2025年6月9日早于起始日期2025年6月10日" in told.output


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"'])
def test_what_is_no_facts_file_is_refused_in_words(text: str) -> None:
    told = run(text)
    assert told.exit_code == 2
    assert "处问题" in told.output


def test_a_missing_file_or_folder_is_refused_in_words(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["evaluate", str(tmp_path / "no.json")]).exit_code == 2
    assert CliRunner().invoke(app, ["evaluate"]).exit_code == 2
    assert run(as_json(base("upgrade")), "--policy", str(tmp_path / "no")).exit_code == 2


def test_another_book_can_be_tried(tmp_path: Path) -> None:
    """What if 河北 wrote its own standard: the practice of a place beside the packaged bundles."""
    for source in (*BUNDLES.glob("*.yaml"), FOLDER / "practices" / "130000.yaml"):
        (tmp_path / source.name).write_bytes(source.read_bytes())
    facts = merged(
        as_json(base("upgrade")), {"payer_division": "130100", "insurance": {"division": "130100"}}
    )
    assert json.loads(run(facts, "--json").output)["amount_fen"] == 150_000
    assert json.loads(run(facts, "--json", "--policy", str(tmp_path)).output)["amount_fen"] == 165_000
