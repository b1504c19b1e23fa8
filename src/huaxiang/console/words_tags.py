"""Every text of the tag market, of a tag's page, and of who does things, in both languages."""

from __future__ import annotations

from huaxiang.words import Words

# Who does it
YOUR_NAME = Words("Your name", "您的称呼")
NO_NAME = Words("No name given", "未填写称呼")
NAME_NOTE = Words(
    "It is written beside what you change. The server remembers it for this browser until it stops.",
    "会记在您所做的更改旁边。服务器在停止之前只为这个浏览器记住它。",
)
KEEP_NAME = Words("Keep", "保存")
