"""What the retailer sells: invented products in fourteen categories."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from huaxiang.simulate.arrays import Floats, Ints

_RANGES: dict[str, tuple[str, int, int]] = {
    "母婴": ("婴儿奶粉 纸尿裤 婴儿湿巾 辅食米粉 儿童水杯 硅胶奶瓶", 29, 398),
    "零食": ("每日坚果 薯片 夹心饼干 牛肉干 巧克力 果冻", 6, 79),
    "生鲜": ("有机鸡蛋 红富士苹果 三文鱼 肋排 西红柿 鲜牛奶", 8, 128),
    "酒水": ("酱香白酒 干红葡萄酒 精酿啤酒 苏打水 乌龙茶 黄酒", 5, 1299),
    "美妆": ("口红 眼影盘 气垫粉底 睫毛膏 香水 卸妆油", 39, 899),
    "护肤": ("保湿面霜 防晒乳 精华液 洁面乳 面膜 护手霜", 25, 1080),
    "数码": ("蓝牙耳机 充电宝 智能手表 机械键盘 平板电脑 数据线", 19, 2999),
    "家电": ("电饭煲 空气炸锅 吸尘器 加湿器 电动牙刷 破壁机", 89, 2599),
    "服饰": ("羽绒服 牛仔裤 纯棉T恤 连衣裙 羊绒衫 袜子", 15, 1599),
    "运动": ("跑步鞋 瑜伽垫 运动水壶 速干衣 羽毛球拍 跳绳", 19, 899),
    "文具": ("笔记本 中性笔 绘本 习题册 书包 台灯", 3, 259),
    "保健": ("钙片 鱼油 蛋白粉 血压计 艾草贴 维生素C", 29, 699),
    "家居": ("四件套 抽纸 洗衣液 收纳箱 保温杯 拖把", 9, 459),
    "宠物": ("猫粮 狗粮 猫砂 宠物零食 牵引绳 猫爬架", 12, 399),
}
_VARIANTS = ("经典装", "便携装", "家庭装", "升级款", "限定款")

CATEGORIES = tuple(_RANGES)
PER_CATEGORY = 6 * len(_VARIANTS)
STEMS = tuple(stem for stems, _, _ in _RANGES.values() for stem in stems.split())


def _products() -> tuple[list[str], list[str], list[str], list[int]]:
    skus, categories, names, cents = [], [], [], []
    for number, (category, (stems, low, high)) in enumerate(_RANGES.items()):
        for rank in range(PER_CATEGORY):
            skus.append(f"SKU{number:02}{rank:03}")
            categories.append(category)
            names.append(stems.split()[rank % 6] + _VARIANTS[rank // 6])
            cents.append(round(low * (high / low) ** (rank / (PER_CATEGORY - 1)) * 10) * 10 - 10)
    return skus, categories, names, cents


_skus, _categories, _names, _cents = _products()
SKUS = pa.array(_skus)
PRODUCTS = pa.array(_names)
CATEGORY_OF = pa.array(_categories)
CENTS = np.array(_cents, dtype=np.int64)


def choose(rng: np.random.Generator, category: Ints, thrift: Floats) -> Ints:
    """Return a product of each category: the higher `thrift` (1 = no preference), the cheaper."""
    rank = (PER_CATEGORY * rng.random(len(category)) ** thrift).astype(np.int64)
    return category * PER_CATEGORY + np.minimum(rank, PER_CATEGORY - 1)
