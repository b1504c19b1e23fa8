"""Names of people: common surnames (with their spelling, for mail addresses) and characters of given names."""

from __future__ import annotations

import re

import pyarrow as pa

_SURNAMES = re.findall(
    r"\w+",
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma 朱zhu 胡hu 郭guo 何he 林lin "
    "高gao 罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 许xu 韩han 邓deng 冯feng 曹cao 彭peng 曾zeng 肖xiao 田tian "
    "董dong 潘pan 袁yuan 蔡cai 蒋jiang 余yu 于yu 杜du 叶ye 程cheng 魏wei 苏su 吕lv 丁ding 任ren 卢lu 姚yao 沈shen",
)
_HER = "芳娜敏静丽艳娟霞秀燕玲桂英梅兰雪琳佳欣怡婷雨涵诗琪梦瑶思颖嘉萱子若晨"
_HIS = "伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅子轩博文浩然天佑晨"

SURNAMES = pa.array([entry[0] for entry in _SURNAMES])
SPELLINGS = pa.array([entry[1:] for entry in _SURNAMES])
# The first surnames of the list are by far the most common.
SURNAME_WEIGHTS = tuple(1 / (n + 4) for n in range(len(_SURNAMES)))


def _given(letters: str) -> list[str]:
    each = sorted(set(letters))
    return each * 8 + [first + second for first in each for second in each]


_hers, _his = _given(_HER), _given(_HIS)
GIVEN = pa.array(_hers + _his)
GIVEN_OF_WOMEN = len(_hers)
