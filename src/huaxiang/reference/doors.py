"""What each key of a door's definition is for."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.words import Words

DOORS: Mapping[str, Mapping[str, Words]] = {
    "door": {
        "door": Words("The door's code; sources name it in `read`.", "入口编码，来源在 `read` 中引用。"),
        "name": Words("What people see.", "界面上显示的名称。"),
        "accept": Words(
            "segment (default), sensors, or both; or webhook alone.",
            "segment（默认）、sensors，或两者；webhook 只能单独写。",
        ),
        "write_key": Words(
            "The key senders show: env:NAME for a variable of the environment, or the key itself.",
            "发送方出示的密钥：env:NAME 表示取自环境变量，也可直接写密钥。",
        ),
        "origins": Words(
            "Websites whose pages may send (CORS): https://host, or *; none by default.",
            "允许哪些网站的页面发送（CORS）：https://主机，或 *；默认不允许。",
        ),
        "limit": Words(
            "Events a second, above which senders are told to wait (429); none by default.",
            "每秒事件数上限，超过则要求发送方等待（429）；默认不限。",
        ),
        "contracts": Words(
            "What events must hold, by the name of a track or webhook event, or the type of any other.",
            "事件须满足的约定：track 和 webhook 按事件名，其他按类型。",
        ),
        "signature": Words("How webhooks are signed.", "webhook 怎样签名。"),
        "mapping": Words("Where things stand in a webhook's body.", "webhook 正文中各项的位置。"),
    },
    "door.contract": {
        "required": Words(
            "Fields that must be there, with their types: text, number, integer, bool, time, list, object.",
            "必填字段及其类型：text、number、integer、bool、time、list、object。",
        ),
        "optional": Words("Fields that may be there, with their types.", "选填字段及其类型。"),
        "others": Words(
            "allowed (default) or refused: fields it does not name.", "约定之外的字段：allowed（默认）或 refused。"
        ),
    },
    "door.signature": {
        "standard": Words(
            "The secret of a sender that signs as Standard Webhooks say; then nothing else is needed.",
            "按 Standard Webhooks 签名时的密钥；写了它就不必写其他项。",
        ),
        "secret": Words("The secret: env:NAME, or itself.", "密钥：env:NAME，或直接写。"),
        "header": Words("The header that holds the signature.", "签名所在的请求头。"),
        "algorithm": Words("sha256 (default), sha1 or sha512.", "sha256（默认）、sha1 或 sha512。"),
        "encoding": Words("hex (default) or base64.", "hex（默认）或 base64。"),
        "prefix": Words(
            'What stands before it in the header, such as "sha256=".', '请求头中签名之前的固定文字，如 "sha256="。'
        ),
    },
    "door.mapping": {
        "each": Words(
            "The list whose items are events; without it the body is one.",
            "哪个列表的每一项是一个事件；不写则整个正文是一个事件。",
        ),
        "id": Words("The event's id: one that comes twice counts once.", "事件编号：同一编号只算一次。"),
        "event": Words("The event's name.", "事件名。"),
        "time": Words("When it happened.", "发生时间。"),
        "user": Words("The user's id.", "用户编号。"),
    },
}
"""By section and key. A path is looked for in the item, then in the body around it."""
