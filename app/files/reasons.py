"""Every way in which an uploaded table can be refused, with the words for people.

One place, so that two guards that find the same thing say the same thing. Codes are stable; messages name
the limit.
"""

from app.files.limits import MIB, ImportLimits
from app.kernel.errors import InvalidInput, Reason, RegistryError, TooLarge

_SAVE_AS_XLSX = "请用 Excel 或 WPS 打开后，另存为“Excel 工作簿（.xlsx）”再上传"
_TRIM_SHEET = "请选中数据区以外的行和列，右键删除（不是清除内容），保存后再上传"
_COPY_VALUES = "请新建一个空白工作簿，把数据区“选择性粘贴→数值”过去，另存为 .xlsx 后再上传"

_WORDS: dict[str, tuple[str, str]] = {
    "file_empty": ("文件是空的（0 字节）", "请确认文件已保存完整后重新上传"),
    "file_too_large": ("文件超过大小上限", "请删除图片、附表等无关内容，或分成几个文件上传"),
    "not_a_spreadsheet": (
        "文件内容不是电子表格（按内容判断，与扩展名无关）",
        "请上传 .xlsx、.xls 或 .csv 文件",
    ),
    "format_pdf": ("这是 PDF 文件，不是电子表格", "请上传原始的 .xlsx、.xls 或 .csv 文件"),
    "format_image": ("这是图片，不是电子表格", "请上传原始的 .xlsx、.xls 或 .csv 文件"),
    "format_word": (
        "这是 Word 文档，不是电子表格",
        "请把表格复制到 Excel 或 WPS 表格，另存为 .xlsx 后再上传",
    ),
    "format_presentation": (
        "这是演示文稿，不是电子表格",
        "请把表格复制到 Excel 或 WPS 表格，另存为 .xlsx 后再上传",
    ),
    "format_ods": ("暂不接受 OpenDocument 表格（.ods）", _SAVE_AS_XLSX),
    "format_xlsb": ("暂不接受二进制工作簿（.xlsb）", _SAVE_AS_XLSX),
    "format_archive": ("这是压缩包，不是电子表格", "请解压后上传其中的 .xlsx、.xls 或 .csv 文件"),
    "format_html": ("文件扩展名像 Excel，实际内容是网页（HTML）", _SAVE_AS_XLSX),
    "format_xml_spreadsheet": ("文件是“XML 表格 2003”格式，不是 .xlsx", _SAVE_AS_XLSX),
    "format_old_excel": ("文件是 Excel 95 及更早版本的格式", _SAVE_AS_XLSX),
    "file_encrypted": ("文件设有打开密码，无法读取", "请在 Excel 或 WPS 中取消打开密码，保存后再上传"),
    "macros": ("文件含有宏（VBA 程序），不予接收", "请另存为不含宏的“Excel 工作簿（.xlsx）”再上传"),
    "external_links": ("工作簿引用了其他文件（外部链接）", _COPY_VALUES),
    "embedded_objects": ("工作簿内嵌入了其他文件或控件", _COPY_VALUES),
    "zip_damaged": ("文件已损坏或不完整，无法解开", "请用 Excel 或 WPS 打开确认能正常显示，另存后再上传"),
    "zip_headers_lie": ("文件内部声明的大小与实际内容不符", _COPY_VALUES),
    "zip_member_name": ("工作簿内有不属于电子表格的成员", _COPY_VALUES),
    "zip_too_many_members": ("工作簿内部成员过多", "请只保留需要上传的工作表，删除图片和其他工作表后另存"),
    "zip_bomb": ("文件压缩比异常，展开后会占用过多资源", _COPY_VALUES),
    "inflated_too_large": ("文件展开后超过大小上限", _TRIM_SHEET),
    "xml_not_plain": ("工作簿内部的 XML 使用了不被接受的写法（DOCTYPE 或非 UTF-8 编码）", _COPY_VALUES),
    "too_many_lines": ("工作表的行超出上限", _TRIM_SHEET),
    "too_many_columns": ("工作表的列超出上限", _TRIM_SHEET),
    "too_many_cells": ("工作表的单元格或文字条目过多", _TRIM_SHEET),
    "too_many_rows": ("有内容的行数超过上限", "请分成几个文件上传"),
    "cell_reference": ("工作表内的单元格编号无法识别", _COPY_VALUES),
    "workbook_damaged": ("工作簿内容已损坏，无法读取", "请用 Excel 或 WPS 打开确认能正常显示，另存后再上传"),
    "reading_exhausted": ("读取此文件耗用的内存或时间超过上限，已停止", _COPY_VALUES),
    "encoding_unknown": (
        "文字编码无法识别（应为 UTF-8 或 GB18030）",
        "请用 Excel 或 WPS 另存为“CSV UTF-8（逗号分隔）”后再上传",
    ),
    "encoding_truncated": ("文件末尾的文字不完整，可能没有传完", "请重新导出并完整上传"),
    "nul_bytes": ("文件含有空字节（NUL），不是正常的文本表格", "请重新导出为 .xlsx 或 CSV 后再上传"),
    "csv_quotes": ("CSV 的引号不配对，无法分辨单元格的界限", "请用 Excel 或 WPS 重新导出 CSV，或改用 .xlsx"),
    "csv_cell_too_long": (
        "CSV 有超长的单元格，多为引号不配对所致",
        "请用 Excel 或 WPS 重新导出 CSV，或改用 .xlsx",
    ),
}

_SIZE_CODES = frozenset({"file_too_large", "inflated_too_large", "zip_bomb"})


def refusal(
    code: str, limits: ImportLimits, *, sheet: str | None = None, line: int | None = None, detail: str = ""
) -> RegistryError:
    """The error to raise for ``code``: ``TooLarge`` for sizes (413), ``InvalidInput`` otherwise (422).

    ``detail`` is appended to the message; it must not carry cell contents.
    """
    message, remedy = _WORDS[code]
    message += detail or _limit_of(code, limits)
    reason = Reason(code=code, message=message, remedy=remedy, field="file", sheet=sheet, line=line)
    return TooLarge([reason]) if code in _SIZE_CODES else InvalidInput([reason])


def known_codes() -> frozenset[str]:
    """All codes this module can speak (the test of the reader walks them)."""
    return frozenset(_WORDS)


def _limit_of(code: str, limits: ImportLimits) -> str:
    """The limit behind a code, as text; every refusal for size says how much would have passed."""
    shown = {
        "file_too_large": f"（{limits.label}上限 {limits.max_bytes // MIB} MiB）",
        "inflated_too_large": f"（上限 {limits.max_inflated_bytes // MIB} MiB）",
        "zip_bomb": f"（上限 {limits.max_ratio} 倍）",
        "zip_too_many_members": f"（上限 {limits.max_members} 个）",
        "too_many_lines": f"（{limits.label}最多到第 {limits.max_lines} 行）",
        "too_many_columns": f"（{limits.label}最多 {limits.max_columns} 列）",
        "too_many_rows": f"（{limits.label}上限 {limits.max_rows} 行）",
        "reading_exhausted": f"（内存 {limits.memory_bytes // MIB} MiB，处理器时间 {limits.cpu_seconds} 秒）",
    }
    return shown.get(code, "")
