"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

import re

from huaxiang.connectors.files import unreadable
from huaxiang.errors import ReadError
from huaxiang.words import Words

HEAD = 512
"""So many bytes are enough to tell."""
GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
_KINDS = (
    (b"PK\x03\x04", Words("a zip archive or an Excel workbook (.xlsx)", "zip 压缩包或 Excel 工作簿（.xlsx）")),
    (
        b"\xd0\xcf\x11\xe0",
        Words("an Office file such as an Excel workbook (.xls)", "Office 文件，例如 Excel 工作簿（.xls）"),
    ),
    (PARQUET, Words("a Parquet file (.parquet)", "Parquet 文件（.parquet）")),
    (b"SQLite format 3", Words("an SQLite database", "SQLite 数据库")),
    (b"%PDF", Words("a PDF file", "PDF 文件")),
    (b"\x28\xb5\x2f\xfd", Words("compressed with zstd", "zstd 压缩文件")),
    (b"BZh", Words("compressed with bzip2", "bzip2 压缩文件")),
    (b"\xfd7zXZ", Words("compressed with xz", "xz 压缩文件")),
    (b"7z\xbc\xaf", Words("a 7-Zip archive", "7-Zip 压缩包")),
    (b"Rar!", Words("a RAR archive", "RAR 压缩包")),
    (GZIP, Words("compressed with gzip (.gz)", "gzip 压缩文件（.gz）")),
)
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How workbooks begin, whole or not."""
_HTML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<\?xml\b", re.IGNORECASE)
EMPTY = Words("is empty", "是空文件")


def kind_of(head: bytes) -> Words | None:
    """Return in words what the first bytes of a file show it to be; None for what they do not, text above all."""
    if _HTML.match(head):
        return Words("a web page (HTML)", "网页（HTML）")
    if _XML.match(head):
        return Words("an XML file", "XML 文件")
    return next((words for mark, words in _KINDS if head.startswith(mark)), None)


def wrong_kind(name: str, head: bytes, wanted: Words) -> ReadError | None:
    """Return the error for a file that is something else than `wanted`; None when its first bytes do not tell."""
    if not head:
        return unreadable(name, EMPTY.en, EMPTY.zh)
    found = kind_of(head)
    if found is None:
        return None
    return unreadable(
        name,
        f"is {found.en}, not {wanted.en}; give it its true ending, or save it as one",
        f"其实是“{found.zh}”，不是“{wanted.zh}”；请改用正确的后缀，或另存为该格式",
    )
