"""A list that people keep in a table file: a visible sheet, a heading line near its top, a row for each entry. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from app.files.sheet import Cell, Sheet, cell_text
from app.kernel.errors import UNSOURCED, InvalidInput, Reason

SEARCHED_LINES = 30
"""Titles and notes above a heading are common; more than this is no list."""
_DECORATION = re.compile(r"[\s*:：()（）]+")

Row = tuple[int, list[Cell]]
"""Line of the file, and its cells in the order of the list's columns; blank where the file has no such column."""

C = TypeVar("C", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListForm(Generic[C]):
    """What a kind of list is called and which headings its columns go by, the first being the one we ask for."""

    title: str
    columns: type[C]
    headings: Mapping[C, tuple[str, ...]]
    required: Sequence[C]

    def rows_of(self, sheets: Sequence[Sheet], *, most: int) -> list[Row]:
        """The rows of the one visible sheet with a heading.

        Raises:
            InvalidInput: no sheet has a heading, more than one has, or the rows are none or more than ``most``.
        """
        found = [
            (sheet, *headed)
            for sheet in sheets
            if sheet.visible
            for headed in [self._heading_of(sheet)]
            if headed is not None
        ]
        if len(found) != 1:
            raise InvalidInput([self._not_one(len(found))])
        sheet, at, columns = found[0]
        order = [columns.get(column) for column in self.columns]
        rows = [
            (line, cells)
            for line, row in list(sheet.lines())[at + 1 :]
            for cells in [["" if index is None or index >= len(row) else row[index] for index in order]]
            if any(cell_text(cell) for cell in cells)
        ]
        if not 1 <= len(rows) <= most:
            message = f"名单有{len(rows)}行，须在1至{most}行之间"
            raise InvalidInput([_of_file("row_count_out_of_range", message, "请分成几个文件上传")])
        return rows

    def _not_one(self, found: int) -> Reason:
        names = "、".join(self.headings[column][0] for column in self.required)
        remedy = f"请只保留一个工作表，表头至少有：{names}"
        if not found:
            return _of_file("heading_not_found", f"前{SEARCHED_LINES}行没有找到{self.title}的表头", remedy)
        return _of_file("several_lists", f"{found}个工作表都有{self.title}，无法判断以哪一个为准", remedy)

    def _heading_of(self, sheet: Sheet) -> tuple[int, dict[C, int]] | None:
        by_heading = {heading: column for column, spelled in self.headings.items() for heading in spelled}
        for at, row in enumerate(sheet.rows[:SEARCHED_LINES]):
            columns: dict[C, int] = {}
            for index, cell in enumerate(row):
                column = by_heading.get(_DECORATION.sub("", cell_text(cell)))
                if column is not None:
                    columns.setdefault(column, index)
            if all(column in columns for column in self.required):
                return at, columns
        return None


def _of_file(code: str, message: str, remedy: str) -> Reason:
    return Reason(code=code, field="file", message=message, remedy=remedy, citation=UNSOURCED)
