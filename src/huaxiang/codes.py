"""Words for the codes that data commonly holds: channels, and values of facts and of tags made of them.

A code that has no words here, or in a definition, is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.words import Words

CHANNELS: Mapping[str, Words] = {
    "store": Words("Store", "门店"),
    "online": Words("Online shop", "网店"),
    "mini_program": Words("Mini program", "小程序"),
    "app": Words("App", "App"),
    "web": Words("Website", "网站"),
    "call": Words("Phone", "电话"),
    "mail": Words("E-mail", "邮件"),
    "sms": Words("SMS", "短信"),
    "chat": Words("Chat", "在线客服"),
    "social": Words("Social media", "社交媒体"),
    "survey": Words("Survey", "问卷"),
    "crm": Words("Member system", "会员系统"),
}
VALUES: Mapping[str, Words] = {
    "view": Words("Viewed", "浏览"),
    "cart": Words("Added to cart", "加入购物车"),
    "checkout": Words("Checked out", "提交结算"),
    "search": Words("Searched", "搜索"),
    "favourite": Words("Saved", "收藏"),
    "share": Words("Shared", "分享"),
    "click": Words("Clicked", "点击"),
    "login": Words("Signed in", "登录"),
    "register": Words("Registered", "注册"),
    "like": Words("Liked", "点赞"),
    "comment": Words("Commented", "评论"),
    "follow": Words("Followed", "关注"),
    "unfollow": Words("Unfollowed", "取消关注"),
    "call": Words("Call", "通话"),
    "mail": Words("E-mail", "邮件"),
    "chat": Words("Chat", "在线咨询"),
    "survey": Words("Survey", "问卷"),
    "review": Words("Review", "评价"),
    "complaint": Words("Complaint", "投诉"),
    "inquiry": Words("Inquiry", "咨询"),
    "return": Words("Return", "退换货"),
    "booking": Words("Booking", "预约"),
    "paid": Words("Paid", "已支付"),
    "refunded": Words("Refunded", "已退款"),
    "cancelled": Words("Cancelled", "已取消"),
    "pending": Words("Pending", "待支付"),
    "wechat": Words("WeChat", "微信"),
    "alipay": Words("Alipay", "支付宝"),
    "card": Words("Bank card", "银行卡"),
    "cash": Words("Cash", "现金"),
    "product_view": Words("Viewed", "浏览"),
    "add_to_cart": Words("Added to cart", "加入购物车"),
    "浏览": Words("Viewed", "浏览"),
    "加购": Words("Added to cart", "加入购物车"),
    "搜索": Words("Searched", "搜索"),
    "分享": Words("Shared", "分享"),
    "点赞": Words("Liked", "点赞"),
    "评论": Words("Commented", "评论"),
    "关注": Words("Followed", "关注"),
    "取消关注": Words("Unfollowed", "取消关注"),
    "取关": Words("Unfollowed", "取消关注"),
    "转发": Words("Reposted", "转发"),
    "咨询": Words("Inquiry", "咨询"),
    "投诉": Words("Complaint", "投诉"),
    "退换货": Words("Return", "退换货"),
    "预约": Words("Booking", "预约"),
    "上升": Words("Rising", "上升"),
    "平稳": Words("Flat", "平稳"),
    "下降": Words("Falling", "下降"),
    "male": Words("Male", "男"),
    "female": Words("Female", "女"),
    "other": Words("Other", "其他"),
    "weibo": Words("Weibo", "微博"),
    "xiaohongshu": Words("Xiaohongshu", "小红书"),
    "wechat_oa": Words("WeChat account", "公众号"),
    "douyin": Words("Douyin", "抖音"),
}
"""Codes that commonly stand in data, and in tags made of them."""

OF_COLUMNS: Mapping[tuple[str, str], Mapping[str, Words]] = {
    ("interactions", "direction"): {
        "in": Words("From the customer", "客户发起"),
        "out": Words("To the customer", "我方发起"),
    },
    ("orders", "payment"): {"wechat": Words("WeChat Pay", "微信支付")},
    ("transactions", "direction"): {
        "in": Words("In", "流入"),
        "out": Words("Out", "流出"),
        "流入": Words("In", "流入"),
        "流出": Words("Out", "流出"),
    },
}
"""Codes that mean something of their own in one column: (fact table, column) → code → words."""


def value_words(text: str) -> Words:
    """Return the words of a value as data write it, or the text itself."""
    return VALUES.get(text) or CHANNELS.get(text) or Words(text, text)
