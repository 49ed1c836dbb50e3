"""The bank's daily file (对账文件): RFC 4180, UTF-8, one line for each instruction that ended on the day.

Contract: ``openapi/upstream/bank.yaml``, ``getStatement``. The same reader serves the file that is fetched and the one
that an officer hands in.
"""

import csv
import io
import re
from datetime import datetime
from uuid import UUID

from app.gateways.bank_facts import AMOUNT_FEN_MAX, BankOutcome, RejectCode, StatementLine

HEADER = ("instruction_id", "amount_fen", "outcome", "reject_code", "ended_at")
STATEMENT_BYTES_MAX = 33_554_432
LINES_MAX = 200_000
_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_AMOUNT = re.compile("[1-9][0-9]{0,11}")


class StatementMalformed(Exception):
    """A file is not what the contract says; holds nothing of its content.

    ``defects``: at most 100 pairs of line (0: the whole file, 1: the first below the header) and Chinese wording.
    """

    def __init__(self, defects: list[tuple[int, str]]) -> None:
        self.defects = tuple(defects[:100])
        super().__init__(f"statement malformed in {len(defects)} places")


def read_statement(body: bytes) -> tuple[StatementLine, ...]:
    """The lines of a daily file, all of them or none.

    Raises:
        StatementMalformed: with every defect found.
    """
    if len(body) > STATEMENT_BYTES_MAX:
        raise StatementMalformed([(0, "文件超过32 MiB")])
    try:
        rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise StatementMalformed([(0, "文件不是UTF-8编码的CSV")]) from None
    if not body.endswith(b"\n"):
        raise StatementMalformed([(0, "末行没有换行，文件可能不完整")])
    if not rows or tuple(rows[0]) != HEADER:
        raise StatementMalformed([(0, f"表头应为 {','.join(HEADER)}")])
    if len(rows) > LINES_MAX + 1:
        raise StatementMalformed([(0, "文件超过20万行")])
    defects: list[tuple[int, str]] = []
    lines: list[StatementLine] = []
    for number, row in enumerate(rows[1:], start=1):
        found = _line(number, row)
        if isinstance(found, StatementLine):
            lines.append(found)
        else:
            defects.extend((number, wording) for wording in found)
    if defects:
        raise StatementMalformed(defects)
    return tuple(lines)


def _line(number: int, row: list[str]) -> StatementLine | list[str]:
    """The line, or all that is wrong with it."""
    if len(row) != len(HEADER):
        return [f"应有{len(HEADER)}列"]
    text, amount, outcome, code, ended = row
    found: list[str] = []
    if not re.fullmatch("[0-9A-Za-z-]{1,64}", text):
        found.append("instruction_id 应为1至64位字母、数字或连字符")
    if not _AMOUNT.fullmatch(amount) or int(amount) > AMOUNT_FEN_MAX:
        found.append("amount_fen 应为正整数（单位：分）")
    if outcome not in {BankOutcome.SETTLED, BankOutcome.REJECTED}:
        found.append("outcome 应为 settled 或 rejected")
    if code not in ({*RejectCode} if outcome == BankOutcome.REJECTED else {""}):
        found.append("reject_code 在 rejected 时必填，其余为空")
    moment = _moment(ended)
    if moment is None:
        found.append("ended_at 应为带时区的时间")
    if found or moment is None:
        return found
    return StatementLine(
        line=number,
        instruction_text=text,
        instruction_id=UUID(text) if _UUID.fullmatch(text) else None,
        amount_fen=int(amount),
        outcome=BankOutcome(outcome),
        reject_code=RejectCode(code) if code else None,
        ended_at=moment,
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
