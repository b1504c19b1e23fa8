"""Definitions are read again when they changed, and only then: a registry is written to for many other reasons."""

from __future__ import annotations

from pathlib import Path

from huaxiang.deliver.definitions import Definitions
from huaxiang.project import REGISTRY, STORE
from huaxiang.registry import Registry
from huaxiang.registry.health import note_use
from huaxiang.registry.tags import State, TagRegistry
from tests.deliver.shop import make_shop, write


def test_only_what_defines_something_is_looked_at(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop")
    definitions = Definitions(shop)
    assert definitions.reload()
    assert not definitions.reload()
    registry = Registry(shop / STORE / REGISTRY)
    note_use(registry, "api", {"orders_total": 3})
    assert not definitions.reload()
    secret = "tag: orders_total\nsensitivity: sensitive\nfrom: orders\nvalue: count(*)\n"
    TagRegistry(registry).add("orders_total", secret, "h", State.ONLINE, origin="console", by="li", note="")
    registry.close()
    assert definitions.reload()
    assert definitions.guarded == {"orders_total", "health_risk"}
    write(shop, "segments/all.yaml", "- {segment: regulars, where: orders_total >= 4}\n")
    assert definitions.reload()
    assert not definitions.reload()
