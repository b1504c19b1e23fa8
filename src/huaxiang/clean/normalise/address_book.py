"""Finds province, city and district at the head of a Chinese address.

Names are looked up by their first two characters, then compared, longest first: three dictionary look-ups for an
address in its full form, whatever the number of divisions. What is written short (浙江杭州) is read too, but never
where the short word is the beginning of a road's or a shop's name (南京路, 中山公园): no district is better than a
wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from huaxiang.clean.normalise.divisions import Division, current_divisions
from huaxiang.clean.normalise.name_index import Found, Index, Place

# Longer names before those they begin with; loc.dat writes 哈萨克自治州 but 哈萨克族自治县.
_PEOPLES = (
    "蒙古族|回族|藏族|维吾尔|苗族|彝族|壮族|布依族|朝鲜族|满族|侗族|瑶族|白族|土家族|哈尼族|哈萨克族|哈萨克|傣族|黎族|"
    "傈僳族|佤族|畲族|拉祜族|水族|东乡族|纳西族|景颇族|柯尔克孜|土族|达斡尔族|仫佬族|羌族|布朗族|撒拉族|毛南族|仡佬族|"
    "锡伯|阿昌族|普米族|塔吉克|怒族|俄罗斯族|鄂温克族|德昂族|保安族|裕固族|独龙族|鄂伦春|珞巴族|门巴族|蒙古|各族"
)
_AUTONOMOUS = re.compile(rf"(.*?)(?:{_PEOPLES})*自治(州|县|旗)")
_CITY_ENDING = re.compile(r"(.{2,})(?:市|地区|盟)")
_COUNTY_ENDING = re.compile(r"(.{2,})(?:县|市|旗|新区)")
_DISTRICT_ENDING = re.compile(r"(.{2,})区")
_PROVINCE_ENDING = re.compile(r"(.{2,3}?)(?:省|市|(?:维吾尔|壮族|回族)?自治区|特别行政区)")
_ZONE = re.compile(r"\d{4}7\d")  # a development zone of the statistics' codes
_FURTHER_SHORT = {
    **{"巴音郭楞蒙古自治州": ("巴州",), "克孜勒苏柯尔克孜自治州": ("克州",), "博尔塔拉蒙古自治州": ("博州",)},
    **{"黔西南布依族苗族自治州": ("黔西南州",), "新疆维吾尔自治区": ("新疆自治区",), "广西壮族自治区": ("广西自治区",)},
    **{"西双版纳傣族自治州": ("版纳",), "宁夏回族自治区": ("宁夏自治区",), "香港特别行政区": ("香港特区",)},
}

_PAPER = (  # rows of the official list that people copy into addresses though they are not places
    *("省直辖县级行政区划", "省直辖县级行政单位", "自治区直辖县级行政区划", "自治区直辖县级行政单位"),
    *("省直辖县", "自治区直辖县", "省直辖", "市辖区"),
)
_BETWEEN = frozenset(" ,/-|>、·")
_JUNK = re.compile(
    r"(?:(?:收货|收件|详细|联系|家庭|邮寄|配送|公司|单位|注册|户籍|现住|居住|通讯|所在)?(?:地址|住址|地区)[:\s]*"
    r"|中华人民共和国|中国|P\.?R\.?\s?China|China|CN(?=[\s,])|\d{6}(?!\d)|[\s,:/\-.、\[\]()])+",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class City:
    """A city and the districts in it."""

    province: str
    name: str
    own_district: str | None
    districts: Index[Division] = field(default_factory=Index)


@dataclass(frozen=True, eq=False)
class Province:
    """A province, its cities, and those districts whose name is theirs alone in it."""

    name: str
    is_city: bool
    not_places: tuple[str, ...]
    cities: Index[City] = field(default_factory=Index)
    districts: Index[Division] = field(default_factory=Index)


class Chain(NamedTuple):
    """What was read: the places, and how many characters of the text say so."""

    length: int
    province: str | None
    city: str | None
    district: str | None


_NOTHING = Chain(0, None, None, None)


def _short_names(name: str, ending: re.Pattern[str]) -> list[str]:
    """Return what people write for `name`: 杭州 for 杭州市; 恩施州 and 恩施 for 恩施土家族苗族自治州."""
    found = ending.fullmatch(name)
    shorts = [found[1]] if found else []
    autonomous = _AUTONOMOUS.fullmatch(name)
    if autonomous and len(autonomous[1]) >= 2:
        shorts = [autonomous[1] + autonomous[2], autonomous[1]]
    return [*shorts, *_FURTHER_SHORT.get(name, ())]


def _add(index: Index[Place], name: str, shorts: Iterable[str], place: Place) -> None:
    index.add(name, place, short=False)
    for short in shorts:
        index.add(short, place, short=short[-1] not in "州县旗区")  # 恩施州 is as good as the full name


class AddressBook:
    """The divisions of today, arranged for reading addresses."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self._provinces: Index[Province] = Index()
        self._cities: Index[City] = Index()
        self._districts: Index[Division] = Index()
        self._province_of: dict[str, Province] = {}
        self._city_of: dict[tuple[str, str], City] = {}
        for division in divisions:
            self._put(division)
        for city in self._city_of.values():
            if city.districts.is_empty:  # 东莞市 has no districts; lists repeat its name in their place
                city.districts.add(city.name, Division("", city.province, city.name, city.name), short=False)
            city.districts.close()
        for province in self._province_of.values():
            province.cities.close()
            province.districts.close()
        for index in (self._provinces, self._cities, self._districts):
            index.close()

    def _put(self, division: Division) -> None:
        if division.city in (None, division.province) and division.district is None:
            self._put_province(division)
        elif division.district is None or division.district == division.city:
            self._put_city(division)
        else:
            self._put_district(division)

    def _put_province(self, division: Division) -> None:
        is_city = division.city is not None
        province = Province(division.province, is_city, (*_PAPER, division.province, "县") if is_city else _PAPER)
        self._province_of[province.name] = province
        _add(self._provinces, province.name, _short_names(province.name, _PROVINCE_ENDING), province)

    def _put_city(self, division: Division) -> None:
        if (division.province, division.city) in self._city_of:
            return  # loc.dat also keeps 随州市 as a county-level city, which it was until 2000
        city = City(division.province, division.city or "", division.district)
        self._city_of[city.province, city.name] = city
        ending = _CITY_ENDING if division.district is None else _COUNTY_ENDING
        shorts = _short_names(city.name, ending)
        _add(self._province_of[city.province].cities, city.name, shorts, city)
        # 东方市 is a county-level city: its short name alone, without a province, begins too many other names.
        _add(self._cities, city.name, shorts if division.district is None else (), city)

    def _put_district(self, division: Division) -> None:
        province = self._province_of[division.province]
        name = division.district or ""
        if _ZONE.fullmatch(division.code):
            self._put_zone(division, name)
            return
        # 朝阳 for 朝阳区 is usual only in the four municipalities; 西湖 in 杭州西湖文化广场 is not 西湖区.
        shorts = _short_names(name, _COUNTY_ENDING)
        if not shorts and province.is_city:
            shorts = _short_names(name, _DISTRICT_ENDING)
        _add(province.districts, name, shorts, division)
        _add(self._districts, name, (), division)
        if not province.is_city:
            _add(self._city_of[division.province, division.city or ""].districts, name, shorts, division)

    def _put_zone(self, division: Division, name: str) -> None:
        """Add a development zone, also without the names before it: 苏州市工业园区 is 苏州工业园区."""
        city = self._city_of.get((division.province, division.city or ""))
        if city is None:
            return
        city.districts.add(name, division, short=False)
        for above in (city.province, city.name):
            for head in (above, *_short_names(above, _PROVINCE_ENDING), *_short_names(above, _CITY_ENDING)):
                bare = name.removeprefix(head)
                if bare != name and len(bare) > 3:
                    city.districts.add(bare, division, short=False)

    def read(self, address: str) -> Chain:
        """Return the province, city and district `address` begins with; of contradictory readings the longest."""
        chain = self._read_at(address, 0)
        if chain.district is None and (junk := _JUNK.match(address)):
            chain = max(chain, self._read_at(address, junk.end()), key=_length)
        return chain

    def _read_at(self, text: str, start: int) -> Chain:
        chain, resume = self._from_province(text, start)
        if chain.district is not None:
            return chain
        others = [self._from_city(text, start), self._from_district(text, start)]
        if chain.city is None and chain.length:
            others += [self._from_city(text, resume), self._from_district(text, resume)]
        return max(chain, *others, key=_length)  # the first of equals: what the province says

    def _from_province(self, text: str, start: int) -> tuple[Chain, int]:
        found = self._provinces.at(text, start)
        if found is None:
            return _NOTHING, start
        province = found.place
        resume = _skip(text, found.end, province.not_places)
        if not province.is_city and (city := province.cities.at(text, resume)):
            chain = self._within(city, text, start)
            if chain.length:
                return chain, resume
        district = province.districts.at(text, resume)
        if district and district.sure:
            return _chain(district.place, district.end - start), resume
        if not found.sure:
            return _NOTHING, start
        return Chain(found.end - start, province.name, province.name if province.is_city else None, None), resume

    def _from_city(self, text: str, start: int) -> Chain:
        found = self._cities.at(text, start)
        return self._within(found, text, start) if found else _NOTHING

    def _from_district(self, text: str, start: int) -> Chain:
        found = self._districts.at(text, start)
        return _chain(found.place, found.end - start) if found else _NOTHING

    @staticmethod
    def _within(found: Found[City], text: str, start: int) -> Chain:
        """Return the chain from `start` through a city and, when one follows, a district of it."""
        city = found.place
        resume = _skip(text, found.end, _PAPER)
        district = city.districts.at(text, resume)
        if district and district.sure:
            return _chain(district.place, district.end - start)
        if not found.sure:
            return _NOTHING
        return Chain(found.end - start, city.province, city.name, city.own_district)


def _chain(division: Division, length: int) -> Chain:
    return Chain(length, division.province, division.city, division.district)


def _length(chain: Chain) -> int:
    return chain.length


def _skip(text: str, at: int, words: tuple[str, ...]) -> int:
    """Return the position after marks between the parts of an address, and after one of `words`."""
    at = _after_marks(text, at)
    if text.startswith(words, at):
        return _after_marks(text, at + next(len(word) for word in words if text.startswith(word, at)))
    return at


def _after_marks(text: str, at: int) -> int:
    while text[at : at + 1] in _BETWEEN:
        at += 1
    return at


@cache
def address_book() -> AddressBook:
    """Return the book, made at its first use (some 20 ms)."""
    return AddressBook(current_divisions())
