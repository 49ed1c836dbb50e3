"""Finds the columns of an official list in an uploaded table, whatever title rows stand above them."""

from collections.abc import Mapping, Sequence

from app.files.sheet import TableFile, cell_text
from app.kernel.errors import InvalidInput, Reason
from app.reference.rules import ListRow

Columns = Mapping[str, tuple[str, ...]]
"""Field name to the headings under which official files carry it; the first heading is the one we name."""

DIVISION_COLUMNS: Columns = {
    "code": ("行政区划代码", "区划代码", "代码", "code"),
    "name": ("单位名称", "行政区划名称", "名称", "name"),
}
OCCUPATION_COLUMNS: Columns = {
    "code": ("职业编码", "职业代码", "编码", "代码", "code"),
    "name": ("职业名称", "职业", "名称", "name"),
    "trades": ("工种", "工种名称", "包含工种", "trades"),
    "former_code": ("前版编码", "原编码", "原职业编码", "former_code"),
    "relation": ("与前版关系", "关系", "沿革", "relation"),
}
CALENDAR_COLUMNS: Columns = {
    "code": ("日期", "date"),
    "name": ("安排", "放假或上班", "arrangement"),
}
REQUIRED = ("code", "name")


def list_rows(table: TableFile, columns: Columns) -> list[ListRow]:
    """Rows of every visible sheet below its header; blank rows are left out.

    Raises ``InvalidInput`` when no sheet has the required headings, or no row follows them.
    """
    rows: list[ListRow] = []
    found_header = False
    for sheet in table.sheets:
        places: dict[str, int] | None = None
        for line, cells in sheet.lines() if sheet.visible else ():
            texts = [cell_text(cell) for cell in cells]
            if places is None:
                places = _header(texts, columns)
                found_header = found_header or places is not None
            elif any(texts):
                values = {field: texts[place] for field, place in places.items() if place < len(texts)}
                rows.append(ListRow(sheet=sheet.name or None, line=line, cells=values))
    if not found_header:
        wanted = "、".join(columns[field][0] for field in REQUIRED)
        message, remedy = "没有找到表头", f"请在表头写明这些列：{wanted}"
        raise InvalidInput([Reason(code="header_missing", message=message, remedy=remedy, field="file")])
    if not rows:
        message, remedy = "表头下面没有任何数据行", "请确认导入的是完整的名单"
        raise InvalidInput([Reason(code="list_empty", message=message, remedy=remedy, field="file")])
    return rows


def _header(texts: Sequence[str], columns: Columns) -> dict[str, int] | None:
    headings = {"".join(text.split()).lower(): place for place, text in reversed(list(enumerate(texts)))}
    places = {
        field: headings[heading]
        for field, names in columns.items()
        for heading in reversed(names)
        if heading in headings
    }
    return places if all(field in places for field in REQUIRED) else None
