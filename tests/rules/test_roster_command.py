"""``registry roster check``: exit codes, JSON, masked text, the file of refused rows; no database anywhere."""

import json
from pathlib import Path

import openpyxl
from typer.testing import CliRunner

from app.commands.roster import app

GOOD, BAD = "110105194910010015", "110105194910010011"


def write(folder: Path, *rows: str) -> str:
    file = folder / "名册.csv"
    file.write_text("\n".join(("姓名,身份证号码,备注", *rows)), encoding="gb18030")
    return str(file)


def test_a_good_roster_passes(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", write(tmp_path, f"测试,{GOOD},")])
    assert result.exit_code == 0, result.output
    assert "通过 1 行，未通过 0 行" in result.output


def test_bad_lines_are_told_masked_and_written_out(tmp_path: Path) -> None:
    target = tmp_path / "退回.xlsx"
    file = write(tmp_path, f"测试,{GOOD},", f"测试,{BAD},=1+1", "合计,2,")
    result = CliRunner().invoke(app, ["check", file, "--refused-to", str(target)])
    assert result.exit_code == 1
    assert "第3行  未通过" in result.output
    assert "identity_number_check_digit" in result.output
    assert "footer_line" in result.output
    assert BAD not in result.output
    row = [cell.value for cell in openpyxl.load_workbook(target).active[2]]
    assert row[1:5] == [3, "测试", BAD, "'=1+1"]


def test_json_counts_and_places(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", write(tmp_path, f"测试,{BAD},"), "--json"])
    assert result.exit_code == 1
    content = json.loads(result.stdout)
    assert content["counts"] == {"accepted": 0, "refused": 1, "reasons": 1, "notices": 0}
    assert content["refused"][0]["line"] == 2
    assert content["refused"][0]["reasons"][0]["citation"]["document"] == "GB 11643-1999"
    assert BAD not in result.stdout


def test_an_unreadable_file_ends_with_two(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(b"%PDF-1.7")
    result = CliRunner().invoke(app, ["check", str(file)])
    assert result.exit_code == 2
    assert "format_pdf" in result.output
    result = CliRunner().invoke(app, ["check", str(file), "--json"])
    assert json.loads(result.stdout)["file"][0]["code"] == "format_pdf"
