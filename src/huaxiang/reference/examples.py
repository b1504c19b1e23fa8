"""What tables of code cannot say of themselves: an example for each normaliser, the meaning of each reader's option."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.words import Words

NORMALISER_EXAMPLES: Mapping[str, str] = {
    "phone": "+86 138-0013-8000",
    "email": "Li.Lei@Example.COM",
    "id_card": "11010519491231002x",
    "uscc": "91110000600037341l",
    "bank_card": "6222 0212 3456 7890 128",
    "wechat": "Li_Lei-1990",
    "openid": "oABCDEFGHIJKLMNOPQRSTUVWX123",
    "unionid": "uABCDEFGHIJKLMNOPQRSTUVWX123",
    "device_id": "550E8400-E29B-41D4-A716-446655440000",
    "token": "c0ffee-5eed-42",
    "member_id": " vip 00123 ",
    "code": "ab-77 ",
    "name": "王 小明 先生",
    "address": "浙江杭州西湖区文三路90号",
}
"""Kind → a value as people write it; the code works out the rest."""

_PATTERN = Words(
    "A name, a pattern, or a list of them; all sheets without it.", "工作表的名称、模式或其列表；不写则读全部。"
)

OPTIONS: Mapping[tuple[str, str], Words] = {
    ("csv", "encoding"): Words(
        "utf-8, gbk, gb18030, utf-16, big5 …; found out without it.",
        "utf-8、gbk、gb18030、utf-16、big5 等，不写则自动判断。",
    ),
    ("csv", "separator"): Words(
        "One character, tab or whitespace; found out without it.", "单个字符、tab 或 whitespace，不写则自动判断。"
    ),
    ("csv", "header"): Words(
        "false: the file has no header; columns are column_1, column_2 …",
        "false 表示没有表头，列名为 column_1、column_2……",
    ),
    ("csv", "names"): Words("Names of the columns, in place of the header's.", "列名，取代表头。"),
    ("csv", "skip"): Words("Lines before the header to pass over.", "跳过表头之前的若干行。"),
    ("csv", "quote"): Words(
        'The quote, " by default; none when quotes mean nothing.', '引号，默认为 "；none 表示引号没有特殊含义。'
    ),
    ("excel", "sheet"): _PATTERN,
    ("excel", "header_row"): Words(
        "The header's row; without it the first row that is not blank.", "表头在第几行；不写则取第一个非空行。"
    ),
    ("json", "at"): Words(
        "Where the array of documents is inside the file: data.items.", "文档数组在文件中的位置，如 data.items。"
    ),
    ("json", "rows"): Words(
        "A list inside each document; each item becomes a row.", "每个文档中的列表，列表的每一项成为一行。"
    ),
    ("sql", "query"): Words("One SELECT that changes nothing.", "一条不改动数据的 SELECT。"),
    ("sql", "cursor"): Words(
        "A column that only grows: each build reads what lies above the last mark.",
        "只增不减的列：每次构建只读上次之后的行。",
    ),
    ("door", "type"): Words(
        "Only events of these types: identify, track, page, screen, group, alias, webhook.",
        "只取这些类型的事件：identify、track、page、screen、group、alias、webhook。",
    ),
    ("door", "event"): Words("Only events of these names.", "只取这些名称的事件。"),
    ("door", "rows"): Words(
        "A list inside each event; each item becomes a row.", "每个事件中的列表，列表的每一项成为一行。"
    ),
    ("sql", "name"): Words(
        "What the answer is called in messages; the table's name without it.", "提示中怎样称呼这份结果，不写则用表名。"
    ),
}
"""(reader, option) → meaning."""
