"""What people write about what they do: who, why. It is kept outside the vault, so nothing personal may stand in it."""

from __future__ import annotations

from huaxiang.errors import ProjectError
from huaxiang.privacy.scrub import looks_personal
from huaxiang.words import Words


def check_remark(text: str, who: str) -> None:
    """Raise ProjectError when nothing is said, nobody says it, or it holds what looks personal."""
    if not text.strip() or not who.strip():
        raise ProjectError(Words("say why, and who you are", "请写明原因和您的名字"))
    if looks_personal(text):
        raise ProjectError(
            Words(
                "leave out phone numbers, id cards and e-mail addresses: this is kept outside the vault",
                "请去掉手机号、身份证号和邮箱：这段文字不在保险库内保存",
            )
        )
