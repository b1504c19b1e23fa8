"""Why a delivery has not come through, and what states there are, in words."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.words import Words

WAITING, DELIVERED, DEAD = "waiting", "delivered", "dead"
ENABLED, DISABLED = "enabled", "disabled"

STATES: Mapping[str, Words] = {
    WAITING: Words("waiting", "待发送"),
    DELIVERED: Words("delivered", "已送达"),
    DEAD: Words("dead letter", "死信"),
}
SUBSCRIBER_STATES: Mapping[str, Words] = {
    ENABLED: Words("enabled", "启用"),
    DISABLED: Words("disabled", "停用"),
}
REASONS: Mapping[str, Words] = {
    "": Words("", ""),
    "status": Words("answered, but not with 2xx", "有应答，但不是 2xx"),
    "redirect": Words("answered with a redirect, which is not followed", "应答为重定向，不会跟随"),
    "timeout": Words("no answer in time", "超时未应答"),
    "connect": Words("cannot be connected to", "无法连接"),
    "tls": Words("its certificate is not trusted", "证书不受信任"),
    "name": Words("its name cannot be resolved", "域名无法解析"),
    "private": Words(
        "its address is in a private network; allow_private: true allows it", "地址在内网；需要 allow_private: true"
    ),
    "protocol": Words("what it answered is not HTTP", "应答不是合法的 HTTP"),
    "gone": Words("it answered 410: it wants no more", "应答 410：对方不再接收"),
    "secret": Words("the environment does not have its secret", "环境变量中没有它的密钥"),
}  # fmt: skip
