"""Names of places, found at a position of a text: full names, and short ones where nothing speaks against them."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

Place = TypeVar("Place")

_ROAD = frozenset("路街道巷弄")
_GOES_ON = _ROAD | frozenset("省市区县州盟旗镇乡村里桥")  # after a short name: it was another, longer name
_POINTS = frozenset("东西南北中大新老一二三四五")
_BUILDINGS = frozenset(
    {
        *("公园", "广场", "大厦", "大学", "学院", "医院", "宾馆", "饭店", "酒店", "银行"),
        *("胡同", "机场", "车站", "火车", "高速", "小区", "花园", "中学", "小学"),
    }
)


class Found(NamedTuple, Generic[Place]):
    """A place read in the text, up to `end`; `sure` when its name was in full or nothing speaks against the short."""

    place: Place
    end: int
    sure: bool


class Index(Generic[Place]):
    """Names of places, found at a position of a text."""

    def __init__(self) -> None:
        self._by_name: dict[str, tuple[bool, Place | None]] = {}
        self._by_head: dict[str, list[tuple[str, bool, Place]]] = {}

    def add(self, name: str, place: Place, *, short: bool) -> None:
        """Add a name. Of two places with the same name neither is found; a full name goes before a short one."""
        known = self._by_name.get(name)
        if known is None or (known[0] and not short):
            self._by_name[name] = (short, place)
        elif known[0] == short and known[1] != place:
            self._by_name[name] = (short, None)

    @property
    def is_empty(self) -> bool:
        """Whether no name has been added."""
        return not self._by_name

    def close(self) -> None:
        """Arrange the names for looking up."""
        for name in sorted(self._by_name, key=len, reverse=True):
            short, place = self._by_name[name]
            if place is not None:
                self._by_head.setdefault(name[:2], []).append((name, short, place))

    def at(self, text: str, start: int) -> Found[Place] | None:
        """Return the place with the longest name that stands in `text` at `start`."""
        for name, short, place in self._by_head.get(text[start : start + 2], ()):
            if text.startswith(name, start):
                end = start + len(name)
                return Found(place, end, not short or _stands_alone(text, end))
        return None


def _stands_alone(text: str, end: int) -> bool:
    """Say whether a short name that ends at `end` is a name there, and not the head of 南京路, 朝阳区, 中山公园."""
    follows = text[end : end + 2]
    return not (
        follows[:1] in _GOES_ON
        or (follows[:1] in _POINTS and text[end + 1 : end + 2] in _ROAD and len(follows) == 2)
        or follows in _BUILDINGS
    )
